//! Colours code in pages, while the site is built.

mod block;
mod class;
mod diff;
mod language;
mod lexer;
mod markup;

use keyway::prelude::*;
use keyway_cms_sdk::{CmsError, Document, Format, Processed, Processor};

/// The plugin `site.highlight`.
#[derive(Debug, Plugin)]
#[plugin(provides(Processor))]
pub struct Highlight;

impl Lifecycle for Highlight {
    type Config = ();

    async fn init(_ctx: &Context<Self>, _config: ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl Processor for Highlight {
    fn process(&self, document: &Document) -> Result<Option<Processed>, CmsError> {
        if document.format != Format::Html {
            return Ok(None);
        }
        let coloured = block::colour_all(&document.content);
        Ok(coloured.map(|content| Processed { content, format: Format::Html, headings: None }))
    }
}
