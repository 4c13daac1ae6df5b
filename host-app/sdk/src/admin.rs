//! The extension point `cms.admin-panel`: pages for whoever looks after the site.

use keyway::{Boundary, extension_point};

use crate::{CmsError, Markup, Refusal, Request};

/// A page below `/admin`, drawn by the theme and open to visitors with the role [`ADMIN_ROLE`] only.
#[extension_point(id = "cms.admin-panel", version = "1.0.0", on_failure = "closed", deadline = "10s", uncounted(panel))]
pub trait AdminPanel {
    /// What the panel is called and where it is.
    fn panel(&self) -> Result<Panel, CmsError>;

    /// The panel's content. The request's extensions hold the [`Principal`](crate::Principal).
    async fn render(&self, request: &Request) -> Result<Markup, CmsError>;

    /// Takes a form that was sent to the panel's own address. When it is done, the host leads the visitor back to the panel; a refusal
    /// is shown. The host has made sure that the form comes from this site.
    async fn submit(&self, request: &Request) -> Result<(), Refusal> {
        let _ = request;
        Err(Refusal::new("this page takes no forms"))
    }
}

/// The role that opens `/admin`.
pub const ADMIN_ROLE: &str = "admin";

/// What a panel is called and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Boundary)]
pub struct Panel {
    /// Its title, as text.
    pub title: String,
    /// The last segment of its address, `/admin/<slug>`: small letters, digits and `-`.
    pub slug: String,
}

impl Panel {
    /// A panel with this title at `/admin/<slug>`.
    pub fn new(title: impl Into<String>, slug: impl Into<String>) -> Self {
        Self { title: title.into(), slug: slug.into() }
    }
}
