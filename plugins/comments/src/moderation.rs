//! What moderators see and send: a list of comments in one state, with a box for each, and what to do with those that are checked.

use std::fmt::Write;

use keyway_cms_sdk::answer::escape;
use keyway_cms_sdk::{Principal, Refusal, Request, url_path};

use crate::comment::{Comment, State};
use crate::thread;

/// So many comments stand on one page.
pub(crate) const PER_PAGE: u32 = 50;

/// Which comments a moderator wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) state: State,
    /// Id of the last comment of the page before.
    pub(crate) after: String,
}

/// What a moderator does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Show,
    Spam,
    Delete,
}

/// What a moderator has sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) decision: Decision,
    pub(crate) ids: Vec<String>,
}

impl Wanted {
    /// Reads the query: `show=spam&after=…`.
    pub(crate) fn parse(request: &Request) -> Self {
        let mut wanted = Self { state: State::Waiting, after: String::new() };
        for (name, value) in form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "show" => wanted.state = State::parse(&value).unwrap_or(State::Waiting),
                "after" => wanted.after = value.into_owned(),
                _ => {}
            }
        }
        wanted
    }
}

impl Verdict {
    /// Reads a form.
    ///
    /// # Errors
    /// When nothing is checked, nobody knows what is to be done, or the form is not of this session.
    pub(crate) fn parse(request: &Request) -> Result<Self, Refusal> {
        let (mut decision, mut ids, mut csrf) = (None, Vec::new(), None);
        for (name, value) in form_urlencoded::parse(request.body()) {
            match name.as_ref() {
                "do" => decision = Decision::parse(&value),
                "id" => ids.push(value.into_owned()),
                "csrf" => csrf = Some(value.into_owned()),
                _ => {}
            }
        }
        let session = request.extensions().get::<Principal>().and_then(|principal| principal.csrf.as_ref());
        if session.is_some() && session != csrf.as_ref() {
            return Err(Refusal::new("This page was opened in another session: go back, load it again and repeat what you did."));
        }
        let decision = decision.ok_or_else(|| Refusal::new("Press one of the buttons below the list."))?;
        if ids.is_empty() {
            return Err(Refusal::new("Check the comments that are meant, then press the button."));
        }
        ids.truncate(PER_PAGE as usize);
        Ok(Self { decision, ids })
    }
}

impl Decision {
    const ALL: [(Self, &'static str); 3] = [(Self::Show, "Approve"), (Self::Spam, "Mark as spam"), (Self::Delete, "Delete")];

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().map(|(decision, _)| decision).find(|decision| decision.as_str() == text)
    }

    /// As the form has it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Show => "show",
            Self::Spam => "spam",
            Self::Delete => "delete",
        }
    }

    /// Whether it changes anything about a comment in this state.
    const fn is_for(self, state: State) -> bool {
        !matches!((self, state), (Self::Show, State::Shown) | (Self::Spam, State::Spam))
    }
}

/// The list as HTML; the form is sent to the address at which it stands.
pub(crate) fn page(request: &Request, wanted: &Wanted, comments: &[Comment], has_more: bool, waiting: u64) -> String {
    let here = escape(request.uri().path());
    let mut html = String::from("<nav aria-label=\"Comments by state\"><ul class=\"comment-states\">\n");
    for state in State::ALL {
        let current = if state == wanted.state { " aria-current=\"page\"" } else { "" };
        let count = if state == State::Waiting { format!(" ({waiting})") } else { String::new() };
        let name = state.as_str();
        // Writing to a string cannot fail.
        let _ = writeln!(html, "<li><a href=\"{here}?show={name}\"{current}>{name}{count}</a></li>");
    }
    html.push_str("</ul></nav>\n");
    if comments.is_empty() {
        html.push_str("<p>There is nothing here.</p>\n");
        return html;
    }
    let _ = writeln!(html, "<form method=\"post\" action=\"{here}\">");
    if let Some(csrf) = request.extensions().get::<Principal>().and_then(|principal| principal.csrf.as_ref()) {
        let _ = writeln!(html, "<input type=\"hidden\" name=\"csrf\" value=\"{}\">", escape(csrf));
    }
    html.push_str("<ol class=\"comment-list\">\n");
    for comment in comments {
        let (id, page) = (escape(&comment.id), escape(&comment.page));
        let link = escape(&url_path::encode(&comment.page));
        let _ = write!(
            html,
            "<li>\n<p><label><input type=\"checkbox\" name=\"id\" value=\"{id}\"> Comment by {}</label> on <a href=\"{link}\">{page}</a></p>\n{}</li>\n",
            escape(&comment.author),
            thread::one(comment)
        );
    }
    html.push_str("</ol>\n<p class=\"comment-decisions\">Those that are checked: ");
    for (decision, name) in Decision::ALL {
        if decision.is_for(wanted.state) {
            let _ = write!(html, "<button name=\"do\" value=\"{}\">{name}</button> ", decision.as_str());
        }
    }
    html.push_str("</p>\n</form>\n");
    if let Some(last) = comments.last().filter(|_| has_more) {
        let (state, last) = (wanted.state.as_str(), escape(&last.id));
        let _ = writeln!(html, "<p><a href=\"{here}?show={state}&amp;after={last}\" rel=\"next\">Newer comments</a></p>");
    }
    html
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{Bytes, http};

    use super::*;

    fn request(uri: &str, body: &'static str, session: Option<&str>) -> Request {
        let mut request = http::Request::post(uri).body(Bytes::from_static(body.as_bytes())).unwrap();
        let principal = Principal::new("1", "Ada");
        request.extensions_mut().insert(match session {
            Some(secret) => principal.with_csrf(secret),
            None => principal,
        });
        request
    }

    #[test]
    fn a_verdict_is_about_what_was_checked() {
        let verdict = Verdict::parse(&request("/x", "do=spam&id=a&id=b", None)).unwrap();
        assert_eq!(verdict, Verdict { decision: Decision::Spam, ids: vec!["a".to_owned(), "b".to_owned()] });
        for body in ["do=spam", "id=a", "do=burn&id=a", ""] {
            assert!(Verdict::parse(&request("/x", body, None)).is_err(), "{body}");
        }
    }

    #[test]
    fn a_verdict_is_of_the_same_session() {
        for (body, is_taken) in [("do=show&id=a&csrf=s", true), ("do=show&id=a", false), ("do=show&id=a&csrf=t", false)] {
            assert_eq!(Verdict::parse(&request("/x", body, Some("s"))).is_ok(), is_taken, "{body}");
        }
    }

    #[test]
    fn the_query_says_what_is_wanted() {
        for (uri, state, after) in
            [("/x", State::Waiting, ""), ("/x?show=spam&after=01H", State::Spam, "01H"), ("/x?show=all", State::Waiting, "")]
        {
            assert_eq!(Wanted::parse(&request(uri, "", None)), Wanted { state, after: after.to_owned() }, "{uri}");
        }
    }
}
