//! Paths and foreign text as messages show them: in one word, whatever somebody has put there.

use std::path::Path;

/// A path as messages show it: what could move a terminal's cursor or end a line is written as an escape, and so are bytes that are no text.
///
/// ```
/// # use keyway_manifest::shown;
/// assert_eq!(shown("content/größe.md".as_ref()), "content/größe.md");
/// assert_eq!(shown("content/a\nKW0000 all is well".as_ref()), "content/a\\nKW0000 all is well");
/// ```
#[must_use]
pub fn shown(path: &Path) -> String {
    let mut shown = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        shown.push_str(&shown_text(chunk.valid()));
        shown.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    shown
}

/// The same for text that comes from a file, a plugin or whoever else.
#[must_use]
pub fn shown_text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        // Besides control characters also those that turn the direction of writing or have no width.
        if character.is_control()
            || matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// A path as an argument for a shell, in quotes; `None` when messages cannot show it as it is.
#[must_use]
pub fn shell_word(path: &Path) -> Option<String> {
    let text = path.to_str().filter(|text| !text.is_empty() && shown_text(text) == *text)?;
    // A name that begins with `-` would be taken for an option.
    let here = if text.starts_with('-') { "./" } else { "" };
    Some(format!("'{here}{}'", text.replace('\'', "'\\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_speak_to_the_terminal() {
        assert_eq!(shown(Path::new("/a/\u{1b}[2J\nKW0000 all is well\u{202e}")), "/a/\\u{1b}[2J\\nKW0000 all is well\\u{202e}");
        assert_eq!(shown(Path::new("/größe/it's")), "/größe/it's");
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_told_apart() {
        use std::os::unix::ffi::OsStrExt as _;
        let path = |bytes| Path::new(std::ffi::OsStr::from_bytes(bytes));
        assert_eq!(shown(path(b"/a\xffb\xc3")), "/a\\xffb\\xc3");
        assert_eq!(shell_word(path(b"/a\xff")), None);
    }

    #[test]
    fn a_shell_gets_the_very_name_or_none() {
        let word = |path: &str| shell_word(Path::new(path));
        assert_eq!(word("/a b/$c").as_deref(), Some("'/a b/$c'"));
        assert_eq!(word("/it's").as_deref(), Some("'/it'\\''s'"));
        assert_eq!(word("-rf").as_deref(), Some("'./-rf'"));
        assert_eq!((word("/a\nb"), word("")), (None, None));
    }
}
