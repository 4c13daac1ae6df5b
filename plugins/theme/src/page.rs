//! A page as HTML.

use std::fmt::Write as _;

use keyway_cms_sdk::answer::escape;
use keyway_cms_sdk::{Heading, Site, View, url_path};

use crate::ThemeConfig;
use crate::navigation::{Line, Navigation};
use crate::stylesheet::version;

// Anchors of the theme's own hold a `:`, which no anchor made of a heading has.

/// The whole document that shows a view.
pub(crate) fn html(site: &Site, navigation: &Navigation, view: &View, config: &ThemeConfig) -> String {
    let mut html = String::with_capacity(view.content.len() + 8 * 1024);
    // Writing to a string cannot fail, here and below.
    let _ = write!(html, "<!doctype html>\n<html lang=\"{}\">\n", escape(&config.language));
    head(&mut html, site, view);
    html.push_str("<body>\n<a class=\"skip\" href=\"#theme:content\">Skip to content</a>\n");
    header(&mut html, site, view);
    html.push_str("<div class=\"page\">\n");
    contents(&mut html, &view.headings);
    html.push_str("<main id=\"theme:content\">\n");
    article(&mut html, site, view);
    neighbours(&mut html, navigation.neighbours(&view.path));
    html.push_str("</main>\n");
    tree(&mut html, navigation, &view.path);
    html.push_str("</div>\n");
    footer(&mut html, site, view, config);
    html.push_str("</body>\n</html>\n");
    html
}

fn head(html: &mut String, site: &Site, view: &View) {
    let title = if view.path == "/" || view.title == site.title() {
        escape(site.title())
    } else {
        format!("{} · {}", escape(&view.title), escape(site.title()))
    };
    let version = version();
    let _ = write!(
        html,
        "<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n"
    );
    if !view.description.is_empty() {
        let _ = writeln!(html, "<meta name=\"description\" content=\"{}\">", escape(&view.description));
    }
    if site.page(&view.path).is_some() {
        let _ = writeln!(html, "<link rel=\"canonical\" href=\"{}\">", escape(&site.url(&view.path)));
    } else {
        html.push_str("<meta name=\"robots\" content=\"noindex\">\n");
    }
    let _ = write!(
        html,
        "<link rel=\"stylesheet\" href=\"/theme.css?{version}\">\n<link rel=\"icon\" type=\"image/svg+xml\" href=\"/theme-icon.svg?{version}\">\n"
    );
    if site.serves("/feed.xml") {
        let feed = "<link rel=\"alternate\" type=\"application/atom+xml\" href=\"/feed.xml\" title=\"";
        let _ = writeln!(html, "{feed}{}\">", escape(site.title()));
    }
    if site.serves("/suggest.js") {
        html.push_str("<script src=\"/suggest.js\" defer></script>\n");
    }
    html.push_str(&view.slots.head);
    html.push_str("</head>\n");
}

fn header(html: &mut String, site: &Site, view: &View) {
    let _ = write!(
        html,
        "<header class=\"bar\">\n<button class=\"menu\" type=\"button\" popovertarget=\"theme:navigation\" aria-label=\"Menu\">☰</button>\n\
         <a class=\"site\" href=\"/\"{}>{}</a>\n",
        if view.path == "/" { " aria-current=\"page\"" } else { "" },
        escape(site.title())
    );
    if site.serves("/search") {
        html.push_str(
            "<form class=\"search\" role=\"search\" action=\"/search\">\
             <input type=\"search\" name=\"q\" placeholder=\"Search\" aria-label=\"Search this site\" autocomplete=\"off\"></form>\n",
        );
    }
    html.push_str("</header>\n");
}

/// The table of contents, where there is more than one heading to list.
fn contents(html: &mut String, headings: &[Heading]) {
    let listed: Vec<&Heading> =
        headings.iter().filter(|heading| matches!(heading.level, 2 | 3) && !heading.text.is_empty()).collect();
    if listed.len() < 2 {
        return;
    }
    html.push_str(
        "<nav class=\"contents\" aria-labelledby=\"theme:contents\">\n<h2 id=\"theme:contents\">On this page</h2>\n<ul>\n",
    );
    for heading in listed {
        let id = escape(&url_path::encode(&heading.id));
        let _ = writeln!(html, "<li class=\"level-{}\"><a href=\"#{id}\">{}</a></li>", heading.level, escape(&heading.text));
    }
    html.push_str("</ul>\n</nav>\n");
}

