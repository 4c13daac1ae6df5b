//! From the bytes of a document, as a store keeps it, to what a page is made of.

use std::time::SystemTime;

use keyway_cms_sdk::markdown_file::{self, is_folder_page, stem};
use keyway_cms_sdk::{Document, Format};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::date;
use crate::front_matter::{Entry, Problem, Value, split};

/// What one file gave.
#[derive(Debug)]
pub(crate) struct Found {
    /// The document; `None` when it is no Markdown file.
    pub(crate) document: Option<Document>,
    /// Whether it says that it is not to be shown yet.
    pub(crate) is_draft: bool,
    /// Mistakes that were coped with.
    pub(crate) problems: Vec<Problem>,
}

/// How much of a text is searched for its first heading.
const HEADING_WITHIN: usize = 16 * 1024;

/// Reads the document at a content path. Messages name it below `mount`.
pub(crate) fn read(path: &str, mount: &str, bytes: Vec<u8>, modified: Option<SystemTime>) -> Found {
    let mut problems = Vec::new();
    let text = decode(bytes, &mut problems);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let matter = split(text);
    problems.extend(matter.problem);
    let Some(url_path) = markdown_file::url_path(path) else { return Found { document: None, is_draft: false, problems } };

    let mut document = Document::new(url_path, format!("{mount}/{path}"), Format::Markdown, matter.body);
    document.title.clear();
    document.modified = modified;
    let mut is_draft = false;
    for entry in matter.entries {
        apply(entry, &mut document, &mut is_draft, &mut problems);
    }
    if document.title.is_empty() {
        document.title = first_heading(matter.body).unwrap_or_else(|| title_from_name(path));
    }
    Found { document: Some(document), is_draft, problems }
}

/// The bytes as text; bytes that are no UTF-8 become `�`.
fn decode(bytes: Vec<u8>, problems: &mut Vec<Problem>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
        problems.push(Problem::new(line, "the file is no UTF-8 text", "bytes that are none are shown as `�`"));
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    })
}

