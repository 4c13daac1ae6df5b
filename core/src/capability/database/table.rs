//! How a plugin describes its tables.

use super::Value;

/// A table as its plugin describes it. A method for each kind of column adds one; what follows it says more about that column:
///
/// ```
/// use keyway::capability::database::Table;
/// let comments = Table::new("comments")
///     .text("page").required().max(200).indexed()
///     .text("text").required().max(10_000)
///     .text("state").one_of(&["waiting", "shown"]).default("waiting")
///     .integer("stars").between(1, 5);
/// # let _ = comments;
/// ```
///
/// Every table also has `id`, a ULID as text that grows with time and that the host makes; `created_at` and `updated_at`, timestamps
/// that the host keeps. Names are lowercase letters, digits and `_`, begin with a letter, and are at most 48 bytes long.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a table is made when the schema that holds it is defined"]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, without those that every table has.
    pub columns: Vec<Column>,
    /// The first method that was called where it makes no sense.
    pub mistake: Option<&'static str>,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether every row has a value in it.
    pub is_required: bool,
    /// Whether rows can be found by it fast.
    pub index: Index,
    /// What a row has that is inserted without a value for it.
    pub default: Option<Value>,
    /// The least length, in characters or bytes.
    pub shortest: Option<usize>,
    /// The greatest length, in characters or bytes.
    pub longest: Option<usize>,
    /// The least and the greatest value.
    pub range: Option<(Value, Value)>,
    /// The only values that it takes; none is any.
    pub choices: Vec<String>,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Text.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers with a fraction.
    Real,
    /// Yes or no.
    Boolean,
    /// Bytes.
    Blob,
    /// Moments.
    Timestamp,
    /// Text that is well-formed JSON.
    Json,
    /// The id of a row of another table.
    Reference {
        /// That table.
        table: String,
        /// Whether this row is deleted with that one.
        cascades: bool,
    },
}

/// Whether rows can be found by a column fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// They cannot.
    None,
    /// They can.
    Plain,
    /// Fast, and no two rows may have the same value.
    Unique,
}

macro_rules! columns {
    ($($(#[$doc:meta])* $method:ident => $kind:ident;)*) => {$(
        $(#[$doc])*
        pub fn $method(self, column: impl Into<String>) -> Self {
            self.column(column.into(), Kind::$kind)
        }
    )*};
}

impl Table {
    /// Begins a table without columns of its own.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), columns: Vec::new(), mistake: None }
    }

    columns! {
        /// Adds a column of text. NUL characters are refused.
        text => Text;
        /// Adds a column of whole numbers of 64 bits.
        integer => Integer;
        /// Adds a column of numbers with a fraction, without NaN.
        real => Real;
        /// Adds a column of yes or no.
        boolean => Boolean;
        /// Adds a column of bytes.
        blob => Blob;
        /// Adds a column of moments, to the millisecond.
        timestamp => Timestamp;
        /// Adds a column of text that is well-formed JSON.
        json => Json;
    }

    /// Adds a column with the id of a row of `table`, which must exist. That row cannot be deleted while this one is there.
    pub fn reference(self, column: impl Into<String>, table: impl Into<String>) -> Self {
        self.column(column.into(), Kind::Reference { table: table.into(), cascades: false })
    }

    /// Of the reference added last: when the row that it names is deleted, this one is deleted with it.
    pub fn cascades(self) -> Self {
        self.say("cascades", |column| match &mut column.kind {
            Kind::Reference { cascades, .. } => {
                *cascades = true;
                true
            }
            _ => false,
        })
    }

    /// Of the column added last: every row has a value in it.
    pub fn required(self) -> Self {
        self.say("required", |column| {
            column.is_required = true;
            true
        })
    }

    /// Of the column added last: no two rows have the same value. Rows without a value do not count.
    pub fn unique(self) -> Self {
        self.say("unique", |column| {
            column.index = Index::Unique;
            true
        })
    }

    /// Of the column added last: rows are found by it fast.
    pub fn indexed(self) -> Self {
        self.say("indexed", |column| {
            if column.index == Index::None {
                column.index = Index::Plain;
            }
            true
        })
    }

    /// Of the column added last: what a row has that is inserted without a value for it.
    pub fn default(self, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.say("default", |column| {
            column.default = Some(value);
            true
        })
    }

    /// Of the column added last, of text, JSON or bytes: the least length, in characters or bytes. [`required`](Self::required) alone takes an
    /// empty text; `min(1)` does not.
    pub fn min(self, length: usize) -> Self {
        self.say("min", |column| {
            column.shortest = Some(length);
            matches!(column.kind, Kind::Text | Kind::Json | Kind::Blob)
        })
    }

    /// Of the column added last, of text, JSON or bytes: the greatest length, in characters or bytes.
    pub fn max(self, length: usize) -> Self {
        self.say("max", |column| {
            column.longest = Some(length);
            matches!(column.kind, Kind::Text | Kind::Json | Kind::Blob)
        })
    }

    /// Of the column added last, of numbers or moments: the least and the greatest value.
    pub fn between(self, least: impl Into<Value>, greatest: impl Into<Value>) -> Self {
        let range = (least.into(), greatest.into());
        self.say("between", |column| {
            column.range = Some(range);
            matches!(column.kind, Kind::Integer | Kind::Real | Kind::Timestamp)
        })
    }

    /// Of the column added last, of text: the only values that it takes.
    pub fn one_of(self, choices: &[&str]) -> Self {
        self.say("one_of", |column| {
            column.choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
            column.kind == Kind::Text
        })
    }

    fn column(mut self, name: String, kind: Kind) -> Self {
        self.columns.push(Column {
            name,
            kind,
            is_required: false,
            index: Index::None,
            default: None,
            shortest: None,
            longest: None,
            range: None,
            choices: Vec::new(),
        });
        self
    }

    /// Says more about the last column; what makes no sense there is told when the table is defined.
    fn say(mut self, what: &'static str, change: impl FnOnce(&mut Column) -> bool) -> Self {
        if !self.columns.last_mut().is_some_and(change) {
            self.mistake.get_or_insert(what);
        }
        self
    }
}
