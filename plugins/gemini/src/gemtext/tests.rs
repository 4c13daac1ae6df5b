//! What becomes of HTML.

use proptest::prelude::*;

use super::{Links, from_html};

#[track_caller]
fn becomes(html: &str, expected: &str) {
    assert_eq!(from_html(html, &Links::outside()), expected, "{html}");
}

#[test]
fn headings_and_paragraphs() {
    becomes(
        "<h1>A</h1>\n<p>One\n two.</p><p></p><h2>B <em>b</em></h2><p>Three<br>four<br></p><h5>C</h5>text",
        "# A\n\nOne two.\n\n## B b\n\nThree\nfour\n\n### C\n\ntext\n",
    );
}

#[test]
fn links_stand_below_their_paragraph() {
    becomes(
        "<p>See <a href='https://a.example'>a</a>, <a href='https://b.example'><b>b</b></a> and <a href='#c'>c</a>.</p><p>End</p>",
        "See a, b and c.\n=> https://a.example a\n=> https://b.example b\n\nEnd\n",
    );
    becomes("<p><a href='https://a.example'>only this</a></p>", "=> https://a.example only this\n");
    becomes("<p><img src='https://a.example/x.png' alt='A &amp; B'></p>", "=> https://a.example/x.png A & B (picture)\n");
    becomes("<a href='https://a.example'><img src='/x.png' alt='a rose'></a>", "=> https://a.example a rose\n");
    becomes("<p><a href='javascript:alert(1)'>no</a></p>", "no\n");
}

#[test]
fn lists_and_quotes() {
    becomes("<p>a</p><ul><li>one<li><p>two</p><ul><li>deep</li></ul></li></ul><p>b</p>", "a\n\n* one\n* two\n* deep\n\nb\n");
    becomes("<ol start=9><li>nine</li><li>ten</li></ol>", "9. nine\n10. ten\n");
    becomes(
        "<ul><li><a href='https://a.example'>a</a></li><li>see <a href='https://b.example'>b</a></li></ul>",
        "=> https://a.example a\n* see b\n=> https://b.example b\n",
    );
    becomes("<blockquote><p>a</p><p>b</p></blockquote>c", "> a\n\n> b\n\nc\n");
}

#[test]
fn code_stays_as_it_is() {
    becomes(
        "<p>Run <code>cargo</code>:</p><pre><code class=\"language-rust\">fn main() {\n\t<span>1</span> &lt; 2\n```\n}\n</code></pre>",
        "Run `cargo`:\n\n```rust\nfn main() {\n    1 < 2\n ```\n}\n```\n",
    );
}

#[test]
fn tables_are_drawn() {
    becomes(
        "<table><thead><tr><th>name</th><th>n</th></tr></thead><tbody><tr><td><a href='https://a.example'>a b</a></td><td>1</td></tr>\
         <tr><td>c</td></tr></tbody></table>",
        "```table\nname  n\n----  -\na b   1\nc\n```\n=> https://a.example a b\n",
    );
}

#[test]
fn what_looks_like_markup_is_text() {
    becomes("<p>=&gt; gemini://evil</p><p># no</p><p>```</p><p>* no</p>", " => gemini://evil\n\n # no\n\n ```\n\n * no\n");
    becomes("<p>a&#10;=&gt; b&#0;&#27;c</p>", "a => b c\n");
    becomes("<script>x</script><style>y</style><svg><text>z</text></svg><!-- w -->", "");
}

#[test]
fn html_that_is_broken_still_becomes_something() {
    becomes("</ul></li></pre></table></blockquote></a>x", "x\n");
    becomes("<table><td>a", "```table\na\n```\n");
    becomes("<pre>a", "```\na\n```\n");
    becomes("<p>a <a href='https://a.example'>b", "a b\n=> https://a.example b\n");
}

/// Pieces that make HTML of all sorts, whole and broken.
fn soup() -> impl Strategy<Value = String> {
    let tag = "</?(p|a|b|h1|h6|ul|ol|li|pre|code|table|tr|td|th|blockquote|br|hr|img|svg|div|script)( (href|src|alt|class)=['\"]?[ -~]{0,12}['\"]?)?/?>";
    let piece = prop_oneof![3 => tag, 2 => "[ -~\\n\\t]{0,12}", 1 => "\\PC{0,6}", 1 => "[\u{0}-\u{1f}`#*=>&;]{0,6}"];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_html_becomes_lines_that_mean_what_they_should(html in soup()) {
        let text = from_html(&html, &Links::outside());
        prop_assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{:?}", text);
        prop_assert!(text.is_empty() || text.ends_with('\n'));
        let mut is_code = false;
        for line in text.lines() {
            if line.starts_with("```") {
                is_code = !is_code;
            } else if let Some(link) = line.strip_prefix("=>").filter(|_| !is_code) {
                let url = link.split_whitespace().next().unwrap_or_default();
                prop_assert!(url.contains(':'), "only links with a scheme lead anywhere: {:?}", line);
            }
        }
        prop_assert!(!is_code, "preformatted text ends: {:?}", text);
    }

    #[test]
    fn any_text_becomes_something(text in any::<String>()) {
        let gemtext = from_html(&text, &Links::outside());
        prop_assert!(!gemtext.contains(|c: char| c.is_control() && c != '\n'));
    }
}
