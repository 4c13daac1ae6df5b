//! What is wrong with a document, in words for its author.

use keyway_cms_sdk::answer::escape;
use keyway_cms_sdk::{ContentError, Markup, StatusCode, StoreError};

use crate::address;

/// Why something was not done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) status: StatusCode,
    /// A sentence, as text.
    sentence: String,
    /// The problems one by one, as text.
    problems: Vec<String>,
    /// Whether somebody else was faster.
    pub(crate) is_conflict: bool,
    /// The document that is there already, in place of which a new one was to be made.
    taken: Option<String>,
}

impl Trouble {
    pub(crate) fn of(error: &ContentError) -> Self {
        let simple = |status, sentence: String| Self { status, sentence, problems: Vec::new(), is_conflict: false, taken: None };
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        match error {
            ContentError::Invalid { problems, .. } => {
                Self { problems: problems.clone(), ..simple(unprocessable, "This is no page as it stands:".to_owned()) }
            }
            ContentError::Refused { refusal, .. } => {
                let status = if refusal.call().is_some() { StatusCode::SERVICE_UNAVAILABLE } else { unprocessable };
                simple(status, refusal.reason().to_owned())
            }
            ContentError::Store(StoreError::Conflict { .. }) => {
                Self { is_conflict: true, ..simple(StatusCode::CONFLICT, error.to_string()) }
            }
            ContentError::Store(StoreError::NotFound { .. }) => simple(StatusCode::NOT_FOUND, error.to_string()),
            ContentError::Store(StoreError::ReadOnly { .. }) => simple(StatusCode::FORBIDDEN, error.to_string()),
            ContentError::Store(StoreError::InvalidPath { .. } | StoreError::TooLarge { .. }) => {
                simple(unprocessable, error.to_string())
            }
            // What happened is in the log; it is nothing that an author can mend.
            _ => simple(StatusCode::SERVICE_UNAVAILABLE, "This could not be done just now. Try again in a moment.".to_owned()),
        }
    }

    /// A new document cannot take the path of another one.
    pub(crate) fn taken(path: &str) -> Self {
        let sentence = format!("There is a document `{path}` already. Choose another path, or edit that one.");
        Self { status: StatusCode::CONFLICT, sentence, problems: Vec::new(), is_conflict: false, taken: Some(path.to_owned()) }
    }

    /// The sentence and the problems, to be shown.
    pub(crate) fn markup(&self) -> Markup {
        let mut html = format!("<p>{}</p>\n", escape(&self.sentence));
        if !self.problems.is_empty() {
            let items: String = self.problems.iter().map(|problem| format!("<li>{}</li>\n", escape(problem))).collect();
            html.push_str(&format!("<ul>\n{items}</ul>\n"));
        }
        if let Some(path) = &self.taken {
            html.push_str(&format!("<p><a href=\"{}\">Edit {}</a></p>\n", escape(&address::of_document(path)), escape(path)));
        }
        Markup::html(html)
    }
}
