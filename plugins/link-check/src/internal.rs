//! The links of a site to itself.

use std::collections::{BTreeMap, BTreeSet};

use keyway::manifest::{ScopeKind, scope_matches};
use keyway_cms_sdk::Site;

use crate::markup::{self, Marks};
use crate::report::Broken;
use crate::target::Target;

/// What was found in a site.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// How many links there are.
    pub(crate) links: usize,
    /// Those to the site itself that lead nowhere.
    pub(crate) broken: Vec<Broken>,
    /// URLs of other sites, each with the first page that links to it.
    pub(crate) external: BTreeMap<String, String>,
}

/// Looks at all links. `is_file` tells whether a URL path is a file of the content folder; links to paths that fit a pattern of `ignore`
/// are passed over.
pub(crate) fn check(site: &Site, ignore: &[String], is_file: impl Fn(&str) -> bool) -> Found {
    let marks: BTreeMap<&str, Marks> =
        site.pages().iter().map(|page| (page.document.path.as_str(), markup::read(&page.document.content))).collect();
    let aliases: BTreeSet<String> = site
        .pages()
        .iter()
        .flat_map(|page| &page.document.aliases)
        .map(|alias| format!("/{}", alias.trim_matches('/')))
        .collect();
    let mut found = Found::default();
    for (page, Marks { links, .. }) in &marks {
        let unique: BTreeSet<&str> = links.iter().map(String::as_str).collect();
        found.links += unique.len();
        for link in unique {
            let reason = match Target::of(link, page, site.address()) {
                Target::Other => None,
                Target::Malformed => Some("it cannot be read".to_owned()),
                Target::External(url) => {
                    found.external.entry(url).or_insert_with(|| (*page).to_owned());
                    None
                }
                Target::Internal { path, .. } if is_ignored(ignore, &path) => None,
                Target::Internal { path, anchor } => match site.page(&path) {
                    Some(target) => anchor.and_then(|anchor| missing_anchor(&marks[target.document.path.as_str()], &anchor)),
                    None if site.serves(&path) || aliases.contains(path.trim_end_matches('/')) || is_file(&path) => None,
                    None => Some(format!("there is no page or file `{path}`")),
                },
            };
            found.broken.extend(reason.map(|reason| Broken { page: (*page).to_owned(), link: link.to_owned(), reason }));
        }
    }
    found
}

fn is_ignored(ignore: &[String], path: &str) -> bool {
    path == "/admin" || path.starts_with("/admin/") || ignore.iter().any(|pattern| scope_matches(ScopeKind::Route, pattern, path))
}

/// Browsers know `#top` without an element of that name.
fn missing_anchor(marks: &Marks, anchor: &str) -> Option<String> {
    let is_there = marks.anchors.contains(anchor) || anchor.eq_ignore_ascii_case("top");
    (!is_there).then(|| format!("the page has no anchor `{anchor}`"))
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{Document, Format, Page};

    use super::*;

    fn page(path: &str, html: &str) -> Page {
        Page::new(Document::new(path, "content/page.md", Format::Html, html))
    }

    #[test]
    fn what_leads_nowhere_is_named_with_its_reason() {
        let start = "<h1 id=\"a\">x</h1><a href=\"#a\">1</a><a href=\"#b\">2</a><a href=\"/guide#c\">3</a><a href=\"/guide/#d\">4</a>\
            <a href=\"/old/\">5</a><a href=\"/search?q=x\">6</a><a href=\"/logo.png\">7</a><a href=\"/gone.png\">8</a><a href=\"/api/x\">9</a>\
            <a href=\"https://other.example/#x\">10</a><a href=\"/guide#top\">11</a><a href=\"/%\">12</a><a href=\"/gone.png\">again</a>\
            <a href=\"/admin/comments\">13</a>";
        let mut guide = page("/guide", "<p id=\"c\"><a href=\"https://other.example/\">x</a>");
        guide.document.aliases.push("/old".to_owned());
        let (site, _) = Site::new("Test", "https://t.example", vec![page("/", start), guide]);
        let site = site.with_served(["/search"]);
        let found = check(&site, &["/api/**".to_owned()], |path| path == "/logo.png");
        let broken: Vec<_> = found.broken.iter().map(|broken| (broken.link.as_str(), broken.reason.as_str())).collect();
        assert_eq!(
            broken,
            [
                ("#b", "the page has no anchor `b`"),
                ("/%", "it cannot be read"),
                ("/gone.png", "there is no page or file `/gone.png`"),
                ("/guide/#d", "the page has no anchor `d`"),
            ]
        );
        assert_eq!(found.links, 14, "those of a page that are the same count once");
        assert_eq!(found.external, BTreeMap::from([("https://other.example/".to_owned(), "/".to_owned())]));
    }
}
