//! An audit in SARIF 2.1.0, which code hosts show beside the lines of a change.

use serde_json::{Value, json};

use super::model::{Audit, PluginAudit, Use, Used, Verdict};
use super::text;
use crate::failure::{AUDIT_UNDECLARED, AUDIT_UNSPOKEN, AUDIT_UNUSED, CODES};

/// The audit as a SARIF log: a result for each use that is not declared or is allowed, and for each permission that is not made use of.
pub(crate) fn sarif(audit: &Audit) -> Value {
    let rules = CODES.iter().filter(|(code, _)| [AUDIT_UNDECLARED, AUDIT_UNSPOKEN, AUDIT_UNUSED].contains(code));
    let rules: Vec<Value> = rules.map(|(code, title)| json!({"id": code, "shortDescription": {"text": title}})).collect();
    let results: Vec<Value> = audit.plugins.iter().flat_map(|plugin| uses(plugin).chain(unused(plugin))).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "cargo-keyway", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn uses(plugin: &PluginAudit) -> impl Iterator<Item = Value> {
    plugin.uses.iter().filter_map(move |found| {
        let (rule, suppressions) = match &found.verdict {
            Verdict::Undeclared { permissions } if permissions.is_empty() => (AUDIT_UNSPOKEN, json!([])),
            Verdict::Undeclared { .. } => (AUDIT_UNDECLARED, json!([])),
            Verdict::Allowed { reason } => (AUDIT_UNSPOKEN, json!([{"kind": "external", "justification": reason}])),
            Verdict::Declared { .. } | Verdict::Unreached => return None,
        };
        Some(json!({
            "ruleId": rule,
            "level": "error",
            "message": {"text": text::sentence(&plugin.id, found)},
            "locations": locations(plugin, found),
            "suppressions": suppressions,
        }))
    })
}

fn unused(plugin: &PluginAudit) -> impl Iterator<Item = Value> {
    plugin.permissions.iter().filter(|permission| permission.used == Used::No).map(move |permission| {
        json!({
            "ruleId": AUDIT_UNUSED,
            "level": "warning",
            "message": {"text": format!("`{}` asks for `{}` and makes no use of it", plugin.id, permission.name)},
            "locations": [location(&plugin.manifest, 1, &plugin.id)],
        })
    })
}

/// The lines of a use; its manifest, where no line of the plugin leads there.
fn locations(plugin: &PluginAudit, found: &Use) -> Vec<Value> {
    if found.places.is_empty() {
        return vec![location(&plugin.manifest, 1, &plugin.id)];
    }
    found.places.iter().map(|place| location(&place.file, place.line, &place.function)).collect()
}

fn location(file: &str, line: u32, function: &str) -> Value {
    json!({
        "physicalLocation": {"artifactLocation": {"uri": uri(file)}, "region": {"startLine": line.max(1)}},
        "logicalLocations": [{"fullyQualifiedName": function}],
    })
}

/// A path as a reference of a URI: what means something else there is written in hexadecimal digits.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_are_references() {
        assert_eq!(super::uri("plugins/a b/src/lib.rs"), "plugins/a%20b/src/lib.rs");
        assert_eq!(super::uri("$OUT_DIR/made.rs"), "%24OUT_DIR/made.rs");
    }
}
