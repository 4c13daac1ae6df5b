//! The page that a text would become.

use keyway::hook::Stopped;
use keyway_cms_sdk::answer::escape;
use keyway_cms_sdk::{CmsError, ContentError, Document, Format, Heading, Page};

use crate::{Content, MOUNT, document};

impl Content {
    /// Runs a text through all processors, as the host does when it builds the site.
    pub(crate) async fn page_of(&self, path: &str, text: &str) -> Result<Page, ContentError> {
        let found = document::read(path, MOUNT, text.as_bytes().to_vec(), None);
        let Some(document) = found.document else {
            return Err(ContentError::Failed(format!("`{path}` is no Markdown document")));
        };
        let begun: (Document, Vec<Heading>) = (document, Vec::new());
        let processed = self.processors.fold(begun, |plugin, so_far| async move {
            let (mut document, mut headings) = (*so_far).clone();
            if let Some(processed) = plugin.process(&document)? {
                headings = processed.apply(&mut document).unwrap_or(headings);
            }
            Ok::<_, CmsError>((document, headings))
        });
        let processed = processed.await.map_err(|stopped| match stopped {
            Stopped::By(answer) => ContentError::Failed(format!("`{}` could not process it: {}", answer.plugin, answer.value)),
            interrupted => ContentError::Failed(interrupted.to_string()),
        })?;
        let (mut document, headings) = (*processed).clone();
        if document.format != Format::Html {
            document.content = format!("<pre>{}</pre>\n", escape(&document.content));
            document.format = Format::Html;
        }
        Ok(Page { document, headings, text: String::new() })
    }
}
