//! Differences between two texts, line by line.

use crate::class::{Class, Span};

/// The pieces of a diff: whole lines.
pub(crate) fn spans(code: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut start = 0;
    for line in code.split_inclusive('\n') {
        let content = line.trim_end_matches('\n');
        if let Some(class) = class_of(content) {
            spans.push((start..start + content.len(), class));
        }
        start += line.len();
    }
    spans
}

fn class_of(line: &str) -> Option<Class> {
    if line.starts_with("+++ ") || line.starts_with("--- ") || line.starts_with("diff ") || line.starts_with("index ") {
        return Some(Class::Comment);
    }
    match line.as_bytes().first()? {
        b'+' => Some(Class::Inserted),
        b'-' => Some(Class::Deleted),
        b'@' => Some(Class::Heading),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_their_class() {
        let classes: Vec<Class> = spans("--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n z\n").into_iter().map(|(_, class)| class).collect();
        assert_eq!(classes, [Class::Comment, Class::Comment, Class::Heading, Class::Deleted, Class::Inserted]);
    }
}
