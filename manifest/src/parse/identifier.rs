//! The form of an identifier: lowercase ASCII segments divided by dots, two at least.

/// Characters that an identifier may have at most.
pub const LONGEST_ID: usize = 128;

/// What is wrong with an identifier, as the rest of a sentence, and a spelling that would be right when one can be guessed.
///
/// `None` when it is well formed: lowercase ASCII segments divided by dots, two at least, [`LONGEST_ID`] characters at most.
#[must_use]
pub fn id_problem(id: &str) -> Option<(String, Option<String>)> {
    if id.chars().count() > LONGEST_ID {
        return Some((format!("is longer than {LONGEST_ID} characters"), None));
    }
    form_problem(id).map(|(problem, guess)| (problem.to_owned(), guess))
}

/// What is wrong with the form of an ASCII identifier, and a spelling that would be right when one can be guessed; `None` when it is well formed.
pub(crate) fn form_problem(id: &str) -> Option<(&'static str, Option<String>)> {
    let repaired = || {
        let repaired = repair(id);
        let divided = repaired.replacen('-', ".", 1);
        [repaired, divided].into_iter().find(|guess| guess != id && problem(guess).is_none())
    };
    problem(id).map(|problem| (problem, repaired()))
}

fn problem(id: &str) -> Option<&'static str> {
    if id.is_empty() {
        return Some("is empty");
    }
    if id.split('.').any(str::is_empty) {
        return Some("has an empty segment");
    }
    if id.chars().any(|c| c.is_ascii_uppercase()) {
        return Some("has a capital letter");
    }
    if !id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.')) {
        return Some("has a character other than lowercase letters, digits, `-` and `.`");
    }
    if id.split('.').any(|segment| !segment.starts_with(|c: char| c.is_ascii_lowercase())) {
        return Some("has a segment that does not begin with a letter");
    }
    if id.split('.').any(|segment| segment.ends_with('-')) {
        return Some("has a segment that ends with `-`");
    }
    if id.contains('.') { None } else { Some("has one segment, and ids have two or more") }
}

fn repair(id: &str) -> String {
    let folded: String = id
        .chars()
        .map(|c| match c {
            '_' | ' ' => '-',
            ':' | '/' => '.',
            other => other.to_ascii_lowercase(),
        })
        .collect();
    folded.split('.').map(|segment| segment.trim_matches('-')).filter(|segment| !segment.is_empty()).collect::<Vec<_>>().join(".")
}

/// The ASCII letter that a character is easily taken for.
pub(crate) const fn look_alike(character: char) -> Option<char> {
    Some(match character {
        'а' | 'à' | 'á' | 'â' | 'ä' | 'å' | 'ã' | 'α' | 'ɑ' | 'ａ' => 'a',
        'Ь' | 'ｂ' => 'b',
        'с' | 'ϲ' | 'ç' | 'ｃ' => 'c',
        'ԁ' | 'ｄ' => 'd',
        'е' | 'è' | 'é' | 'ê' | 'ë' | 'ｅ' => 'e',
        'ｆ' => 'f',
        'ɡ' | 'ｇ' => 'g',
        'һ' | 'ｈ' => 'h',
        'і' | 'ı' | 'ì' | 'í' | 'î' | 'ï' | 'ι' | 'ｉ' => 'i',
        'ј' | 'ｊ' => 'j',
        'κ' | 'к' | 'ｋ' => 'k',
        'ӏ' | 'ⅼ' | 'ｌ' => 'l',
        'м' | 'ｍ' => 'm',
        'ո' | 'ñ' | 'ｎ' => 'n',
        'о' | 'ο' | 'ò' | 'ó' | 'ô' | 'ö' | 'õ' | 'ø' | 'օ' | 'ｏ' => 'o',
        'р' | 'ρ' | 'ｐ' => 'p',
        'ԛ' | 'ｑ' => 'q',
        'г' | 'ｒ' => 'r',
        'ѕ' | 'ｓ' => 's',
        'т' | 'τ' | 'ｔ' => 't',
        'υ' | 'ս' | 'ù' | 'ú' | 'û' | 'ü' | 'ｕ' => 'u',
        'ν' | 'ѵ' | 'ｖ' => 'v',
        'ԝ' | 'ω' | 'ｗ' => 'w',
        'х' | 'χ' | 'ｘ' => 'x',
        'у' | 'γ' | 'ý' | 'ÿ' | 'ｙ' => 'y',
        'ｚ' => 'z',
        '‐' | '‑' | '‒' | '–' | '—' | '−' | '－' => '-',
        '․' | '。' | '．' | '·' => '.',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed() {
        for id in ["site.sitemap", "a.b", "com.example.x-1", "service.search"] {
            assert_eq!(form_problem(id), None, "{id}");
        }
    }

    #[test]
    fn ill_formed_with_a_guess() {
        for (id, guess) in [
            ("Site.Map", Some("site.map")),
            ("site_x.map", Some("site-x.map")),
            ("site:map", Some("site.map")),
            ("site..map", Some("site.map")),
            (".site.map-", Some("site.map")),
            ("Site_Map", Some("site.map")),
            ("sitemap", None),
            ("", None),
            ("1.2", None),
        ] {
            let (_, repaired) = form_problem(id).unwrap_or_else(|| panic!("{id} is refused"));
            assert_eq!(repaired.as_deref(), guess, "{id}");
        }
    }
}
