//! What a merge leaves in a file where both sides changed the same lines.

use std::ops::Range;

use super::source::Source;

/// The lines that Git, or a tool that writes as Git does, puts between two versions.
pub(crate) fn markers(source: &Source) -> impl Iterator<Item = Range<usize>> {
    let mut offset = 0;
    source.text().split_inclusive('\n').filter_map(move |line| {
        let written = line.trim_end();
        let span = offset..offset + written.len();
        offset += line.len();
        is_marker(written).then_some(span)
    })
}

fn is_marker(line: &str) -> bool {
    line == DIVIDER
        || ["<<<<<<<", "|||||||", ">>>>>>>"]
            .iter()
            .any(|marker| line.strip_prefix(marker).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
}

/// The marker that other texts have too: it underlines a heading.
pub(crate) const DIVIDER: &str = "=======";
