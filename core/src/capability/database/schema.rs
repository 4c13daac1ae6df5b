//! All tables of a plugin, and the way from those of earlier versions to them.

use super::Value;
use super::table::Table;

/// All tables of a plugin as its present version wants them, and the steps that lead there from earlier ones.
///
/// The version is `[state] version` of the manifest; the host keeps it beside the tables. A step leads from one version to the next:
///
/// ```
/// use keyway::capability::database::{Schema, Step, Table};
/// // `[state] version = 2`
/// let schema = Schema::new()
///     .table(Table::new("comments").text("page").required().boolean("approved").required().default(false))
///     .step(1, Step::new().add_columns(Table::new("comments").boolean("approved").required().default(false)));
/// # let _ = schema;
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a schema does nothing until it is given to `DatabaseMut::define`"]
pub struct Schema {
    /// The tables.
    pub tables: Vec<Table>,
    /// The steps, each with the version from which it leads.
    pub steps: Vec<(u32, Step)>,
}

/// The changes that lead from one version of a plugin's tables to the next, in order.
#[derive(Debug, Clone, Default)]
#[must_use = "a step does nothing until it is part of a schema"]
pub struct Step {
    /// The changes, in order.
    pub changes: Vec<Change>,
}

/// One change of the tables.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are named for what they are")]
pub enum Change {
    /// Adds the columns of this table to the one of its name.
    AddColumns(Table),
    /// Deletes a column.
    DropColumn { table: String, column: String },
    /// Gives a column another name.
    RenameColumn { table: String, from: String, to: String },
    /// Gives a table another name.
    RenameTable { from: String, to: String },
    /// Deletes a table.
    DropTable(String),
    /// Puts a value into a column of all rows.
    Fill { table: String, column: String, value: Value },
    /// Copies one column of all rows into another.
    Copy { table: String, from: String, to: String },
}

impl Schema {
    /// Begins a schema without tables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a table as the present version wants it. One that is not in the file is made.
    pub fn table(mut self, table: Table) -> Self {
        self.tables.push(table);
        self
    }

    /// Adds the step that leads from the tables of version `from` to those of the version after it.
    pub fn step(mut self, from: u32, step: Step) -> Self {
        self.steps.push((from, step));
        self
    }
}

impl Step {
    /// Begins a step without changes, which is right where only tables are new.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the columns of `table` to the table of its name. A required one needs a default, which the rows that are there get.
    pub fn add_columns(self, table: Table) -> Self {
        self.change(Change::AddColumns(table))
    }

    /// Deletes a column with what it holds.
    pub fn drop_column(self, table: impl Into<String>, column: impl Into<String>) -> Self {
        self.change(Change::DropColumn { table: table.into(), column: column.into() })
    }

    /// Gives a column another name.
    pub fn rename_column(self, table: impl Into<String>, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.change(Change::RenameColumn { table: table.into(), from: from.into(), to: to.into() })
    }

    /// Gives a table another name.
    pub fn rename_table(self, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.change(Change::RenameTable { from: from.into(), to: to.into() })
    }

    /// Deletes a table with what it holds.
    pub fn drop_table(self, table: impl Into<String>) -> Self {
        self.change(Change::DropTable(table.into()))
    }

    /// Puts a value into a column of all rows.
    pub fn fill(self, table: impl Into<String>, column: impl Into<String>, value: impl Into<Value>) -> Self {
        self.change(Change::Fill { table: table.into(), column: column.into(), value: value.into() })
    }

    /// Copies one column of all rows into another of the same kind.
    pub fn copy(self, table: impl Into<String>, from: impl Into<String>, to: impl Into<String>) -> Self {
        self.change(Change::Copy { table: table.into(), from: from.into(), to: to.into() })
    }

    fn change(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }
}
