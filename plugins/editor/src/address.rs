//! The addresses of the pages: `/edit`, `/edit/new` and `/edit/<content path>`.

use keyway_cms_sdk::{Form, Request, url_path};

/// What a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// The list of all documents.
    List,
    /// A document that is to be made. No document has this path, as those end in `.md`.
    New,
    /// The document with this content path.
    Document(String),
}

impl Address {
    /// Reads the path of a request; `None` when there is no such page.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let path = url_path::decode(request.uri().path())?;
        match path.strip_prefix("/edit")? {
            "" | "/" => Some(Self::List),
            "/new" => Some(Self::New),
            rest => rest.strip_prefix('/').map(|path| Self::Document(path.to_owned())),
        }
    }
}

/// Where a document is edited.
pub(crate) fn of_document(path: &str) -> String {
    url_path::encode(&format!("/edit/{path}"))
}

/// The value of a key of a request's query.
pub(crate) fn query(request: &Request, key: &str) -> Option<String> {
    Form::of_query(request).find(key).map(str::to_owned)
}
