//! Writes the key table of `plugin.toml` as a JSON Schema, for editors.

use std::fmt::Write;

use crate::parse::{LONGEST_ID, LONGEST_SCOPE, kind_example, kind_name};
use crate::schema::{Key, Kind, MANIFEST, MANIFEST_VERSION, Names, Presence};
use crate::{PERMISSIONS, PermissionSpec};

/// Where the schema is published; also its `$id`.
pub const SCHEMA_URL: &str = "https://raw.githubusercontent.com/keyway-rs/keyway/main/docs/plugin.schema.json";

const SEGMENT: &str = "[a-z]([a-z0-9-]*[a-z0-9])?";

/// The JSON Schema (draft 7, which editors for TOML read best) of `plugin.toml`, kept in `docs/plugin.schema.json`.
///
/// It knows what the parser knows about structure. Permissions of an SDK are accepted by name form alone, since only the SDK knows them.
#[must_use]
pub fn json_schema() -> String {
    let body = object(&[
        ("$schema", string("http://json-schema.org/draft-07/schema#")),
        ("$id", string(SCHEMA_URL)),
        ("title", string("Keyway plugin manifest (plugin.toml)")),
        ("description", string("Generated from the key table in manifest/src/schema.rs.")),
    ]);
    let mut text = pretty(&merge(&body, &table(MANIFEST, "")));
    text.push('\n');
    text
}

fn table(keys: &[Key], path: &str) -> String {
    let properties: Vec<(&str, String)> = keys.iter().map(|key| (key.name, property(key, path))).collect();
    let required: Vec<String> =
        keys.iter().filter(|key| key.presence != Presence::Optional).map(|key| string(key.name)).collect();
    let mut fields =
        vec![("type", string("object")), ("additionalProperties", "false".to_owned()), ("properties", object(&properties))];
    if !required.is_empty() {
        fields.push(("required", format!("[{}]", required.join(","))));
    }
    object(&fields)
}

fn property(key: &Key, path: &str) -> String {
    let described = object(&[("description", string(key.docs))]);
    let path = format!("{path}.{}", key.name);
    let special = match path.as_str() {
        ".manifest-version" => Some(object(&[("const", MANIFEST_VERSION.to_string())])),
        ".plugin.id" => Some(id_pattern(&format!("^(?!service\\.|keyway\\.){SEGMENT}(\\.{SEGMENT})+$"))),
        ".limits.memory" | ".limits.storage" => Some(pattern("^0*[1-9][0-9]*(B|kB|MB|GB|KiB|MiB|GiB)$")),
        ".limits.call" | ".limits.start" | ".limits.stop" => Some(pattern("^0*[1-9][0-9]*(ms|s|min)$")),
        ".limits.concurrent-calls" | ".limits.tasks" | ".limits.open-files" | ".limits.queued-events" | ".state.version" => {
            Some(object(&[("type", string("integer")), ("minimum", "1".to_owned()), ("maximum", u32::MAX.to_string())]))
        }
        _ => None,
    };
    merge(&described, &special.unwrap_or_else(|| kind(&key.kind, &path)))
}

fn kind(value: &Kind, path: &str) -> String {
    let typed = |name: &str| object(&[("type", string(name))]);
    match value {
        Kind::Text(_) => typed("string"),
        Kind::Choice(words) => {
            let words: Vec<String> = words.iter().map(|word| string(word)).collect();
            object(&[("enum", format!("[{}]", words.join(",")))])
        }
        Kind::Integer => typed("integer"),
        Kind::Flag => typed("boolean"),
        Kind::TextList(_) => object(&[("type", string("array")), ("items", typed("string"))]),
        Kind::TrueOrList => any_of(&[object(&[("const", "true".to_owned())]), kind(&Kind::TextList(""), path)]),
        Kind::Table(keys) => table(keys, path),
        Kind::TextListOrTable(example, keys) => any_of(&[kind(&Kind::TextList(example), path), table(keys, path)]),
        Kind::TextOrTable(_, keys) => any_of(&[typed("string"), table(keys, path)]),
        Kind::Map(_, Names::Permission) => permissions(),
        Kind::Map(entry, names) => {
            let pattern = match names {
                Names::ServiceId => format!("^service(\\.{SEGMENT})+$"),
                _ => format!("^{SEGMENT}(\\.{SEGMENT})+$"),
            };
            let names = merge(&object(&[("maxLength", LONGEST_ID.to_string())]), &object(&[("pattern", string(&pattern))]));
            object(&[("type", string("object")), ("propertyNames", names), ("additionalProperties", kind(entry, path))])
        }
        Kind::Free => typed("object"),
    }
}

