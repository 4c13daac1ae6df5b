//! What a visitor wrote, as HTML: paragraphs, line breaks and links, everything else escaped.

use std::fmt::Write;

use keyway_cms_sdk::answer::escape;

/// Makes paragraphs of text; an empty line divides them.
pub(crate) fn html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 64);
    let mut is_open = false;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() {
            html.push_str(if std::mem::take(&mut is_open) { "</p>\n" } else { "" });
            continue;
        }
        html.push_str(if std::mem::replace(&mut is_open, true) { "<br>\n" } else { "<p>" });
        push_line(&mut html, line);
    }
    html.push_str(if is_open { "</p>\n" } else { "" });
    html
}

/// Adds a line with its addresses as links, which search engines are asked not to follow.
fn push_line(html: &mut String, line: &str) {
    let mut done = 0;
    for (at, _) in line.match_indices("http") {
        let stands_alone = !line[..at].ends_with(char::is_alphanumeric);
        if at < done || !stands_alone {
            continue;
        }
        let Some(address) = address(&line[at..]) else { continue };
        html.push_str(&escape(&line[done..at]));
        let shown = escape(address);
        // Writing to a string cannot fail.
        let _ = write!(html, "<a href=\"{shown}\" rel=\"nofollow ugc\">{shown}</a>");
        done = at + address.len();
    }
    html.push_str(&escape(&line[done..]));
}

/// The web address that the text begins with, without the marks that end a sentence.
fn address(text: &str) -> Option<&str> {
    let host = ["http://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme))?;
    let end = host.find(|character: char| character.is_whitespace() || "<>\"".contains(character)).unwrap_or(host.len());
    let mut host = &host[..end];
    while let Some(shorter) = host.strip_suffix(['.', ',', ';', ':', '!', '?', '\'', '*', ')', ']']) {
        // A bracket that was opened inside belongs to the address, as in those of encyclopaedias.
        if host.ends_with(')') && host.contains('(') {
            break;
        }
        host = shorter;
    }
    if !host.starts_with(char::is_alphanumeric) {
        return None;
    }
    let scheme = text.find("://")? + 3;
    text.get(..scheme + host.len())
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn text_becomes_paragraphs_and_lines() {
        for (text, expected) in [
            ("one", "<p>one</p>\n"),
            ("one\r\ntwo\n\n\nthree\n", "<p>one<br>\ntwo</p>\n<p>three</p>\n"),
            ("<script>alert('&')</script>", "<p>&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;</p>\n"),
            ("", ""),
            (" \n\t\n", ""),
        ] {
            assert_eq!(html(text), expected, "{text:?}");
        }
    }

    #[test]
    fn addresses_become_links() {
        let link = |address: &str| format!("<a href=\"{address}\" rel=\"nofollow ugc\">{address}</a>");
        for (text, expected) in [
            ("see https://a.example/b?c=d.", format!("see {}.", link("https://a.example/b?c=d"))),
            ("(http://a.example)", format!("({})", link("http://a.example"))),
            ("https://a.example/Key_(lock), too", format!("{}, too", link("https://a.example/Key_(lock)"))),
            ("http://a.example http://b.example", format!("{} {}", link("http://a.example"), link("http://b.example"))),
            ("https://a.example/?a&b\"onclick=x", format!("{}&quot;onclick=x", link("https://a.example/?a&amp;b"))),
            (
                "javascript:alert(1) xhttp://a.example http:// https://. ftp://b",
                "javascript:alert(1) xhttp://a.example http:// https://. ftp://b".to_owned(),
            ),
            ("é http://é.example/ü", format!("é {}", link("http://é.example/ü"))),
        ] {
            assert_eq!(html(text), format!("<p>{expected}</p>\n"), "{text:?}");
        }
    }

    #[test]
    fn hostile_lengths_take_linear_time() {
        for piece in ["http", "http://", "https://a((((", "https://a)"] {
            let text = piece.repeat(20_000 / piece.len());
            assert!(html(&text).len() >= text.len(), "{piece}");
        }
    }
}
