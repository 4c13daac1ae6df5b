//! Hands a plugin its configuration: the defaults of its manifest with the operator's settings laid over them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use keyway_manifest::{Descriptor, PluginId};
use serde::Deserializer;
use serde::de::{Error as _, Visitor};
use serde_path_to_error::Segment;
use toml::{Table, Value};

use super::origin::{self, Place};
use super::settings::{Settings, lay_over};
use crate::Error;
use crate::context::{ConfigReader, ConfigSource};

/// What the host knows about a configuration that does not fit, beside the message that the plugin answers.
#[derive(Debug, Clone)]
pub(super) struct Mistake {
    pub(super) help: String,
    pub(super) place: Option<Place>,
}

/// The mistakes of plugins that are read at the same time. What comes back through a plugin is text alone.
pub(super) type Mistakes = Arc<Mutex<BTreeMap<PluginId, Mistake>>>;

/// The configuration of one plugin, to be read once.
pub(super) struct PluginConfig {
    descriptor: &'static Descriptor,
    settings: Arc<Settings>,
    mistakes: Mistakes,
}

impl PluginConfig {
    pub(super) const fn new(descriptor: &'static Descriptor, settings: Arc<Settings>, mistakes: Mistakes) -> Self {
        Self { descriptor, settings, mistakes }
    }

    fn operator(&self) -> Option<&Table> {
        self.settings.plugins.get(self.descriptor.id.as_str())
    }

    /// Says what is wrong with which key and where it is written, and notes for the host what helps.
    fn explain(&self, path: &serde_path_to_error::Path, message: &str) -> String {
        let id = self.descriptor.id.as_str();
        let mut keys: Vec<&str> = Vec::new();
        for segment in path.iter() {
            match segment {
                Segment::Map { key } => keys.push(key),
                Segment::Seq { .. } | Segment::Enum { .. } | Segment::Unknown => break,
            }
        }
        let named = |kind: &str| message.strip_prefix(kind).and_then(|rest| rest.split('`').next());
        let missing = named("missing field `");
        // A deserializer tells an unknown key in its message, and some put it into the path as well.
        if let Some(unknown) = named("unknown field `").filter(|unknown| keys.last() != Some(unknown)) {
            keys.push(unknown);
        }
        let table = format!("`[plugin.\"{id}\"]`");
        let full: Vec<&str> = ["plugin", id].into_iter().chain(keys.iter().copied()).collect();
        let is_operators = self.operator().is_some_and(|operator| !keys.is_empty() && origin::has(operator, &keys));
        let key = keys.join(".");
        let manifest = match self.descriptor.location.file {
            "" => "its manifest",
            file => file,
        };
        let (text, help) = if let Some(missing) = missing {
            // With the number of each element of a list on the way.
            let above = path.to_string();
            let key = if path.iter().len() == 0 { missing.to_owned() } else { format!("{above}.{missing}") };
            let counted = if above.contains('[') { " (the first element is `[0]`)" } else { "" };
            (
                format!("`{key}`{counted} is missing: it stands neither in {table} nor in `[config]` of {manifest}"),
                format!(
                    "set `{key}` under {table} of the host's configuration; the plugin's author can give it a default in `[config]` of the \
                     manifest"
                ),
            )
        } else if is_operators {
            (format!("`{path}` in {table}: {message}"), format!("correct `{key}` in {table} of the host's configuration"))
        } else if keys.is_empty() {
            (format!("{table} over `[config]` of {manifest}: {message}"), format!("correct {table} of the host's configuration"))
        } else {
            (
                format!("`{path}` in `[config]` of {manifest}: {message}"),
                format!("correct `{key}` in `[config]` of the manifest: it does not fit the plugin's type `Config`"),
            )
        };
        let place = if is_operators || missing.is_some() { origin::find(&self.settings.origins, &full) } else { None };
        let mut mistakes = self.mistakes.lock().unwrap_or_else(PoisonError::into_inner);
        mistakes.insert(self.descriptor.id, Mistake { help, place });
        text
    }
}

/// The defaults of a manifest with the operator's settings laid over them.
pub(super) fn merged(descriptor: &Descriptor, settings: &Settings) -> Result<Table, Error> {
    let mut merged = match descriptor.config_defaults {
        "" => Table::new(),
        text => {
            text.parse::<Table>().map_err(|error| Error::new(error).context("the `[config]` table of its manifest is no TOML"))?
        }
    };
    if let Some(operator) = settings.plugins.get(descriptor.id.as_str()) {
        lay_over(&mut merged, operator.clone());
    }
    Ok(merged)
}

