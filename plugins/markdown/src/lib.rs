//! Turns Markdown into HTML.

mod anchor;
mod link;
mod render;

use keyway::prelude::*;
use keyway_cms_sdk::{CmsError, Document, Format, Processed, Processor};
use serde::Deserialize;

/// The plugin `site.markdown`.
#[derive(Debug, Plugin)]
#[plugin(provides(Processor))]
pub struct Markdown {
    raw_html: bool,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MarkdownConfig {
    /// Whether HTML in a page is passed on as it is.
    pub raw_html: bool,
}

impl Lifecycle for Markdown {
    type Config = MarkdownConfig;

    async fn init(_ctx: &Context<Self>, config: MarkdownConfig) -> Result<Self, Error> {
        Ok(Self { raw_html: config.raw_html })
    }
}

impl Processor for Markdown {
    fn process(&self, document: &Document) -> Result<Option<Processed>, CmsError> {
        if document.format != Format::Markdown {
            return Ok(None);
        }
        let rendered = render::html(&document.content, link::folder_of(&document.origin), self.raw_html);
        Ok(Some(Processed { content: rendered.html, format: Format::Html, headings: Some(rendered.headings) }))
    }
}
