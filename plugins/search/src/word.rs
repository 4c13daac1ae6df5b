//! What counts as a word.

/// The words of a text with their byte positions.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut characters = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = characters.find(|(_, character)| character.is_alphanumeric())?;
        let mut end = start + first.len_utf8();
        if !stands_alone(first) {
            while let Some((index, next)) = characters.next_if(|(_, next)| next.is_alphanumeric() && !stands_alone(*next)) {
                end = index + next.len_utf8();
            }
        }
        Some((start, &text[start..end]))
    })
}

/// A word as it is compared: in lower case. It is written into `folded`, so that indexing a text allocates nothing for each word.
pub(crate) fn fold<'f>(word: &str, folded: &'f mut String) -> &'f str {
    /// Longer words are data, not language; a few million of them would make a large index of no use.
    const LONGEST: usize = 64;
    folded.clear();
    folded.extend(word.chars().take(LONGEST).flat_map(char::to_lowercase));
    folded
}

/// Whether a character is a word of its own, because its script is written without spaces.
fn stands_alone(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_all_scripts() {
        let found: Vec<&str> = words("The `host!` macro, KW0301: naïve Straße — 設定file x_y").map(|(_, word)| word).collect();
        assert_eq!(found, ["The", "host", "macro", "KW0301", "naïve", "Straße", "設", "定", "file", "x", "y"]);
        assert!(words("— … !").next().is_none());
    }

    #[test]
    fn positions_are_those_of_the_text() {
        let text = "«é» b";
        assert!(words(text).all(|(at, word)| &text[at..at + word.len()] == word));
    }

    #[test]
    fn case_is_folded() {
        let mut folded = String::new();
        assert_eq!(fold("ÄRGER", &mut folded), "ärger");
        assert_eq!(fold(&"x".repeat(1000), &mut folded).len(), 64);
    }
}
