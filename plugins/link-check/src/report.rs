//! What was found, for people and for programs.

use std::fmt::Write;

use keyway_cms_sdk::answer::escape;
use keyway_cms_sdk::url_path;
use serde::Serialize;

/// The result of a check.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// When, as an RFC 3339 time; empty when nothing was checked yet.
    pub(crate) checked: String,
    /// How many links there are.
    pub(crate) links: usize,
    /// How many of them lead to other sites.
    pub(crate) external: usize,
    /// Those that lead nowhere.
    pub(crate) broken: Vec<Broken>,
}

/// A link that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Broken {
    /// URL path of the page on which it stands.
    pub(crate) page: String,
    /// The link as it is written.
    pub(crate) link: String,
    /// Why it leads nowhere.
    pub(crate) reason: String,
}

impl Report {
    /// How many links there are, and how many of them lead nowhere.
    pub(crate) fn summary(&self) -> String {
        let links = if self.links == 1 { "1 link".to_owned() } else { format!("{} links", self.links) };
        match self.broken.len() {
            0 => format!("{links}, none of which leads nowhere"),
            1 => format!("{links}, 1 of which leads nowhere"),
            count => format!("{links}, {count} of which lead nowhere"),
        }
    }

    /// The report as HTML.
    pub(crate) fn markup(&self) -> String {
        if self.checked.is_empty() {
            return "<p>Nothing was checked yet.</p>\n".to_owned();
        }
        let Self { checked, external, broken, .. } = self;
        let mut html = format!("<p>{}; {external} to other sites. Checked {}.</p>\n", self.summary(), escape(checked));
        if broken.is_empty() {
            return html;
        }
        html.push_str(
            "<div class=\"table-scroll\"><table>\n<thead><tr><th scope=\"col\">Page</th><th scope=\"col\">Link</th>\
             <th scope=\"col\">Reason</th></tr></thead>\n<tbody>\n",
        );
        for Broken { page, link, reason } in broken {
            let (path, page) = (escape(&url_path::encode(page)), escape(page));
            // Writing to a string cannot fail.
            let _ = writeln!(
                html,
                "<tr><td><a href=\"{path}\">{page}</a></td><td><code>{}</code></td><td>{}</td></tr>",
                escape(link),
                escape(reason)
            );
        }
        html.push_str("</tbody>\n</table></div>\n");
        html
    }
}
