//! Requests that a test answers in place of the network, checked against the grant like any other.

use std::fmt;
use std::sync::Arc;

use super::Grants;
use crate::capability::{HttpClient, HttpError, HttpRequest, HttpResponse};
use crate::plugin::BoxFuture;

type Respond = dyn Fn(HttpRequest) -> BoxFuture<'static, Result<HttpResponse, HttpError>> + Send + Sync;

/// What a test has requests answered with.
#[derive(Clone)]
pub(crate) struct Responder(Arc<Respond>);

impl Responder {
    pub(crate) fn new<F>(respond: impl Fn(HttpRequest) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<HttpResponse, HttpError>> + Send + 'static,
    {
        Self(Arc::new(move |request| Box::pin(respond(request))))
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Responder")
    }
}

/// The client of one plugin in a test.
pub(super) struct MadeUpHttp {
    pub(super) grants: Arc<Grants>,
    pub(super) responder: Responder,
}

impl HttpClient for MadeUpHttp {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        match self.check(&request.url) {
            Ok(()) => (self.responder.0)(request),
            Err(error) => Box::pin(async move { Err(error) }),
        }
    }

    fn check(&self, url: &str) -> Result<(), HttpError> {
        self.grants.check("network.client", origin(url)).map_err(HttpError::Denied)
    }
}

/// The part of a URL in front of its path.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    &url[..end]
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn the_origin_ends_before_the_path() {
        for (url, expected) in [
            ("https://a.example/b://c", "https://a.example"),
            ("http://a.example:8080?x", "http://a.example:8080"),
            ("https://a.example#x", "https://a.example"),
            ("https://a.example", "https://a.example"),
            ("nonsense", "nonsense"),
        ] {
            assert_eq!(origin(url), expected);
        }
    }
}
