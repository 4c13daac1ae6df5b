//! The comments below a page.

use std::fmt::Write;

use jiff::Timestamp;
use keyway_cms_sdk::answer::escape;

use crate::comment::Comment;
use crate::text;

/// So many comments are shown below a page, the newest.
pub(crate) const MOST_SHOWN: u32 = 200;

/// The section below a page: how many comments there are, the comments, the form.
pub(crate) fn section(comments: &[Comment], count: u64, form: &str) -> String {
    let mut html = String::from("<section class=\"comments\" id=\"comments\" aria-labelledby=\"comments-title\">\n");
    let title = match count {
        0 => "No comments yet".to_owned(),
        1 => "1 comment".to_owned(),
        count => format!("{count} comments"),
    };
    // Writing to a string cannot fail.
    let _ = writeln!(html, "<h2 id=\"comments-title\">{title}</h2>");
    let older = count.saturating_sub(comments.len() as u64);
    if older > 0 {
        let _ = writeln!(html, "<p>The oldest {older} are not shown.</p>");
    }
    if !comments.is_empty() {
        html.push_str("<ol class=\"comment-list\">\n");
        for comment in comments {
            let _ = write!(html, "<li id=\"comment-{}\">\n{}</li>\n", escape(&comment.id), one(comment));
        }
        html.push_str("</ol>\n");
    }
    let _ = write!(html, "<h3>Write a comment</h3>\n{form}</section>\n");
    html
}

/// One comment: who wrote it and when, and what.
pub(crate) fn one(comment: &Comment) -> String {
    let time = Timestamp::try_from(comment.time()).unwrap_or_default();
    let (exact, shown) = (time.strftime("%Y-%m-%dT%H:%M:%SZ"), time.strftime("%Y-%m-%d %H:%M"));
    let author = escape(&comment.author);
    format!(
        "<p class=\"comment-head\"><strong>{author}</strong> <time datetime=\"{exact}\">{shown} UTC</time></p>\n{}",
        text::html(&comment.text)
    )
}
