//! Where a link leads.

use keyway_cms_sdk::url_path;

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// To this site: the decoded path, and the anchor if there is one.
    Internal { path: String, anchor: Option<String> },
    /// To another site: the URL without its anchor.
    External(String),
    /// Somewhere that cannot be looked at, such as an address for mail.
    Other,
    /// Nowhere: it cannot be read.
    Malformed,
}

impl Target {
    /// Reads a link of the page at `page`. `address` is that of the site, without a final slash.
    pub(crate) fn of(link: &str, page: &str, address: &str) -> Self {
        let (url, anchor) = link.split_once('#').map_or((link, None), |(url, anchor)| (url, Some(anchor)));
        let own = url.strip_prefix(address).filter(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
        if let Some(path) = own {
            return Self::internal(if path.starts_with('/') { path } else { "/" }, page, anchor);
        }
        if url.starts_with("//") {
            return Self::External(format!("https:{url}"));
        }
        match scheme(url) {
            Some("http" | "https") => Self::External(url.to_owned()),
            Some(_) => Self::Other,
            None => Self::internal(url, page, anchor),
        }
    }

    fn internal(url: &str, page: &str, anchor: Option<&str>) -> Self {
        // What browsers scroll to by its text is no anchor of the page.
        let anchor = anchor.map(|anchor| anchor.split(":~:").next().unwrap_or(anchor)).filter(|anchor| !anchor.is_empty());
        let anchor = anchor.map(|anchor| url_path::decode(anchor).unwrap_or_else(|| anchor.to_owned()));
        let written = url.split('?').next().unwrap_or(url);
        let path = if written.is_empty() { Some(page.to_owned()) } else { url_path::decode(&join(page, written)) };
        path.map_or(Self::Malformed, |path| Self::Internal { path, anchor })
    }
}

/// The scheme of a URL, if it has one.
fn scheme(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once(':')?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme.then_some(scheme)
}

/// A path as it is meant on a page, without `.` and `..`.
fn join(page: &str, path: &str) -> String {
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", url_path::encode(folder)) };
    let mut segments: Vec<&str> = Vec::new();
    for segment in whole.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    if whole.ends_with("/.") || whole.ends_with("/..") {
        segments.push("");
    }
    format!("/{}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn links_are_meant_from_their_page() {
        let internal =
            |path: &str, anchor: Option<&str>| Target::Internal { path: path.to_owned(), anchor: anchor.map(ToOwned::to_owned) };
        for (link, expected) in [
            ("", internal("/guide/start", None)),
            ("#a", internal("/guide/start", Some("a"))),
            ("#", internal("/guide/start", None)),
            ("#a:~:text=b", internal("/guide/start", Some("a"))),
            ("next?x=1#%C3%A4", internal("/guide/next", Some("ä"))),
            ("../a/./b/", internal("/a/b/", None)),
            ("../../../a", internal("/a", None)),
            ("..", internal("/", None)),
            ("/na%C3%AFve%20page", internal("/naïve page", None)),
            ("https://t.example/a#b", internal("/a", Some("b"))),
            ("https://t.example", internal("/", None)),
            ("https://t.example.org/a#b", Target::External("https://t.example.org/a".to_owned())),
            ("//cdn.example/a", Target::External("https://cdn.example/a".to_owned())),
            ("mailto:a@b.example", Target::Other),
            ("javascript:void(0)", Target::Other),
            ("a:b", Target::Other),
            ("./a:b", internal("/guide/a:b", None)),
            ("/100%", Target::Malformed),
        ] {
            assert_eq!(Target::of(link, "/guide/start", "https://t.example"), expected, "{link}");
        }
    }
}
