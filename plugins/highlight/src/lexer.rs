//! Cuts a text into pieces by the grammar of its language. Each byte is looked at a bounded number of times.

use crate::class::{Class, Span};
use crate::language::{Grammar, Habit};

/// The pieces of `code`.
pub(crate) fn spans(grammar: &Grammar, code: &str) -> Vec<Span> {
    let mut lexer = Lexer { grammar, code, at: 0, depth: 0, line_start: true, command_start: true, spans: Vec::new() };
    while lexer.at < code.len() {
        lexer.step();
    }
    lexer.spans
}

struct Lexer<'c> {
    grammar: &'c Grammar,
    code: &'c str,
    at: usize,
    /// How many braces are open.
    depth: usize,
    /// Whether nothing but spaces came on this line so far.
    line_start: bool,
    /// Whether the next word is the first of a shell command.
    command_start: bool,
    spans: Vec<Span>,
}

impl Lexer<'_> {
    fn has(&self, habit: Habit) -> bool {
        self.grammar.habits.contains(&habit)
    }

    fn rest(&self) -> &str {
        &self.code[self.at..]
    }

    fn push(&mut self, len: usize, class: Class) {
        self.spans.push((self.at..self.at + len, class));
        self.at += len;
        self.line_start = false;
        self.command_start = false;
    }

    fn step(&mut self) {
        let Some(first) = self.rest().chars().next() else { return };
        let taken = self.comment() || self.marks(first) || self.string() || self.number(first) || self.word(first);
        if taken {
            return;
        }
        match first {
            '{' => self.depth += 1,
            '}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if first == '\n' {
            self.line_start = true;
            self.command_start = true;
        } else if !first.is_whitespace() {
            self.line_start = false;
            self.command_start = matches!(first, '|' | ';' | '&' | '(');
        }
        self.at += first.len_utf8();
    }

    fn comment(&mut self) -> bool {
        let rest = self.rest();
        let mark = self.grammar.line_comment;
        let after_space =
            !self.has(Habit::ShellWords) || self.code[..self.at].chars().next_back().is_none_or(char::is_whitespace);
        if !mark.is_empty() && rest.starts_with(mark) && after_space {
            let len = line_len(rest);
            self.push(len, Class::Comment);
            return true;
        }
        if let Some((open, close)) = self.grammar.block_comment
            && let Some(inside) = rest.strip_prefix(open)
        {
            let len = inside.find(close).map_or(rest.len(), |end| open.len() + end + close.len());
            self.push(len, Class::Comment);
            return true;
        }
        false
    }

    /// What only some languages have.
    fn marks(&mut self, first: char) -> bool {
        let rest = self.rest();
        let found = match first {
            '#' if self.has(Habit::RustMarks) && (rest.starts_with("#[") || rest.starts_with("#![")) => {
                attribute_len(rest).map(|len| (len, Class::Attribute))
            }
            'r' | 'b' if self.has(Habit::RustMarks) => raw_string_len(rest).map(|len| (len, Class::String)),
            '\'' if self.has(Habit::RustMarks) => quote_len(rest),
            '[' if self.has(Habit::TomlLines) && self.line_start => {
                let len = line_len(rest);
                let heading = rest[..len].find('#').map_or(&rest[..len], |comment| &rest[..comment]).trim_end();
                heading.ends_with(']').then_some((heading.len(), Class::Heading))
            }
            '@' if self.has(Habit::CssRules) => Some((1 + word_len(&rest[1..], true), Class::Keyword)),
            '#' if self.has(Habit::CssRules) && self.depth > 0 => Some((1 + word_len(&rest[1..], true), Class::Number)),
            '$' if self.has(Habit::ShellWords) => {
                let braced = rest.starts_with("${");
                let name = if braced { rest.find('}').map_or(2, |end| end + 1) } else { 1 + word_len(&rest[1..], false) };
                (name > 1).then_some((name, Class::Type))
            }
            _ => None,
        };
        if let Some((len, class)) = found {
            self.push(len, class);
        }
        found.is_some()
    }

    fn string(&mut self) -> bool {
        let rest = self.rest();
        let Some(quote) = self.grammar.strings.iter().find(|quote| rest.starts_with(quote.mark)) else { return false };
        let mut end = quote.mark.len();
        let mut escaped = false;
        for (offset, character) in rest[end..].char_indices() {
            let here = quote.mark.len() + offset;
            end = here + character.len_utf8();
            if escaped {
                escaped = false;
            } else if quote.escapes && character == '\\' {
                escaped = true;
            } else if rest[here..].starts_with(quote.mark) {
                end = here + quote.mark.len();
                break;
            } else if character == '\n' && !quote.spans_lines {
                end = here;
                break;
            }
        }
        let next = rest[end..].trim_start_matches([' ', '\t']).chars().next();
        let is_key = (self.has(Habit::KeyStrings) && next == Some(':'))
            || (self.has(Habit::TomlLines) && self.line_start && matches!(next, Some('=' | '.')));
        self.push(end, if is_key { Class::Key } else { Class::String });
        true
    }

    fn number(&mut self, first: char) -> bool {
        if !first.is_ascii_digit() || self.has(Habit::ShellWords) || (self.has(Habit::TomlLines) && self.line_start) {
            return false;
        }
        let rest = self.rest();
        let len = rest
            .char_indices()
            .find(|(index, character)| {
                let fraction = *character == '.' && rest[index + 1..].starts_with(|next: char| next.is_ascii_digit());
                let part_of_date = matches!(character, '-' | ':') && self.has(Habit::TomlLines);
                !(character.is_ascii_alphanumeric() || matches!(character, '_' | '%') || fraction || part_of_date)
            })
            .map_or(rest.len(), |(index, _)| index);
        self.push(len, Class::Number);
        true
    }

    fn word(&mut self, first: char) -> bool {
        if !(first.is_alphanumeric() || first == '_' || (first == '-' && self.has(Habit::CssRules))) {
            return false;
        }
        let dashes = self.has(Habit::CssRules) || self.has(Habit::TomlLines) || self.has(Habit::ShellWords);
        let len = word_len(self.rest(), dashes);
        match self.word_class(len) {
            Some(class) => self.push(len, class),
            None => {
                self.at += len;
                self.line_start = self.line_start && self.has(Habit::TomlLines);
                self.command_start = false;
            }
        }
        true
    }

    fn word_class(&self, len: usize) -> Option<Class> {
        let (word, after) = self.rest().split_at(len);
        let next = after.trim_start_matches([' ', '\t']);
        if self.has(Habit::TomlLines) && self.line_start {
            return next.starts_with(['=', '.']).then_some(Class::Key);
        }
        if self.has(Habit::CssRules) && self.depth > 0 && next.starts_with(':') {
            return Some(Class::Key);
        }
        if self.grammar.keywords.binary_search(&word).is_ok() {
            return Some(Class::Keyword);
        }
        if self.has(Habit::ShellWords) {
            let class = if after.starts_with('=') { Class::Type } else { Class::Function };
            return self.command_start.then_some(class);
        }
        let macro_call = after.starts_with('!') && !after.starts_with("!=");
        if self.has(Habit::Calls) && (after.starts_with('(') || (self.has(Habit::RustMarks) && macro_call)) {
            let capital = word.starts_with(|first: char| first.is_uppercase());
            return Some(if capital { Class::Type } else { Class::Function });
        }
        (self.has(Habit::CapitalTypes) && word.starts_with(|first: char| first.is_uppercase())).then_some(Class::Type)
    }
}