fn article(html: &mut String, site: &Site, view: &View) {
    html.push_str("<article>\n");
    html.push_str(&view.slots.before_content);
    if let Some(date) = site.page(&view.path).map(|page| page.document.date.as_str()).filter(|date| !date.is_empty()) {
        let day = date.split('T').next().unwrap_or(date);
        let _ = writeln!(html, "<p class=\"date\"><time datetime=\"{}\">{}</time></p>", escape(date), escape(day));
    }
    if !view.headings.iter().any(|heading| heading.level == 1) && !view.content.contains("<h1") {
        let _ = writeln!(html, "<h1>{}</h1>", escape(&view.title));
    }
    html.push_str(&view.content);
    html.push_str("</article>\n");
    html.push_str(&view.slots.after_content);
}

fn neighbours(html: &mut String, [previous, next]: [Option<(&str, &str)>; 2]) {
    if previous.is_none() && next.is_none() {
        return;
    }
    html.push_str("<nav class=\"neighbours\" aria-label=\"Previous and next page\">\n");
    for (neighbour, relation, word) in [(previous, "prev", "Previous"), (next, "next", "Next")] {
        if let Some((path, title)) = neighbour {
            let _ = writeln!(
                html,
                "<a class=\"{relation}\" rel=\"{relation}\" href=\"{}\"><small>{word}</small> {}</a>",
                escape(&url_path::encode(path)),
                escape(title)
            );
        }
    }
    html.push_str("</nav>\n");
}

/// The navigation. It stands after the content, so that a reader without a style sheet finds the text first.
fn tree(html: &mut String, navigation: &Navigation, path: &str) {
    html.push_str("<nav class=\"tree\" id=\"theme:navigation\" popover aria-label=\"Pages of this site\">\n<ul>\n");
    // Each link leaves its item open for a deeper level; the next line closes it.
    let mut item_open = vec![false];
    for line in navigation.lines(path) {
        if !matches!(line, Line::Enter)
            && let Some(open) = item_open.last_mut()
            && std::mem::take(open)
        {
            html.push_str("</li>\n");
        }
        match line {
            Line::Link { target, title, is_current } => {
                let current = if is_current { " aria-current=\"page\"" } else { "" };
                let _ = write!(html, "<li><a href=\"{}\"{current}>{}</a>", escape(&url_path::encode(target)), escape(title));
                if let Some(open) = item_open.last_mut() {
                    *open = true;
                }
            }
            Line::Omitted(count) => {
                let _ = writeln!(html, "<li class=\"omitted\">… {count} more</li>");
            }
            Line::Enter => {
                html.push_str("\n<ul>\n");
                item_open.push(false);
            }
            Line::Leave => {
                html.push_str("</ul>");
                item_open.pop();
            }
        }
    }
    if item_open == [true] {
        html.push_str("</li>\n");
    }
    html.push_str("</ul>\n</nav>\n");
}

