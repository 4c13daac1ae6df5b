//! HTML as tags and text, forgiving as browsers are.

use super::entity;

/// A piece of HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'h> {
    /// Text with its entities.
    Text(&'h str),
    /// A tag that begins an element; the name in small letters.
    Open { name: String, attributes: Vec<(String, String)> },
    /// A tag that ends one.
    Close { name: String },
}

/// Elements whose content is no HTML.
const RAW: [&str; 4] = ["script", "style", "textarea", "title"];

/// Takes HTML apart. Comments, declarations and the content of scripts and styles are left out.
pub(super) fn tokens(html: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        let Some(at) = rest.find('<') else {
            tokens.push(Token::Text(rest));
            break;
        };
        if at > 0 {
            tokens.push(Token::Text(&rest[..at]));
        }
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
        } else if rest.starts_with("<!") || rest.starts_with("<?") {
            rest = behind(rest, '>');
        } else if let Some(close) = rest.strip_prefix("</").filter(|close| close.starts_with(|c: char| c.is_ascii_alphabetic())) {
            tokens.push(Token::Close { name: name(close) });
            rest = behind(close, '>');
        } else if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            let name = name(&rest[1..]);
            let (attributes, after) = attributes(&rest[1 + name.len()..]);
            rest = if RAW.contains(&name.as_str()) { behind_raw(after, &name) } else { after };
            tokens.push(Token::Open { name, attributes });
        } else {
            // A `<` that begins no tag is text.
            tokens.push(Token::Text(&rest[..1]));
            rest = &rest[1..];
        }
    }
    tokens
}

fn behind(text: &str, end: char) -> &str {
    text.find(end).map_or("", |at| &text[at + end.len_utf8()..])
}

fn name(text: &str) -> String {
    let end = text.find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/')).unwrap_or(text.len());
    text[..end].to_ascii_lowercase()
}

/// Goes on at the tag that ends a raw element, or at the end of the text.
fn behind_raw<'h>(text: &'h str, name: &str) -> &'h str {
    let ends = |at: &usize| {
        text.as_bytes().get(at + 2..at + 2 + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
    };
    text.match_indices("</").map(|(at, _)| at).find(ends).map_or("", |at| &text[at..])
}

/// The attributes of a tag, and what stands behind the tag.
fn attributes(text: &str) -> (Vec<(String, String)>, &str) {
    let mut attributes = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return (attributes, rest);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (attributes, after);
        }
        // A name is one character at least, so that each turn goes on.
        let first = rest.chars().next().map_or(1, char::len_utf8);
        let end = rest[first..].find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/'));
        let (name, after) = rest.split_at(end.map_or(rest.len(), |end| first + end));
        rest = after.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let value = match rest.strip_prefix('=') {
            Some(after) => {
                let (value, after) = value(after.trim_start_matches(|c: char| c.is_ascii_whitespace()));
                rest = after;
                value
            }
            None => "",
        };
        attributes.push((name.to_ascii_lowercase(), entity::decode(value).into_owned()));
    }
}

fn value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    text.split_at(text.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(name: &str, attributes: &[(&str, &str)]) -> Token<'static> {
        let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Token::Open { name: name.to_owned(), attributes }
    }

    #[test]
    fn tags_and_text() {
        assert_eq!(
            tokens("a<P Class=x>b</p><br/><a href = '/x?a&amp;b' title=\"<\" hidden>c"),
            [
                Token::Text("a"),
                open("p", &[("class", "x")]),
                Token::Text("b"),
                Token::Close { name: "p".to_owned() },
                open("br", &[]),
                open("a", &[("href", "/x?a&b"), ("title", "<"), ("hidden", "")]),
                Token::Text("c"),
            ]
        );
    }

    #[test]
    fn what_is_no_text_is_left_out() {
        assert_eq!(
            tokens("<!doctype html>1<!-- <b> -->2<script>if (a</b/) {}</SCRIPT>3"),
            [
                Token::Text("1"),
                Token::Text("2"),
                open("script", &[]),
                Token::Close { name: "script".to_owned() },
                Token::Text("3")
            ]
        );
        assert_eq!(tokens("1 < 2"), [Token::Text("1 "), Token::Text("<"), Token::Text(" 2")]);
        for cut in ["<", "<a", "<a href", "<a href=", "<a href='", "</", "</a", "<!--", "<!", "<script>x", "<é", "<a é=ü"] {
            let _ = tokens(cut);
        }
    }
}
