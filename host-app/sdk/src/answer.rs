//! What a route answers, and helpers to make it.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use keyway::Boundary;

use crate::{Heading, Response, Slots};

/// The answer of a [`Route`](crate::Route).
#[derive(Debug, Boundary)]
pub enum Answer {
    /// Bytes to send as they are.
    Response(Response),
    /// Content for the theme to draw a page around.
    View(View),
}

impl From<View> for Answer {
    fn from(view: View) -> Self {
        Self::View(view)
    }
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self::Response(response)
    }
}

/// Content for a theme to draw a page around.
#[derive(Debug, Clone, Boundary)]
pub struct View {
    /// The status to answer with.
    pub status: StatusCode,
    /// The URL path that is shown, for marking it in the navigation.
    pub path: String,
    /// The page's title, as text.
    pub title: String,
    /// One sentence about the page, as text; empty when there is none.
    pub description: String,
    /// The page's content, as HTML that the theme does not escape.
    pub content: String,
    /// The page's headings, for a table of contents.
    pub headings: Vec<Heading>,
    /// Headers to send beside those of the page, such as `set-cookie` for a plugin that was granted it.
    pub headers: HeaderMap,
    /// What the plugins that provide [`Template`](crate::Template) have added; the host fills it before it asks the theme.
    pub slots: Slots,
}

impl View {
    /// A view of `content`, which is HTML, with status 200.
    #[must_use]
    pub fn new(path: impl Into<String>, title: impl Into<String>, content: impl Into<String>) -> Self {
        Self {
            status: StatusCode::OK,
            path: path.into(),
            title: title.into(),
            description: String::new(),
            content: content.into(),
            headings: Vec::new(),
            headers: HeaderMap::new(),
            slots: Slots::default(),
        }
    }
}

/// A response with a body of the given media type.
#[must_use]
pub fn response(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Escapes text for HTML and XML, in element content and in quoted attributes.
///
/// ```
/// assert_eq!(keyway_cms_sdk::answer::escape(r#"<a href="x">&"#), "&lt;a href=&quot;x&quot;&gt;&amp;");
/// ```
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}
