//! Tables of a plugin's own, in SQLite, without SQL.
//!
//! A plugin describes its tables ([`Table`]) and the way from earlier versions to them ([`Schema`]), and works on them through builders:
//! [`Database`] reads, [`DatabaseMut`] writes, a [`Transaction`] does both so that all of it happens or nothing. There is no way to
//! the tables of another plugin: each plugin has a file of its own. Names are checked and values are bound, so nothing that a visitor
//! wrote can become a part of a statement.

mod change;
mod row;
mod schema;
mod select;
mod statement;
mod table;
mod value;

use std::fmt;
use std::sync::Arc;

pub use change::{Delete, Insert, NoRows, SomeRows, Update};
pub use row::{Row, Rows};
pub use schema::{Change, Schema, Step};
pub use select::Select;
pub use statement::{Answer, Condition, DEFAULT_LIMIT, Operator, Order, Runner, Selection, Statement};
pub use table::{Column, Index, Kind, Table};
pub use value::Value;

use super::data_error::{DataError, Pending};

/// Works on the tables of one plugin, within its grants; the host provides it.
#[keyway::boundary]
pub trait DatabaseSource: Runner {
    /// Brings the tables to the state that a schema describes.
    fn define(&self, schema: Schema) -> Pending<'_, ()>;
    /// Begins a transaction, when the former one of the plugin is over.
    fn begin(&self) -> Pending<'_, Box<dyn TransactionSource>>;
}

/// A transaction that is open; the host provides it. When it is dropped, all that it did is undone.
pub trait TransactionSource: Runner {
    /// Keeps all that was done.
    fn commit(self: Box<Self>) -> Pending<'static, ()>;
    /// Undoes all that was done, and waits for that.
    fn roll_back(self: Box<Self>) -> Pending<'static, ()>;
}

/// The tables that `database.read` grants. It cannot write; take [`DatabaseMut`] too for that. Cloning is cheap.
///
/// It sees what was committed last, also while a transaction of the plugin is open.
#[derive(Clone)]
pub struct Database(Arc<dyn DatabaseSource>);

impl Database {
    pub(crate) fn new(source: Arc<dyn DatabaseSource>) -> Self {
        Self(source)
    }

    /// Begins a query of a table.
    pub fn select(&self, table: impl Into<String>) -> Select<'_> {
        Select::new(&*self.0, table)
    }
}

/// The tables that `database.write` grants. It cannot read, outside a transaction; take [`Database`] too for that. Cloning is cheap.
#[derive(Clone)]
pub struct DatabaseMut(Arc<dyn DatabaseSource>);

impl DatabaseMut {
    pub(crate) fn new(source: Arc<dyn DatabaseSource>) -> Self {
        Self(source)
    }

    /// Brings the tables to the state that a schema describes: call it in `init`. Tables that are not there are made; for tables of
    /// an earlier `[state] version` the steps from there are gone through, in one transaction. A statement about a table that was not
    /// defined in this run is refused.
    ///
    /// # Errors
    /// [`DataError::Schema`] when the tables in the file are of a newer version, a step is missing, or the steps lead elsewhere; the
    /// file is then as it was before. [`DataError::Denied`] when a table lies outside the grant.
    pub async fn define(&self, schema: Schema) -> Result<(), DataError> {
        self.0.define(schema).await
    }

    /// Begins a transaction. It waits while another one of this plugin is open, for 5 seconds at most.
    ///
    /// # Errors
    /// See [`DataError`].
    pub async fn begin(&self) -> Result<Transaction, DataError> {
        self.0.begin().await.map(Transaction)
    }

    pub(super) fn runner(&self) -> &dyn Runner {
        &*self.0
    }
}

/// Statements of which all take effect, at [`commit`](Self::commit), or none.
///
/// When it is dropped before, by an early return, a panic, or a future that nobody awaits any more, all that it did is undone.
/// Only one is open at a time for each plugin, and other writes of the plugin wait for it: commit soon. Inside it, rows are read as the
/// transaction has left them, for which the plugin needs `database.read` too.
///
/// ```
/// # use keyway::capability::{DataError, DatabaseMut};
/// use keyway::capability::database::Operator::Eq;
/// # async fn example(database: DatabaseMut, from: &str, to: &str) -> Result<(), DataError> {
/// let transaction = database.begin().await?;
/// transaction.update("purses").set("coins", 3).where_("id", Eq, from).run().await?;
/// transaction.update("purses").set("coins", 9).where_("id", Eq, to).run().await?;
/// transaction.commit().await
/// # }
/// ```
#[must_use = "what is done in a transaction that is dropped is undone"]
pub struct Transaction(Box<dyn TransactionSource>);

impl Transaction {
    /// Begins a query of a table.
    pub fn select(&self, table: impl Into<String>) -> Select<'_> {
        Select::new(&*self.0, table)
    }

    /// Keeps all that was done. When this has answered, it is on the disk.
    ///
    /// # Errors
    /// See [`DataError`]; nothing was kept then.
    pub async fn commit(self) -> Result<(), DataError> {
        self.0.commit().await
    }

    /// Undoes all that was done, and answers when it is undone. Dropping the transaction does the same without waiting.
    ///
    /// # Errors
    /// See [`DataError`].
    pub async fn roll_back(self) -> Result<(), DataError> {
        self.0.roll_back().await
    }

    pub(super) fn runner(&self) -> &dyn Runner {
        &*self.0
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Database")
    }
}

impl fmt::Debug for DatabaseMut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DatabaseMut")
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Transaction")
    }
}
