//! The text of a page without its markup, for search and for descriptions.

/// Takes the tags off HTML and puts the characters of the usual entities in. Reads each byte once.
pub(super) fn of_html(html: &str) -> String {
    let mut text = String::with_capacity(html.len() / 2);
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        push_words(&mut text, &rest[..at]);
        rest = &rest[at..];
        rest = if rest.starts_with('<') { skip_tag(&mut text, rest) } else { decode_entity(&mut text, rest) };
    }
    push_words(&mut text, rest);
    text.truncate(text.trim_end().len());
    text
}

/// Adds text with every run of blanks as one.
fn push_words(text: &mut String, piece: &str) {
    for character in piece.chars() {
        if !character.is_whitespace() {
            text.push(character);
        } else if !text.is_empty() && !text.ends_with(' ') {
            text.push(' ');
        }
    }
}

/// Skips a tag, a comment, or an element whose content is no text. Tags that do not stand inside a line of text divide words.
fn skip_tag<'h>(text: &mut String, html: &'h str) -> &'h str {
    if html.starts_with("<!--") {
        return after(html, "-->");
    }
    for (open, close) in [("<script", "</script"), ("<style", "</style")] {
        if html.get(..open.len()).is_some_and(|name| name.eq_ignore_ascii_case(open)) {
            return after(after(html, close), ">");
        }
    }
    let rest = after_tag(html);
    let name = html[1..].trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    if !matches!(
        name,
        "a" | "abbr"
            | "b"
            | "code"
            | "del"
            | "em"
            | "i"
            | "kbd"
            | "mark"
            | "s"
            | "small"
            | "span"
            | "strong"
            | "sub"
            | "sup"
            | "u"
    ) {
        push_words(text, " ");
    }
    rest
}

/// What stands after the end of the tag; a `>` inside a quoted attribute does not end it.
fn after_tag(html: &str) -> &str {
    let mut quote = None;
    for (at, byte) in html.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return &html[at + 1..],
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    ""
}

fn after<'h>(html: &'h str, end: &str) -> &'h str {
    html.find(end).map_or("", |at| &html[at + end.len()..])
}

/// Adds the character of an entity; anything else stays as it is.
fn decode_entity<'h>(text: &mut String, html: &'h str) -> &'h str {
    // No entity in use is longer, and a look further ahead at each ampersand would make long texts slow.
    let end = html.bytes().take(12).position(|byte| byte == b';');
    let Some((name, end)) = end.map(|end| (&html[1..end], end)) else {
        text.push('&');
        return &html[1..];
    };
    let character = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => numbered(name),
    };
    match character {
        Some(' ') => push_words(text, " "),
        Some(character) => text.push(character),
        None => {
            text.push('&');
            return &html[1..];
        }
    }
    &html[end + 1..]
}

fn numbered(name: &str) -> Option<char> {
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
        None => number.parse(),
    };
    code.ok().and_then(char::from_u32)
}

#[cfg(test)]
mod tests {
    use super::of_html;

    #[test]
    fn tags_go_and_words_stay_apart() {
        let cases = [
            ("<h1>Title</h1><p>One <em>t</em>wo</p>\n<p>three</p>", "Title One two three"),
            ("a &lt;b&gt; &amp; &#39;c&#x27; &nbsp;d &unknown; & e", "a <b> & 'c' d &unknown; & e"),
            ("<a title=\"x > y\">z</a>", "z"),
            ("x<script>var a = '<p>';</script><style>p{}</style><!-- <p> -->y", "xy"),
            ("<p>unfinished <b", "unfinished"),
            ("<SCRIPT>no", ""),
            ("", ""),
        ];
        for (html, expected) in cases {
            assert_eq!(of_html(html), expected, "{html}");
        }
    }

    #[test]
    fn hostile_lengths_take_linear_time() {
        for piece in ["<", "&", "<!--", "<script>", "<a '"] {
            let html = piece.repeat(1_000_000);
            let begun = std::time::Instant::now();
            of_html(&html);
            assert!(begun.elapsed().as_secs() < 5, "{piece}");
        }
    }
}
