//! The plugin in a test host.

use cms_plugin_highlight::Highlight;
use keyway::testing::TestHost;
use keyway_cms_sdk::{Document, Format, Processor};

keyway::testing::conformance!(Highlight, work: keyway_cms_sdk::testing::visit);

#[tokio::test]
async fn code_in_a_page_is_coloured() {
    let host = TestHost::new().plugin::<Highlight>().start().await.unwrap();
    let processor = &host.extensions::<dyn Processor>()[0];

    let html = "<pre><code class=\"language-toml\">a = 1\n</code></pre>";
    let made = processor.process(&Document::new("/a", "content/a.md", Format::Html, html)).unwrap().unwrap();
    assert_eq!(
        made.content,
        "<pre><code class=\"language-toml\"><span class=\"hl-key\">a</span> = <span class=\"hl-number\">1</span>\n</code></pre>"
    );
    assert!(made.headings.is_none(), "the headings are those of an earlier step");

    for (format, content) in [(Format::Html, "<p>no code</p>"), (Format::Markdown, html)] {
        assert!(processor.process(&Document::new("/a", "content/a.md", format, content)).unwrap().is_none());
    }
}
