//! The extension point `cms.processor`: the steps from a document to a page.

use keyway::extension_point;

use crate::{CmsError, Document, Format, Heading};

/// What one step made of a document.
#[derive(Debug, Clone)]
pub struct Processed {
    /// The new content.
    pub content: String,
    /// What the new content is written in.
    pub format: Format,
    /// The headings found in it; `None` leaves those of an earlier step.
    pub headings: Option<Vec<Heading>>,
}

/// One step from a document to a page. Steps run in start order, each on what the former left.
#[extension_point(id = "cms.processor", version = "1.0.0", on_failure = "closed")]
pub trait Processor {
    /// The changed content, or `None` when there is nothing for this step to do.
    fn process(&self, document: &Document) -> Result<Option<Processed>, CmsError>;
}
