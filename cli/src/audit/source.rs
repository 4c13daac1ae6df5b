//! Reads what object code does not show from the source: `unsafe`, foreign functions, assembly.
//!
//! What is read are tokens, not syntax: so it is found in macros too, which no parser looks into.

use std::path::{Path, PathBuf};

use keyway_manifest::parse::{LARGEST_TEXT, read_bounded_text};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::class::Class;

/// Something that stands in a source file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    pub(crate) class: Class,
    /// What is written: `unsafe`, `asm!`.
    pub(crate) written: &'static str,
    pub(crate) file: PathBuf,
    /// From 1.
    pub(crate) line: u32,
}

/// What was read of a plugin's source.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) marks: Vec<Mark>,
    /// Files that could not be read as Rust.
    pub(crate) unread: Vec<PathBuf>,
}

/// Reads the Rust files among those that the compiler read.
pub(crate) fn read(files: impl IntoIterator<Item = PathBuf>) -> Source {
    let mut source = Source::default();
    let mut included: Vec<String> = Vec::new();
    let (rust, others): (Vec<PathBuf>, Vec<PathBuf>) =
        files.into_iter().partition(|file| file.extension().is_some_and(|end| end == "rs"));
    for file in rust {
        source.file(&file, &mut included);
    }
    // Code may be included from a file of any name; data may be too, with `include_str!`, and is no code.
    for file in others {
        if file.file_name().is_some_and(|name| included.iter().any(|path| Path::new(path).file_name() == Some(name))) {
            source.file(&file, &mut Vec::new());
        }
    }
    source.marks.sort();
    source
}

impl Source {
    fn file(&mut self, file: &Path, included: &mut Vec<String>) {
        let tokens = read_bounded_text(file, LARGEST_TEXT).ok().and_then(|text| text.parse::<TokenStream>().ok());
        match tokens {
            Some(tokens) => self.tokens(tokens, file, included),
            None => self.unread.push(file.to_owned()),
        }
    }

    fn tokens(&mut self, tokens: TokenStream, file: &Path, included: &mut Vec<String>) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut index = 0;
        while let Some(token) = tokens.get(index) {
            if is_test_attribute(&tokens[index..]) {
                index = after_item(&tokens, index + 2);
                continue;
            }
            match token {
                TokenTree::Group(group) => self.tokens(group.stream(), file, included),
                TokenTree::Ident(word) => {
                    let line = word.span().start().line;
                    if let Some((class, written)) = mark(&word.to_string(), &tokens[index + 1..]) {
                        self.marks.push(Mark {
                            class,
                            written,
                            file: file.to_owned(),
                            line: u32::try_from(line).unwrap_or(u32::MAX),
                        });
                    }
                    if word == "include" && is_call(&tokens[index + 1..]) {
                        included.extend(tokens.get(index + 2).and_then(text_in));
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            index += 1;
        }
    }
}

/// What a word means, given what follows it.
fn mark(word: &str, next: &[TokenTree]) -> Option<(Class, &'static str)> {
    match word {
        "unsafe" => Some((Class::Unsafe, "unsafe")),
        "asm" if is_call(next) => Some((Class::Assembly, "asm!")),
        "global_asm" if is_call(next) => Some((Class::Assembly, "global_asm!")),
        "naked_asm" if is_call(next) => Some((Class::Assembly, "naked_asm!")),
        "extern" if declares_functions(next) => Some((Class::Ffi, "extern block")),
        "no_mangle" => Some((Class::Ffi, "no_mangle")),
        "export_name" => Some((Class::Ffi, "export_name")),
        "link_section" => Some((Class::Ffi, "link_section")),
        _ => None,
    }
}

fn is_call(next: &[TokenTree]) -> bool {
    matches!(next, [TokenTree::Punct(mark), TokenTree::Group(_), ..] if mark.as_char() == '!')
}

/// `extern { … }` and `extern "C" { … }`, not `extern crate` nor `extern "C" fn`.
fn declares_functions(next: &[TokenTree]) -> bool {
    let next = if let [TokenTree::Literal(_), rest @ ..] = next { rest } else { next };
    matches!(next, [TokenTree::Group(group), ..] if group.delimiter() == Delimiter::Brace)
}

/// `#[cfg(test)]`: what follows is not in the plugin.
fn is_test_attribute(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(mark), TokenTree::Group(group), ..] = tokens else { return false };
    mark.as_char() == '#' && group.delimiter() == Delimiter::Bracket && group.stream().to_string().replace(' ', "") == "cfg(test)"
}

/// The token after the item that begins at `index`: it ends with braces or with a semicolon.
fn after_item(tokens: &[TokenTree], index: usize) -> usize {
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(mark) => matches!(mark.as_char(), ';' | ','),
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    };
    tokens[index..].iter().position(ends).map_or(tokens.len(), |end| index + end + 1)
}

fn text_in(token: &TokenTree) -> Option<String> {
    let TokenTree::Group(group) = token else { return None };
    let literals = group.stream().into_iter().filter_map(|token| match token {
        TokenTree::Literal(literal) => Some(literal.to_string()),
        TokenTree::Group(inside) => inside.stream().into_iter().last().map(|token| token.to_string()),
        TokenTree::Ident(_) | TokenTree::Punct(_) => None,
    });
    literals.last().map(|literal| literal.trim_matches(['"', '#', 'r']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str) -> Vec<(&'static str, u32)> {
        let mut source = Source::default();
        source.tokens(text.parse().unwrap(), Path::new("lib.rs"), &mut Vec::new());
        source.marks.iter().map(|mark| (mark.written, mark.line)).collect()
    }

    #[test]
    fn what_is_written_is_found_where_it_stands() {
        assert_eq!(marks("fn f() {\n    unsafe { g() }\n}"), [("unsafe", 2)]);
        assert_eq!(marks("extern \"C\" { fn g(); }\nextern \"C\" fn h() {}\nextern crate alloc;"), [("extern block", 1)]);
        assert_eq!(marks("fn f() { core::arch::asm!(\"syscall\") }"), [("asm!", 1)]);
        assert_eq!(marks("macro_rules! m { () => {\n unsafe {} } }"), [("unsafe", 2)]);
        assert_eq!(marks("#[unsafe(no_mangle)]\npub extern \"C\" fn open() {}"), [("unsafe", 1), ("no_mangle", 1)]);
        assert_eq!(marks("// unsafe\nconst TEXT: &str = \"unsafe { asm!() }\";"), []);
    }

    #[test]
    fn tests_are_no_part_of_the_plugin() {
        assert_eq!(marks("#[cfg(test)]\nmod tests { fn f() { unsafe {} } }\nfn g() { unsafe {} }"), [("unsafe", 3)]);
        assert_eq!(marks("#[cfg(test)]\nuse a::b;\nfn g() { unsafe {} }"), [("unsafe", 3)]);
        assert_eq!(marks("#[cfg(not(test))]\nfn g() { unsafe {} }"), [("unsafe", 2)]);
    }

    #[test]
    fn a_file_that_is_included_is_read_whatever_it_is_called() {
        let folder = std::env::temp_dir().join(format!("keyway-audit-source-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("lib.rs"), "include!(concat!(env!(\"OUT_DIR\"), \"/made.txt\"));").unwrap();
        std::fs::write(folder.join("made.txt"), "fn f() { asm!(\"nop\") }").unwrap();
        std::fs::write(folder.join("page.txt"), "unsafe").unwrap();
        let source = read(["lib.rs", "made.txt", "page.txt"].map(|name| folder.join(name)));
        assert_eq!(source.marks.iter().map(|mark| mark.written).collect::<Vec<_>>(), ["asm!"]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
