//! The events that several plugins know. What only one plugin and its listeners know is declared beside that plugin's service.

use keyway::{Boundary, Event};
use serde::Serialize;

/// Documents were made, changed or deleted. The host builds the site anew some moments after the last one.
///
/// Published by whoever provides [`Content`](crate::Content) after each change, and after one that somebody made beside the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Event)]
#[event(topic = "content.changed", version = "1.0.0", serialize)]
pub struct ContentChanged {
    /// The content paths; empty when it is not known which, so that it may have been any.
    pub paths: Vec<String>,
}

/// Somebody has changed a document through [`Content`](crate::Content). Published by whoever provides that, once for each change, beside
/// [`ContentChanged`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Event)]
#[event(topic = "content.edited", version = "1.0.0", serialize)]
pub struct ContentEdited {
    /// The content path.
    pub path: String,
    /// What was done.
    pub edit: Edit,
    /// Id of who did it, when that is known; see [`Principal::id`](crate::Principal::id).
    pub author: Option<String>,
}

/// What was done with a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Boundary)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Edit {
    /// It was made.
    Made,
    /// It was changed.
    Changed,
    /// It was deleted.
    Deleted,
}

impl std::fmt::Display for Edit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Made => "made",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
        })
    }
}

/// The site was built anew and is served from now on. Published by the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Event)]
#[event(topic = "site.built", version = "1.0.0", serialize)]
pub struct SiteBuilt {
    /// Which build it is, from 1 at the start of the program.
    pub generation: u64,
    /// How many pages the site has.
    pub pages: usize,
}

/// A visitor has written a comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Event)]
#[event(topic = "comment.posted", version = "1.0.0", serialize)]
pub struct CommentPosted {
    /// What tells the comment from all others.
    pub id: String,
    /// URL path of the page.
    pub page: String,
    /// The name under which it was written, as text.
    pub author: String,
    /// Whether it waits for a moderator before visitors see it.
    pub is_held: bool,
}

/// A moderator has decided about comments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Event)]
#[event(topic = "comment.decided", version = "1.0.0", serialize)]
pub struct CommentDecided {
    /// What tells the comments from all others.
    pub ids: Vec<String>,
    /// What becomes of them: `show`, `spam` or `delete`.
    pub decision: &'static str,
    /// Id of the moderator, when that is known; see [`Principal::id`](crate::Principal::id).
    pub moderator: Option<String>,
}

/// The links of the site were checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Event)]
#[event(topic = "links.checked", version = "1.0.0", serialize)]
pub struct LinksChecked {
    /// How many links there are.
    pub links: usize,
    /// How many of them lead nowhere.
    pub broken: usize,
}

/// Somebody has signed in, or has tried to and failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Event)]
#[event(topic = "auth.login", version = "1.0.0", serialize)]
pub struct Login {
    /// The name that was given. When it failed, it may be anything a stranger typed.
    pub name: String,
    /// Whether they are signed in now.
    pub succeeded: bool,
}

/// Somebody has signed out, or was signed out by an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Event)]
#[event(topic = "auth.logout", version = "1.0.0", serialize)]
pub struct Logout {
    /// The name of the user.
    pub name: String,
    /// Whether all sessions of the user have ended, not only one.
    pub is_everywhere: bool,
}
