//! Writes diagnostics as text: the code and message, the place, the line with its carets, notes and help.

use std::fmt::{self, Display, Formatter};

use super::diagnostic::{Diagnostic, Report};
use super::source::Place;

/// Characters of a source line that are shown at most.
const WINDOW: usize = 120;
/// Characters kept before the caret when a long line is cut on its left.
const LEAD: usize = 40;

/// Replaces what would move the cursor or hide text (control characters, direction marks, invisible joiners) by one visible character.
pub(crate) const fn printable(character: char) -> char {
    match character {
        '\t' => ' ',
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => '\u{fffd}',
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => '\u{fffd}',
        other => other,
    }
}

/// Quotes a name for a message: printable, in backticks, cut when it is very long.
pub(crate) fn quoted(name: &str) -> String {
    const LONGEST: usize = 80;
    let mut shown: String = name.chars().take(LONGEST).map(printable).collect();
    if name.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// Writes a list of names as `a`, `b` or `c`.
pub(crate) fn one_of(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => quoted(only),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|name| quoted(name)).collect();
            format!("{} or {}", first.join(", "), quoted(last))
        }
    }
}

impl Display for Diagnostic {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.code, self.message)?;
        write_place(formatter, &self.place)?;
        match self.similar.as_slice() {
            [] => {}
            [only] if self.help.contains(&quoted(only)) || self.help.contains(&format!("\"{only}\"")) => {}
            [only] => write!(formatter, "\n  note: a similar name exists: {}", quoted(only))?,
            several => {
                let several: Vec<&str> = several.iter().map(String::as_str).collect();
                write!(formatter, "\n  note: similar names exist: {}", one_of(&several))?;
            }
        }
        for related in &self.related {
            write!(formatter, "\n  note: {}", related.label)?;
            write_place(formatter, &related.place)?;
        }
        if self.help.is_empty() { Ok(()) } else { write!(formatter, "\n  help: {}", self.help) }
    }
}

impl Display for Report {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics().iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "{diagnostic}")?;
        }
        match self.omitted() {
            0 => Ok(()),
            omitted => write!(formatter, "\n  … and {omitted} more"),
        }
    }
}

/// Writes `--> file:line:column` and the line with its carets, each beginning with a line break.
fn write_place(formatter: &mut Formatter<'_>, place: &Place) -> fmt::Result {
    if place.line == 0 {
        return write!(formatter, "\n  --> {}", place.file);
    }
    let number = place.line.to_string();
    let gutter = number.len().max(2);
    let (shown, caret, width) = window(place);
    write!(formatter, "\n  --> {}:{}:{}", place.file, place.line, place.column)?;
    write!(formatter, "\n{:gutter$} |", "")?;
    write!(formatter, "\n{number:>gutter$} |{}{shown}", if shown.is_empty() { "" } else { " " })?;
    write!(formatter, "\n{:gutter$} | {:caret$}{}", "", "", "^".repeat(width))
}

/// Cuts a line around its caret: the text to show, characters before the caret, characters to underline.
fn window(place: &Place) -> (String, usize, usize) {
    let characters: Vec<char> = place.snippet.chars().map(printable).collect();
    let caret = (place.column.max(1) as usize - 1).min(characters.len());
    let width = (place.width.max(1) as usize).min((characters.len() - caret).max(1));
    if characters.len() <= WINDOW {
        return (characters.iter().collect(), caret, width);
    }
    let from = caret.saturating_sub(LEAD).min(characters.len() - WINDOW);
    let to = from + WINDOW;
    let mut shown = String::new();
    let mut shift = 0;
    if from > 0 {
        shown.push('…');
        shift = 1;
    }
    shown.extend(&characters[from..to]);
    if to < characters.len() {
        shown.push('…');
    }
    (shown, caret - from + shift, width.min(to.saturating_sub(caret).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::source::Source;

    #[test]
    fn the_caret_counts_characters_and_tabs_are_one() {
        let source = Source::new("a\n\tüß\u{202e} = 1\n", "plugin.toml");
        let start = source.text().find('ß').unwrap();
        let text = Diagnostic::new("KW0110", source.place(&(start..start + 2)), "odd").help("mend it").to_string();
        assert_eq!(text, "KW0110 odd\n  --> plugin.toml:2:3\n   |\n 2 |  üß\u{fffd} = 1\n   |   ^\n  help: mend it");
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let line = format!("{}here{}", "a".repeat(5_000), "b".repeat(5_000));
        let place = Source::new(&line, "plugin.toml").place(&(5_000..5_004));
        let text = Diagnostic::new("KW0110", place, "odd").to_string();
        assert!(text.lines().all(|line| line.chars().count() < 140), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        let caret = lines[4].chars().position(|c| c == '^').unwrap();
        assert_eq!(lines[3].chars().skip(caret).take(4).collect::<String>(), "here");
        assert!(lines[1].ends_with(":1:5001"));
    }

    #[test]
    fn a_span_at_the_end_of_the_text_still_has_a_caret() {
        let text = Diagnostic::new("KW0110", Source::new("ab", "f").place(&(2..2)), "ends early").to_string();
        assert_eq!(text, "KW0110 ends early\n  --> f:1:3\n   |\n 1 | ab\n   |   ^");
    }
}
