//! The feed as Atom.

use std::fmt::Write as _;

use jiff::Timestamp;
use keyway_cms_sdk::Site;
use keyway_cms_sdk::answer::escape;

use crate::FeedConfig;
use crate::entry::{Entry, newest};

/// The whole document.
pub(crate) fn feed(site: &Site, config: &FeedConfig) -> String {
    let entries = newest(site, config.entries);
    let updated = entries.iter().map(|entry| entry.updated).max().unwrap_or(Timestamp::UNIX_EPOCH);
    let author = if config.author.is_empty() { site.title() } else { &config.author };
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
         <id>{home}</id>\n<title>{title}</title>\n<updated>{updated}</updated>\n<author><name>{author}</name></author>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{own}\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"{home}\"/>\n\
         <generator>keyway-cms</generator>\n",
        home = text(&site.url("/")),
        own = text(&site.url("/feed.xml")),
        title = text(site.title()),
        author = text(author),
    );
    for entry in &entries {
        write_entry(&mut xml, site, entry, config.content);
    }
    xml.push_str("</feed>\n");
    xml
}

fn write_entry(xml: &mut String, site: &Site, entry: &Entry<'_>, with_content: bool) {
    let document = &entry.page.document;
    let address = text(&site.url(&document.path));
    // Writing to a string cannot fail, here and below.
    let _ = write!(
        xml,
        "<entry>\n<id>{address}</id>\n<title>{}</title>\n<updated>{}</updated>\n<link rel=\"alternate\" type=\"text/html\" href=\"{address}\"/>\n",
        text(&document.title),
        entry.updated
    );
    if let Some(published) = entry.published {
        let _ = writeln!(xml, "<published>{published}</published>");
    }
    for tag in &document.tags {
        let _ = writeln!(xml, "<category term=\"{}\"/>", text(tag));
    }
    if !document.description.is_empty() {
        let _ = writeln!(xml, "<summary>{}</summary>", text(&document.description));
    }
    if with_content {
        let _ = writeln!(xml, "<content type=\"html\" xml:base=\"{address}\">{}</content>", text(&document.content));
    } else if document.description.is_empty() {
        // An entry without content must have a summary when its link alone would say too little.
        let _ = writeln!(
            xml,
            "<summary>{}</summary>",
            text(&beginning(entry.page.text.strip_prefix(document.title.as_str()).unwrap_or(&entry.page.text)))
        );
    }
    xml.push_str("</entry>\n");
}

/// Text for XML: escaped, and without the control characters that XML does not know even as entities.
fn text(text: &str) -> String {
    let allowed = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    escape(&text.chars().filter(allowed).collect::<String>())
}

/// The first words of a text.
fn beginning(text: &str) -> String {
    const LENGTH: usize = 200;
    let words = text.split_whitespace();
    let mut beginning = String::new();
    for word in words {
        if beginning.len() + word.len() > LENGTH {
            beginning.push('…');
            break;
        }
        if !beginning.is_empty() {
            beginning.push(' ');
        }
        beginning.push_str(word);
    }
    beginning
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{Document, Format, Page};

    use super::*;

    fn config() -> FeedConfig {
        FeedConfig { entries: 10, author: String::new(), content: false }
    }

    fn site() -> Site {
        let mut document = Document::new("/a b", "content/a.md", Format::Html, "<p>x &amp; y</p>");
        document.title = "A & \u{0}<b>".to_owned();
        document.date = "2026-05-01".to_owned();
        document.tags = vec!["news".to_owned()];
        let mut page = Page::new(document);
        page.text = "x & y".to_owned();
        Site::new("Test", "https://example.org", vec![page]).0
    }

    #[test]
    fn a_feed() {
        assert_eq!(
            feed(&site(), &config()),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
             <feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
             <id>https://example.org/</id>\n\
             <title>Test</title>\n\
             <updated>2026-05-01T00:00:00Z</updated>\n\
             <author><name>Test</name></author>\n\
             <link rel=\"self\" type=\"application/atom+xml\" href=\"https://example.org/feed.xml\"/>\n\
             <link rel=\"alternate\" type=\"text/html\" href=\"https://example.org/\"/>\n\
             <generator>keyway-cms</generator>\n\
             <entry>\n\
             <id>https://example.org/a%20b</id>\n\
             <title>A &amp; &lt;b&gt;</title>\n\
             <updated>2026-05-01T00:00:00Z</updated>\n\
             <link rel=\"alternate\" type=\"text/html\" href=\"https://example.org/a%20b\"/>\n\
             <published>2026-05-01T00:00:00Z</published>\n\
             <category term=\"news\"/>\n\
             <summary>x &amp; y</summary>\n\
             </entry>\n\
             </feed>\n"
        );
    }

    #[test]
    fn a_feed_without_entries_is_still_a_feed() {
        let empty = Site::new("Test", "https://example.org", Vec::new()).0;
        let xml = feed(&empty, &config());
        assert!(xml.contains("<updated>1970-01-01T00:00:00Z</updated>") && xml.ends_with("</feed>\n"), "{xml}");
    }

    #[test]
    fn content_is_escaped_html() {
        let xml = feed(&site(), &FeedConfig { content: true, author: "Ada".to_owned(), ..config() });
        assert!(xml.contains("<name>Ada</name>"), "{xml}");
        assert!(xml.contains(">&lt;p&gt;x &amp;amp; y&lt;/p&gt;</content>"), "{xml}");
    }

    #[test]
    fn a_summary_ends_at_a_word() {
        let summary = beginning(&"words ".repeat(100));
        assert!(summary.ends_with("words…") && summary.len() < 210, "{summary}");
    }
}
