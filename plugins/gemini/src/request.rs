//! The one line of a request: a URL, read strictly.

use std::fmt;

use crate::PORT;

/// Bytes of the longest URL.
pub const LONGEST_URL: usize = 1024;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The host, in small letters; an IPv6 address without its brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path with its escapes undone; it begins with `/`.
    pub path: String,
    /// What stands behind `?`, with its escapes undone.
    pub query: Option<String>,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is malformed (status 59); the text says how.
    Malformed(&'static str),
    /// It is for another protocol, which this does not fetch (status 53).
    OtherScheme,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Malformed(how) => how,
            Self::OtherScheme => "only gemini URLs are served here",
        })
    }
}

/// Reads a request: an absolute URL of 1024 bytes at most, and CR LF. What stands behind that is not read.
///
/// # Errors
/// When it is malformed or its scheme is not `gemini`.
pub fn parse(line: &[u8]) -> Result<Asked, Refused> {
    let Some(end) = line.windows(2).position(|end| end == b"\r\n") else {
        return Err(Refused::Malformed(if line.len() >= LONGEST_URL + 2 {
            "the request is longer than 1024 bytes"
        } else {
            "the request does not end with CR LF"
        }));
    };
    if end > LONGEST_URL {
        return Err(Refused::Malformed("the request is longer than 1024 bytes"));
    }
    let url = std::str::from_utf8(&line[..end]).map_err(|_| Refused::Malformed("the request is no UTF-8 text"))?;
    if url.is_empty() {
        return Err(Refused::Malformed("the request is empty"));
    }
    if url.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\u{feff}') {
        return Err(Refused::Malformed("the URL holds blanks or control characters"));
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(Refused::Malformed("the request is no absolute URL"));
    };
    if !is_scheme(scheme) {
        return Err(Refused::Malformed("the request is no absolute URL"));
    }
    if !scheme.eq_ignore_ascii_case("gemini") {
        return Err(Refused::OtherScheme);
    }
    if rest.contains('#') {
        return Err(Refused::Malformed("the URL has a fragment"));
    }
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = host_and_port(authority)?;
    let path = keyway_cms_sdk::url_path::decode(if path.is_empty() { "/" } else { path })
        .ok_or(Refused::Malformed("the path has escapes that are wrong or hide something"))?;
    if path.split(['/', '\\']).any(|segment| matches!(segment, "." | "..")) {
        return Err(Refused::Malformed("the path has `.` or `..` in it"));
    }
    let query =
        query.map(|query| unescape(query).ok_or(Refused::Malformed("the query has escapes that are wrong"))).transpose()?;
    Ok(Asked { host, port, path, query })
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn host_and_port(authority: &str) -> Result<(String, u16), Refused> {
    if authority.contains('@') {
        return Err(Refused::Malformed("the URL has a user name"));
    }
    let no_host = Refused::Malformed("the URL has no host");
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, behind) = rest.split_once(']').ok_or(no_host)?;
            let port = if behind.is_empty() { None } else { Some(behind.strip_prefix(':').ok_or(no_host)?) };
            (host, port)
        }
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() {
        return Err(no_host);
    }
    let port = match port {
        None | Some("") => PORT,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().map_err(|_| Refused::Malformed("the URL has no port that exists"))?
        }
        Some(_) => return Err(Refused::Malformed("the URL has no port that exists")),
    };
    Ok((host.to_ascii_lowercase(), port))
}

