//! Why something could not be kept or found: the error of storage and tables.

use std::fmt;
use std::pin::Pin;

use super::Denied;

/// What a call of storage or tables answers, once it is awaited.
///
/// The work goes on when the future is dropped before its end; what it did is then kept, or not, as a whole.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, DataError>> + Send + 'a>>;

/// Why something could not be kept or found.
#[derive(Debug, Clone, PartialEq, Eq, keyway::Boundary)]
#[non_exhaustive]
pub enum DataError {
    /// The grant does not cover this key or table.
    Denied(Denied),
    /// A key, or the value under it, is not one that storage takes.
    Key {
        /// The key, cut where it is very long.
        key: String,
        /// The rule that it breaks, as a phrase.
        rule: String,
    },
    /// A value breaks a rule of its column. Nothing was written.
    Rule {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The rule, as a phrase.
        rule: String,
    },
    /// Another row has the value, or the values, that only one may have. Nothing was written.
    Conflict {
        /// The table.
        table: String,
        /// The columns, with a comma between them.
        columns: String,
    },
    /// A column names a row that is not there, or a row is still named by others. Nothing was written.
    Reference {
        /// The table that was to be changed.
        table: String,
    },
    /// The statement cannot be run as it stands, for example because it names a column that its table does not have.
    Statement(String),
    /// The tables in the file are not those that the plugin defines, and its migration steps do not lead there.
    Schema(String),
    /// There is no space left, within the plugin's limit or on the disk. Nothing was written.
    Full {
        /// The plugin's limit in bytes; `None` when the disk is full.
        limit: Option<u64>,
    },
    /// A transaction of the plugin was open for too long, so this had to give up waiting for it.
    Busy,
    /// The transaction is over, because SQLite has rolled it back or a call of it has panicked.
    RolledBack,
    /// The host cannot use the file or the folder; the text begins with the code of the problem.
    Unavailable(String),
}

impl fmt::Display for DataError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(denied) => denied.fmt(formatter),
            Self::Key { key, rule } => write!(formatter, "KW0686 the key `{key}` cannot be kept: {rule}"),
            Self::Rule { table, column, rule } => write!(formatter, "KW0686 the column `{column}` of table `{table}` {rule}"),
            Self::Conflict { table, columns } => {
                write!(formatter, "KW0686 another row of table `{table}` has the same `{columns}`")
            }
            Self::Reference { table } => {
                write!(formatter, "KW0686 a change of table `{table}` would leave a reference to a row that is not there")
            }
            Self::Schema(problem) => write!(formatter, "KW0685 {problem}"),
            Self::Full { limit: Some(limit) } => {
                write!(formatter, "KW0687 the plugin's storage is full: its limit is {limit} bytes")
            }
            Self::Full { limit: None } => formatter.write_str("KW0687 the disk with the data folder is full"),
            Self::Statement(problem) => write!(formatter, "KW0688 {problem}"),
            Self::Busy => formatter.write_str("KW0689 a transaction of this plugin has been open for too long"),
            Self::RolledBack => formatter.write_str("KW0689 the transaction was rolled back"),
            Self::Unavailable(problem) => formatter.write_str(problem),
        }
    }
}

impl std::error::Error for DataError {}

impl From<Denied> for DataError {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}
