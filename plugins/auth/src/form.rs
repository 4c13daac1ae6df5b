//! The fields of a form that was sent.

use std::borrow::Cow;

use keyway_cms_sdk::{Request, header};

/// The fields of a form, in the order in which they were sent.
#[derive(Debug)]
pub(crate) struct Form<'r>(Vec<(Cow<'r, str>, Cow<'r, str>)>);

impl<'r> Form<'r> {
    /// The form in the body of a request; `None` when it says that it is something else.
    pub(crate) fn of(request: &'r Request) -> Option<Self> {
        let media_type = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        essence
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
            .then(|| Self(form_urlencoded::parse(request.body()).collect()))
    }

    /// The first value of a field; empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}
