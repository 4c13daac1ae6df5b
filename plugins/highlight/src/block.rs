//! Finds the blocks of code in a page and colours them.

use keyway_cms_sdk::answer::escape;

use crate::language;

const OPEN: &str = "<pre><code class=\"language-";
const CLOSE: &str = "</code></pre>";

/// The page with its code coloured; `None` when there is none to colour.
pub(crate) fn colour_all(html: &str) -> Option<String> {
    let mut coloured: Option<String> = None;
    let mut kept = 0;
    let mut at = 0;
    while let Some(found) = html[at..].find(OPEN) {
        let name_at = at + found + OPEN.len();
        let Some(name_len) = html[name_at..].find("\">") else { break };
        let code_at = name_at + name_len + "\">".len();
        let Some(code_len) = html[code_at..].find(CLOSE) else { break };
        at = code_at + code_len;
        if let Some(block) = colour(&html[name_at..name_at + name_len], &html[code_at..at]) {
            let output = coloured.get_or_insert_with(|| String::with_capacity(html.len() * 2));
            output.push_str(&html[kept..code_at]);
            output.push_str(&block);
            kept = at;
        }
    }
    let mut output = coloured?;
    output.push_str(&html[kept..]);
    Some(output)
}

/// One block of escaped code, coloured; `None` when its language is unknown or there is markup in it.
fn colour(language: &str, escaped: &str) -> Option<String> {
    let code = unescape(escaped)?;
    let spans = language::spans(language, &code)?;
    let mut html = String::with_capacity(escaped.len() * 2);
    let mut end = 0;
    for (range, class) in spans {
        html.push_str(&escape(&code[end..range.start]));
        html.push_str("<span class=\"");
        html.push_str(class.name());
        html.push_str("\">");
        html.push_str(&escape(&code[range.clone()]));
        html.push_str("</span>");
        end = range.end;
    }
    html.push_str(&escape(&code[end..]));
    Some(html)
}

/// Undoes the escaping of text; `None` for anything that escaped text does not hold.
fn unescape(text: &str) -> Option<String> {
    const ENTITIES: [(&str, char); 7] =
        [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"'), ("&#39;", '\''), ("&#x27;", '\''), ("&#34;", '"')];
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(index) = rest.find(['&', '<']) {
        plain.push_str(&rest[..index]);
        let (entity, character) = ENTITIES.iter().find(|(entity, _)| rest[index..].starts_with(entity))?;
        plain.push(*character);
        rest = &rest[index + entity.len()..];
    }
    plain.push_str(rest);
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_coloured_and_the_rest_is_kept() {
        let html = "<p>a</p><pre><code class=\"language-rust\">let x = &quot;&lt;b&gt;&quot;;\n</code></pre><p>z</p>";
        assert_eq!(
            colour_all(html).unwrap(),
            "<p>a</p><pre><code class=\"language-rust\"><span class=\"hl-keyword\">let</span> x = \
             <span class=\"hl-string\">&quot;&lt;b&gt;&quot;</span>;\n</code></pre><p>z</p>"
        );
    }

    #[test]
    fn what_is_unknown_or_already_marked_up_is_left_alone() {
        for html in [
            "<p>no code</p>",
            "<pre><code class=\"language-text\">let</code></pre>",
            "<pre><code>let</code></pre>",
            "<pre><code class=\"language-rust\"><b>let</b></code></pre>",
            "<pre><code class=\"language-rust\">let&nbsp;x</code></pre>",
            "<pre><code class=\"language-rust\">let",
            "<pre><code class=\"language-",
        ] {
            assert_eq!(colour_all(html), None, "{html}");
        }
    }

    #[test]
    fn no_text_is_lost() {
        let code = "fn main() { let é = '<'; } // \"&\n\t\"open";
        let html = format!("<pre><code class=\"language-rust\">{}</code></pre>", escape(code));
        let coloured = colour_all(&html).unwrap();
        let inside = &coloured[coloured.find("\">").unwrap() + 2..coloured.find(CLOSE).unwrap()];
        let mut text = String::new();
        let mut in_tag = false;
        for character in inside.chars() {
            match character {
                '<' => in_tag = true,
                '>' if in_tag => in_tag = false,
                _ if !in_tag => text.push(character),
                _ => {}
            }
        }
        assert_eq!(unescape(&text).unwrap(), code);
    }
}
