//! Pages of the guide in a terminal: headings, paragraphs in lines of one width, blocks and tables as they are.

use super::Page;

/// How wide lines of paragraphs are at most, in characters.
const WIDTH: usize = 100;

/// Writes a page. It understands what the pages of errors are written with, and leaves everything else as it is.
pub(crate) fn write(text: &str, page: &mut Page) {
    let mut paragraph = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            finish(&mut paragraph, page);
            page.gap();
            for line in lines.by_ref().take_while(|line| !line.starts_with("```")) {
                page.line(format!("    {line}").trim_end());
            }
            page.gap();
        } else if line.starts_with('#') {
            finish(&mut paragraph, page);
            page.heading(without_links(line.trim_start_matches('#').trim_start()));
            page.gap();
        } else if line.is_empty() {
            finish(&mut paragraph, page);
            page.gap();
        } else if line.starts_with('|') {
            finish(&mut paragraph, page);
            page.line(without_links(line));
        } else if line.starts_with("<!--") {
            finish(&mut paragraph, page);
        } else {
            if is_item(line) {
                finish(&mut paragraph, page);
            }
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line.trim());
        }
    }
    finish(&mut paragraph, page);
}

/// Whether a line begins an item of a list: `- `, `* ` or `1. `.
fn is_item(line: &str) -> bool {
    let numbered = || line.split_once(". ").is_some_and(|(number, _)| number.bytes().all(|digit| digit.is_ascii_digit()));
    line.starts_with("- ") || line.starts_with("* ") || numbered()
}

/// Writes what was collected of a paragraph or an item, in lines of one width.
fn finish(paragraph: &mut String, page: &mut Page) {
    let text = without_links(&std::mem::take(paragraph));
    let indent = if is_item(&text) { "  " } else { "" };
    let mut line = String::new();
    let mut first = true;
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            page.line(if first { line.clone() } else { format!("{indent}{line}") });
            first = false;
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        page.line(if first { line } else { format!("{indent}{line}") });
    }
}

/// Leaves out where links lead: `[KW0301](KW0301.md)` becomes `KW0301`.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        let Some((label, behind)) = link.split_once("](").filter(|(label, _)| !label.contains('[')) else {
            plain.push_str(before);
            plain.push('[');
            rest = link;
            continue;
        };
        let Some((_, after)) = behind.split_once(')') else { break };
        plain.push_str(before);
        plain.push_str(label);
        rest = after;
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        let mut page = Page::default();
        write(text, &mut page);
        anstream::adapter::strip_str(page.as_str()).to_string()
    }

    #[test]
    fn paragraphs_are_wrapped_and_blocks_are_not() {
        let long = "word ".repeat(40);
        let text = format!("# Title\n\n{long}\nmore\n\n```text\n{long}\n```\n- one\n- two\n  of two\n");
        let shown = plain(&text);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0], "Title");
        assert!(lines[2].chars().count() <= WIDTH && lines[4].ends_with("more"), "{shown}");
        assert!(lines.iter().any(|line| line.starts_with("    word") && line.len() > 190), "{shown}");
        assert!(shown.ends_with("- one\n- two of two\n"), "{shown}");
    }

    #[test]
    fn links_are_their_texts() {
        assert_eq!(without_links("see [KW0301](KW0301.md), `[requires]` and [a](b)"), "see KW0301, `[requires]` and a");
        assert_eq!(without_links("`a[0]` is no link (really)"), "`a[0]` is no link (really)");
        assert_eq!(without_links("[open](nowhere"), "[open](nowhere");
    }
}
