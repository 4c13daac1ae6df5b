//! From Markdown to HTML: the parser's events, changed on the way where the site wants something else.

use std::collections::VecDeque;

use keyway_cms_sdk::Heading;
use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd, html};

use crate::anchor::Anchors;
use crate::link;

/// What a text became.
#[derive(Debug)]
pub(crate) struct Rendered {
    pub(crate) html: String,
    pub(crate) headings: Vec<Heading>,
}

/// Renders a text found in a file of `folder`. HTML in it is shown as text unless `raw_html`.
pub(crate) fn html(text: &str, folder: &str, raw_html: bool) -> Rendered {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_GFM;
    let mut steps = Steps {
        events: Parser::new_ext(text, options),
        ready: VecDeque::new(),
        folder,
        raw_html,
        anchors: Anchors::default(),
        headings: Vec::new(),
    };
    let mut html = String::with_capacity(text.len() + text.len() / 2);
    html::push_html(&mut html, &mut steps);
    Rendered { html, headings: steps.headings }
}

/// Changes events as they pass. Only one heading or HTML block is held at a time, so memory does not grow with the page.
struct Steps<'t, I> {
    events: I,
    ready: VecDeque<Event<'t>>,
    folder: &'t str,
    raw_html: bool,
    anchors: Anchors,
    headings: Vec<Heading>,
}

impl<'t, I: Iterator<Item = Event<'t>>> Iterator for Steps<'t, I> {
    type Item = Event<'t>;

    fn next(&mut self) -> Option<Event<'t>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            let event = self.events.next()?;
            self.take(event);
        }
    }
}

