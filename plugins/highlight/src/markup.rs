//! HTML and XML.

use crate::class::{Class, Span};

/// The pieces of a text of tags.
pub(crate) fn spans(code: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut at = 0;
    while let Some(offset) = code[at..].find(['<', '&']) {
        at += offset;
        let rest = &code[at..];
        if rest.starts_with("<!--") {
            let len = rest.find("-->").map_or(rest.len(), |end| end + 3);
            spans.push((at..at + len, Class::Comment));
            at += len;
        } else if let Some(inside) = rest.strip_prefix('&') {
            let name = 1 + inside.find(|c: char| !(c.is_ascii_alphanumeric() || c == '#')).unwrap_or(inside.len());
            let is_entity = rest[name..].starts_with(';');
            if is_entity {
                spans.push((at..at + name + 1, Class::Number));
            }
            at += name + usize::from(is_entity);
        } else {
            at = tag(code, at, &mut spans);
        }
    }
    spans
}

/// Cuts the tag at `start`, and answers where it ends.
fn tag(code: &str, start: usize, spans: &mut Vec<Span>) -> usize {
    let rest = &code[start..];
    let name_at = 1 + rest[1..].find(|c| !matches!(c, '/' | '!' | '?')).unwrap_or(rest.len() - 1);
    let len = name_at + name_len(&rest[name_at..]);
    if len == name_at {
        return start + name_at;
    }
    spans.push((start..start + len, Class::Tag));
    let mut at = start + len;
    while let Some(next) = code[at..].chars().next() {
        match next {
            '>' => {
                spans.push((at..at + 1, Class::Tag));
                return at + 1;
            }
            '<' => return at,
            '"' | '\'' => {
                let end = code[at + 1..].find(next).map_or(code.len(), |end| at + 1 + end + 1);
                spans.push((at..end, Class::String));
                at = end;
            }
            _ => {
                let len = name_len(&code[at..]);
                if len > 0 {
                    spans.push((at..at + len, Class::Attribute));
                }
                at += len.max(next.len_utf8());
            }
        }
    }
    at
}

fn name_len(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | ':' | '.' | '@'))).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_attributes_and_entities() {
        let code = "<!doctype html><a href=\"x>y\" on>&amp; & b</a><!-- c -->1 < 2";
        let pieces: Vec<String> =
            spans(code).into_iter().map(|(range, class)| format!("{}:{}", &class.name()[3..], &code[range])).collect();
        assert_eq!(
            pieces,
            [
                "tag:<!doctype",
                "attribute:html",
                "tag:>",
                "tag:<a",
                "attribute:href",
                "string:\"x>y\"",
                "attribute:on",
                "tag:>",
                "number:&amp;",
                "tag:</a",
                "tag:>",
                "comment:<!-- c -->",
            ]
        );
    }
}
