//! A manifest line with its place and a caret below, as compilers show it.

use crate::message::Text;
use crate::resolver::Graph;
use crate::{Descriptor, Location, text};

/// How many characters of a line are shown at most.
const SHOWN: u32 = 120;
/// How many characters before the caret are shown of a line that is longer.
const BEFORE_CARET: u32 = 40;

/// A place in a file, by the name under which the host's developer finds it.
pub(super) struct Place<'a> {
    /// What to write before the file's name; empty when that says enough.
    folder: &'a str,
    file: &'a str,
    location: &'a Location,
}

impl<'a> Place<'a> {
    /// A line of a file that belongs to the crate that is compiled: a host's policy, or a plugin's manifest in its derive.
    pub(super) const fn own(location: &'a Location) -> Self {
        Self { folder: "", file: location.file, location }
    }

    /// A line of a plugin's manifest. The plugin knows its file by the way from its own workspace; the host may know a better one.
    pub(super) const fn in_manifest(graph: &Graph<'a>, plugin: &'a Descriptor, location: &'a Location) -> Self {
        let mut index = 0;
        while index < graph.available.len() {
            let known = &graph.available[index];
            if known.id.same(&plugin.id) && text::equal(known.package, plugin.package) && !known.manifest.is_empty() {
                return Self { folder: "", file: known.manifest, location };
            }
            index += 1;
        }
        // A name such as `plugin.toml` alone would not say whose it is.
        let folder = if is_bare(location.file) { plugin.package } else { "" };
        Self { folder, file: location.file, location }
    }

    pub(super) const fn is_known(&self) -> bool {
        self.location.is_known()
    }
}

/// Whether a file's name is a single word without a folder.
const fn is_bare(file: &str) -> bool {
    let bytes = file.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        if matches!(bytes[index], b'/' | b' ') {
            return false;
        }
        index += 1;
    }
    true
}

/// Writes place, line and caret; nothing when the place is unknown.
pub(super) const fn push(out: &mut Text<'_>, place: &Place<'_>) {
    push_noted(out, place, &[]);
}

/// The same with a note behind the place, given in pieces.
pub(super) const fn push_noted(out: &mut Text<'_>, place: &Place<'_>, note: &[&str]) {
    if push_place(out, place, note) {
        push_line(out, place);
    }
}

/// Writes the line of a place that is known, with its caret.
pub(super) const fn push_line(out: &mut Text<'_>, place: &Place<'_>) {
    let location = place.location;
    let digits = location.line.ilog10() + 1;
    push_gutter(out, digits);
    out.push("\n  ").push_number(location.line as u64).push(" | ");
    let first = if location.column > SHOWN - BEFORE_CARET { location.column - BEFORE_CARET } else { 1 };
    let shown = push_window(out, location.snippet, first);
    out.push("\n");
    push_gutter(out, digits);
    let caret = location.column.saturating_sub(first) + if first > 1 { 1 } else { 0 };
    let width = if shown > caret && location.width > shown - caret { shown - caret } else { location.width };
    let width = if width == 0 { 1 } else { width };
    out.push(" ").push_times(" ", caret).push_times("^", width).push("\n");
}

/// Writes the place alone. Answers whether it is known.
pub(super) const fn push_place(out: &mut Text<'_>, place: &Place<'_>, note: &[&str]) -> bool {
    let location = place.location;
    if !location.is_known() {
        if !note.is_empty() {
            out.push("    --> ");
            push_pieces(out, note);
            out.push("\n");
        }
        return false;
    }
    push_arrow(out, place);
    if !note.is_empty() {
        out.push(": ");
        push_pieces(out, note);
    }
    out.push("\n");
    true
}

/// Writes an arrow and the place, for whoever goes on with a note.
pub(super) const fn push_arrow(out: &mut Text<'_>, place: &Place<'_>) {
    if place.is_known() {
        out.push("  ").push_times(" ", place.location.line.ilog10() + 1).push("--> ");
        push_point(out, place);
    } else {
        out.push("    -->");
    }
}

/// Writes `file:line:column`.
pub(super) const fn push_point(out: &mut Text<'_>, place: &Place<'_>) {
    let location = place.location;
    if !place.folder.is_empty() {
        out.push(place.folder).push("/");
    }
    out.push(place.file).push(":").push_number(location.line as u64).push(":").push_number(location.column as u64);
}

const fn push_pieces(out: &mut Text<'_>, pieces: &[&str]) {
    let mut index = 0;
    while index < pieces.len() {
        out.push(pieces[index]);
        index += 1;
    }
}

const fn push_gutter(out: &mut Text<'_>, digits: u32) {
    out.push("  ").push_times(" ", digits).push(" |");
}

/// Writes the characters of a line from the `first`, counted from 1, and dots where it is cut. Control characters become spaces, so that
/// the caret stays below its character. Answers how many characters were written, the dots included.
const fn push_window(out: &mut Text<'_>, line: &str, first: u32) -> u32 {
    let mut shown = 0;
    if first > 1 {
        out.push("…");
        shown += 1;
    }
    let bytes = line.as_bytes();
    let (mut character, mut start) = (1, 0);
    while start < bytes.len() {
        let mut end = start + 1;
        while !line.is_char_boundary(end) {
            end += 1;
        }
        if character >= first + SHOWN {
            out.push("…");
            return shown + 1;
        }
        if character >= first {
            let text = line.split_at(end).0.split_at(start).1;
            out.push(if bytes[start].is_ascii_control() { " " } else { text });
            shown += 1;
        }
        character += 1;
        start = end;
    }
    shown
}
