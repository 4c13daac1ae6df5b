//! Tokens as authors write them, for messages and for what is shown beside another version of it.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

/// The text of a type or a signature on one line, with spaces where rustfmt has them: `Result<&'static str, (u8, Error)>`.
pub(crate) fn source_text(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    write(tokens.to_token_stream(), &mut text);
    text
}

fn write(tokens: TokenStream, text: &mut String) {
    for tree in tokens {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                separate(text, open);
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Ident(ident) => {
                let word = ident.to_string();
                separate(text, &word);
                text.push_str(&word);
            }
            TokenTree::Literal(literal) => {
                let word = literal.to_string();
                separate(text, &word);
                text.push_str(&word);
            }
            TokenTree::Punct(punct) => {
                let sign = punct.as_char();
                // `->`, `+` and `=` stand between spaces, `,`, `;` and `:` before one.
                match sign {
                    '-' if punct.spacing() == Spacing::Joint => text.push_str(" -"),
                    '+' | '=' => text.push_str(&format!(" {sign}")),
                    '\'' | '&' | '*' | '<' | '!' | '#' | '?' => {
                        separate(text, &sign.to_string());
                        text.push(sign);
                    }
                    _ => text.push(sign),
                }
            }
        }
    }
}

/// Puts a space before what is about to be written, where one belongs.
fn separate(text: &mut String, next: &str) {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let (Some(last), Some(first)) = (text.chars().next_back(), next.chars().next()) else { return };
    let word = text.rsplit(|character: char| !is_word(character) && character != '\'').next().unwrap_or_default();
    let belongs = match last {
        ',' | ';' | '=' | '+' => true,
        // The last of `->` is told from a closing bracket by what stands before.
        '>' => text.ends_with("->") || is_word(first),
        ':' => !text.ends_with("::"),
        last if is_word(last) => match first {
            '(' => word.starts_with('\'') || ["mut", "const", "dyn", "as", "impl"].contains(&word),
            '<' => word == "as",
            _ => is_word(first) || matches!(first, '[' | '&' | '*' | '\'' | '!'),
        },
        _ => false,
    };
    if belongs {
        text.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::source_text;
    use syn::parse_quote;

    #[test]
    fn types_read_as_they_are_written() {
        for written in [
            "u8",
            "&'static str",
            "&mut [u8; 4]",
            "&'a mut Vec<&str>",
            "Result<Option<&'static [u8]>, (u8, std::io::Error)>",
            "Box<dyn Fn(&str, u8) -> bool + Send + 'static>",
            "std::borrow::Cow<'_, str>",
            "fn(u8) -> u8",
            "*const u8",
            "()",
            "&'static (u8, u8)",
            "&mut (dyn Send + Sync)",
            "<T as Trait>::Output",
            "dyn Iterator<Item = u8>",
        ] {
            let ty: syn::Type = syn::parse_str(written).expect("a type");
            assert_eq!(source_text(&ty), written);
        }
    }

    #[test]
    fn signatures_read_as_they_are_written() {
        let signature: syn::Signature =
            parse_quote!(async fn handle(&self, request: &Request, size: [u8; 2]) -> Result<Answer, CmsError>);
        let written = "async fn handle(&self, request: &Request, size: [u8; 2]) -> Result<Answer, CmsError>";
        assert_eq!(source_text(&signature), written);
    }
}
