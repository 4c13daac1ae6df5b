//! What stands in a column of a row.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What stands in a column of a row.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// Yes or no.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction. It is never NaN in a table.
    Real(f64),
    /// Text, also that of a reference, an id or JSON.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// A moment, in milliseconds since the beginning of 1970 in UTC.
    Timestamp(i64),
}

impl Value {
    /// Whether it is nothing.
    #[must_use]
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The answer to yes or no.
    #[must_use]
    pub const fn as_boolean(&self) -> Option<bool> {
        if let Self::Boolean(value) = self { Some(*value) } else { None }
    }

    /// The whole number.
    #[must_use]
    pub const fn as_integer(&self) -> Option<i64> {
        if let Self::Integer(value) = self { Some(*value) } else { None }
    }

    /// The number with a fraction.
    #[must_use]
    pub const fn as_real(&self) -> Option<f64> {
        if let Self::Real(value) = self { Some(*value) } else { None }
    }

    /// The text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(value) = self { Some(value) } else { None }
    }

    /// The bytes.
    #[must_use]
    pub fn as_blob(&self) -> Option<&[u8]> {
        if let Self::Blob(value) = self { Some(value) } else { None }
    }

    /// The moment.
    #[must_use]
    pub fn as_time(&self) -> Option<SystemTime> {
        let Self::Timestamp(millis) = self else { return None };
        let distance = Duration::from_millis(millis.unsigned_abs());
        if *millis < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
    }

    /// What kind of value it is, as messages say it.
    #[cfg(feature = "data")]
    pub(crate) const fn kind_name(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Real(_) => "a real number",
            Self::Text(_) => "text",
            Self::Blob(_) => "bytes",
            Self::Timestamp(_) => "a timestamp",
        }
    }
}

macro_rules! from {
    ($($from:ty => |$value:ident| $into:expr),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $into
            }
        }
    )*};
}

from! {
    bool => |value| Self::Boolean(value),
    i64 => |value| Self::Integer(value),
    i32 => |value| Self::Integer(value.into()),
    u32 => |value| Self::Integer(value.into()),
    f64 => |value| Self::Real(value),
    &str => |value| Self::Text(value.to_owned()),
    &String => |value| Self::Text(value.clone()),
    String => |value| Self::Text(value),
    Vec<u8> => |value| Self::Blob(value),
    &[u8] => |value| Self::Blob(value.to_vec()),
    SystemTime => |value| Self::Timestamp(millis(value)),
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Milliseconds since 1970, rounded down; the nearest one that there is for moments far away.
fn millis(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => {
            let nanos = before.duration().as_nanos();
            i64::try_from(nanos.div_ceil(1_000_000)).map_or(i64::MIN, |millis| -millis)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_keep_their_milliseconds_on_both_sides_of_1970() {
        for (seconds, nanos, expected) in [(0, 0, 0), (1, 999_999, 1000), (1, 1_000_000, 1001)] {
            assert_eq!(Value::from(UNIX_EPOCH + Duration::new(seconds, nanos)), Value::Timestamp(expected));
        }
        let before = UNIX_EPOCH - Duration::new(1, 1);
        assert_eq!(Value::from(before), Value::Timestamp(-1001));
        for millis in [-1, 0, 1, 1_700_000_000_123] {
            assert_eq!(Value::from(Value::Timestamp(millis).as_time().unwrap()), Value::Timestamp(millis));
        }
        assert_eq!(Value::Integer(3).as_time(), None);
    }
}
