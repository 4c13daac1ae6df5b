//! The tree of a site's pages, and the order in which they are read.

use std::collections::BTreeMap;

use keyway_cms_sdk::Site;

/// Where every page stands. Made once for a site.
#[derive(Debug, Default)]
pub(crate) struct Navigation {
    top: Vec<Node>,
    /// Path and title of each page, in reading order.
    reading: Vec<(String, String)>,
    place: BTreeMap<String, usize>,
}

/// A page or a section.
#[derive(Debug)]
struct Node {
    /// Where the reader gets when following it; a section without a page of its own leads to its first one.
    target: String,
    /// The path that it and everything below it begins with.
    path: String,
    title: String,
    is_page: bool,
    below: Vec<Self>,
}

/// A node while the tree is made: what lies below it by the next segment of the path.
#[derive(Default)]
struct Branch<'s> {
    /// Title and order of the page that stands here.
    page: Option<(&'s str, i64)>,
    below: BTreeMap<&'s str, Self>,
}

/// One line of the navigation as a page shows it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'n> {
    /// A link.
    Link { target: &'n str, title: &'n str, is_current: bool },
    /// So many siblings are not shown here.
    Omitted(usize),
    /// The lines up to the matching `Leave` are one level deeper.
    Enter,
    /// Ends a level.
    Leave,
}

/// Levels with more entries than this are shown in part.
const WHOLE_UP_TO: usize = 40;
/// How many entries are shown on each side of the current one in a level that is shown in part.
const AROUND: usize = 10;

impl Navigation {
    pub(crate) fn new(site: &Site) -> Self {
        let mut root = Branch::default();
        for page in site.pages() {
            let document = &page.document;
            let mut branch = &mut root;
            for segment in document.path.split('/').filter(|segment| !segment.is_empty()) {
                branch = branch.below.entry(segment).or_default();
            }
            branch.page = Some((&document.title, document.order.unwrap_or(i64::MAX)));
        }
        // The start page stands beside what lies below it, and first whatever its order.
        let start = root.page.take();
        let mut top = root.nodes("");
        if let Some((title, _)) = start {
            top.insert(
                0,
                Node { target: "/".to_owned(), path: "/".to_owned(), title: title.to_owned(), is_page: true, below: Vec::new() },
            );
        }
        let mut reading = Vec::new();
        list(&top, &mut reading);
        let place = reading.iter().enumerate().map(|(index, (path, _))| (path.clone(), index)).collect();
        Self { top, reading, place }
    }

    /// Path and title of the pages before and after this one.
    pub(crate) fn neighbours(&self, path: &str) -> [Option<(&str, &str)>; 2] {
        let Some(index) = self.place.get(path).copied() else { return [None, None] };
        let at = |index: usize| self.reading.get(index).map(|(path, title)| (path.as_str(), title.as_str()));
        [index.checked_sub(1).and_then(at), at(index + 1)]
    }

    /// What the navigation shows on the page at `path`: the top level, and each section that the page is in.
    pub(crate) fn lines(&self, path: &str) -> Vec<Line<'_>> {
        let mut lines = Vec::new();
        show(&self.top, path, &mut lines);
        lines
    }
}

impl Branch<'_> {
    /// What lies below, which is at `path`, in the order in which it is shown.
    fn nodes(self, path: &str) -> Vec<Node> {
        let mut nodes: Vec<(i64, Node)> = Vec::new();
        for (segment, mut branch) in self.below {
            let path = format!("{path}/{segment}");
            let page = branch.page.take();
            let (title, order) =
                page.map_or_else(|| (section_title(segment), i64::MAX), |(title, order)| (title.to_owned(), order));
            let below = branch.nodes(&path);
            let first = below.first().filter(|_| page.is_none());
            let target = first.map_or_else(|| path.clone(), |first| first.target.clone());
            nodes.push((order, Node { target, path, title, is_page: page.is_some(), below }));
        }
        nodes.sort_by_cached_key(|(order, node)| (*order, node.title.to_lowercase(), node.path.clone()));
        nodes.into_iter().map(|(_, node)| node).collect()
    }
}

impl Node {
    /// Whether this is the page at `path` or has it below.
    fn holds(&self, path: &str) -> bool {
        path.strip_prefix(self.path.as_str()).is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && self.path != "/"))
    }
}

fn list(level: &[Node], reading: &mut Vec<(String, String)>) {
    for node in level {
        if node.is_page {
            reading.push((node.path.clone(), node.title.clone()));
        }
        list(&node.below, reading);
    }
}

