//! The extension point `cms.template`: what plugins add to the pages that a theme draws.

use std::fmt::{self, Write};

use keyway::{Boundary, extension_point};

use crate::answer::escape;
use crate::{Site, View};

/// Adds markup to pages at places that every theme has.
///
/// Asked once for each page that is drawn, before the theme. What it adds is part of the page as if the theme had written it, so it
/// escapes what strangers wrote: [`Markup::text`] does. Scripts and styles in it are subject to the site's content security policy:
/// by default, only files of the site run.
#[extension_point(id = "cms.template", version = "1.0.0", on_failure = "open", deadline = "1s", uncounted)]
pub trait Template {
    /// What to add to the page that shows `view`. `site.page(&view.path)` tells whether it is a page of the site.
    async fn extend(&self, view: &View, site: &Site) -> Vec<Extra>;
}

/// Markup for one place.
#[derive(Debug, Clone, PartialEq, Eq, Boundary)]
pub struct Extra {
    /// Where.
    pub place: Place,
    /// What.
    pub markup: Markup,
}

impl Extra {
    /// Markup for a place.
    pub fn new(place: Place, markup: Markup) -> Self {
        Self { place, markup }
    }
}

/// A place of a page that every theme has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Boundary)]
#[non_exhaustive]
pub enum Place {
    /// The end of `<head>`.
    Head,
    /// In `<main>`, before the content.
    BeforeContent,
    /// In `<main>`, after the content.
    AfterContent,
    /// In the footer.
    Footer,
}

/// HTML that is put into a page as it stands.
///
/// ```
/// use keyway_cms_sdk::Markup;
/// let greeting = Markup::html("<b>").and(&Markup::text("<Ada>")).and(&Markup::html("</b>"));
/// assert_eq!(greeting.as_str(), "<b>&lt;Ada&gt;</b>");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Boundary)]
pub struct Markup(String);

impl Markup {
    /// Takes HTML over as it stands. Whatever strangers wrote must be escaped in it.
    pub fn html(html: impl Into<String>) -> Self {
        Self(html.into())
    }

    /// Text, with everything escaped that means something in HTML.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self(escape(text))
    }

    /// This markup with more behind it.
    #[must_use]
    pub fn and(mut self, more: &Self) -> Self {
        self.0.push_str(&more.0);
        self
    }

    /// The HTML.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<Markup> for String {
    fn from(markup: Markup) -> Self {
        markup.0
    }
}

/// What plugins have added to one page, in start order. A theme writes each of them at its place, as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Boundary)]
pub struct Slots {
    /// For [`Place::Head`].
    pub head: String,
    /// For [`Place::BeforeContent`].
    pub before_content: String,
    /// For [`Place::AfterContent`].
    pub after_content: String,
    /// For [`Place::Footer`].
    pub footer: String,
}

impl Slots {
    /// Adds markup behind what is at its place already, on a line of its own.
    pub fn add(&mut self, extra: &Extra) {
        let slot = match extra.place {
            Place::Head => &mut self.head,
            Place::BeforeContent => &mut self.before_content,
            Place::AfterContent => &mut self.after_content,
            Place::Footer => &mut self.footer,
        };
        // Writing to a string cannot fail.
        let _ = writeln!(slot, "{}", extra.markup);
    }
}
