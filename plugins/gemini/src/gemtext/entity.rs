//! Characters that are written as `&name;` or `&#number;`.

use std::borrow::Cow;

/// The names that are met in pages; others stay as they are written.
const NAMED: [(&str, char); 33] = [
    ("amp", '&'),
    ("apos", '\''),
    ("bull", '•'),
    ("cent", '¢'),
    ("copy", '©'),
    ("deg", '°'),
    ("emsp", ' '),
    ("ensp", ' '),
    ("euro", '€'),
    ("frac12", '½'),
    ("ge", '≥'),
    ("gt", '>'),
    ("hellip", '…'),
    ("laquo", '«'),
    ("larr", '←'),
    ("ldquo", '“'),
    ("le", '≤'),
    ("lsquo", '‘'),
    ("lt", '<'),
    ("mdash", '—'),
    ("middot", '·'),
    ("nbsp", ' '),
    ("ndash", '–'),
    ("ne", '≠'),
    ("para", '¶'),
    ("quot", '"'),
    ("raquo", '»'),
    ("rarr", '→'),
    ("rdquo", '”'),
    ("reg", '®'),
    ("rsquo", '’'),
    ("sect", '§'),
    ("times", '×'),
];

/// Longest text between `&` and `;` that is looked at.
const LONGEST: usize = 10;

/// Puts the characters in place of their names.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.bytes().take(LONGEST).position(|byte| byte == b';').and_then(|end| Some((character(&rest[..end])?, end))) {
            Some((character, end)) => {
                decoded.push(character);
                rest = &rest[end + 1..];
            }
            None => decoded.push('&'),
        }
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let number = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        return number.ok().and_then(char::from_u32);
    }
    NAMED.binary_search_by_key(&name, |(known, _)| known).ok().map(|index| NAMED[index].1)
}

#[cfg(test)]
mod tests {
    use super::{NAMED, decode};

    #[test]
    fn the_names_are_sorted_for_the_search() {
        assert!(NAMED.is_sorted_by_key(|(name, _)| *name));
    }

    #[test]
    fn what_is_no_entity_stays() {
        for (written, expected) in [
            ("a &lt;b&gt; &amp;amp; &#65;&#x42;&hellip;", "a <b> &amp; AB…"),
            ("a & b; &nosuch; &;", "a & b; &nosuch; &;"),
            ("&#xD800; &#99999999; &", "&#xD800; &#99999999; &"),
            ("&ö;", "&ö;"),
        ] {
            assert_eq!(decode(written), expected, "{written}");
        }
    }
}