fn show<'n>(level: &'n [Node], path: &str, lines: &mut Vec<Line<'n>>) {
    let current = level.iter().position(|node| node.holds(path)).unwrap_or(0);
    let shown = if level.len() <= WHOLE_UP_TO {
        0..level.len()
    } else {
        current.saturating_sub(AROUND)..level.len().min(current + AROUND + 1)
    };
    if shown.start > 0 {
        lines.push(Line::Omitted(shown.start));
    }
    for node in &level[shown.clone()] {
        lines.push(Line::Link { target: &node.target, title: &node.title, is_current: node.is_page && node.path == path });
        if node.holds(path) && !node.below.is_empty() {
            lines.push(Line::Enter);
            show(&node.below, path, lines);
            lines.push(Line::Leave);
        }
    }
    if shown.end < level.len() {
        lines.push(Line::Omitted(level.len() - shown.end));
    }
}

/// A title for a folder that has no page: `user-guide` is `User guide`.
fn section_title(segment: &str) -> String {
    let name = segment.replace(['-', '_'], " ");
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{Document, Format, Page};

    use super::*;

    fn navigation(pages: &[(&str, Option<i64>)]) -> Navigation {
        let pages = pages.iter().map(|(path, order)| {
            let mut document = Document::new(*path, "content/a.md", Format::Html, "");
            document.order = *order;
            Page::new(document)
        });
        Navigation::new(&Site::new("Test", "https://example.org", pages.collect()).0)
    }

    /// The lines as text: indented by level, the current one marked.
    fn drawn(navigation: &Navigation, path: &str) -> Vec<String> {
        let mut depth = 0;
        let mut drawn = Vec::new();
        for line in navigation.lines(path) {
            match line {
                Line::Link { target, title, is_current } => {
                    let mark = if is_current { "*" } else { "" };
                    drawn.push(format!("{}{title}{mark} {target}", "  ".repeat(depth)));
                }
                Line::Omitted(count) => drawn.push(format!("{}… {count}", "  ".repeat(depth))),
                Line::Enter => depth += 1,
                Line::Leave => depth -= 1,
            }
        }
        drawn
    }

    #[test]
    fn order_then_title_and_only_the_readers_section_is_open() {
        let navigation = navigation(&[
            ("/", None),
            ("/b", None),
            ("/a", None),
            ("/guide", Some(1)),
            ("/guide/two", Some(2)),
            ("/guide/one", Some(1)),
            ("/guide-book", None),
            ("/user-notes/deep/x", None),
        ]);
        assert_eq!(
            drawn(&navigation, "/guide/one"),
            [
                "/ /",
                "/guide /guide",
                "  /guide/one* /guide/one",
                "  /guide/two /guide/two",
                "/a /a",
                "/b /b",
                "/guide-book /guide-book",
                "User notes /user-notes/deep/x",
            ]
        );
        assert_eq!(
            drawn(&navigation, "/user-notes/deep/x")[5..],
            ["User notes /user-notes/deep/x", "  Deep /user-notes/deep/x", "    /user-notes/deep/x* /user-notes/deep/x"]
        );
    }

    #[test]
    fn neighbours_follow_the_reading_order() {
        let navigation = navigation(&[("/", None), ("/a", Some(1)), ("/a/x", None), ("/b", Some(2))]);
        assert_eq!(navigation.neighbours("/"), [None, Some(("/a", "/a"))]);
        assert_eq!(navigation.neighbours("/a/x"), [Some(("/a", "/a")), Some(("/b", "/b"))]);
        assert_eq!(navigation.neighbours("/b"), [Some(("/a/x", "/a/x")), None]);
        assert_eq!(navigation.neighbours("/search"), [None, None]);
    }

    #[test]
    fn a_level_with_very_many_pages_is_shown_around_the_current_one() {
        let paths: Vec<String> = (0..3000).map(|number| format!("/p{number:04}")).collect();
        let pages: Vec<(&str, Option<i64>)> = paths.iter().map(|path| (path.as_str(), None)).collect();
        let navigation = navigation(&pages);
        let drawn = drawn(&navigation, "/p1000");
        assert_eq!(drawn.len(), 2 * AROUND + 3);
        assert_eq!(
            (drawn[0].as_str(), drawn[AROUND + 1].as_str(), drawn[2 * AROUND + 2].as_str()),
            ("… 990", "/p1000* /p1000", "… 1989")
        );
    }
}
