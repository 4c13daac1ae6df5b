//! The extension point `cms.source`: where documents come from.

use keyway::extension_point;

use crate::{CmsError, Document};

/// Finds the documents of a site.
#[extension_point(id = "cms.source", version = "1.0.0", on_failure = "closed", deadline = "120s", uncounted)]
pub trait Source {
    /// All documents. A document that cannot be read is logged and left out, or given with what could be read of it.
    async fn load(&self) -> Result<Vec<Document>, CmsError>;
}
