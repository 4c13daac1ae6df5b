//! Hands a plugin its configuration: the defaults of its manifest with the operator's settings laid over them.

use keyway_manifest::Descriptor;
use serde::Deserializer;
use serde::de::{Error as _, Visitor};
use toml::{Table, Value};

use super::settings::lay_over;
use crate::Error;
use crate::context::{ConfigReader, ConfigSource};

/// The configuration of one plugin, to be read once.
pub(super) struct PluginConfig {
    descriptor: &'static Descriptor,
    operator: Option<Table>,
}

impl PluginConfig {
    pub(super) const fn new(descriptor: &'static Descriptor, operator: Option<Table>) -> Self {
        Self { descriptor, operator }
    }

    fn merged(&self) -> Result<Table, Error> {
        let mut merged = match self.descriptor.config_defaults {
            "" => Table::new(),
            text => text
                .parse::<Table>()
                .map_err(|error| Error::new(error).context("the `[config]` table of its manifest is no TOML"))?,
        };
        if let Some(operator) = &self.operator {
            lay_over(&mut merged, operator.clone());
        }
        Ok(merged)
    }

    /// Says in which file a reader finds the key that a mistake is about.
    fn place(&self, path: &serde_path_to_error::Path) -> String {
        let id = self.descriptor.id;
        let first = match path.iter().next() {
            Some(serde_path_to_error::Segment::Map { key }) => Some(key),
            _ => None,
        };
        let is_operators = match (first, &self.operator) {
            (Some(key), Some(operator)) => operator.contains_key(key),
            (None, operator) => operator.is_some() || self.descriptor.config_defaults.is_empty(),
            (Some(_), None) => false,
        };
        let table = if is_operators { format!("`[plugin.\"{id}\"]`") } else { "`[config]` of its manifest".to_owned() };
        if first.is_some() { format!("`{path}` in {table}") } else { table }
    }
}

impl ConfigSource for PluginConfig {
    fn deserialize(&mut self, read: &mut ConfigReader<'_>) -> Result<(), Error> {
        let root = Root(self.merged()?);
        let mut track = serde_path_to_error::Track::new();
        let outcome = {
            let tracked = serde_path_to_error::Deserializer::new(root, &mut track);
            read(&mut <dyn erased_serde::Deserializer<'_>>::erase(tracked))
        };
        outcome.map_err(|error| Error::message(format!("{}: {}", self.place(&track.path()), first_line(&error.to_string()))))
    }
}

/// The message without the key path that the TOML reader appends; it is told before the message.
fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or(text)
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
