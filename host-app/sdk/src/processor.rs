//! The extension point `cms.processor`: the steps from a document to a page.

use keyway::{Boundary, extension_point};

use crate::{CmsError, Document, Format, Heading};

/// What one step made of a document.
#[derive(Debug, Clone, Boundary)]
pub struct Processed {
    /// The new content.
    pub content: String,
    /// What the new content is written in.
    pub format: Format,
    /// The headings found in it; `None` leaves those of an earlier step.
    pub headings: Option<Vec<Heading>>,
}

impl Processed {
    /// Puts the new content into the document. Answers the headings, if this step has found some.
    pub fn apply(self, document: &mut Document) -> Option<Vec<Heading>> {
        document.content = self.content;
        document.format = self.format;
        self.headings
    }
}

/// One step from a document to a page. Steps run in start order, each on what the former left.
///
/// It is a hook, so that a plugin can run a document through all steps too, as for a preview: [`Processed::apply`] makes the next
/// step's document.
#[extension_point(id = "cms.processor", version = "1.0.0", on_failure = "closed", mode = "fold", uncounted)]
pub trait Processor {
    /// The changed content, or `None` when there is nothing for this step to do.
    fn process(&self, document: &Document) -> Result<Option<Processed>, CmsError>;
}