fn apply(entry: Entry, document: &mut Document, draft: &mut bool, problems: &mut Vec<Problem>) {
    let Entry { key, value, line } = entry;
    let mut expected = |what: &str| problems.push(Problem::new(line, format!("`{key}` is not {what}"), "it is left out"));
    match (key.as_str(), value) {
        ("title", Value::Text(text)) => document.title = one_line(&text),
        ("description" | "summary", Value::Text(text)) => document.description = one_line(&text),
        ("title" | "description" | "summary", _) => expected("a text"),
        ("date", Value::Text(text)) => match date::normalise(&text) {
            Some(date) => document.date = date,
            None => expected("a date such as `2026-05-01` or a time such as `2026-05-01T12:00:00Z`"),
        },
        ("date", _) => expected("a date such as `2026-05-01`"),
        ("order" | "weight", Value::Text(text)) if text.trim().parse::<i64>().is_ok() => {
            document.order = text.trim().parse().ok();
        }
        ("order" | "weight", _) => expected("a whole number"),
        ("tags", Value::Text(text)) => document.tags = text.split(',').map(one_line).filter(|tag| !tag.is_empty()).collect(),
        ("tags", Value::List(tags)) => document.tags = tags,
        ("aliases", Value::Text(path)) => document.aliases = vec![absolute(&path, &document.path)],
        ("aliases", Value::List(paths)) => {
            document.aliases = paths.iter().map(|path| absolute(path, &document.path)).collect();
        }
        ("tags" | "aliases", Value::Nested) => expected("a list of texts"),
        ("draft", Value::Text(text)) if text == "true" => *draft = true,
        ("draft", Value::Text(text)) if text == "false" => {}
        // Better a page too few than one too many that was not meant to be seen.
        ("draft", _) => {
            *draft = true;
            problems.push(Problem::new(line, "`draft` is not `true` or `false`", "the page is left out"));
        }
        (_, Value::Text(text)) => {
            document.extra.insert(key, text);
        }
        (_, Value::List(texts)) => {
            document.extra.insert(key, texts.join(", "));
        }
        (_, Value::Nested) => {}
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A former path as written: from the site's root, or beside the page.
fn absolute(alias: &str, page: &str) -> String {
    if alias.starts_with('/') {
        return alias.to_owned();
    }
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{alias}")
}

fn first_heading(text: &str) -> Option<String> {
    let end = text.floor_char_boundary(HEADING_WITHIN);
    let mut heading = None;
    for event in Parser::new(&text[..end]) {
        match (event, &mut heading) {
            (Event::Start(Tag::Heading { .. }), _) => heading = Some(String::new()),
            (Event::Text(piece) | Event::Code(piece), Some(heading)) => heading.push_str(&piece),
            (Event::SoftBreak | Event::HardBreak, Some(heading)) => heading.push(' '),
            (Event::End(TagEnd::Heading(_)), Some(done)) if !done.trim().is_empty() => return Some(one_line(done)),
            (Event::End(TagEnd::Heading(_)), _) => heading = None,
            _ => {}
        }
    }
    None
}

/// `getting-started.md` is `Getting started`; the page of a folder has the folder's name.
fn title_from_name(path: &str) -> String {
    let bare = stem(path).unwrap_or(path);
    let (folder, name) = bare.rsplit_once('/').unwrap_or(("", bare));
    let name =
        if is_folder_page(name) { folder.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("Home") } else { name };
    let spaced = name.replace(['-', '_'], " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: impl Into<Vec<u8>>) -> Found {
        read(path, "content", text.into(), None)
    }

    fn document(path: &str, text: &str) -> Document {
        let found = found(path, text);
        assert_eq!(found.problems, []);
        found.document.unwrap()
    }

    #[test]
    fn front_matter_fills_the_document() {
        let page = document(
            "guide/start.md",
            "---\ntitle: Start\nsummary: How to\n  begin\ndate: 2026-05-01\nweight: 3\ntags: a, b\naliases: [/old, older]\nlayout: wide\n---\n# Other\n",
        );
        assert_eq!((page.path.as_str(), page.origin.as_str()), ("/guide/start", "content/guide/start.md"));
        assert_eq!((page.title.as_str(), page.description.as_str()), ("Start", "How to begin"));
        assert_eq!((page.date.as_str(), page.order), ("2026-05-01", Some(3)));
        assert_eq!(page.tags, ["a", "b"]);
        assert_eq!(page.aliases, ["/old", "/guide/older"]);
        assert_eq!(page.extra["layout"], "wide");
        assert_eq!(page.content, "# Other\n");
    }

    #[test]
    fn titles_come_from_the_next_best_place() {
        assert_eq!(document("a.md", "text\n\n## The `code` *of* [law](x)\n").title, "The code of law");
        assert_eq!(document("a.md", "```\n# no heading\n```\nSetext\n======\n").title, "Setext");
        assert_eq!(document("getting-started.md", "text").title, "Getting started");
        assert_eq!(document("the_guide/index.md", "").title, "The guide");
        assert_eq!(document("index.md", "").title, "Home");
        assert_eq!(document("a.md", "#\n\n# Real\n").title, "Real");
    }

    #[test]
    fn drafts_are_told() {
        assert!(found("a.md", "+++\ndraft = true\n+++\n").is_draft);
        assert!(!found("a.md", "+++\ndraft = false\n+++\n").is_draft);
        let unclear = found("a.md", "---\ndraft: perhaps\n---\n");
        assert!(unclear.is_draft);
        assert_eq!(unclear.problems[0].to_string(), "`draft` is not `true` or `false`; the page is left out");
    }

    #[test]
    fn wrong_values_are_named_with_their_line() {
        let found = found("a.md", "+++\ntitle = [1]\norder = \"first\"\ndate = \"soon\"\n+++\ntext");
        let lines: Vec<String> = found.problems.iter().map(|problem| format!("{}: {problem}", problem.line)).collect();
        assert_eq!(
            lines,
            [
                "2: `title` is not a text; it is left out",
                "3: `order` is not a whole number; it is left out",
                "4: `date` is not a date such as `2026-05-01` or a time such as `2026-05-01T12:00:00Z`; it is left out",
            ]
        );
        assert_eq!(found.document.unwrap().title, "A");
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_and_told() {
        let found = found("a.md", b"# Caf\xe9\n\nok\n".to_vec());
        assert_eq!(found.problems[0].line, 1);
        let page = found.document.unwrap();
        assert_eq!(page.title, "Caf�");
        assert!(page.content.ends_with("ok\n"));
    }

    #[test]
    fn a_byte_order_mark_does_not_hide_the_front_matter() {
        assert_eq!(document("a.md", "\u{feff}---\ntitle: A\n---\n").title, "A");
    }
}