impl ConfigSource for PluginConfig {
    fn deserialize(&mut self, read: &mut ConfigReader<'_>) -> Result<(), Error> {
        let root = Root(merged(self.descriptor, &self.settings)?);
        let mut track = serde_path_to_error::Track::new();
        let outcome = {
            let tracked = serde_path_to_error::Deserializer::new(root, &mut track);
            read(&mut <dyn erased_serde::Deserializer<'_>>::erase(tracked))
        };
        outcome.map_err(|error| Error::message(self.explain(&track.path(), &in_plain_words(first_line(&error.to_string())))))
    }
}

/// The message without the key path that the TOML reader appends; it is told before the message.
fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or(text)
}

/// The message with the name of a type of Rust, which says little to an operator, as what to write.
fn in_plain_words(message: &str) -> String {
    let Some((found, expected)) = message.rsplit_once(", expected ") else { return message.to_owned() };
    let plain = match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "usize" => "a whole number from 0 on",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "`true` or `false`",
        other => other,
    };
    format!("{found}, expected {plain}")
}

/// A whole configuration as a deserializer. Where it is empty it also reads as `()`, the type of plugins without settings.
struct Root(Table);

impl<'de> Deserializer<'de> for Root {
    type Error = toml::de::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        Value::Table(self.0).deserialize_any(visitor)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0.keys().next() {
            None => visitor.visit_unit(),
            Some(key) => Err(Self::Error::custom(format!("unknown setting `{key}`: the plugin takes none"))),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Self::Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        Value::Table(self.0).deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_key_blames_no_table() {
        const DESCRIPTOR: &Descriptor =
            &Descriptor { id: PluginId::new("site.feed"), config_defaults: "title = 'x'", ..Descriptor::EMPTY };
        let mistakes = Mistakes::default();
        let mut config = PluginConfig::new(DESCRIPTOR, Arc::default(), Arc::clone(&mistakes));
        let error = config.deserialize(&mut |_| Err(erased_serde::Error::missing_field("entries"))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`entries` is missing: it stands neither in `[plugin.\"site.feed\"]` nor in `[config]` of its manifest"
        );
        assert_eq!(
            mistakes.lock().unwrap()[&DESCRIPTOR.id].help,
            "set `entries` under `[plugin.\"site.feed\"]` of the host's configuration; the plugin's author can give it a default in \
             `[config]` of the manifest"
        );
    }

    #[test]
    fn a_list_says_which_of_its_elements() {
        #[derive(Debug, serde::Deserialize)]
        struct Rule {
            #[serde(rename = "limit")]
            _limit: u16,
        }
        #[derive(Debug, serde::Deserialize)]
        struct Rules {
            #[serde(rename = "rules")]
            _rules: Vec<Rule>,
        }
        let told = |defaults: &'static str| {
            let descriptor: &'static Descriptor = Box::leak(Box::new(Descriptor {
                id: PluginId::new("site.rules"),
                config_defaults: defaults,
                ..Descriptor::EMPTY
            }));
            let mut config = PluginConfig::new(descriptor, Arc::default(), Mistakes::default());
            let mut read = |from: &mut dyn erased_serde::Deserializer<'_>| erased_serde::deserialize::<Rules>(from).map(|_| ());
            config.deserialize(&mut read).unwrap_err().to_string()
        };
        assert_eq!(
            told("rules = [{ limit = 1 }, {}]"),
            "`rules[1].limit` (the first element is `[0]`) is missing: it stands neither in `[plugin.\"site.rules\"]` nor in `[config]` of its manifest"
        );
        assert_eq!(
            told("rules = [{ limit = 'many' }]"),
            "`rules[0].limit` in `[config]` of its manifest: invalid type: string \"many\", expected a whole number from 0 to 65535"
        );
    }

    #[test]
    fn types_of_rust_are_put_in_plain_words() {
        assert_eq!(
            in_plain_words("invalid value: integer `-1`, expected usize"),
            "invalid value: integer `-1`, expected a whole number from 0 on"
        );
        assert_eq!(in_plain_words("unknown field `u8`, expected `u16`"), "unknown field `u8`, expected `u16`");
        assert_eq!(in_plain_words("unknown setting `x`"), "unknown setting `x`");
    }
}
