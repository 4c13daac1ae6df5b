//! Where the links of a page lead when it is not read on the web.

use std::fmt::Write as _;

use keyway_cms_sdk::{Site, url_path};

/// What links are resolved against.
#[derive(Debug, Clone, Copy)]
pub struct Links<'s> {
    page: Option<(&'s Site, &'s str)>,
}

impl<'s> Links<'s> {
    /// Links of the page at a path of a site: those to pages stay as paths, the rest leads to the site on the web.
    #[must_use]
    pub const fn of_page(site: &'s Site, path: &'s str) -> Self {
        Self { page: Some((site, path)) }
    }

    /// Links of HTML that belongs to no site: only those with a scheme lead anywhere.
    #[must_use]
    pub const fn outside() -> Self {
        Self { page: None }
    }

    /// The URL for a link line, without blanks and control characters; `None` for what leads nowhere else.
    pub(super) fn resolve(&self, href: &str) -> Option<String> {
        let href = href.trim();
        if href.is_empty() || href.starts_with('#') {
            return None;
        }
        if let Some(scheme) = scheme(href) {
            let runs = ["javascript", "data", "vbscript", "blob"].iter().any(|bad| scheme.eq_ignore_ascii_case(bad));
            return (!runs).then(|| clean(href));
        }
        let (site, page) = self.page?;
        if let Some(host) = href.strip_prefix("//") {
            return Some(clean(&format!("https://{host}")));
        }
        let path_end = href.find(['?', '#']).unwrap_or(href.len());
        let (path, rest) = href.split_at(path_end);
        let path = absolute(page, path);
        let decoded = url_path::decode(&path);
        if let Some(found) = decoded.as_deref().and_then(|path| site.page(path)).filter(|_| !rest.starts_with('?')) {
            return Some(url_path::encode(&found.document.path));
        }
        Some(clean(&format!("{}{path}{rest}", site.address())))
    }
}

fn scheme(href: &str) -> Option<&str> {
    let (scheme, _) = href.split_once(':')?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme.then_some(scheme)
}

/// A path of a link as seen from a page, without `.` and `..`.
fn absolute(page: &str, path: &str) -> String {
    let folder = if path.starts_with('/') { "" } else { page.rsplit_once('/').map_or("", |(folder, _)| folder) };
    if path.is_empty() {
        return url_path::encode(page);
    }
    let folder = url_path::encode(folder);
    let mut segments: Vec<&str> = Vec::new();
    for segment in folder.split('/').chain(path.split('/')).filter(|segment| !segment.is_empty()) {
        match segment {
            "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    format!("/{}", segments.join("/"))
}

/// Percent-encodes what may not stand in a link line.
fn clean(url: &str) -> String {
    let mut cleaned = String::with_capacity(url.len());
    for character in url.chars() {
        if character.is_ascii_graphic() {
            cleaned.push(character);
        } else {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a string cannot fail.
                let _ = write!(cleaned, "%{byte:02X}");
            }
        }
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{Document, Format, Page};

    use super::*;

    #[test]
    fn pages_stay_here_and_the_rest_is_on_the_web() {
        let pages =
            ["/", "/guide", "/guide/start", "/über uns"].map(|path| Page::new(Document::new(path, "p", Format::Html, "")));
        let (site, _) = Site::new("T", "https://example.org", pages.to_vec());
        let links = Links::of_page(&site, "/guide/start");
        for (href, expected) in [
            ("/guide", Some("/guide")),
            ("/guide/", Some("/guide")),
            ("/guide#part", Some("/guide")),
            ("../", Some("/")),
            ("start", Some("/guide/start")),
            ("./start#x", Some("/guide/start")),
            ("/%C3%BCber%20uns", Some("/%C3%BCber%20uns")),
            ("pic.png", Some("https://example.org/guide/pic.png")),
            ("/pic one.png", Some("https://example.org/pic%20one.png")),
            ("/guide?q=x", Some("https://example.org/guide?q=x")),
            ("../../../x", Some("https://example.org/x")),
            ("?q", Some("https://example.org/guide/start?q")),
            ("//cdn.example/x", Some("https://cdn.example/x")),
            ("mailto:a@b.example", Some("mailto:a@b.example")),
            ("https://a.example/ü x\n", Some("https://a.example/%C3%BC%20x")),
            ("#part", None),
            ("", None),
            ("JavaScript:alert(1)", None),
            ("data:text/html,x", None),
        ] {
            assert_eq!(links.resolve(href).as_deref(), expected, "{href}");
        }
        assert_eq!(Links::outside().resolve("/a"), None);
    }
}