/// `[permissions]`: the built-in ones with the form of their scopes, any other name with plain scopes.
fn permissions() -> String {
    let built_in: Vec<(&str, String)> = PERMISSIONS.iter().map(|spec| (spec.name, permission(Some(spec)))).collect();
    object(&[("type", string("object")), ("properties", object(&built_in)), ("additionalProperties", permission(None))])
}

fn permission(spec: Option<&PermissionSpec>) -> String {
    let description = spec.map_or_else(
        || "A permission that the host's SDK declares.".to_owned(),
        |spec| {
            let (name, example) = (kind_name(spec.scope), kind_example(spec.scope));
            format!("Allows the plugin to {}. Each scope is {name}, for example \"{example}\".", spec.summary)
        },
    );
    let scope = object(&[
        ("description", string("What the permission is about.")),
        ("type", string("array")),
        ("minItems", "1".to_owned()),
        ("items", object(&[("type", string("string")), ("minLength", "1".to_owned()), ("maxLength", LONGEST_SCOPE.to_string())])),
    ]);
    let reason = object(&[
        ("description", string("Why it is needed; operators read it when they approve.")),
        ("type", string("string")),
        ("minLength", "1".to_owned()),
    ]);
    let optional = object(&[("description", string("The plugin copes when it is denied.")), ("type", string("boolean"))]);
    object(&[
        ("description", string(&description)),
        ("type", string("object")),
        ("additionalProperties", "false".to_owned()),
        ("properties", object(&[("scope", scope), ("reason", reason), ("optional", optional)])),
        ("required", "[\"scope\",\"reason\"]".to_owned()),
    ])
}

fn id_pattern(text: &str) -> String {
    merge(&pattern(text), &object(&[("maxLength", LONGEST_ID.to_string())]))
}

fn pattern(text: &str) -> String {
    object(&[("type", string("string")), ("pattern", string(text))])
}

fn any_of(choices: &[String]) -> String {
    object(&[("anyOf", format!("[{}]", choices.join(",")))])
}

fn object(fields: &[(&str, String)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{}:{value}", string(name))).collect();
    format!("{{{}}}", fields.join(","))
}

/// Joins the fields of two objects, neither of them empty.
fn merge(first: &str, second: &str) -> String {
    format!("{},{}", &first[..first.len() - 1], &second[1..])
}

fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", control as u32);
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Indents JSON by two spaces.
fn pretty(json: &str) -> String {
    let (mut text, mut depth, mut quoted, mut escaped) = (String::new(), 0_usize, false, false);
    for character in json.chars() {
        if quoted {
            text.push(character);
            (quoted, escaped) = (escaped || character != '"', !escaped && character == '\\');
            continue;
        }
        match character {
            '{' | '[' => {
                depth += 1;
                text.push(character);
                line(&mut text, depth);
            }
            '}' | ']' => {
                depth -= 1;
                line(&mut text, depth);
                text.push(character);
            }
            ',' => {
                text.push(',');
                line(&mut text, depth);
            }
            ':' => text.push_str(": "),
            other => {
                quoted = other == '"';
                text.push(other);
            }
        }
    }
    text
}

fn line(text: &mut String, depth: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_schema_is_fresh() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/plugin.schema.json");
        if std::env::var_os("KEYWAY_UPDATE").is_some() {
            std::fs::write(&path, json_schema()).expect("docs/ is writable");
        }
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        let update = "KEYWAY_UPDATE=1 cargo test -p keyway-manifest --features parse --lib schema_json";
        assert!(published == json_schema(), "docs/plugin.schema.json is stale; run\n  {update}");
    }

    #[test]
    fn every_key_of_the_table_is_in_the_schema() {
        fn names(keys: &[Key], found: &mut Vec<&'static str>) {
            for key in keys {
                found.push(key.name);
                names(key.kind.keys(), found);
            }
        }
        let mut found = Vec::new();
        names(MANIFEST, &mut found);
        let schema = json_schema();
        for name in found.into_iter().chain(PERMISSIONS.iter().map(|spec| spec.name)) {
            assert!(schema.contains(&format!("\"{name}\": {{")), "{name}");
        }
    }
}
