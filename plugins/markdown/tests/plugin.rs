//! The plugin in a test host.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use cms_plugin_markdown::Markdown;
use keyway::testing::TestHost;
use keyway_cms_sdk::{Document, Format, Processed, Processor};

keyway::testing::conformance!(Markdown, work: keyway_cms_sdk::testing::visit);

async fn process(document: &Document, config: &str) -> Option<Processed> {
    let host = TestHost::new().plugin::<Markdown>().config(config).start().await.unwrap();
    host.extensions::<dyn Processor>()[0].process(document).unwrap()
}

#[tokio::test]
async fn markdown_becomes_html() {
    let text = "# Title\n\n[next](next.md#x) <b>raw</b>\n";
    let document = Document::new("/guide/a", "content/guide/a.md", Format::Markdown, text);
    let made = process(&document, "").await.unwrap();
    assert_eq!(made.format, Format::Html);
    assert_eq!(made.content, "<h1 id=\"title\">Title</h1>\n<p><a href=\"/guide/next#x\">next</a> &lt;b&gt;raw&lt;/b&gt;</p>\n");
    assert_eq!(made.headings.unwrap()[0].id, "title");

    let raw = process(&document, "raw-html = true").await.unwrap();
    assert!(raw.content.contains("<b>raw</b>"), "{}", raw.content);
}

#[tokio::test]
async fn html_is_left_to_others() {
    let document = Document::new("/a", "content/a.html", Format::Html, "# no *Markdown*");
    assert!(process(&document, "").await.is_none());
}
