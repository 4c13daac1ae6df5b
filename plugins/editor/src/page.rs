//! The pages: the form, with a preview or both sides of a conflict, and the question before deleting.

use std::fmt::Write as _;

use keyway_cms_sdk::answer::escape;
use keyway_cms_sdk::{Extra, Markup, Place, Principal, StatusCode, View, markdown_file, url_path};

use crate::address;
use crate::draft::Draft;
use crate::trouble::Trouble;

/// What is told above the form.
#[derive(Debug)]
pub(crate) enum Notice<'a> {
    None,
    Saved,
    Trouble(&'a Trouble),
}

/// What the form is drawn from.
#[derive(Debug)]
pub(crate) struct Sheet<'a> {
    pub(crate) draft: &'a Draft,
    /// The secret of the session, which the form carries.
    pub(crate) csrf: &'a str,
    pub(crate) notice: Notice<'a>,
    pub(crate) preview: Option<Markup>,
    /// Of a conflict: what somebody else has saved, or nothing when they have deleted it.
    pub(crate) theirs: Option<Option<&'a str>>,
}

impl<'a> Sheet<'a> {
    pub(crate) fn of(draft: &'a Draft, author: &'a Principal) -> Self {
        Self { draft, csrf: author.csrf.as_deref().unwrap_or_default(), notice: Notice::None, preview: None, theirs: None }
    }

    pub(crate) fn view(&self) -> View {
        let draft = self.draft;
        let title = if draft.is_new { "New document".to_owned() } else { format!("Edit {}", draft.path) };
        let action = if draft.is_new { "/edit/new".to_owned() } else { address::of_document(&draft.path) };
        let mut html = format!("<h1>{}</h1>\n", escape(&title));
        let status = self.told(&mut html);
        if let Some(theirs) = self.theirs {
            conflict(&mut html, theirs);
        }
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(html, "<form class=\"form\" id=\"editor\" method=\"post\" action=\"{}\">", escape(&action));
        self.fields(&mut html);
        html.push_str(
            "<p class=\"buttons\"><button type=\"submit\" name=\"action\" value=\"save\">Save</button>\n\
             <button type=\"submit\" name=\"action\" value=\"preview\">Preview</button>\n",
        );
        if !draft.is_new && draft.revision.is_some() {
            html.push_str("<button type=\"submit\" name=\"action\" value=\"delete\">Delete …</button>\n");
        }
        html.push_str("</p>\n</form>\n");
        let preview = self.preview.as_ref().map_or("", Markup::as_str);
        let _ = writeln!(html, "<section id=\"preview\" aria-live=\"polite\" aria-label=\"Preview\">{preview}</section>");
        html.push_str("<p><a href=\"/edit\">All documents</a></p>\n");
        let mut view = View::new("/edit", title, html);
        view.status = status;
        view.slots.add(&Extra::new(Place::Head, Markup::html("<script src=\"/edit.js\" defer></script>")));
        view
    }

    /// Writes the notice; answers the status of the page.
    fn told(&self, html: &mut String) -> StatusCode {
        match self.notice {
            Notice::None => StatusCode::OK,
            Notice::Saved => {
                let page = markdown_file::url_path(&self.draft.path).unwrap_or_default();
                let _ = writeln!(
                    html,
                    "<p class=\"notice\" role=\"status\">Saved. In a moment it is at <a href=\"{0}\">{1}</a>.</p>",
                    escape(&url_path::encode(&page)),
                    escape(&page)
                );
                StatusCode::OK
            }
            Notice::Trouble(trouble) => {
                let _ = writeln!(html, "<div class=\"problem\" role=\"alert\">\n{}</div>", trouble.markup());
                trouble.status
            }
        }
    }

