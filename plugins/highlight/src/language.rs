//! The languages, one entry each.

use crate::class::Span;
use crate::{diff, lexer, markup};

/// What the lexer needs to know of a language.
#[derive(Debug)]
pub(crate) struct Grammar {
    /// What begins a comment that ends with the line.
    pub(crate) line_comment: &'static str,
    /// What begins and ends a comment that may span lines.
    pub(crate) block_comment: Option<(&'static str, &'static str)>,
    /// What begins and ends a string, the longer ones first.
    pub(crate) strings: &'static [Quote],
    /// Sorted.
    pub(crate) keywords: &'static [&'static str],
    /// What this language has beside words, strings, numbers and comments.
    pub(crate) habits: &'static [Habit],
}

/// A pair of marks around a string.
#[derive(Debug)]
pub(crate) struct Quote {
    pub(crate) mark: &'static str,
    /// Whether `\` takes the meaning off the next character.
    pub(crate) escapes: bool,
    /// Whether it may span lines; otherwise it ends with the line at the latest.
    pub(crate) spans_lines: bool,
}

/// Something that only some languages have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// A word before `(` is a function, one before `!` too when `!` is no part of `!=`.
    Calls,
    /// A word that begins with a capital letter is a type.
    CapitalTypes,
    /// `'a` is a lifetime and `'a'` a character; `r#"…"#` is a string; `#[…]` an attribute.
    RustMarks,
    /// A word or string before `=` at the beginning of a line is a key; a line in brackets a heading.
    TomlLines,
    /// A string before `:` is a key.
    KeyStrings,
    /// A word before `:` inside braces is a key; `@word` is a keyword; `#` begins a number; words may hold `-`.
    CssRules,
    /// `$name` is a variable; a comment begins only after a space; the first word of a command is a function.
    ShellWords,
}

const fn quote(mark: &'static str, escapes: bool, spans_lines: bool) -> Quote {
    Quote { mark, escapes, spans_lines }
}

static RUST: Grammar = Grammar {
    line_comment: "//",
    block_comment: Some(("/*", "*/")),
    strings: &[quote("\"", true, true)],
    keywords: &[
        "Self", "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false", "fn",
        "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "static",
        "struct", "super", "trait", "true", "type", "union", "unsafe", "use", "where", "while", "yield",
    ],
    habits: &[Habit::Calls, Habit::CapitalTypes, Habit::RustMarks],
};

static TOML: Grammar = Grammar {
    line_comment: "#",
    block_comment: None,
    strings: &[quote("\"\"\"", true, true), quote("'''", false, true), quote("\"", true, false), quote("'", false, false)],
    keywords: &["false", "inf", "nan", "true"],
    habits: &[Habit::TomlLines],
};

static JSON: Grammar = Grammar {
    line_comment: "//",
    block_comment: Some(("/*", "*/")),
    strings: &[quote("\"", true, false)],
    keywords: &["false", "null", "true"],
    habits: &[Habit::KeyStrings],
};

static SHELL: Grammar = Grammar {
    line_comment: "#",
    block_comment: None,
    strings: &[quote("\"", true, true), quote("'", false, true)],
    keywords: &[
        "case", "do", "done", "elif", "else", "esac", "export", "fi", "for", "function", "if", "in", "local", "return", "set",
        "then", "until", "while",
    ],
    habits: &[Habit::ShellWords],
};

static CSS: Grammar = Grammar {
    line_comment: "",
    block_comment: Some(("/*", "*/")),
    strings: &[quote("\"", true, false), quote("'", true, false)],
    keywords: &["and", "from", "important", "not", "only", "or", "to"],
    habits: &[Habit::Calls, Habit::CssRules],
};

static JAVASCRIPT: Grammar = Grammar {
    line_comment: "//",
    block_comment: Some(("/*", "*/")),
    strings: &[quote("\"", true, false), quote("'", true, false), quote("`", true, true)],
    keywords: &[
        "async",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "debugger",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "from",
        "function",
        "get",
        "if",
        "implements",
        "import",
        "in",
        "instanceof",
        "interface",
        "let",
        "new",
        "null",
        "of",
        "private",
        "protected",
        "public",
        "readonly",
        "return",
        "set",
        "static",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "type",
        "typeof",
        "undefined",
        "var",
        "void",
        "while",
        "yield",
    ],
    habits: &[Habit::Calls, Habit::CapitalTypes],
};

/// The pieces of a text in a language; `None` when the language is unknown or has no pieces.
pub(crate) fn spans(language: &str, code: &str) -> Option<Vec<Span>> {
    Some(match language.to_ascii_lowercase().as_str() {
        "rust" | "rs" => lexer::spans(&RUST, code),
        "toml" => lexer::spans(&TOML, code),
        "json" | "jsonc" | "json5" => lexer::spans(&JSON, code),
        "sh" | "shell" | "bash" | "zsh" => lexer::spans(&SHELL, code),
        "console" | "shell-session" | "terminal" => console(code),
        "css" => lexer::spans(&CSS, code),
        "js" | "javascript" | "mjs" | "ts" | "typescript" => lexer::spans(&JAVASCRIPT, code),
        "html" | "xml" | "svg" => markup::spans(code),
        "diff" | "patch" => diff::spans(code),
        _ => return None,
    })
}

/// A console: lines with a prompt are commands, the others output.
fn console(code: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut start = 0;
    for line in code.split_inclusive('\n') {
        if let Some(command) = line.strip_prefix("$ ") {
            spans.push((start..start + 1, crate::class::Class::Prompt));
            let offset = start + line.len() - command.len();
            let inside = lexer::spans(&SHELL, command);
            spans.extend(inside.into_iter().map(|(range, class)| (range.start + offset..range.end + offset, class)));
        }
        start += line.len();
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_sorted() {
        for grammar in [&RUST, &TOML, &JSON, &SHELL, &CSS, &JAVASCRIPT] {
            assert!(grammar.keywords.is_sorted(), "{:?}", grammar.keywords);
        }
    }
}