impl<'t, I: Iterator<Item = Event<'t>>> Steps<'t, I> {
    fn take(&mut self, event: Event<'t>) {
        match event {
            Event::Start(tag @ Tag::Heading { .. }) => self.heading(tag),
            Event::Start(Tag::HtmlBlock) if !self.raw_html => self.html_block(),
            Event::Start(Tag::Table(alignment)) => {
                self.ready.push_back(Event::Html("<div class=\"table-scroll\">".into()));
                self.ready.push_back(Event::Start(Tag::Table(alignment)));
            }
            Event::End(TagEnd::Table) => {
                self.ready.push_back(Event::End(TagEnd::Table));
                self.ready.push_back(Event::Html("</div>\n".into()));
            }
            other => {
                if let Some(event) = self.simple(other) {
                    self.ready.push_back(event);
                }
            }
        }
    }

    /// Changes an event that stands for itself; `None` drops it.
    fn simple(&self, event: Event<'t>) -> Option<Event<'t>> {
        Some(match event {
            Event::InlineHtml(html) | Event::Html(html) if !self.raw_html => {
                if html.starts_with("<!--") {
                    return None;
                }
                Event::Text(html)
            }
            Event::Start(Tag::Link { link_type: pulldown_cmark::LinkType::Email, dest_url, title, id }) => {
                Event::Start(Tag::Link { link_type: pulldown_cmark::LinkType::Email, dest_url, title, id })
            }
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                Event::Start(Tag::Link { link_type, dest_url: self.target(&dest_url), title, id })
            }
            Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                Event::Start(Tag::Image { link_type, dest_url: self.target(&dest_url), title, id })
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let language = info.split([' ', ',', '{']).next().unwrap_or("").to_owned();
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language.into())))
            }
            // The name of a footnote becomes an anchor, which no heading may have.
            Event::FootnoteReference(name) => Event::FootnoteReference(format!("fn-{name}").into()),
            Event::Start(Tag::FootnoteDefinition(name)) => Event::Start(Tag::FootnoteDefinition(format!("fn-{name}").into())),
            other => other,
        })
    }

    fn target(&self, link: &str) -> CowStr<'t> {
        link::target(link, self.folder).into()
    }

    fn heading(&mut self, tag: Tag<'t>) {
        let Tag::Heading { level, id, classes, attrs } = tag else { return };
        let mut text = String::new();
        let mut inside = Vec::new();
        for event in self.events.by_ref() {
            if matches!(event, Event::End(TagEnd::Heading(_))) {
                inside.push(event);
                break;
            }
            match &event {
                Event::Text(piece) | Event::Code(piece) => text.push_str(piece),
                Event::SoftBreak | Event::HardBreak => text.push(' '),
                _ => {}
            }
            inside.push(event);
        }
        let text = text.trim().to_owned();
        let id = match id {
            Some(own) => self.anchors.unused(own.into_string()),
            None => self.anchors.of_text(&text),
        };
        self.headings.push(Heading { level: level as u8, id: id.clone(), text });
        // Classes and attributes are HTML by another name.
        let (classes, attrs) = if self.raw_html { (classes, attrs) } else { (Vec::new(), Vec::new()) };
        self.ready.push_back(Event::Start(Tag::Heading { level, id: Some(id.into()), classes, attrs }));
        for event in inside {
            if let Some(event) = self.simple(event) {
                self.ready.push_back(event);
            }
        }
    }

    /// Shows a block of HTML as a paragraph of text; a comment is dropped.
    fn html_block(&mut self) {
        let mut block = String::new();
        for event in self.events.by_ref() {
            match event {
                Event::End(TagEnd::HtmlBlock) => break,
                Event::Html(line) | Event::Text(line) => block.push_str(&line),
                _ => {}
            }
        }
        let block = block.trim();
        let is_comment = block.starts_with("<!--") && block.find("-->").is_none_or(|end| end + "-->".len() == block.len());
        if !block.is_empty() && !is_comment {
            self.ready.push_back(Event::Start(Tag::Paragraph));
            self.ready.push_back(Event::Text(block.to_owned().into()));
            self.ready.push_back(Event::End(TagEnd::Paragraph));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn safe(text: &str) -> String {
        html(text, "", false).html
    }

    #[test]
    fn the_dialect() {
        let made = safe("| a | b |\n|---|--:|\n| 1 | 2 |\n\n~~old~~ x[^1]\n\n- [x] done\n- [ ] open\n\n[^1]: a note\n");
        for part in [
            "<div class=\"table-scroll\"><table>",
            "</table>\n</div>",
            "<del>old</del>",
            "<a href=\"#fn-1\">1</a>",
            "<div class=\"footnote-definition\" id=\"fn-1\">",
            "<input disabled=\"\" type=\"checkbox\" checked=\"\"/>",
        ] {
            assert!(made.contains(part), "{part} in:\n{made}");
        }
    }

    #[test]
    fn headings_have_anchors_and_are_listed() {
        let made = html("# The `host!` *macro*\n\n## Same\n\n## Same\n\n## Own {#mine .wide onclick=x}\n", "", false);
        assert!(made.html.contains("<h1 id=\"the-host-macro\">The <code>host!</code> <em>macro</em></h1>"), "{}", made.html);
        assert!(made.html.contains("<h2 id=\"mine\">Own</h2>"), "{}", made.html);
        let listed: Vec<(u8, &str, &str)> =
            made.headings.iter().map(|heading| (heading.level, heading.id.as_str(), heading.text.as_str())).collect();
        assert_eq!(
            listed,
            [(1, "the-host-macro", "The host! macro"), (2, "same", "Same"), (2, "same-1", "Same"), (2, "mine", "Own")]
        );
    }

    #[test]
    fn html_is_shown_as_text_and_comments_are_dropped() {
        let made = safe("<script>\nalert(1)\n</script>\n\na <b onclick=x>bold</b> word\n\n<!-- a\nremark -->\n\nx<!-- y -->z\n");
        assert!(!made.contains("<script") && !made.contains("<b"), "{made}");
        assert!(made.contains("&lt;script&gt;"), "{made}");
        assert!(made.contains("a &lt;b onclick=x&gt;bold&lt;/b&gt; word"), "{made}");
        assert!(!made.contains("remark") && made.contains("xz"), "{made}");
        let behind = safe("<!-- a --><script>alert(1)</script>\n");
        assert!(behind.contains("&lt;script&gt;") && !behind.contains("<script"), "{behind}");
    }

    #[test]
    fn html_is_passed_on_when_asked() {
        assert_eq!(html("<b>x</b>\n", "", true).html, "<p><b>x</b></p>\n");
        assert!(
            html("<div class=\"x\">\n\n**y**\n\n</div>\n", "", true)
                .html
                .contains("<div class=\"x\">\n<p><strong>y</strong></p>")
        );
    }

    #[test]
    fn links_and_images_are_rewritten_everywhere() {
        let made =
            html("# [h](a.md)\n\n[l](b.md#c) ![i](d.png) <ada@example.org> [r]\n\n[r]: javascript:x\n", "guide", false).html;
        for part in
            ["href=\"/guide/a\"", "href=\"/guide/b#c\"", "src=\"/guide/d.png\"", "href=\"mailto:ada@example.org\"", "href=\"#\""]
        {
            assert!(made.contains(part), "{part} in:\n{made}");
        }
    }

    #[test]
    fn the_language_of_code_is_one_word() {
        assert!(safe("```rust,ignore\nx\n```\n").contains("<code class=\"language-rust\">"));
        assert!(safe("```\nx\n```\n").contains("<pre><code>x"));
    }

    /// Quadratic time would take these inputs from seconds to hours.
    #[test]
    fn a_large_page_takes_linear_time() {
        const SIZE: usize = 5 * 1024 * 1024;
        let started = std::time::Instant::now();
        let page = "## Same heading\n\nSome *words* with [a link](other.md) and `code`.\n\n";
        let made = html(&page.repeat(SIZE / page.len()), "", false);
        assert_eq!(made.headings.len(), SIZE / page.len());
        for piece in ["[", "*a ", "> ", "<!-- ", "`", "![a](", "# x\n", "<b "] {
            html(&piece.repeat(SIZE / 16 / piece.len()), "", false);
        }
        assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
    }
}
