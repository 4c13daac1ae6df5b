//! The hook `cms.before-comment`: who may object to a visitor's comment.

use keyway::{Boundary, extension_point};

use crate::{ClientAddress, Refusal};

/// A comment that is about to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Boundary)]
#[non_exhaustive]
pub struct CommentDraft {
    /// URL path of the page.
    pub page: String,
    /// The name that the visitor gave, as text.
    pub author: String,
    /// What the visitor wrote, as text.
    pub text: String,
    /// Where it came from, if that is known.
    pub client: Option<ClientAddress>,
}

impl CommentDraft {
    /// A comment on a page. Who sent it is not known yet.
    pub fn new(page: impl Into<String>, author: impl Into<String>, text: impl Into<String>) -> Self {
        Self { page: page.into(), author: author.into(), text: text.into(), client: None }
    }
}

/// Asked before a comment is kept, by the plugin that keeps it; for filters of spam and of words.
#[extension_point(id = "cms.before-comment", version = "1.0.0", on_failure = "closed", mode = "veto", uncounted)]
pub trait BeforeComment {
    /// Refuses with a reason that the visitor sees, or lets it be kept.
    async fn before_comment(&self, comment: &CommentDraft) -> Result<(), Refusal>;
}
