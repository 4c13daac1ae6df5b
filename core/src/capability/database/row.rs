//! Rows that a query has found.

use std::sync::Arc;

use serde::de::value::{Error as ValueError, MapDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::Value;
use crate::Error;

/// The rows that a query has found, in its order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rows {
    rows: Vec<Row>,
    has_more: bool,
}

/// One row. It has all columns of its table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    columns: Arc<[String]>,
    values: Vec<Value>,
}

impl Rows {
    /// Puts rows together; for hosts.
    #[must_use]
    pub const fn new(rows: Vec<Row>, has_more: bool) -> Self {
        Self { rows, has_more }
    }

    /// Whether the limit has left out rows that fit.
    #[must_use]
    pub const fn has_more(&self) -> bool {
        self.has_more
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows, one after the other.
    pub fn iter(&self) -> std::slice::Iter<'_, Row> {
        self.rows.iter()
    }

    /// Reads every row into a type of the plugin; see [`Row::deserialize`].
    ///
    /// # Errors
    /// When a column does not fit.
    pub fn deserialize<T: DeserializeOwned>(self) -> Result<Vec<T>, Error> {
        self.rows.into_iter().map(Row::deserialize).collect()
    }
}

impl Row {
    /// Puts a row together; for hosts. The names of the columns are shared by all rows of an answer.
    #[must_use]
    pub const fn new(columns: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { columns, values }
    }

    /// The row's id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.get("id").and_then(Value::as_text).unwrap_or_default()
    }

    /// What stands in a column; `None` when the table has no such column.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<&Value> {
        self.values.get(self.columns.iter().position(|name| name == column)?)
    }

    /// The columns with their values, in the order of the table.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.columns.iter().map(String::as_str).zip(&self.values)
    }

    /// Reads the row into a type of the plugin that derives `Deserialize`: its fields are named like the columns. A column that may be
    /// without a value is an `Option`; a timestamp is an `i64` of milliseconds. Columns that the type does not name are left out.
    ///
    /// # Errors
    /// When a column does not fit.
    pub fn deserialize<T: DeserializeOwned>(self) -> Result<T, Error> {
        let id = self.id().to_owned();
        let fields = self.columns.iter().map(String::as_str).zip(self.values);
        T::deserialize(MapDeserializer::new(fields))
            .map_err(|error| Error::new(error).context(format!("the row `{id}` does not fit `{}`", std::any::type_name::<T>())))
    }
}

impl IntoIterator for Rows {
    type Item = Row;
    type IntoIter = std::vec::IntoIter<Row>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.into_iter()
    }
}

impl<'a> IntoIterator for &'a Rows {
    type Item = &'a Row;
    type IntoIter = std::slice::Iter<'a, Row>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'de> IntoDeserializer<'de> for Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Value {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Boolean(value) => visitor.visit_bool(value),
            Self::Integer(value) | Self::Timestamp(value) => visitor.visit_i64(value),
            Self::Real(value) => visitor.visit_f64(value),
            Self::Text(value) => visitor.visit_string(value),
            Self::Blob(value) => visitor.visit_byte_buf(value),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        if self.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        match self {
            Self::Text(text) => text.into_deserializer().deserialize_enum(name, variants, visitor),
            other => other.deserialize_any(visitor),
        }
    }

    /// Bytes can be read as a `Vec<u8>` too, without a crate that marks them.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self {
            Self::Blob(bytes) => bytes.into_deserializer().deserialize_seq(visitor),
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple tuple_struct map
        struct identifier ignored_any
    }
}