fn line_len(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

fn word_len(text: &str, dashes: bool) -> usize {
    text.find(|character: char| !(character.is_alphanumeric() || character == '_' || (dashes && character == '-')))
        .unwrap_or(text.len())
}

/// The length of `#[…]`, brackets inside it counted; `None` when it does not end.
fn attribute_len(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => depth += 1,
            b']' if depth == 1 => return Some(index + 1),
            b']' => depth = depth.saturating_sub(1),
            // An attribute longer than this is none; without a limit, `#[#[#[…` would be searched to its end each time.
            _ if index > 2_000 => return None,
            _ => {}
        }
    }
    None
}

/// The length of `r"…"`, `r#"…"#`, `b"…"` and their kin; `None` when it is something else.
fn raw_string_len(text: &str) -> Option<usize> {
    let hashes_at = text.find(|character| !matches!(character, 'b' | 'r')).filter(|len| *len <= 2)?;
    let hashes = text[hashes_at..].len() - text[hashes_at..].trim_start_matches('#').len();
    let inside = text[hashes_at + hashes..].strip_prefix('"')?;
    if !text[..hashes_at].contains('r') {
        return None;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    let end = inside.find(&close).map_or(inside.len(), |end| end + close.len());
    Some(text.len() - inside.len() + end)
}

/// A character or a lifetime.
fn quote_len(text: &str) -> Option<(usize, Class)> {
    let mut characters = text.char_indices().skip(1);
    let (_, first) = characters.next()?;
    if first == '\\' {
        let end = text[2..].char_indices().skip(1).take(12).find(|(_, character)| *character == '\'')?.0;
        return Some((2 + end + 1, Class::String));
    }
    match characters.next() {
        Some((index, '\'')) => Some((index + 1, Class::String)),
        _ => Some((1 + word_len(&text[1..], false), Class::Attribute)).filter(|(len, _)| *len > 1),
    }
}

#[cfg(test)]
mod tests {
    use crate::language;

    /// The pieces as `class:text`, without the prefix of the class.
    fn pieces(language: &str, code: &str) -> Vec<String> {
        let spans = language::spans(language, code).unwrap();
        spans.into_iter().map(|(range, class)| format!("{}:{}", &class.name()[3..], &code[range])).collect()
    }

    #[test]
    fn rust() {
        assert_eq!(
            pieces("rust", "#[derive(Debug)]\npub fn a<'x>(b: &'x Str) -> u8 { println!(\"{}\\\"\", 'c'); 1_000.5 } // end"),
            [
                "attribute:#[derive(Debug)]",
                "keyword:pub",
                "keyword:fn",
                "attribute:'x",
                "attribute:'x",
                "type:Str",
                "function:println",
                "string:\"{}\\\"\"",
                "string:'c'",
                "number:1_000.5",
                "comment:// end",
            ]
        );
        assert_eq!(
            pieces("rs", "r#\"a\"b\"# /* c\n */ f(0..2) x != y '\\n'"),
            ["string:r#\"a\"b\"#", "comment:/* c\n */", "function:f", "number:0", "number:2", "string:'\\n'"]
        );
    }

    #[test]
    fn toml() {
        assert_eq!(
            pieces("toml", "[plugin.\"a\"] # c\nid = \"x\"\n\"q.r\" = { a = true, d = 2026-05-01 }\nx.y = [1]\n"),
            [
                "heading:[plugin.\"a\"]",
                "comment:# c",
                "key:id",
                "string:\"x\"",
                "key:\"q.r\"",
                "keyword:true",
                "number:2026-05-01",
                "key:x",
                "number:1",
            ]
        );
    }

    #[test]
    fn json_css_and_javascript() {
        assert_eq!(pieces("json", "{\"a\": [\"b\", 1, null]}"), ["key:\"a\"", "string:\"b\"", "number:1", "keyword:null"]);
        assert_eq!(
            pieces("css", "@media x { a:hover { color: #fff; margin-top: 1.5rem } /* c */ }"),
            ["keyword:@media", "key:a", "key:color", "number:#fff", "key:margin-top", "number:1.5rem", "comment:/* c */"]
        );
        assert_eq!(pieces("js", "const a = f(`b\n${c}`)"), ["keyword:const", "function:f", "string:`b\n${c}`"]);
    }

    #[test]
    fn shell_and_console() {
        assert_eq!(
            pieces("sh", "A=\"$x\" cargo run --a#b | grep ${y} # c"),
            ["type:A", "string:\"$x\"", "function:grep", "type:${y}", "comment:# c"]
        );
        assert_eq!(pieces("console", "$ cargo run\n   Compiling x\n"), ["prompt:$", "function:cargo"]);
    }

    #[test]
    fn nothing_makes_it_hang_or_panic() {
        for language in ["rust", "toml", "json", "sh", "console", "css", "js", "html", "diff"] {
            for piece in ["\"", "'", "/*", "#[", "r#", "{", "<", "<a ", "<!--", "$", "${", "é'", "\\", "@", "#", "[", "1.", "+"]
            {
                let code = piece.repeat(20_000);
                let spans = language::spans(language, &code).unwrap();
                assert!(spans.is_sorted_by(|left, right| left.0.end <= right.0.start), "{language} {piece}");
                assert!(
                    spans.iter().all(|(range, _)| code.get(range.clone()).is_some_and(|text| !text.is_empty())),
                    "{language} {piece}"
                );
            }
        }
    }
}
