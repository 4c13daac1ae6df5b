//! The URL of a request in its parts, and where a redirect leads from it.

use std::net::IpAddr;

use hyper::http::Uri;

/// A URL that a request may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) is_secure: bool,
    /// In lower case; an IPv6 address in brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// Path and query.
    pub(super) path: String,
}

impl Target {
    /// Reads an absolute URL; answers what is wrong with it, without showing it.
    pub(super) fn parse(url: &str) -> Result<Self, &'static str> {
        let url = url.split_once('#').map_or(url, |(url, _)| url);
        let uri: Uri = url.parse().map_err(|_| "its URL is malformed")?;
        let is_secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("its URL begins neither with `https://` nor with `http://`"),
        };
        let authority = uri.authority().ok_or("its URL has no host")?;
        if authority.as_str().contains('@') {
            return Err("its URL holds a user name; send an `authorization` header");
        }
        let host = authority.host().to_ascii_lowercase();
        if host.is_empty() {
            return Err("its URL has no host");
        }
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            None if authority.as_str().ends_with(':') || authority.as_str().len() != host.len() => {
                return Err("the port of its URL is malformed");
            }
            None if is_secure => 443,
            None => 80,
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Self { is_secure, host, port, path: format!("{slash}{path}") })
    }

    /// The host, and the port where it is not the scheme's own, as the header `Host` has them.
    pub(super) fn authority(&self) -> String {
        let own = if self.is_secure { 443 } else { 80 };
        if self.port == own { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    /// The host as an address; `None` for a name.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }

    /// What a grant is compared with.
    pub(super) fn origin(&self) -> String {
        format!("{}://{}", self.scheme(), self.authority())
    }

    pub(super) fn url(&self) -> String {
        format!("{}{}", self.origin(), self.path)
    }

    const fn scheme(&self) -> &'static str {
        if self.is_secure { "https" } else { "http" }
    }

    /// Where a `Location` leads from here, by RFC 3986 section 5.2.
    pub(super) fn join(&self, location: &str) -> Result<Self, &'static str> {
        let location = location.split_once('#').map_or(location, |(location, _)| location);
        let scheme_end = location.find([':', '/', '?']).filter(|at| location.as_bytes()[*at] == b':');
        if scheme_end.is_some() {
            return Self::parse(location);
        }
        if location.starts_with("//") {
            return Self::parse(&format!("{}:{location}", self.scheme()));
        }
        let (own_path, _) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let (path, query) = location.split_once('?').map_or((location, None), |(path, query)| (path, Some(query)));
        let path = if path.is_empty() {
            match query {
                None => return Ok(self.clone()),
                Some(_) => own_path.to_owned(),
            }
        } else if path.starts_with('/') {
            without_dots(path)
        } else {
            let folder = own_path.rfind('/').map_or("/", |slash| &own_path[..=slash]);
            without_dots(&format!("{folder}{path}"))
        };
        let query = query.map_or(String::new(), |query| format!("?{query}"));
        Self::parse(&format!("{}{path}{query}", self.origin()))
    }
}

/// A path that begins with `/` without its segments `.` and `..`.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<&str> = path[1..].split('/').collect();
    for (index, segment) in segments.iter().enumerate() {
        let is_last = index + 1 == segments.len();
        match *segment {
            "." | ".." => {
                if *segment == ".." {
                    kept.pop();
                }
                if is_last {
                    kept.push("");
                }
            }
            segment => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_resolve_as_the_examples_of_rfc_3986() {
        let base = Target::parse("http://a/b/c/d;p?q").unwrap();
        for (reference, expected) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g/"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"),
            ("g#s", "http://a/b/c/g"),
            (";x", "http://a/b/c/;x"),
            ("g;x", "http://a/b/c/g;x"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../", "http://a/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            (".g", "http://a/b/c/.g"),
            ("..g", "http://a/b/c/..g"),
            ("./../g", "http://a/b/g"),
            ("./g/.", "http://a/b/c/g/"),
            ("g/./h", "http://a/b/c/g/h"),
            ("g/../h", "http://a/b/c/h"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("https://h:8443/x", "https://h:8443/x"),
        ] {
            assert_eq!(base.join(reference).unwrap().url(), expected, "{reference}");
        }
        assert!(base.join("g:h").is_err());
        assert!(base.join("file:///etc/passwd").is_err());
    }

    #[test]
    fn urls_that_mean_more_than_an_origin_and_a_path_are_refused() {
        for bad in [
            "",
            "a",
            "/a",
            "ftp://a/",
            "http://",
            "http:///x",
            "http://u@a/",
            "http://u:p@a/",
            "http://a:99999/",
            "http://a b/",
            "http://a:/",
            "http://ä/",
        ] {
            assert!(Target::parse(bad).is_err(), "{bad}");
        }
        let target = Target::parse("HTTPS://Example.COM:443/A?b#c").unwrap();
        assert_eq!((target.origin().as_str(), target.url().as_str()), ("https://example.com", "https://example.com/A?b"));
        assert_eq!(Target::parse("http://[::1]:8080?x").unwrap().url(), "http://[::1]:8080/?x");
    }
}