/// Undoes percent-encoding, once.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' { digit(rest.next()?)? << 4 | digit(rest.next()?)? } else { byte });
    }
    String::from_utf8(bytes).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(host: &str, port: u16, path: &str, query: Option<&str>) -> Asked {
        Asked { host: host.to_owned(), port, path: path.to_owned(), query: query.map(str::to_owned) }
    }

    #[test]
    fn urls_are_read() {
        for (url, expected) in [
            ("gemini://example.org", asked("example.org", 1965, "/", None)),
            ("gemini://example.org/", asked("example.org", 1965, "/", None)),
            ("GEMINI://Example.ORG:1966/a%20b?x%2Fy", asked("example.org", 1966, "/a b", Some("x/y"))),
            ("gemini://[::1]:7000/a", asked("::1", 7000, "/a", None)),
            ("gemini://example.org?", asked("example.org", 1965, "/", Some(""))),
            ("gemini://example.org:/%C3%BC", asked("example.org", 1965, "/ü", None)),
        ] {
            assert_eq!(parse(format!("{url}\r\n").as_bytes()), Ok(expected), "{url}");
        }
        assert!(parse(b"gemini://a/\r\nmore\r\n").is_ok(), "what comes behind does not matter");
    }

    #[test]
    fn hostile_requests_are_refused() {
        let longest = format!("gemini://a/{}", "x".repeat(LONGEST_URL - 11));
        assert!(parse(format!("{longest}\r\n").as_bytes()).is_ok());
        for (line, how) in [
            (format!("{longest}x\r\n").into_bytes(), "longer than 1024"),
            (vec![b'x'; LONGEST_URL + 2], "longer than 1024"),
            (b"gemini://a/".to_vec(), "CR LF"),
            (b"gemini://a/\n".to_vec(), "CR LF"),
            (b"".to_vec(), "CR LF"),
            (b"\r\n".to_vec(), "empty"),
            (b"/a\r\n".to_vec(), "no absolute URL"),
            (b"//a/b\r\n".to_vec(), "no absolute URL"),
            (b"1gemini://a\r\n".to_vec(), "no absolute URL"),
            (b"gemini:/a\r\n".to_vec(), "no absolute URL"),
            (b"gemini:///a\r\n".to_vec(), "no host"),
            (b"gemini://[::1/\r\n".to_vec(), "no host"),
            (b"gemini://[::1]x/\r\n".to_vec(), "no host"),
            (b"gemini://user@a/\r\n".to_vec(), "user name"),
            (b"gemini://user:pass@a/\r\n".to_vec(), "user name"),
            (b"gemini://a:70000/\r\n".to_vec(), "port"),
            (b"gemini://a:-1/\r\n".to_vec(), "port"),
            (b"gemini://a/#x\r\n".to_vec(), "fragment"),
            (b"gemini://a/\xff\r\n".to_vec(), "UTF-8"),
            ("\u{feff}gemini://a/\r\n".as_bytes().to_vec(), "blanks or control"),
            (b"gemini://a/ b\r\n".to_vec(), "blanks or control"),
            (b"gemini://a/\tb\r\n".to_vec(), "blanks or control"),
            (b"gemini://a/\nb\r\n".to_vec(), "blanks or control"),
            (b"gemini://a/../etc/passwd\r\n".to_vec(), "`..`"),
            (b"gemini://a/%2e%2e/etc/passwd\r\n".to_vec(), "`..`"),
            (b"gemini://a/x%2f..%2fy\r\n".to_vec(), "hide something"),
            (b"gemini://a/%00\r\n".to_vec(), "hide something"),
            (b"gemini://a/%zz\r\n".to_vec(), "hide something"),
            (b"gemini://a/?%ff\r\n".to_vec(), "query"),
        ] {
            let refused = parse(&line).unwrap_err();
            assert!(matches!(refused, Refused::Malformed(_)) && refused.to_string().contains(how), "{refused}: {line:?}");
        }
        for line in [&b"https://a/\r\n"[..], b"gopher://a\r\n"] {
            assert_eq!(parse(line), Err(Refused::OtherScheme));
        }
    }

    proptest! {
        #[test]
        fn whatever_arrives_is_answered(line in prop::collection::vec(any::<u8>(), 0..1100), ends in any::<bool>()) {
            let line = [&line[..], if ends { b"\r\n" } else { b"" }].concat();
            if let Ok(asked) = parse(&line) {
                prop_assert!(asked.path.starts_with('/') && !asked.path.contains(char::is_control));
            }
        }

        #[test]
        fn no_path_climbs(path in "[./%2eEfF\\\\a]{0,30}") {
            if let Ok(asked) = parse(format!("gemini://a/{path}\r\n").as_bytes()) {
                prop_assert!(!asked.path.split(['/', '\\']).any(|segment| segment == ".."), "{}", asked.path);
            }
        }
    }
}
