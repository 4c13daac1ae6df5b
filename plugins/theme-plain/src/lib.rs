//! Draws pages as HTML without any style.

use keyway::prelude::*;
use keyway_cms_sdk::answer::escape;
use keyway_cms_sdk::{CmsError, Site, Theme, View};

/// The plugin `site.theme-plain`.
#[derive(Debug, Plugin)]
#[plugin(provides(Theme))]
pub struct PlainTheme;

impl Lifecycle for PlainTheme {
    type Config = ();

    async fn init(_ctx: &Context<Self>, _config: ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl Theme for PlainTheme {
    fn render(&self, site: &Site, view: &View) -> Result<String, CmsError> {
        Ok(page(site, view))
    }
}

fn page(site: &Site, view: &View) -> String {
    let title = escape(&view.title);
    let site_title = escape(site.title());
    let search = if site.serves("/search") {
        "<form role=\"search\" action=\"/search\"><input type=\"search\" name=\"q\" aria-label=\"Search\"></form>\n"
    } else {
        ""
    };
    let heading = if view.content.contains("<h1") { String::new() } else { format!("<h1>{title}</h1>\n") };
    let (content, slots) = (&view.content, &view.slots);
    let (head, before, after) = (&slots.head, &slots.before_content, &slots.after_content);
    let footer = if slots.footer.is_empty() { String::new() } else { format!("<footer>\n{}</footer>\n", slots.footer) };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title} · {site_title}</title>\n{head}</head>\n\
         <body>\n<header>\n<p><a href=\"/\">{site_title}</a></p>\n{search}</header>\n<main>\n{before}{heading}{content}{after}</main>\n{footer}</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{Extra, Markup, Place};

    use super::*;

    #[test]
    fn text_is_escaped_and_content_is_not() {
        let site = Site::new("A & B", "https://example.org", Vec::new()).0;
        let page = page(&site, &View::new("/x", "<X>", "<p>text</p>"));
        assert!(page.contains("<title>&lt;X&gt; · A &amp; B</title>"), "{page}");
        assert!(page.contains("<main>\n<h1>&lt;X&gt;</h1>\n<p>text</p></main>"), "{page}");
        assert!(!page.contains("/search"), "{page}");
    }

    #[test]
    fn what_plugins_add_stands_at_its_place() {
        let site = Site::new("S", "https://example.org", Vec::new()).0;
        let mut view = View::new("/x", "X", "<p>text</p>");
        for (place, mark) in
            [(Place::Head, "<x-1>"), (Place::BeforeContent, "<x-2>"), (Place::AfterContent, "<x-3>"), (Place::Footer, "<x-4>")]
        {
            view.slots.add(&Extra::new(place, Markup::html(mark)));
        }
        let page = page(&site, &view);
        let at = |what: &str| page.find(what).unwrap_or_else(|| panic!("{what}: {page}"));
        assert!(
            ["<x-1>", "</head>", "<main>", "<x-2>", "text", "<x-3>", "</main>", "<footer>", "<x-4>"].map(at).is_sorted(),
            "{page}"
        );
    }

    #[test]
    fn a_title_is_not_shown_twice_and_search_is_offered_when_there_is_one() {
        let site = Site::new("S", "https://example.org", Vec::new()).0.with_served(["/search"]);
        let page = page(&site, &View::new("/x", "X", "<h1>X</h1>"));
        assert_eq!(page.matches("<h1").count(), 1, "{page}");
        assert!(page.contains("action=\"/search\""), "{page}");
    }
}
