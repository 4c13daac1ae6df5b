//! Requests to granted origins.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Denied;
use crate::plugin::BoxFuture;

/// Sends requests for one plugin, within its grant; the host provides it.
#[keyway::boundary]
pub trait HttpClient: Send + Sync {
    /// Sends a request and waits for the whole answer.
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>>;

    /// Compares a URL with the grant, as [`send`](Self::send) would first of all.
    fn check(&self, url: &str) -> Result<(), HttpError>;
}

/// A request as a plugin made it.
#[derive(Clone)]
#[non_exhaustive]
pub struct HttpRequest {
    /// The method, for example `GET`.
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// Names and values of headers.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// The time for all of it, redirects included; the host's own limit holds where it is stricter.
    pub deadline: Option<Duration>,
    /// Whether redirects are followed.
    pub follow: bool,
}

impl fmt::Debug for HttpRequest {
    // URLs and headers may hold what nobody else should see.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HttpRequest").field("method", &self.method).finish_non_exhaustive()
    }
}

/// An answer, whatever its status.
#[derive(Clone)]
#[non_exhaustive]
pub struct HttpResponse {
    /// The status, for example 200.
    pub status: u16,
    /// The URL that answered, after all redirects.
    pub url: String,
    /// Names, in lower case, and values of headers, in the order in which they came.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// Puts an answer together, as the host does.
    #[must_use]
    pub const fn new(status: u16, url: String, headers: Vec<(String, Vec<u8>)>, body: Vec<u8>) -> Self {
        Self { status, url, headers, body }
    }

    /// Whether the status is one from 200 to 299.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The first header of a name, in any case, when it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }

    /// The body as text; `None` when it is no UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.body).ok()
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, length) = (&self.status, &self.body.len());
        formatter.debug_struct("HttpResponse").field("status", status).field("length", length).finish_non_exhaustive()
    }
}

/// Why a request has no answer. No message holds more of a URL than its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpError {
    /// The grant does not cover the origin, or not the address that it stands for.
    Denied(Denied),
    /// The request is none that the host sends; nothing was sent.
    Refused(String),
    /// The answer is larger than the limit.
    TooLarge {
        /// The origin that answered.
        origin: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// There was no whole answer in time.
    DeadlineExceeded {
        /// The origin asked last.
        origin: String,
        /// The time there was.
        limit: Duration,
    },
    /// The origin could not be reached, or does not speak HTTP.
    Failed {
        /// The origin.
        origin: String,
        /// What happened.
        message: String,
    },
}

impl fmt::Display for HttpError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(denied) => denied.fmt(formatter),
            Self::Refused(reason) => write!(formatter, "KW0674 the request was not sent: {reason}"),
            Self::TooLarge { origin, limit } => {
                write!(formatter, "KW0675 the answer of `{origin}` is larger than its limit of {limit} bytes")
            }
            Self::DeadlineExceeded { origin, limit } => {
                write!(formatter, "KW0676 `{origin}` did not answer within the limit of {limit:?}")
            }
            Self::Failed { origin, message } => write!(formatter, "KW0677 `{origin}` could not be asked: {message}"),
        }
    }
}

impl std::error::Error for HttpError {}

/// Sends requests to the origins that `network.client` grants. Cloning is cheap.
///
/// ```
/// # async fn example(http: &keyway::capability::Http) -> Result<(), keyway::capability::HttpError> {
/// let answer = http.get("https://api.example.com/pages").header("accept", "application/json").send().await?;
/// if answer.is_success() {
///     let text = answer.text();
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Http(Arc<dyn HttpClient>);

impl Http {
    pub(crate) fn new(client: Arc<dyn HttpClient>) -> Self {
        Self(client)
    }

    /// Compares a URL with the grant without sending anything: for addresses in a plugin's settings, so that one that can never be
    /// reached is told at the start. What a name stands for is only found out, and checked, when a request is sent.
    ///
    /// # Errors
    /// [`HttpError::Denied`] when the grant does not cover the origin, or the URL holds a private or loopback address that no scope
    /// names without `*`; [`HttpError::Refused`] when the URL is malformed.
    pub fn check(&self, url: &str) -> Result<(), HttpError> {
        self.0.check(url)
    }

    /// Begins a request with any method.
    #[must_use = "a request does nothing until it is sent"]
    pub fn request(&self, method: &str, url: &str) -> HttpRequestBuilder<'_> {
        let (method, url) = (method.to_owned(), url.to_owned());
        let request = HttpRequest { method, url, headers: Vec::new(), body: Vec::new(), deadline: None, follow: true };
        HttpRequestBuilder { client: &*self.0, request }
    }

    /// Begins a `GET` request.
    #[must_use = "a request does nothing until it is sent"]
    pub fn get(&self, url: &str) -> HttpRequestBuilder<'_> {
        self.request("GET", url)
    }

    /// Begins a `HEAD` request.
    #[must_use = "a request does nothing until it is sent"]
    pub fn head(&self, url: &str) -> HttpRequestBuilder<'_> {
        self.request("HEAD", url)
    }

    /// Begins a `POST` request.
    #[must_use = "a request does nothing until it is sent"]
    pub fn post(&self, url: &str) -> HttpRequestBuilder<'_> {
        self.request("POST", url)
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Http")
    }
}

/// A request that is being made.
#[must_use = "a request does nothing until it is sent"]
pub struct HttpRequestBuilder<'c> {
    client: &'c dyn HttpClient,
    request: HttpRequest,
}

impl HttpRequestBuilder<'_> {
    /// Adds a header. `Host`, `Content-Length` and the headers of the connection are the host's and are refused.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.request.body = body.into();
        self
    }

    /// Sets the time for all of it; the host's own limit holds where it is stricter.
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.request.deadline = Some(deadline);
        self
    }

    /// Answers a redirect in place of following it.
    pub const fn no_redirects(mut self) -> Self {
        self.request.follow = false;
        self
    }

    /// Sends it and waits for the whole answer; any status is an answer.
    ///
    /// # Errors
    /// See [`HttpError`].
    pub async fn send(self) -> Result<HttpResponse, HttpError> {
        self.client.send(self.request).await
    }
}

impl fmt::Debug for HttpRequestBuilder<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.request.fmt(formatter)
    }
}
