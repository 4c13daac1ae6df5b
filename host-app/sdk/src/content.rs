//! The service `service.content`: the documents of a site, for plugins that show, change or list them.

use std::fmt;

use keyway::{Boundary, CallError, extension_point};

use crate::{Expected, Page, Refusal, Revision, StoreError, Stored, StoredEntry};

/// Reads and changes the documents of a site.
///
/// A change is checked, then put before the hooks `cms.before-…`, then given to the [`Store`](crate::Store), then told to the hooks
/// `cms.after-…` and published as [`ContentChanged`](crate::event::ContentChanged); the host builds the site anew from that. Whether the
/// visitor may do it is not asked here: the route that calls this has said what [`access`](crate::Route::access) it needs.
///
/// A document is one that becomes a page: its path ends in `.md`. Files beside the pages are not reached through this.
#[extension_point(id = "service.content", version = "1.0.0", on_failure = "closed", deadline = "60s")]
pub trait Content {
    /// All documents, sorted by path.
    async fn list(&self) -> Result<Vec<StoredEntry>, ContentError>;

    /// One document with its front matter, as it is kept.
    async fn get(&self, path: &str) -> Result<Stored, ContentError>;

    /// Makes or replaces a document. Answers its new revision.
    async fn save(&self, draft: &Draft) -> Result<Revision, ContentError>;

    /// Deletes a document. `author` is the id of whoever does it, if they are known.
    async fn delete(&self, path: &str, expected: &Expected, author: Option<&str>) -> Result<(), ContentError>;

    /// The page that a document would become, also when it is a draft: front matter taken off, all processors run, nothing kept. Its
    /// content is HTML; its `text` is empty. Whatever is wrong with its front matter is [`ContentError::Invalid`].
    async fn preview(&self, path: &str, text: &str) -> Result<Page, ContentError>;
}

/// A document that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Boundary)]
pub struct Draft {
    /// The content path, such as `guide/start.md`.
    pub path: String,
    /// The whole document, with its front matter.
    pub text: String,
    /// What the author believes to be there.
    pub expected: Expected,
    /// Id of the author, if they are known.
    pub author: Option<String>,
}

/// Why a document could not be read or changed.
#[derive(Debug, Boundary)]
#[non_exhaustive]
pub enum ContentError {
    /// The document is no page as it stands: what is wrong, each with its line in words for the author.
    Invalid {
        /// The content path.
        path: String,
        /// What is wrong; never empty.
        problems: Vec<String>,
    },
    /// A plugin objects, or could not be asked.
    Refused {
        /// Id of the plugin; empty when all together took too long.
        plugin: String,
        /// Why.
        refusal: Refusal,
    },
    /// The store could not do it.
    Store(StoreError),
    /// Something else failed, in words for the log.
    Failed(String),
    /// The call gave no answer.
    Call(Box<CallError>),
}

impl fmt::Display for ContentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { path, problems } => write!(formatter, "`{path}` cannot be kept: {}", problems.join("; ")),
            Self::Refused { refusal, .. } => refusal.fmt(formatter),
            Self::Store(error) => error.fmt(formatter),
            Self::Failed(message) => formatter.write_str(message),
            Self::Call(call) => call.fmt(formatter),
        }
    }
}

impl std::error::Error for ContentError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Invalid { .. } | Self::Failed(_) => None,
            Self::Refused { refusal, .. } => Some(refusal),
            Self::Store(error) => Some(error),
            Self::Call(call) => Some(call.as_ref()),
        }
    }
}

impl From<CallError> for ContentError {
    fn from(call: CallError) -> Self {
        Self::Call(Box::new(call))
    }
}

impl From<StoreError> for ContentError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
