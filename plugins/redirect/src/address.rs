//! Paths that are redirected and addresses that they are redirected to.

use keyway_cms_sdk::{StatusCode, url_path};

/// Where a redirect leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// Encoded, without query and fragment.
    address: String,
    /// With its `?`; empty when there is none.
    query: String,
    /// With its `#`; empty when there is none.
    fragment: String,
    pub(crate) status: u16,
}

/// The status with which a redirect may be answered; `None` for any other.
pub(crate) fn status(code: u16) -> Option<StatusCode> {
    matches!(code, 301 | 302 | 307 | 308).then(|| StatusCode::from_u16(code).ok()).flatten()
}

/// The message for a status that [`status`] refuses.
pub(crate) fn not_a_status(code: u16) -> String {
    format!("{code} is no status of a redirect; write 301, 302, 307 or 308")
}

/// A path as paths are compared: decoded, without a final slash.
pub(crate) fn comparable(path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/".to_owned() } else { trimmed.to_owned() }
}

impl Target {
    /// Reads a path of the site, or an address that begins with `http://` or `https://`.
    ///
    /// # Errors
    /// A phrase that says what is wrong with it.
    pub(crate) fn new(to: &str, code: u16) -> Result<Self, String> {
        if status(code).is_none() {
            return Err(not_a_status(code));
        }
        let (before, fragment) = to.split_at(to.find('#').unwrap_or(to.len()));
        let (path, query) = before.split_at(before.find('?').unwrap_or(before.len()));
        if to.chars().any(char::is_control) || query.contains(' ') || fragment.contains(' ') {
            return Err(format!("`{}` holds a control character, or a space after its path", to.escape_debug()));
        }
        let is_path = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
        let address = if is_path {
            let decoded = url_path::decode(path).ok_or_else(|| format!("`{path}` holds a malformed `%`"))?;
            url_path::encode(&decoded)
        } else if ["http://", "https://"].iter().any(|scheme| path.len() > scheme.len() && path.starts_with(scheme)) {
            path.replace(' ', "%20")
        } else {
            let hint = "begin a path of this site with one `/`, another address with `https://`";
            return Err(format!("`{to}` is neither a path nor an address; {hint}"));
        };
        Ok(Self { address, query: query.to_owned(), fragment: fragment.to_owned(), status: code })
    }

    /// The path on this site, as paths are compared; `None` for another site.
    pub(crate) fn path(&self) -> Option<String> {
        self.address.starts_with('/').then(|| url_path::decode(&self.address)).flatten().map(|path| comparable(&path))
    }

    /// What stands in `Location`. The request's query is carried along unless the target has one.
    pub(crate) fn location(&self, query: Option<&str>) -> String {
        let Self { address, fragment, .. } = self;
        match query {
            Some(query) if self.query.is_empty() => format!("{address}?{query}{fragment}"),
            _ => format!("{address}{}{fragment}", self.query),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_addresses() {
        for (to, location) in [
            ("/new", "/new"),
            ("/", "/"),
            ("/a b/é", "/a%20b/%C3%A9"),
            ("/a%20b", "/a%20b"),
            ("/new?x=1#y", "/new?x=1#y"),
            ("https://example.org/a?b", "https://example.org/a?b"),
        ] {
            assert_eq!(Target::new(to, 308).unwrap().location(None), location, "{to}");
        }
    }

    #[test]
    fn what_browsers_would_read_as_another_site_is_no_path() {
        for to in
            ["//evil.example", "/\\evil.example", "javascript:x", "evil.example", "", "https://", "/a\r\nSet-Cookie: x", "/%zz"]
        {
            assert!(Target::new(to, 308).is_err(), "{to:?}");
        }
        assert!(Target::new("/new", 200).is_err());
    }

    #[test]
    fn a_query_is_carried_along_unless_there_is_one() {
        let location = |to: &str| Target::new(to, 308).unwrap().location(Some("q=1"));
        assert_eq!(location("/new#x"), "/new?q=1#x");
        assert_eq!(location("/new?own"), "/new?own");
    }

    #[test]
    fn paths_are_compared_decoded_and_without_a_final_slash() {
        assert_eq!(Target::new("/a%20b/?x#y", 308).unwrap().path().as_deref(), Some("/a b"));
        assert_eq!(Target::new("/", 308).unwrap().path().as_deref(), Some("/"));
        assert_eq!(Target::new("https://example.org/", 308).unwrap().path(), None);
    }
}