fn footer(html: &mut String, site: &Site, view: &View, config: &ThemeConfig) {
    html.push_str("<footer>\n");
    html.push_str(&view.slots.footer);
    if !config.footer.is_empty() {
        let _ = writeln!(html, "<p>{}</p>", escape(&config.footer));
    }
    html.push_str("<p>");
    if site.serves("/feed.xml") {
        html.push_str("<a href=\"/feed.xml\">Feed</a> · ");
    }
    html.push_str("Served by keyway-cms</p>\n</footer>\n");
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{Document, Extra, Format, Markup, Page, Place};

    use super::*;

    fn site() -> Site {
        let pages =
            ["/", "/guide", "/guide/a", "/z"].map(|path| Page::new(Document::new(path, "content/a.md", Format::Html, "")));
        Site::new("<Test>", "https://example.org", pages.to_vec()).0
    }

    fn drawn(site: &Site, view: &View) -> String {
        let config = ThemeConfig { language: "en".to_owned(), footer: "© <me>".to_owned() };
        html(site, &Navigation::new(site), view, &config)
    }

    #[test]
    fn text_is_escaped_and_content_is_not() {
        let page = drawn(&site(), &View::new("/guide", "A & <b>", "<p>text</p>"));
        assert!(page.contains("<title>A &amp; &lt;b&gt; · &lt;Test&gt;</title>"), "{page}");
        assert!(page.contains("<h1>A &amp; &lt;b&gt;</h1>\n<p>text</p>"), "{page}");
        assert!(page.contains("© &lt;me&gt;"), "{page}");
    }

    #[test]
    fn every_element_of_the_navigation_is_closed() {
        for path in ["/", "/guide", "/guide/a", "/z", "/elsewhere"] {
            let page = drawn(&site(), &View::new(path, "T", ""));
            for element in ["ul", "li", "nav", "main", "div", "article", "form", "a"] {
                let opened = page.matches(&format!("<{element}>")).count() + page.matches(&format!("<{element} ")).count();
                assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{element} on {path}:\n{page}");
            }
        }
        let page = drawn(&site(), &View::new("/guide/a", "T", ""));
        assert!(page.contains("<li><a href=\"/guide\">/guide</a>\n<ul>\n<li><a href=\"/guide/a\" aria-current=\"page\">/guide/a</a></li>\n</ul></li>"), "{page}");
    }

    #[test]
    fn the_table_of_contents_lists_the_second_and_third_level() {
        let heading = |level, text: &str| Heading { level, id: text.to_lowercase(), text: text.to_owned() };
        let mut view = View::new("/z", "Z", "<h1 id=\"z\">Z</h1>");
        view.headings = vec![heading(1, "Z"), heading(2, "One"), heading(3, "Two"), heading(4, "Three")];
        let page = drawn(&site(), &view);
        assert!(
            page.contains(
                "<li class=\"level-2\"><a href=\"#one\">One</a></li>\n<li class=\"level-3\"><a href=\"#two\">Two</a></li>\n</ul>"
            ),
            "{page}"
        );
        assert_eq!(page.matches("<h1").count(), 1, "{page}");
    }

    #[test]
    fn search_and_feed_are_shown_when_they_are_served() {
        let view = View::new("/", "Home", "");
        let bare = drawn(&site(), &view);
        assert!(!bare.contains("/search") && !bare.contains("/feed.xml") && !bare.contains("<script"), "{bare}");
        let full = drawn(&site().with_served(["/search", "/feed.xml", "/suggest.js"]), &view);
        assert!(
            full.contains("action=\"/search\"") && full.contains("application/atom+xml") && full.contains("/suggest.js"),
            "{full}"
        );
    }

    #[test]
    fn what_plugins_add_stands_at_its_place() {
        let mut view = View::new("/", "Home", "<p>text</p>");
        for place in [Place::Head, Place::BeforeContent, Place::AfterContent, Place::Footer] {
            view.slots.add(&Extra::new(place, Markup::html(format!("<x-{place:?}>"))));
        }
        let page = drawn(&site(), &view);
        let at = |what: &str| page.find(what).unwrap_or_else(|| panic!("{what}: {page}"));
        let places = [
            "<x-Head>",
            "</head>",
            "<main",
            "<x-BeforeContent>",
            "<p>text</p>",
            "<x-AfterContent>",
            "</main>",
            "<footer",
            "<x-Footer>",
        ];
        assert!(places.map(at).is_sorted(), "{page}");
    }

    #[test]
    fn only_pages_are_for_search_engines() {
        assert!(drawn(&site(), &View::new("/z", "Z", "")).contains("<link rel=\"canonical\" href=\"https://example.org/z\">"));
        assert!(drawn(&site(), &View::new("/nowhere", "Not found", "")).contains("noindex"));
    }

    #[test]
    fn a_heading_cannot_have_an_anchor_of_the_theme() {
        let page = drawn(&site(), &View::new("/", "Home", ""));
        let anchors = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next());
        assert!(anchors.clone().count() >= 2 && anchors.clone().all(|anchor| anchor.starts_with("theme:")), "{page}");
    }

    #[test]
    fn nothing_is_inline() {
        let page = drawn(&site(), &View::new("/", "Home", ""));
        assert!(!page.contains("<style") && !page.contains("style=") && !page.contains("onclick"), "{page}");
    }
}
