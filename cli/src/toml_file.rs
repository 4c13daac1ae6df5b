//! A Cargo.toml that is edited: read with its comments and spaces, and written whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use keyway_manifest::parse::{LARGEST_TEXT, read_bounded_text};
use toml_edit::{Array, DocumentMut, RawString, Value};

use crate::failure::{Class, Failure, FileVerb, MISTAKES};

/// Reads a file.
///
/// # Errors
/// It cannot be read, or is no TOML.
pub(crate) fn read(file: &Path) -> Result<DocumentMut, Failure> {
    let text = read_bounded_text(file, LARGEST_TEXT).map_err(|error| Failure::file("the file", FileVerb::Read, file, &error))?;
    text.parse::<DocumentMut>().map_err(|error| {
        let said = error.message().lines().next().unwrap_or_default().to_owned();
        let message = format!("`{}` is no TOML: {said}", file.display());
        Failure::new(Class::Project, MISTAKES, message).help("mend it; `cargo metadata` shows the place")
    })
}

/// Writes a file so that whoever reads it finds the old text or the new one: into another file beside it, which then takes its place.
///
/// # Errors
/// What the system says.
pub(crate) fn write(file: &Path, text: &str) -> io::Result<()> {
    // A link stays one: what it points at is written.
    let file = file.canonicalize()?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let beside = file.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = std::fs::File::create(&beside).and_then(|mut new| {
        new.write_all(text.as_bytes())?;
        new.set_permissions(file.metadata()?.permissions())?;
        new.sync_all()?;
        std::fs::rename(&beside, &file)
    });
    if written.is_err() {
        // It may not even exist.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// What [`write()`] has left in a folder, of processes that were killed meanwhile.
pub(crate) fn unfinished(folder: &Path) -> Vec<PathBuf> {
    let is_left = |path: &PathBuf| {
        let number = path.file_name().and_then(|name| name.to_str()?.strip_prefix(".Cargo.toml."));
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut left: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_left).collect();
    left.sort();
    left
}

/// Puts a text into a list: at its place when the list is sorted, else at its end; on a line of its own when the others are. Comments stay
/// with what they are about.
pub(crate) fn insert(list: &mut Array, text: &str) {
    let present: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
    let place = if present.is_sorted() { present.partition_point(|other| *other < text) } else { present.len() };
    // What stands before an element begins with the comment of the line before it.
    let before = |list: &Array, place| raw(list.get(place).and_then(|value| value.decor().prefix()));
    let indentation = before(list, 0).rsplit_once('\n').map(|(_, spaces)| spaces.to_owned());
    let next = if place < list.len() { before(list, place) } else { raw(Some(list.trailing())) };
    let (own, rest) = match (&indentation, next.find('\n')) {
        (Some(spaces), Some(end)) => (format!("{}\n{spaces}", &next[..end]), next[end..].to_owned()),
        (Some(spaces), None) => (format!("\n{spaces}"), next),
        (None, _) if place == 0 => (next, " ".to_owned()),
        (None, _) => (" ".to_owned(), next),
    };
    let is_last = place == list.len();
    match list.get_mut(place) {
        Some(value) => value.decor_mut().set_prefix(rest),
        None if indentation.is_some() => list.set_trailing(rest),
        None => {}
    }
    let mut value = Value::from(text);
    value.decor_mut().set_prefix(if is_last && place == 0 { "" } else { &own });
    list.insert_formatted(place, value);
}

/// Takes a text out of a list. The comment in the line before it stays.
pub(crate) fn remove(list: &mut Array, text: &str) {
    let find = |list: &Array| list.iter().position(|other| other.as_str() == Some(text));
    while let Some(place) = find(list) {
        let before = raw(list.get(place).and_then(|value| value.decor().prefix()));
        list.remove(place);
        // The comment of the line before stands at the beginning of what follows.
        let (comment, own) = before.find('\n').map_or(("", before.as_str()), |end| before.split_at(end));
        let is_last = place == list.len();
        let next =
            if is_last { raw(Some(list.trailing())) } else { raw(list.get(place).and_then(|value| value.decor().prefix())) };
        let rest = next.find('\n').map_or(if place == 0 && !next.contains('#') { own } else { &next }, |end| &next[end..]);
        let joined = format!("{comment}{rest}");
        match list.get_mut(place) {
            Some(value) => value.decor_mut().set_prefix(joined),
            None if next.contains('\n') => list.set_trailing(joined),
            None => {}
        }
    }
}

fn raw(text: Option<&RawString>) -> String {
    text.and_then(RawString::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inserted(list: &str, text: &str) -> String {
        let mut document: DocumentMut = format!("members = {list}\n").parse().unwrap();
        insert(document["members"].as_array_mut().unwrap(), text);
        document.to_string().strip_prefix("members = ").unwrap().trim_end().to_owned()
    }

    #[test]
    fn a_text_goes_with_its_own_comment_only() {
        let without = |list: &str, text: &str| {
            let mut document: DocumentMut = format!("members = {list}\n").parse().unwrap();
            remove(document["members"].as_array_mut().unwrap(), text);
            document.to_string().strip_prefix("members = ").unwrap().trim_end().to_owned()
        };
        for (list, text, expected) in [
            ("[\"a\"]", "a", "[]"),
            ("[\"a\", \"b\", \"c\"]", "a", "[\"b\", \"c\"]"),
            ("[\"a\", \"b\", \"c\"]", "b", "[\"a\", \"c\"]"),
            ("[\"a\", \"b\", \"c\"]", "c", "[\"a\", \"b\"]"),
            ("[\"a\", \"a\"]", "a", "[]"),
            ("[\"a\"]", "x", "[\"a\"]"),
            ("[\n  \"a\", # 1\n  \"b\", # 2\n  \"c\", # 3\n]", "b", "[\n  \"a\", # 1\n  \"c\", # 3\n]"),
            ("[\n  \"a\", # 1\n  \"b\", # 2\n]", "b", "[\n  \"a\", # 1\n]"),
            ("[\n  \"a\", # 1\n  \"b\", # 2\n]", "a", "[\n  \"b\", # 2\n]"),
        ] {
            assert_eq!(without(list, text), expected, "{text} of {list}");
        }
    }

    #[test]
    fn a_text_comes_to_its_place_and_the_rest_stays_as_it_is() {
        assert_eq!(inserted("[]", "a"), "[\"a\"]");
        assert_eq!(inserted("[\"a\", \"c\"]", "b"), "[\"a\", \"b\", \"c\"]");
        assert_eq!(inserted("[\"b\"]", "a"), "[\"a\", \"b\"]");
        assert_eq!(inserted("[\"c\", \"a\"]", "b"), "[\"c\", \"a\", \"b\"]");
        let lines = "[\n    \"a\", # first\n    # last\n    \"c\", # third\n]";
        assert_eq!(inserted(lines, "d"), "[\n    \"a\", # first\n    # last\n    \"c\", # third\n    \"d\",\n]");
        assert_eq!(inserted(lines, "b"), "[\n    \"a\", # first\n    \"b\",\n    # last\n    \"c\", # third\n]");
        assert_eq!(inserted("[\n  \"b\",\n]", "a"), "[\n  \"a\",\n  \"b\",\n]");
    }
}
