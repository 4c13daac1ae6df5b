//! A status line, and what follows it.

use crate::request::Refused;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    status: u8,
    meta: String,
    body: String,
}

impl Reply {
    /// A page in gemtext.
    pub(crate) fn page(body: String) -> Self {
        Self { status: 20, meta: "text/gemini; charset=utf-8".to_owned(), body }
    }

    /// Asks the visitor for a line of text.
    pub(crate) fn input(prompt: &str) -> Self {
        Self::status(10, prompt)
    }

    /// Says where a page is now, for ever.
    pub(crate) fn moved(url: &str) -> Self {
        Self::status(31, url)
    }

    /// There is no such page.
    pub(crate) fn not_found() -> Self {
        Self::status(51, "there is no page at this address")
    }

    /// The URL is for another server.
    pub(crate) fn not_here() -> Self {
        Self::status(53, "this host and port are not served here")
    }

    /// A request that was not understood, or is for another protocol.
    pub(crate) fn refused(refused: &Refused) -> Self {
        let status = match refused {
            Refused::OtherScheme => 53,
            Refused::Malformed(_) => 59,
        };
        Self::status(status, &refused.to_string())
    }

    fn status(status: u8, meta: &str) -> Self {
        Self { status, meta: meta.to_owned(), body: String::new() }
    }

    /// The bytes to send.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        let Self { status, meta, body } = self;
        [format!("{status} {meta}\r\n").as_bytes(), body.as_bytes()].concat()
    }
}
