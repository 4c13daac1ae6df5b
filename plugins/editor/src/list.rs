//! The list of documents, with a search, and the last changed ones for administrators.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::SystemTime;

use keyway_cms_sdk::answer::escape;
use keyway_cms_sdk::{Markup, Site, StoredEntry, View};

use crate::address;

/// The titles of pages by the content paths of their documents.
pub(crate) type Titles = BTreeMap<String, String>;

/// How many documents one page lists.
const MOST: usize = 200;

/// How many of the last changed documents administrators see.
const LATEST: usize = 20;

/// The titles of a site's pages. Where a page was found begins with the name of a mount, and the content path follows.
pub(crate) fn titles(site: &Site) -> Titles {
    let pages = site.pages().iter().map(|page| &page.document);
    pages.filter_map(|document| Some((document.origin.split_once('/')?.1.to_owned(), document.title.clone()))).collect()
}

/// The list of the documents whose path or title has what is wanted.
pub(crate) fn view(entries: &[StoredEntry], titles: &Titles, wanted: &str, is_deleted: bool) -> View {
    let folded = wanted.to_lowercase();
    let title = |entry: &StoredEntry| titles.get(&entry.path).map_or("", String::as_str).to_owned();
    let has = |text: &str| text.to_lowercase().contains(&folded);
    let found: Vec<&StoredEntry> = entries.iter().filter(|entry| has(&entry.path) || has(&title(entry))).collect();

    let mut html = String::from("<h1>Documents</h1>\n");
    if is_deleted {
        html.push_str("<p class=\"notice\" role=\"status\">The document was deleted.</p>\n");
    }
    // Writing to a string cannot fail, here and below.
    let _ = write!(
        html,
        "<form class=\"wide-search\" role=\"search\" action=\"/edit\"><input type=\"search\" name=\"q\" value=\"{}\" \
         placeholder=\"Path or title\" aria-label=\"Search documents\"></form>\n<p><a href=\"/edit/new\">New document</a></p>\n",
        escape(wanted)
    );
    match (found.len(), entries.len()) {
        (0, 0) => html.push_str("<p>There is no document yet.</p>\n"),
        (0, _) => html.push_str("<p>No document has that in its path or title.</p>\n"),
        _ => table(&mut html, found.iter().take(MOST).copied(), titles),
    }
    if let Some(more) = found.len().checked_sub(MOST).filter(|more| *more > 0) {
        let _ = writeln!(html, "<p>And {more} more: search for some of them.</p>");
    }
    View::new("/edit", "Documents", html)
}

/// The last changed documents.
pub(crate) fn latest(entries: &[StoredEntry], titles: &Titles) -> Markup {
    let mut latest: Vec<&StoredEntry> = entries.iter().collect();
    latest.sort_by(|left, right| right.modified.cmp(&left.modified).then_with(|| left.path.cmp(&right.path)));
    let bytes: u64 = entries.iter().map(|entry| entry.len).sum();
    let mut html = format!(
        "<h1>Documents</h1>\n<p>{} documents with {} KiB. <a href=\"/edit\">Edit them</a>. Last changed:</p>\n",
        entries.len(),
        bytes.div_ceil(1024)
    );
    table(&mut html, latest.into_iter().take(LATEST), titles);
    Markup::html(html)
}

fn table<'e>(html: &mut String, entries: impl Iterator<Item = &'e StoredEntry>, titles: &Titles) {
    html.push_str(
        "<table>\n<thead><tr><th scope=\"col\">Document</th><th scope=\"col\">Title</th><th scope=\"col\">Changed</th></tr></thead>\n\
         <tbody>\n",
    );
    for entry in entries {
        let (address, path) = (escape(&address::of_document(&entry.path)), escape(&entry.path));
        let title = titles.get(&entry.path).map_or("", String::as_str);
        let changed = entry.modified.and_then(minute).unwrap_or_default();
        let _ = writeln!(html, "<tr><td><a href=\"{address}\">{path}</a></td><td>{}</td><td>{changed}</td></tr>", escape(title));
    }
    html.push_str("</tbody>\n</table>\n");
}

/// A time in UTC; `None` for times that no calendar has.
fn minute(time: SystemTime) -> Option<String> {
    jiff::Timestamp::try_from(time).ok().map(|time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use keyway_cms_sdk::StoredEntry;

    use super::{MOST, Titles, latest, view};

    fn entry(path: &str, seconds: u64) -> StoredEntry {
        StoredEntry { path: path.to_owned(), len: 100, modified: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)) }
    }

    #[test]
    fn paths_and_titles_are_searched() {
        let entries = [entry("a.md", 1), entry("guide/ü b.md", 2)];
        let titles = Titles::from([("a.md".to_owned(), "The <Apple>".to_owned())]);
        let all = view(&entries, &titles, "", false).content;
        assert!(
            all.contains("<a href=\"/edit/guide/%C3%BC%20b.md\">guide/ü b.md</a>") && all.contains("The &lt;Apple&gt;"),
            "{all}"
        );
        let apple = view(&entries, &titles, "APPLE", false).content;
        assert!(apple.contains("a.md</a>") && !apple.contains("guide"), "{apple}");
        let none = view(&entries, &titles, "\"><b>", true).content;
        assert!(
            none.contains("No document has that")
                && none.contains("value=\"&quot;&gt;&lt;b&gt;\"")
                && none.contains("was deleted")
        );
    }

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let entries: Vec<StoredEntry> = (0..MOST as u64 + 7).map(|number| entry(&format!("{number}.md"), number)).collect();
        assert!(view(&entries, &Titles::new(), "", false).content.contains("And 7 more"));
        assert!(!view(&entries[..MOST], &Titles::new(), "", false).content.contains("more:"));
    }

    #[test]
    fn the_last_changed_come_first() {
        let html = latest(&[entry("old.md", 1), entry("new.md", 60)], &Titles::new());
        let [new, old] = ["new.md", "old.md"].map(|path| html.as_str().find(path).expect("it is listed"));
        assert!(new < old && html.as_str().contains("1970-01-01 00:01 UTC"), "{html}");
    }
}
