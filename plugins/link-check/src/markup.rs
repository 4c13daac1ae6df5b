//! What a page links to, and the places in it that can be linked to.

use std::collections::BTreeSet;

/// The links and anchors of a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// What stands in `href` and `src`, in order.
    pub(crate) links: Vec<String>,
    /// The ids.
    pub(crate) anchors: BTreeSet<String>,
}

/// Reads HTML. Each byte is looked at once or twice; what is malformed is passed over.
pub(crate) fn read(html: &str) -> Marks {
    let mut marks = Marks::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = after(comment, "-->");
            continue;
        }
        let end = rest.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (name, attributes) = rest.split_at(end);
        if name.is_empty() {
            continue;
        }
        rest = read_attributes(&name.to_ascii_lowercase(), attributes, &mut marks);
        for (raw, close) in [("script", "</script"), ("style", "</style")] {
            if name.eq_ignore_ascii_case(raw) {
                rest = after(rest, close);
            }
        }
    }
    marks
}

/// Reads the attributes of a tag; answers what follows the tag.
fn read_attributes<'h>(tag: &str, mut rest: &'h str, marks: &mut Marks) -> &'h str {
    loop {
        rest = rest.trim_start_matches(|character: char| character.is_ascii_whitespace() || character == '/');
        if rest.is_empty() {
            return "";
        }
        if let Some(rest) = rest.strip_prefix('>') {
            return rest;
        }
        let ends = |character: char| character.is_ascii_whitespace() || "=/>".contains(character);
        // A name is never empty, so that a stray `=` is passed over.
        let end = rest.char_indices().skip(1).find(|(_, character)| ends(*character)).map_or(rest.len(), |(at, _)| at);
        let (name, behind) = rest.split_at(end);
        rest = behind;
        let Some(value) = behind.trim_start().strip_prefix('=') else { continue };
        let value = value.trim_start();
        let (value, behind) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            _ => value.split_at(value.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(value.len())),
        };
        rest = behind;
        match (tag, name.to_ascii_lowercase().as_str()) {
            ("a" | "area", "href") | ("img" | "audio" | "video" | "source" | "iframe", "src") => {
                marks.links.push(decode(value).trim().to_owned());
            }
            (_, "id") | ("a", "name") => drop(marks.anchors.insert(decode(value))),
            _ => {}
        }
    }
}

fn after<'h>(html: &'h str, end: &str) -> &'h str {
    html.find(end).map_or("", |at| &html[at + end.len()..])
}

/// Puts in the characters that an attribute writes as entities.
fn decode(value: &str) -> String {
    let mut decoded = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(12).position(|byte| byte == b';');
        let character = end.and_then(|end| entity(&rest[1..end]));
        match (character, end) {
            (Some(character), Some(end)) => {
                decoded.push(character);
                rest = &rest[end + 1..];
            }
            _ => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => {}
    }
    let number = name.strip_prefix('#')?;
    let code = number.strip_prefix(['x', 'X']).map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16));
    code.ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_anchors_are_found() {
        let html = "<h1 id=\"top\">x</h1><A HREF='/a?b&amp;c&#61;d'>x</a><a name=old href=/b>y</a>\
                    <img alt=\"a > b\" src = \"c.png\"/><p id=é class='id'><a\nhref=\"\">z</a>";
        let marks = read(html);
        assert_eq!(marks.links, ["/a?b&c=d", "/b", "c.png", ""]);
        assert_eq!(marks.anchors.iter().map(String::as_str).collect::<Vec<_>>(), ["old", "top", "é"]);
    }

    #[test]
    fn what_is_no_link_is_passed_over() {
        for html in [
            "<!-- <a href=/x> --><script>'<a href=/x>'</script><style><a href=/x></style>",
            "&lt;a href=/x&gt; a < b <a> <a href> <a data-href=/x> <b href=/x> </a href=/x>",
            "<a title='href=/x'>",
            "<",
            "<a",
            "<a =href",
        ] {
            assert_eq!(read(html).links, [""; 0], "{html}");
        }
    }

    #[test]
    fn hostile_lengths_end() {
        for piece in ["<", "<a ", "<a href=", "<!--", "<script>", "<a href=\"", "&", "<a é=é "] {
            read(&piece.repeat(200_000));
        }
    }
}
