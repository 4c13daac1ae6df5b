//! From HTML to gemtext.
//!
//! Gemtext is made of lines, and the first characters of a line say what it is: `#` a heading, `*` an item, `>` a quote, `=>` a link.
//! There is nothing inside of a line, so the links of a paragraph stand below it, and tables are drawn with spaces.

mod entity;
mod links;
mod table;
mod token;
mod writer;

pub use links::Links;
use token::{Token, tokens};
use writer::Writer;

/// Turns HTML into gemtext. Whatever the HTML is like, the result has no control characters but line breaks.
///
/// ```
/// use cms_plugin_gemini::gemtext::{Links, from_html};
/// let html = "<h1>Start</h1><p>See <a href='https://example.org/'>there</a>.</p><ul><li>one</li><li>two</li></ul>";
/// assert_eq!(from_html(html, &Links::outside()), "# Start\n\nSee there.\n=> https://example.org/ there\n\n* one\n* two\n");
/// ```
#[must_use]
pub fn from_html(html: &str, links: &Links<'_>) -> String {
    let mut writer = Writer::new(links);
    for token in tokens(html) {
        match token {
            Token::Text(text) => writer.text(&entity::decode(text)),
            Token::Open { name, attributes } => writer.open(&name, &attributes),
            Token::Close { name } => writer.close(&name),
        }
    }
    writer.finish()
}

/// Text as one line: blanks of all kinds are one space, and there are no control characters.
pub(crate) fn one_line(text: &str) -> String {
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
