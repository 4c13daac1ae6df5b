//! Which pages are in the feed.

use std::cmp::Reverse;
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use keyway_cms_sdk::{Page, Site};

/// A page of the feed.
#[derive(Debug)]
pub(crate) struct Entry<'s> {
    pub(crate) page: &'s Page,
    /// When it was published, if the page says so.
    pub(crate) published: Option<Timestamp>,
    /// When it was last changed.
    pub(crate) updated: Timestamp,
}

/// The newest pages, the newest first: those with a date, or, where no page has one, those whose files changed last.
pub(crate) fn newest(site: &Site, limit: usize) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = site.pages().iter().filter_map(dated).collect();
    if entries.is_empty() {
        entries = site.pages().iter().filter_map(changed).collect();
    }
    entries.sort_by_cached_key(|entry| (Reverse(entry.published.unwrap_or(entry.updated)), entry.page.document.path.clone()));
    entries.truncate(limit);
    entries
}

fn dated(page: &Page) -> Option<Entry<'_>> {
    let published = moment(&page.document.date)?;
    // Not the file's time: a fresh checkout would tell every reader that everything has changed.
    let updated =
        page.document.extra.get("updated").and_then(|date| moment(date)).map_or(published, |updated| updated.max(published));
    Some(Entry { page, published: Some(published), updated })
}

fn changed(page: &Page) -> Option<Entry<'_>> {
    Some(Entry { page, published: None, updated: page.document.modified.and_then(timestamp)? })
}

/// A day, which begins in UTC, or a time.
fn moment(date: &str) -> Option<Timestamp> {
    if let Ok(time) = date.parse::<Timestamp>() {
        return Some(time);
    }
    let day: Date = date.parse().ok()?;
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// The time in whole seconds: readers compare it as text.
fn timestamp(time: SystemTime) -> Option<Timestamp> {
    Timestamp::from_second(Timestamp::try_from(time).ok()?.as_second()).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use keyway_cms_sdk::{Document, Format};

    use super::*;

    fn site(pages: &[(&str, &str, u64)]) -> Site {
        let pages = pages.iter().map(|(path, date, modified)| {
            let mut document = Document::new(*path, "content/a.md", Format::Html, "");
            (*date).clone_into(&mut document.date);
            document.modified = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(*modified));
            Page::new(document)
        });
        Site::new("Test", "https://example.org", pages.collect()).0
    }

    fn paths(site: &Site, limit: usize) -> Vec<&str> {
        newest(site, limit).iter().map(|entry| entry.page.document.path.as_str()).collect()
    }

    #[test]
    fn dated_pages_come_newest_first() {
        let site = site(&[
            ("/undated", "", 9_000_000_000),
            ("/day", "2026-05-01", 0),
            ("/later-that-day", "2026-05-01T12:00:00+02:00", 0),
            ("/old", "2020-01-01T00:00:00Z", 0),
            ("/broken", "soon", 0),
        ]);
        assert_eq!(paths(&site, 10), ["/later-that-day", "/day", "/old"]);
        assert_eq!(paths(&site, 1), ["/later-that-day"]);
    }

    #[test]
    fn without_dates_the_last_changed_files_are_taken() {
        let site = site(&[("/a", "", 1), ("/b", "", 3), ("/c", "", 2)]);
        assert_eq!(paths(&site, 2), ["/b", "/c"]);
    }

    #[test]
    fn a_page_is_never_updated_before_it_was_published() {
        for (updated, expected) in [
            (None, "2026-05-01T00:00:00Z"),
            (Some("2020-01-01"), "2026-05-01T00:00:00Z"),
            (Some("2026-06-01"), "2026-06-01T00:00:00Z"),
        ] {
            let mut page = Page::new(Document::new("/a", "content/a.md", Format::Html, ""));
            page.document.date = "2026-05-01".to_owned();
            page.document.modified = Some(SystemTime::now());
            page.document.extra.extend(updated.map(|date| ("updated".to_owned(), date.to_owned())));
            let site = Site::new("Test", "https://example.org", vec![page]).0;
            assert_eq!(newest(&site, 1)[0].updated.to_string(), expected);
        }
    }
}
