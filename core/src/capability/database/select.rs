//! The builder of queries.

use super::statement::{Answer, Condition, DEFAULT_LIMIT, Operator, Order, Runner, Selection, Statement};
use super::{Row, Rows, Value};
use crate::capability::data_error::DataError;

/// A query that is being put together; every condition that it is given must hold.
///
/// ```
/// # use keyway::capability::{DataError, Database};
/// use keyway::capability::database::{Operator::Eq, Order::Desc};
/// # async fn example(database: Database) -> Result<(), DataError> {
/// let newest = database.select("comments").where_("page", Eq, "/about").order("created_at", Desc).limit(20).rows().await?;
/// for comment in &newest {
///     println!("{}: {:?}", comment.id(), comment.get("text").and_then(|text| text.as_text()));
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a query is run when `rows`, `first` or `count` is called and awaited"]
pub struct Select<'a> {
    runner: &'a dyn Runner,
    selection: Selection,
}

impl<'a> Select<'a> {
    pub(super) fn new(runner: &'a dyn Runner, table: impl Into<String>) -> Self {
        let selection =
            Selection { table: table.into(), conditions: Vec::new(), order: Vec::new(), limit: DEFAULT_LIMIT, offset: 0 };
        Self { runner, selection }
    }

    /// Takes only rows in which the column compares like this. (With an underscore, because `where` is a word of the language.)
    pub fn where_(mut self, column: impl Into<String>, operator: Operator, value: impl Into<Value>) -> Self {
        self.selection.conditions.push(Condition::one(column, operator, value));
        self
    }

    /// Takes only rows in which the column has one of these values.
    pub fn where_in<V: Into<Value>>(mut self, column: impl Into<String>, values: impl IntoIterator<Item = V>) -> Self {
        self.selection.conditions.push(Condition::any_of(column, values));
        self
    }

    /// Sorts by a column; a second call sorts what is equal in the first. The last word is always that of the id, so the order is
    /// the same each time.
    pub fn order(mut self, column: impl Into<String>, order: Order) -> Self {
        self.selection.order.push((column.into(), order));
        self
    }

    /// Answers at most so many rows; 1,000 when this is not called. [`Rows::has_more`] tells whether there were more.
    pub const fn limit(mut self, rows: u32) -> Self {
        self.selection.limit = rows;
        self
    }

    /// Leaves out the first rows. For long tables it is faster to go on behind the last id: `.where_("id", Greater, last)`.
    pub const fn offset(mut self, rows: u32) -> Self {
        self.selection.offset = rows;
        self
    }

    /// Runs the query.
    ///
    /// # Errors
    /// See [`DataError`].
    pub async fn rows(self) -> Result<Rows, DataError> {
        match self.runner.run(Statement::Select(self.selection)).await? {
            Answer::Rows(rows) => Ok(rows),
            other => Err(unexpected(&other)),
        }
    }

    /// Runs the query for its first row; `None` when there is none.
    ///
    /// # Errors
    /// See [`DataError`].
    pub async fn first(self) -> Result<Option<Row>, DataError> {
        Ok(self.limit(1).rows().await?.into_iter().next())
    }

    /// Counts the rows that fit the conditions; limit, offset and order do not matter.
    ///
    /// # Errors
    /// See [`DataError`].
    pub async fn count(self) -> Result<u64, DataError> {
        match self.runner.run(Statement::Count(self.selection)).await? {
            Answer::Count(count) => Ok(count),
            other => Err(unexpected(&other)),
        }
    }
}

impl std::fmt::Debug for Select<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Select").field(&self.selection).finish()
    }
}

/// A host that answers something else than was asked for.
pub(super) fn unexpected(answer: &Answer) -> DataError {
    DataError::Unavailable(format!("the host gave an answer of another kind: {answer:?}"))
}
