//! The part of a page that shows why it was found.

use keyway_cms_sdk::answer::escape;

use crate::word::{fold, words};

/// A piece of a page's text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Snippet<'t> {
    /// Pieces in order; `true` for the words that were looked for.
    pieces: Vec<(&'t str, bool)>,
    /// Whether text was left out before and after.
    cut: [bool; 2],
}

/// How far into a text is looked; further would make a request for a page of many megabytes slow.
const WITHIN: usize = 64 * 1024;
const BEFORE: usize = 60;
const LENGTH: usize = 220;

/// The text around the first of `asked`, folded words of which the last may be a beginning; else the beginning of the text.
pub(crate) fn snippet<'t>(text: &'t str, asked: &[String]) -> Snippet<'t> {
    let head = &text[..text.floor_char_boundary(WITHIN)];
    let mut folded = String::new();
    let first = words(head).find(|(_, word)| is_asked(word, asked, &mut folded)).map_or(0, |(at, _)| at);
    let start = word_start(text, first.saturating_sub(BEFORE), first);
    let end = word_end(text, text.floor_char_boundary(start.saturating_add(LENGTH)));

    let part = &text[start..end];
    let mut pieces = Vec::new();
    let mut done = 0;
    for (at, word) in words(part) {
        if is_asked(word, asked, &mut folded) {
            pieces.push((&part[done..at], false));
            pieces.push((word, true));
            done = at + word.len();
        }
    }
    pieces.push((&part[done..], false));
    pieces.retain(|(piece, _)| !piece.is_empty());
    Snippet { pieces, cut: [start > 0, end < text.len()] }
}

impl Snippet<'_> {
    /// As HTML, with the words that were looked for in `<mark>`.
    pub(crate) fn html(&self) -> String {
        self.written(|piece, is_asked| if is_asked { format!("<mark>{}</mark>", escape(piece)) } else { escape(piece) })
    }

    /// As plain text.
    pub(crate) fn text(&self) -> String {
        self.written(|piece, _| piece.to_owned())
    }

    fn written(&self, write: impl Fn(&str, bool) -> String) -> String {
        let inside: String = self.pieces.iter().map(|(piece, is_asked)| write(piece, *is_asked)).collect();
        let mark = |cut: bool| if cut { "…" } else { "" };
        format!("{}{}{}", mark(self.cut[0]), inside.trim(), mark(self.cut[1]))
    }
}

fn is_asked(word: &str, asked: &[String], folded: &mut String) -> bool {
    let Some((beginning, whole)) = asked.split_last() else { return false };
    let word = fold(word, folded);
    word.starts_with(beginning.as_str()) || whole.iter().any(|whole| whole == word)
}

/// The first place after `at` and not after `latest` where a word begins.
fn word_start(text: &str, at: usize, latest: usize) -> usize {
    let at = text.ceil_char_boundary(at);
    if at == 0 {
        return 0;
    }
    text[at..latest].find(' ').map_or(latest, |space| at + space + 1)
}

/// The last place before `at` where a word ends.
fn word_end(text: &str, at: usize) -> usize {
    if at == text.len() { at } else { text[..at].rfind(' ').unwrap_or(at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str, asked: &[&str]) -> String {
        snippet(text, &asked.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).html()
    }

    #[test]
    fn the_words_are_marked_and_all_is_escaped() {
        assert_eq!(
            html("The <Host> & its hosts", &["its", "host"]),
            "The &lt;<mark>Host</mark>&gt; &amp; <mark>its</mark> <mark>hosts</mark>"
        );
    }

    #[test]
    fn long_texts_are_cut_at_words() {
        let text = format!("{}needle {}", "before ".repeat(50), "after ".repeat(50));
        let cut = html(&text, &["needle"]);
        assert!(cut.starts_with("…before ") && cut.ends_with(" after…") && cut.contains("<mark>needle</mark>"), "{cut}");
        assert!(cut.len() < 300, "{cut}");
    }

    #[test]
    fn a_text_without_the_words_shows_its_beginning() {
        assert_eq!(html("Only this", &["other"]), "Only this");
        assert_eq!(html("", &["other"]), "");
        assert!(html(&"x".repeat(100_000), &["y"]).ends_with('…'));
    }

    #[test]
    fn any_text_can_be_cut() {
        for text in ["é".repeat(5_000), "字".repeat(50_000), "é ".repeat(5_000)] {
            assert!(!snippet(&text, &["é".to_owned()]).text().is_empty());
        }
    }
}
