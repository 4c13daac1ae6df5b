//! The builders of insertions, updates and deletions.

use std::fmt;
use std::marker::PhantomData;

use super::select::unexpected;
use super::statement::{Answer, Condition, Operator, Runner, Statement};
use super::{Transaction, Value};
use crate::capability::data_error::DataError;

/// A row that is being put together.
#[must_use = "a row is added when `run` is called and awaited"]
pub struct Insert<'a> {
    runner: &'a dyn Runner,
    table: String,
    values: Vec<(String, Value)>,
}

impl<'a> Insert<'a> {
    pub(super) fn new(runner: &'a dyn Runner, table: impl Into<String>) -> Self {
        Self { runner, table: table.into(), values: Vec::new() }
    }

    /// Gives a column its value.
    pub fn set(mut self, column: impl Into<String>, value: impl Into<Value>) -> Self {
        self.values.push((column.into(), value.into()));
        self
    }

    /// Adds the row; answers its id.
    ///
    /// # Errors
    /// See [`DataError`].
    pub async fn run(self) -> Result<String, DataError> {
        match self.runner.run(Statement::Insert { table: self.table, values: self.values }).await? {
            Answer::Id(id) => Ok(id),
            other => Err(unexpected(&other)),
        }
    }
}

/// Of an [`Update`] or [`Delete`]: nothing was said yet about which rows it is for.
#[derive(Debug)]
pub struct NoRows;

/// Of an [`Update`] or [`Delete`]: it was said which rows it is for.
#[derive(Debug)]
pub struct SomeRows;

/// A change of rows that is being put together. It can be run once it says which rows it is for, with [`where_`](Self::where_) or with
/// [`all_rows`](Self::all_rows):
///
/// ```compile_fail
/// # async fn example(database: keyway::capability::DatabaseMut) {
/// database.update("comments").set("approved", true).run().await; // no method named `run` found for `Update<'_>`
/// # }
/// ```
#[must_use = "rows are changed when `run` is called and awaited"]
pub struct Update<'a, S = NoRows> {
    runner: &'a dyn Runner,
    table: String,
    values: Vec<(String, Value)>,
    conditions: Vec<Condition>,
    rows: PhantomData<S>,
}

/// A deletion of rows that is being put together. It can be run once it says which rows it is for, with [`where_`](Self::where_) or
/// with [`all_rows`](Self::all_rows):
///
/// ```compile_fail
/// # async fn example(database: keyway::capability::DatabaseMut) {
/// database.delete("comments").run().await; // no method named `run` found for `Delete<'_>`
/// # }
/// ```
#[must_use = "rows are deleted when `run` is called and awaited"]
pub struct Delete<'a, S = NoRows> {
    runner: &'a dyn Runner,
    table: String,
    conditions: Vec<Condition>,
    rows: PhantomData<S>,
}

impl<'a> Update<'a> {
    pub(super) fn new(runner: &'a dyn Runner, table: impl Into<String>) -> Self {
        Self { runner, table: table.into(), values: Vec::new(), conditions: Vec::new(), rows: PhantomData }
    }

    /// Changes every row of the table.
    pub fn all_rows(self) -> Update<'a, SomeRows> {
        self.aimed()
    }
}

impl<'a, S> Update<'a, S> {
    /// Gives a column its new value.
    pub fn set(mut self, column: impl Into<String>, value: impl Into<Value>) -> Self {
        self.values.push((column.into(), value.into()));
        self
    }

    /// Changes only rows in which the column compares like this.
    pub fn where_(mut self, column: impl Into<String>, operator: Operator, value: impl Into<Value>) -> Update<'a, SomeRows> {
        self.conditions.push(Condition::one(column, operator, value));
        self.aimed()
    }

    /// Changes only rows in which the column has one of these values.
    pub fn where_in<V: Into<Value>>(
        mut self,
        column: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Update<'a, SomeRows> {
        self.conditions.push(Condition::any_of(column, values));
        self.aimed()
    }

    fn aimed(self) -> Update<'a, SomeRows> {
        let Self { runner, table, values, conditions, .. } = self;
        Update { runner, table, values, conditions, rows: PhantomData }
    }
}

impl Update<'_, SomeRows> {
    /// Changes the rows, all of them or none; answers how many.
    ///
    /// # Errors
    /// See [`DataError`].
    pub async fn run(self) -> Result<u64, DataError> {
        let Self { runner, table, values, conditions, .. } = self;
        counted(runner, Statement::Update { table, values, conditions }).await
    }
}

impl<'a> Delete<'a> {
    pub(super) fn new(runner: &'a dyn Runner, table: impl Into<String>) -> Self {
        Self { runner, table: table.into(), conditions: Vec::new(), rows: PhantomData }
    }

    /// Deletes every row of the table.
    pub fn all_rows(self) -> Delete<'a, SomeRows> {
        self.aimed()
    }
}

impl<'a, S> Delete<'a, S> {
    /// Deletes only rows in which the column compares like this.
    pub fn where_(mut self, column: impl Into<String>, operator: Operator, value: impl Into<Value>) -> Delete<'a, SomeRows> {
        self.conditions.push(Condition::one(column, operator, value));
        self.aimed()
    }

    /// Deletes only rows in which the column has one of these values.
    pub fn where_in<V: Into<Value>>(
        mut self,
        column: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Delete<'a, SomeRows> {
        self.conditions.push(Condition::any_of(column, values));
        self.aimed()
    }

    fn aimed(self) -> Delete<'a, SomeRows> {
        let Self { runner, table, conditions, .. } = self;
        Delete { runner, table, conditions, rows: PhantomData }
    }
}

impl Delete<'_, SomeRows> {
    /// Deletes the rows, all of them or none; answers how many.
    ///
    /// # Errors
    /// See [`DataError`].
    pub async fn run(self) -> Result<u64, DataError> {
        let Self { runner, table, conditions, .. } = self;
        counted(runner, Statement::Delete { table, conditions }).await
    }
}

async fn counted(runner: &dyn Runner, statement: Statement) -> Result<u64, DataError> {
    match runner.run(statement).await? {
        Answer::Count(count) => Ok(count),
        other => Err(unexpected(&other)),
    }
}

/// The methods that begin a change, for whatever can run one.
macro_rules! changes {
    ($on:ty) => {
        impl $on {
            /// Begins a new row: `insert("comments").set("page", "/about").run().await?`.
            pub fn insert(&self, table: impl Into<String>) -> Insert<'_> {
                Insert::new(self.runner(), table)
            }

            /// Begins a change of rows: `update("comments").set("approved", true).where_("id", Eq, id).run().await?`.
            pub fn update(&self, table: impl Into<String>) -> Update<'_> {
                Update::new(self.runner(), table)
            }

            /// Begins a deletion of rows: `delete("comments").where_("id", Eq, id).run().await?`.
            pub fn delete(&self, table: impl Into<String>) -> Delete<'_> {
                Delete::new(self.runner(), table)
            }
        }
    };
}

changes!(super::DatabaseMut);
changes!(Transaction);

macro_rules! debug {
    ($($name:ident <$($parameter:tt),*>),*) => {$(
        impl<$($parameter),*> fmt::Debug for $name<$($parameter),*> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.debug_struct(stringify!($name)).field("table", &self.table).finish_non_exhaustive()
            }
        }
    )*};
}

debug!(Insert<'a>, Update<'a, S>, Delete<'a, S>);
