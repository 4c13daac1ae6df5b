//! Anchors of headings, the same that forges give them.

use std::collections::BTreeMap;

/// Gives each heading of a page an anchor of its own.
#[derive(Debug, Default)]
pub(crate) struct Anchors {
    /// For each anchor in use, the number to try next when its text comes again. It saves trying all former ones.
    next: BTreeMap<String, usize>,
}

impl Anchors {
    /// The anchor of a heading with this text: `Why Rust?` is `why-rust`, the second time `why-rust-1`.
    pub(crate) fn of_text(&mut self, text: &str) -> String {
        let slug = slug(text);
        self.unused(if slug.is_empty() { "section".to_owned() } else { slug })
    }

    /// This anchor, or the first free one that is made of it.
    pub(crate) fn unused(&mut self, wanted: String) -> String {
        let Some(mut number) = self.next.get(&wanted).copied() else {
            self.next.insert(wanted.clone(), 1);
            return wanted;
        };
        loop {
            let numbered = format!("{wanted}-{number}");
            number += 1;
            if !self.next.contains_key(&numbered) {
                self.next.insert(numbered.clone(), 1);
                self.next.insert(wanted, number);
                return numbered;
            }
        }
    }
}

fn slug(text: &str) -> String {
    let kept = text.trim().chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::Anchors;

    #[test]
    fn anchors_are_those_of_forges() {
        for (text, anchor) in [
            ("Why Rust?", "why-rust"),
            ("`host!` and you", "host-and-you"),
            ("Was heißt „Über“", "was-heißt-über"),
            ("a - b", "a---b"),
            ("snake_case", "snake_case"),
            ("???", "section"),
        ] {
            assert_eq!(Anchors::default().of_text(text), anchor);
        }
    }

    #[test]
    fn no_two_headings_share_an_anchor() {
        let mut anchors = Anchors::default();
        let made = ["A", "A", "A 1", "A", "A-1"].map(|text| anchors.of_text(text));
        assert_eq!(made, ["a", "a-1", "a-1-1", "a-2", "a-1-2"]);
    }
}
