//! Statements as data: what the builders put together, and the host runs.

use super::{Rows, Value};
use crate::capability::data_error::Pending;

/// How many rows a query answers that sets no limit.
pub const DEFAULT_LIMIT: u32 = 1_000;

/// One statement about one table. Nothing in it is SQL: the host checks the names and binds the values.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Statement {
    /// Reads rows.
    Select(Selection),
    /// Counts the rows that a selection finds, whatever its limit.
    Count(Selection),
    /// Adds a row.
    Insert {
        /// The table.
        table: String,
        /// Columns with their values.
        values: Vec<(String, Value)>,
    },
    /// Changes rows.
    Update {
        /// The table.
        table: String,
        /// Columns with their new values.
        values: Vec<(String, Value)>,
        /// Which rows; none is all.
        conditions: Vec<Condition>,
    },
    /// Deletes rows.
    Delete {
        /// The table.
        table: String,
        /// Which rows; none is all.
        conditions: Vec<Condition>,
    },
}

/// Which rows of a table are read, and in which order.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Selection {
    /// The table.
    pub table: String,
    /// Every one of these holds for each row.
    pub conditions: Vec<Condition>,
    /// The columns by which rows are sorted; rows that are equal in all of them are sorted by id.
    pub order: Vec<(String, Order)>,
    /// How many rows at most.
    pub limit: u32,
    /// How many rows are left out first.
    pub offset: u32,
}

/// What holds for a column of a row.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Condition {
    /// The column.
    pub column: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what: one value, or any number for [`Operator::In`].
    pub values: Vec<Value>,
}

impl Condition {
    pub(super) fn one(column: impl Into<String>, operator: Operator, value: impl Into<Value>) -> Self {
        Self { column: column.into(), operator, values: vec![value.into()] }
    }

    pub(super) fn any_of<V: Into<Value>>(column: impl Into<String>, values: impl IntoIterator<Item = V>) -> Self {
        Self { column: column.into(), operator: Operator::In, values: values.into_iter().map(Into::into).collect() }
    }
}

/// How a column is compared with a value. `Eq` and `NotEq` take [`Value::Null`] for a value like any other; with the rest, nothing holds
/// for a column without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operator {
    /// It is the same.
    Eq,
    /// It is another.
    NotEq,
    /// It comes before.
    Less,
    /// It comes before, or is the same.
    LessEq,
    /// It comes after.
    Greater,
    /// It comes after, or is the same.
    GreaterEq,
    /// It is text that begins with this.
    StartsWith,
    /// It is text that holds this somewhere.
    Contains,
    /// It is one of several.
    In,
}

/// The direction in which rows are sorted. Text is compared by its bytes; rows without a value come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The least first.
    Asc,
    /// The greatest first.
    Desc,
}

/// What a statement answers.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// What a selection found.
    Rows(Rows),
    /// How many rows were counted, changed or deleted.
    Count(u64),
    /// The id of the row that was added.
    Id(String),
}

/// Runs statements; the host provides it.
#[keyway::boundary]
pub trait Runner: Send + Sync {
    /// Runs one statement.
    fn run(&self, statement: Statement) -> Pending<'_, Answer>;
}
