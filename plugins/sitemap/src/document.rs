//! The files of a sitemap, made from a site.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::SystemTime;

use jiff::Timestamp;
use keyway_cms_sdk::answer::escape;
use keyway_cms_sdk::{Bytes, Page, Site};

/// Files by the URL path they are served at.
pub(crate) type Documents = BTreeMap<String, Document>;

/// One file, ready to be sent.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) media_type: &'static str,
    pub(crate) body: Bytes,
}

/// How large one file may become before the list goes on in the next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) entries: usize,
    pub(crate) bytes: usize,
}

/// What sitemaps.org allows in one file.
pub(crate) const PROTOCOL_LIMITS: Limits = Limits { entries: 50_000, bytes: 50 * 1024 * 1024 };

const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// One sitemap at `/sitemap.xml`, or an index there and its parts at `/sitemap-1.xml` and on.
pub(crate) fn sitemap(site: &Site, limits: Limits) -> Documents {
    let listed = site.pages().iter().filter(|page| page.document.extra.get("sitemap").is_none_or(|value| value != "false"));
    let mut parts = parts(listed.map(|page| url(site, page)), limits);
    if parts.len() <= 1 {
        let only = parts.pop().unwrap_or_default();
        return Documents::from([("/sitemap.xml".to_owned(), xml("urlset", &only))]);
    }
    let mut documents = Documents::new();
    let mut index = String::new();
    for (number, part) in (1..).zip(&parts) {
        let path = format!("/sitemap-{number}.xml");
        let _ = writeln!(index, "<sitemap><loc>{}</loc></sitemap>", escape(&site.url(&path)));
        documents.insert(path, xml("urlset", part));
    }
    documents.insert("/sitemap.xml".to_owned(), xml("sitemapindex", &index));
    documents
}

/// A `/robots.txt` that allows everything and names the sitemap.
pub(crate) fn robots(site: &Site) -> Document {
    let body = format!("User-agent: *\nAllow: /\n\nSitemap: {}\n", site.url("/sitemap.xml"));
    Document { media_type: "text/plain; charset=utf-8", body: body.into() }
}

fn url(site: &Site, page: &Page) -> String {
    let location = escape(&site.url(&page.document.path));
    match page.document.modified.and_then(day) {
        Some(day) => format!("<url><loc>{location}</loc><lastmod>{day}</lastmod></url>\n"),
        None => format!("<url><loc>{location}</loc></url>\n"),
    }
}

/// The day of a time in UTC, as `YYYY-MM-DD`; `None` for times that no calendar has.
fn day(time: SystemTime) -> Option<String> {
    Timestamp::try_from(time).ok().map(|time| time.strftime("%Y-%m-%d").to_string())
}

/// Joins the entries to as few texts as the limits allow.
fn parts(entries: impl Iterator<Item = String>, limits: Limits) -> Vec<String> {
    let frame = xml("urlset", "").body.len();
    let mut parts: Vec<(usize, String)> = Vec::new();
    for entry in entries {
        match parts.last_mut() {
            Some((count, part)) if *count < limits.entries && frame + part.len() + entry.len() <= limits.bytes => {
                *count += 1;
                part.push_str(&entry);
            }
            _ => parts.push((1, entry)),
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

fn xml(root: &str, content: &str) -> Document {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{NAMESPACE}\">\n{content}</{root}>\n");
    Document { media_type: "application/xml; charset=utf-8", body: body.into() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use keyway_cms_sdk::{Document as Source, Format};

    use super::*;

    fn page(path: &str) -> Page {
        let mut source = Source::new(path, "content/page.md", Format::Html, "");
        source.modified = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * 365));
        Page::new(source)
    }

    fn site(pages: Vec<Page>) -> Site {
        Site::new("Test", "https://example.org", pages).0
    }

    fn text(documents: &Documents, path: &str) -> String {
        String::from_utf8(documents[path].body.to_vec()).unwrap()
    }

    #[test]
    fn a_small_site_is_one_file() {
        let documents = sitemap(&site(vec![page("/"), page("/a&b")]), PROTOCOL_LIMITS);
        assert_eq!(documents.len(), 1);
        assert_eq!(
            text(&documents, "/sitemap.xml"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n\
             <url><loc>https://example.org/</loc><lastmod>1971-01-01</lastmod></url>\n\
             <url><loc>https://example.org/a&amp;b</loc><lastmod>1971-01-01</lastmod></url>\n\
             </urlset>\n"
        );
    }

    #[test]
    fn a_site_without_pages_has_an_empty_list() {
        let documents = sitemap(&site(Vec::new()), PROTOCOL_LIMITS);
        assert!(text(&documents, "/sitemap.xml").contains("<urlset"));
        assert!(!text(&documents, "/sitemap.xml").contains("<url>"));
    }

    #[test]
    fn a_page_can_ask_to_be_left_out() {
        let mut hidden = page("/hidden");
        hidden.document.extra.insert("sitemap".to_owned(), "false".to_owned());
        let documents = sitemap(&site(vec![page("/shown"), hidden]), PROTOCOL_LIMITS);
        let list = text(&documents, "/sitemap.xml");
        assert!(list.contains("/shown") && !list.contains("/hidden"), "{list}");
    }

    #[test]
    fn too_many_entries_make_an_index() {
        let pages = (0..5).map(|number| page(&format!("/{number}"))).collect();
        let documents = sitemap(&site(pages), Limits { entries: 2, ..PROTOCOL_LIMITS });
        let paths: Vec<&str> = documents.keys().map(String::as_str).collect();
        assert_eq!(paths, ["/sitemap-1.xml", "/sitemap-2.xml", "/sitemap-3.xml", "/sitemap.xml"]);
        assert!(text(&documents, "/sitemap.xml").contains("<sitemap><loc>https://example.org/sitemap-3.xml</loc></sitemap>"));
        assert!(text(&documents, "/sitemap-3.xml").contains("https://example.org/4"));
    }

    #[test]
    fn no_file_grows_over_the_byte_limit() {
        let pages = (0..50).map(|number| page(&format!("/{number}"))).collect();
        let limits = Limits { bytes: 500, ..PROTOCOL_LIMITS };
        let documents = sitemap(&site(pages), limits);
        assert!(documents.len() > 2);
        for (path, document) in documents.iter().filter(|(path, _)| *path != "/sitemap.xml") {
            assert!(document.body.len() <= limits.bytes, "{path} has {} bytes", document.body.len());
        }
    }

    #[test]
    fn robots_names_the_sitemap() {
        let robots = robots(&site(Vec::new()));
        assert!(robots.body.ends_with(b"Sitemap: https://example.org/sitemap.xml\n"));
    }
}