    fn fields(&self, html: &mut String) {
        let draft = self.draft;
        let _ = writeln!(html, "<input type=\"hidden\" name=\"csrf\" value=\"{}\">", escape(self.csrf));
        if draft.is_new {
            let _ = write!(
                html,
                "<p><label for=\"path\">Path</label>\n<input id=\"path\" name=\"path\" value=\"{}\" required maxlength=\"500\" \
                 placeholder=\"guide/start.md\" spellcheck=\"false\" autocapitalize=\"none\" autocomplete=\"off\"></p>\n\
                 <p><label for=\"title\">Title</label>\n<input id=\"title\" name=\"title\" value=\"{}\" maxlength=\"200\" \
                 autocomplete=\"off\"></p>\n",
                escape(&draft.path),
                escape(&draft.title)
            );
        } else {
            let revision = draft.revision.as_ref().map_or("", |revision| revision.as_str());
            let _ = writeln!(html, "<input type=\"hidden\" name=\"revision\" value=\"{}\">", escape(revision));
        }
        let label = if draft.is_new { "Text, in Markdown" } else { "Document, in Markdown with front matter" };
        // A browser drops the first line break of a text area.
        let _ = write!(
            html,
            "<p><label for=\"text\">{label}</label>\n<textarea id=\"text\" name=\"text\" rows=\"24\" spellcheck=\"true\">\n{}</textarea></p>\n",
            escape(&draft.text)
        );
    }
}

fn conflict(html: &mut String, theirs: Option<&str>) {
    match theirs {
        Some(theirs) => {
            let _ = write!(
                html,
                "<h2 id=\"theirs\">What is there now</h2>\n<pre tabindex=\"0\" aria-labelledby=\"theirs\"><code>{}</code></pre>\n\
                 <h2>What you have written</h2>\n<p>Take over what you need from above. Saving replaces it.</p>\n",
                escape(theirs)
            );
        }
        None => {
            html.push_str("<h2>What you have written</h2>\n<p>The document is not there any more. Saving makes it anew.</p>\n");
        }
    }
}

/// A preview of a page: its title, unless its content begins with a heading of its own, and its content as the processors have made it.
pub(crate) fn preview(title: &str, content: &str) -> Markup {
    let heading = if content.contains("<h1") { String::new() } else { format!("<h1>{}</h1>\n", escape(title)) };
    Markup::html(format!("<hr>\n{heading}{content}"))
}

/// The question before a document is deleted.
pub(crate) fn confirm_deletion(draft: &Draft, author: &Principal) -> View {
    let (path, action) = (escape(&draft.path), escape(&address::of_document(&draft.path)));
    let csrf = escape(author.csrf.as_deref().unwrap_or_default());
    let revision = escape(draft.revision.as_ref().map_or("", |revision| revision.as_str()));
    View::new(
        "/edit",
        format!("Delete {}", draft.path),
        format!(
            "<h1>Delete {path}?</h1>\n<p>Its page goes away. Nothing here brings it back.</p>\n\
             <form class=\"form\" method=\"post\" action=\"{action}\">\n<input type=\"hidden\" name=\"csrf\" value=\"{csrf}\">\n\
             <input type=\"hidden\" name=\"revision\" value=\"{revision}\">\n\
             <p class=\"buttons\"><button type=\"submit\" name=\"action\" value=\"delete-for-good\">Delete it</button></p>\n</form>\n\
             <p><a href=\"{action}\">Keep it</a></p>\n"
        ),
    )
}

/// A document that cannot be shown.
pub(crate) fn unopened(path: &str, trouble: &Trouble) -> View {
    let mut html = format!("<h1>{}</h1>\n<div class=\"problem\">\n{}</div>\n", escape(path), trouble.markup());
    if trouble.status == StatusCode::NOT_FOUND {
        let address = format!("/edit/new?path={}", url_path::encode(path).replace('&', "%26").replace('+', "%2B"));
        let _ = writeln!(html, "<p><a href=\"{}\">Make it</a></p>", escape(&address));
    }
    html.push_str("<p><a href=\"/edit\">All documents</a></p>\n");
    let mut view = View::new("/edit", path, html);
    view.status = trouble.status;
    view
}
