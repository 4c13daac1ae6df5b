//! The service `service.store`: where the documents of a site are kept.

use std::fmt;
use std::time::SystemTime;

use keyway::{Boundary, CallError, extension_point};

use crate::{Bytes, content_path};

/// Keeps raw documents by content path (`guide/start.md`): the storage engine. A site has one, so its providers say `exclusive = true`.
///
/// It knows nothing of front matter, pages or permissions of visitors: that is [`Content`](crate::Content), which is what other plugins
/// use. [`write`](Self::write) refuses a path in which [`content_path::problem`] finds something; the other methods one in which
/// [`content_path::existing_problem`] does, and [`list`](Self::list) leaves such documents out.
///
/// A write or a delete that has answered `Ok` survives the end of the program. A reader never sees half a document.
#[extension_point(id = "service.store", version = "1.0.0", on_failure = "closed", deadline = "30s")]
pub trait Store {
    /// All documents, sorted by path.
    async fn list(&self) -> Result<Vec<StoredEntry>, StoreError>;

    /// One document.
    async fn read(&self, path: &str) -> Result<Stored, StoreError>;

    /// Writes a document, if what is there is what the caller expects; compares and writes as one step. Answers its new revision.
    async fn write(&self, path: &str, body: &[u8], expected: &Expected) -> Result<Revision, StoreError>;

    /// Deletes a document, if what is there is what the caller expects. A document that is not there is [`StoreError::NotFound`].
    async fn delete(&self, path: &str, expected: &Expected) -> Result<(), StoreError>;

    /// A text that changes when any document does, whoever changed it. Cheap enough to be asked every second.
    async fn fingerprint(&self) -> Result<String, StoreError>;
}

/// One line of [`Store::list`].
#[derive(Debug, Clone, PartialEq, Eq, Boundary)]
pub struct StoredEntry {
    /// The content path.
    pub path: String,
    /// Bytes of the document.
    pub len: u64,
    /// When it was last changed, if that is known.
    pub modified: Option<SystemTime>,
}

/// A document as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Boundary)]
pub struct Stored {
    /// The content path.
    pub path: String,
    /// The whole document. Most often text, but nobody has checked that.
    pub body: Bytes,
    /// Which content this is.
    pub revision: Revision,
    /// When it was last changed, if that is known.
    pub modified: Option<SystemTime>,
}

/// Which content a document has: a hash of it, in hexadecimal digits. Two documents with the same content may have the same revision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Boundary)]
pub struct Revision(String);

impl Revision {
    /// Takes over a revision as a store made it or a form brought it back. Nothing is checked: one that no store made fits no document.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The revision as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What a caller who changes a document believes to be there, so that nobody overwrites what they have not seen.
#[derive(Debug, Clone, PartialEq, Eq, Boundary)]
pub enum Expected {
    /// Nothing: the document is new.
    Absent,
    /// This very content.
    Revision(Revision),
    /// Whatever it is.
    Anything,
}

impl Expected {
    /// Whether a document of this revision, or none, is what was expected.
    #[must_use]
    pub fn allows(&self, current: Option<&Revision>) -> bool {
        match self {
            Self::Absent => current.is_none(),
            Self::Revision(revision) => current == Some(revision),
            Self::Anything => true,
        }
    }
}

/// Why a store could not do what it was asked.
#[derive(Debug, Boundary)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no such document.
    NotFound {
        /// The content path.
        path: String,
    },
    /// The document is another than expected: somebody else has written, made or deleted it.
    Conflict {
        /// The content path.
        path: String,
        /// What is there now; `None` when there is nothing.
        current: Option<Revision>,
    },
    /// No document may have this path.
    InvalidPath {
        /// The path as it was asked for.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The document is larger than the store takes.
    TooLarge {
        /// The content path.
        path: String,
        /// Bytes that a document may have.
        limit: u64,
    },
    /// The documents can be read and not changed.
    ReadOnly {
        /// Why, and who can change that.
        why: String,
    },
    /// The storage itself failed, in words for the log.
    Failed(String),
    /// The call gave no answer.
    Call(Box<CallError>),
}

impl StoreError {
    /// Refuses to write to a path that no document should have.
    ///
    /// # Errors
    /// [`StoreError::InvalidPath`], with what is wrong.
    pub fn check_path(path: &str) -> Result<(), Self> {
        Self::refuse_path(path, content_path::problem(path))
    }

    /// Refuses to read or delete at a path at which no document can be.
    ///
    /// # Errors
    /// [`StoreError::InvalidPath`], with what is wrong.
    pub fn check_existing_path(path: &str) -> Result<(), Self> {
        Self::refuse_path(path, content_path::existing_problem(path))
    }

    fn refuse_path(path: &str, problem: Option<&'static str>) -> Result<(), Self> {
        problem.map_or(Ok(()), |problem| Err(Self::InvalidPath { path: path.to_owned(), problem }))
    }

    /// Takes over the message of another error, with those of its causes.
    pub fn failed(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Failed(keyway::Error::new(cause).to_string())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { path } => write!(formatter, "there is no document `{path}`"),
            Self::Conflict { path, current: Some(_) } => write!(formatter, "`{path}` was changed by somebody else meanwhile"),
            Self::Conflict { path, current: None } => write!(formatter, "`{path}` was deleted by somebody else meanwhile"),
            Self::InvalidPath { path, problem } => {
                write!(formatter, "no document can be called `{}`: {problem}", path.escape_debug())
            }
            Self::TooLarge { path, limit } => write!(formatter, "`{path}` has more than {limit} bytes"),
            Self::ReadOnly { why } => write!(formatter, "the documents can be read and not changed: {why}"),
            Self::Failed(message) => formatter.write_str(message),
            Self::Call(call) => call.fmt(formatter),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Call(call) => Some(call.as_ref()),
            _ => None,
        }
    }
}

impl From<CallError> for StoreError {
    fn from(call: CallError) -> Self {
        Self::Call(Box::new(call))
    }
}

#[cfg(test)]
mod tests {
    use super::{Expected, Revision, StoreError};

    #[test]
    fn what_was_expected_must_be_there() {
        let (one, two) = (Revision::new("1"), Revision::new("2"));
        for (expected, absent, first, second) in [
            (Expected::Absent, true, false, false),
            (Expected::Revision(one.clone()), false, true, false),
            (Expected::Anything, true, true, true),
        ] {
            assert_eq!(expected.allows(None), absent, "{expected:?}");
            assert_eq!(expected.allows(Some(&one)), first, "{expected:?}");
            assert_eq!(expected.allows(Some(&two)), second, "{expected:?}");
        }
    }

    #[test]
    fn a_path_is_shown_without_its_tricks() {
        let error = StoreError::check_path("a\n../b").expect_err("it climbs").to_string();
        assert!(error.starts_with("no document can be called `a\\n../b`: "), "{error}");
    }
}
