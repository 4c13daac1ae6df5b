//! The text is not TOML.

use super::Rule;
use crate::parse::{Diagnostic, Findings, Source, SyntaxError};

pub(super) const RULE: Rule = Rule::new("KW0110", "toml_syntax", "the text is not TOML");

/// Lines that are reported at most; after that many, the rest follows from them more often than not.
const MOST: usize = 8;

/// Reports the first syntax error of each line. Tells whether there was one.
pub(crate) fn check(source: &Source, errors: &[SyntaxError], findings: &mut Findings) -> bool {
    let mut lines = Vec::new();
    for error in errors.iter().filter(|error| !super::duplicate_key::is_duplicate(error)) {
        let line = source.line(error.span.start);
        if lines.contains(&line) || lines.len() == MOST {
            continue;
        }
        lines.push(line);
        let place = source.place(&error.span);
        let phrase = phrase(&error.message, source.slice(&error.span));
        findings.push(Diagnostic::new(RULE.code, place, format!("this is not TOML: {phrase}")).help(help(&phrase)));
    }
    !lines.is_empty()
}

/// The parser's words, where they do not fit what an author sees, in better ones.
fn phrase(message: &str, written: &str) -> String {
    if written.trim().is_empty() && message.starts_with("string values must be quoted") {
        return "missing value".to_owned();
    }
    let message = message.trim_end_matches(", expected nothing").trim_end_matches(", expected literal string");
    message.chars().map(crate::parse::printable).collect()
}

fn help(message: &str) -> &'static str {
    const HELP: &[(&str, &str)] = &[
        ("`=` in array", "close the list with `]` before this key"),
        ("must be quoted", "put the value in double quotes"),
        ("invalid basic string", "close the string with `\"` on the same line"),
        ("invalid literal string", "close the string with `'` on the same line"),
        ("invalid multi-line", "close the string with three quotes"),
        ("invalid unquoted key", "put the key in double quotes"),
        ("unquoted keys cannot be empty", "write the key, or take the dot away"),
        ("key with no value", "write `key = value`, or take the line away"),
        ("missing value", "write a value behind `=`"),
        ("missing comma", "divide the elements with `,`, or close the list or table before"),
        ("extra comma", "take one comma away"),
        ("extra `=`", "take one `=` away"),
        ("unclosed array table", "close the header with `]]`"),
        ("unclosed table", "close the header with `]`"),
        ("unclosed array", "close the list with `]`"),
        ("unclosed inline table", "close the table with `}`"),
        ("unexpected key or value", "begin a new line, or join the values in a list `[…]`"),
        ("leading zero", "take the leading zero away, or put the value in double quotes"),
        ("cannot extend value", "give the key and the table different names"),
        ("unicode", "write `\\\\` for a backslash, or use single quotes"),
        ("escape", "write `\\\\` for a backslash, or use single quotes"),
    ];
    let found = HELP.iter().find(|(part, _)| message.contains(part)).map(|(_, help)| *help);
    found.unwrap_or("correct the line; the TOML format is described at https://toml.io/en/v1.1.0")
}
