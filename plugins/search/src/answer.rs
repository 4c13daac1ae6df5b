//! The results as a page and as JSON.

use std::fmt::Write as _;

use keyway_cms_sdk::answer::{escape, response};
use keyway_cms_sdk::{CmsError, HeaderValue, Page, Response, StatusCode, View, header, url_path};
use serde::Serialize;

use crate::index::Index;
use crate::snippet::snippet;

/// The page at `/search`.
pub(crate) fn page(index: &Index, query: &str, limit: usize) -> View {
    let mut html = format!(
        "<form class=\"wide-search\" role=\"search\" action=\"/search\"><input type=\"search\" name=\"q\" value=\"{}\" \
         aria-label=\"Search this site\" placeholder=\"Search\"></form>\n",
        escape(query)
    );
    if query.is_empty() {
        return View::new("/search", "Search", html);
    }
    let found = index.find(query, limit);
    let count = match (found.total, found.pages.len()) {
        (0, _) => "No page has these words.".to_owned(),
        (1, _) => "One page.".to_owned(),
        (total, shown) if shown < total => format!("The best {shown} of {total} pages."),
        (total, _) => format!("{total} pages."),
    };
    // Writing to a string cannot fail, here and below.
    let _ = write!(html, "<p role=\"status\">{count}</p>\n<ol class=\"results\">\n");
    for page in found.pages {
        let document = &page.document;
        let _ = writeln!(
            html,
            "<li><a href=\"{}\">{}</a> <span class=\"path\">{}</span><p>{}</p></li>",
            escape(&url_path::encode(&document.path)),
            escape(&document.title),
            escape(&document.path),
            snippet(below_title(page), &found.words).html()
        );
    }
    html.push_str("</ol>\n");
    View::new("/search", format!("Search: {query}"), html)
}

/// The answer at `/search.json`.
///
/// # Errors
/// When the results cannot be written as JSON.
pub(crate) fn json(index: &Index, query: &str, limit: usize) -> Result<Response, CmsError> {
    let found = index.find(query, limit);
    let results = found.pages.iter().map(|page| Hit {
        path: url_path::encode(&page.document.path),
        title: &page.document.title,
        snippet: snippet(below_title(page), &found.words).text(),
    });
    let answer = Results { query, total: found.total, results: results.collect() };
    let body = serde_json::to_vec(&answer).map_err(CmsError::new)?;
    let mut response = response(StatusCode::OK, "application/json", body);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// The text without the title that it often begins with, as the title is shown above it.
fn below_title(page: &Page) -> &str {
    page.text.strip_prefix(page.document.title.as_str()).map_or(page.text.as_str(), str::trim_start)
}

#[derive(Serialize)]
struct Results<'a> {
    query: &'a str,
    total: usize,
    results: Vec<Hit<'a>>,
}

#[derive(Serialize)]
struct Hit<'a> {
    path: String,
    title: &'a str,
    snippet: String,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use keyway_cms_sdk::{Document, Format, Site};

    use super::*;

    fn index() -> Index {
        let mut page = Page::new(Document::new("/a b", "content/a.md", Format::Html, ""));
        page.document.title = "A <b>".to_owned();
        page.text = "some <text> \"here\"".to_owned();
        Index::new(&Arc::new(Site::new("T", "https://example.org", vec![page]).0))
    }

    #[test]
    fn nothing_that_came_from_outside_is_html() {
        let html = page(&index(), "\"><script>text", 10).content;
        assert!(html.contains("value=\"&quot;&gt;&lt;script&gt;text\""), "{html}");
        assert!(html.contains("<a href=\"/a%20b\">A &lt;b&gt;</a> <span class=\"path\">/a b</span>"), "{html}");
        assert!(html.contains("some &lt;<mark>text</mark>&gt; &quot;here&quot;"), "{html}");
        assert!(!html.contains("<script"), "{html}");
    }

    #[test]
    fn an_empty_query_is_only_the_box() {
        assert!(!page(&index(), "", 10).content.contains("results"));
        assert!(page(&index(), "nowhere", 10).content.contains("No page has these words."));
    }

    #[test]
    fn json_says_the_same() {
        let answer = json(&index(), "text", 10).unwrap();
        assert_eq!(
            std::str::from_utf8(answer.body()).unwrap(),
            r#"{"query":"text","total":1,"results":[{"path":"/a%20b","title":"A <b>","snippet":"some <text> \"here\""}]}"#
        );
    }
}
