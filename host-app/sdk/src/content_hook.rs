//! The hooks around each change of a document: `cms.before-…` may stop it, `cms.after-…` is told of it.
//!
//! They are asked by whoever provides [`Content`](crate::Content), so every change that goes through it passes them, whichever plugin
//! asks for it. What somebody changes beside the program, for example in the folder of files, passes none of them.

use keyway::{Boundary, extension_point};

use crate::{Bytes, Refusal, Revision, Stored};

/// A document that is about to be written, or was.
#[derive(Debug, Clone, PartialEq, Eq, Boundary)]
pub struct Change {
    /// The content path, such as `guide/start.md`.
    pub path: String,
    /// The whole new document.
    pub body: Bytes,
    /// Its revision; `None` before it is written.
    pub revision: Option<Revision>,
    /// Id of the author, if they are known.
    pub author: Option<String>,
}

/// Asked before a document is made.
#[extension_point(id = "cms.before-insert", version = "1.0.0", on_failure = "closed", mode = "veto", uncounted)]
pub trait BeforeInsert {
    /// Refuses with a reason that the author sees, or lets it be made.
    async fn before_insert(&self, change: &Change) -> Result<(), Refusal>;
}

/// Asked before a document is replaced.
#[extension_point(id = "cms.before-update", version = "1.0.0", on_failure = "closed", mode = "veto", uncounted)]
pub trait BeforeUpdate {
    /// Refuses with a reason that the author sees, or lets it be replaced. `former` is what is there now.
    async fn before_update(&self, former: &Stored, change: &Change) -> Result<(), Refusal>;
}

/// Asked before a document is deleted.
#[extension_point(id = "cms.before-delete", version = "1.0.0", on_failure = "closed", mode = "veto", uncounted)]
pub trait BeforeDelete {
    /// Refuses with a reason that the author sees, or lets it be deleted. `author` is the id of whoever does it, if they are known.
    async fn before_delete(&self, document: &Stored, author: Option<&str>) -> Result<(), Refusal>;
}

/// Told after a document was made.
#[extension_point(id = "cms.after-insert", version = "1.0.0", on_failure = "open", mode = "all", uncounted)]
pub trait AfterInsert {
    /// The document was made.
    async fn after_insert(&self, change: &Change);
}

/// Told after a document was replaced.
#[extension_point(id = "cms.after-update", version = "1.0.0", on_failure = "open", mode = "all", uncounted)]
pub trait AfterUpdate {
    /// The document was replaced. `former` is what was there before.
    async fn after_update(&self, former: &Stored, change: &Change);
}

/// Told after a document was deleted.
#[extension_point(id = "cms.after-delete", version = "1.0.0", on_failure = "open", mode = "all", uncounted)]
pub trait AfterDelete {
    /// The document was deleted. `author` is the id of whoever did it, if they are known.
    async fn after_delete(&self, document: &Stored, author: Option<&str>);
}
