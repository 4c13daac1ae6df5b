//! Requests within a grant of `network.client`: every origin is checked, redirects included, and so is every address before it is
//! connected to. A connection is made to the very addresses that were checked, so that a name cannot mean another one a moment later.

mod address;
mod connect;
mod exchange;
mod target;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use hyper::Method;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use keyway_manifest::shown_text;

use super::Grants;
use crate::capability::{HttpClient, HttpError, HttpRequest, HttpResponse};
use crate::host::capability_settings::HttpLimits;
use crate::plugin::BoxFuture;
pub(in crate::host) use connect::Connector;
use target::Target;

pub(super) const PERMISSION: &str = "network.client";
/// So many redirects are followed.
const REDIRECTS: usize = 10;
/// The headers of a connection, and those that say where a request goes and where it ends: the host sets them.
const HOSTS_OWN: [&str; 13] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// The headers that a redirect to another origin takes along; any other may be meant for the first one alone.
const TAKEN_ALONG: [&str; 4] = ["accept", "accept-language", "content-type", "user-agent"];

/// The client of one plugin.
pub(super) struct ScopedHttp {
    pub(super) grants: Arc<Grants>,
    pub(super) connector: Arc<Connector>,
    pub(super) limits: HttpLimits,
}

impl HttpClient for ScopedHttp {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        Box::pin(async move {
            let limit = request.deadline.map_or(self.limits.total, |asked| asked.min(self.limits.total));
            let mut target = Target::parse(&request.url).map_err(|reason| HttpError::Refused(reason.to_owned()))?;
            let followed = tokio::time::timeout(limit, self.follow(request, &mut target)).await;
            followed.unwrap_or_else(|_| Err(HttpError::DeadlineExceeded { origin: target.origin(), limit }))
        })
    }

    fn check(&self, url: &str) -> Result<(), HttpError> {
        let target = Target::parse(url).map_err(|reason| HttpError::Refused(reason.to_owned()))?;
        self.grants.check(PERMISSION, &target.origin()).map_err(HttpError::Denied)?;
        target.address().map_or(Ok(()), |address| connect::check_addresses(&self.grants, &target, &[address]))
    }
}

impl ScopedHttp {
    async fn follow(&self, request: HttpRequest, target: &mut Target) -> Result<HttpResponse, HttpError> {
        let refused = |reason: String| HttpError::Refused(reason);
        if request.body.len() > self.limits.request {
            let (length, limit) = (request.body.len(), self.limits.request);
            return Err(refused(format!("its body has {length} bytes, more than the limit of {limit}")));
        }
        let mut method =
            Method::from_bytes(request.method.as_bytes()).map_err(|_| refused("its method is malformed".to_owned()))?;
        if method == Method::CONNECT {
            return Err(refused("`CONNECT` makes a tunnel, past which nothing could be checked".to_owned()));
        }
        let mut headers = headers(&request.headers)?;
        let mut body = request.body;
        for _ in 0..=REDIRECTS {
            self.grants.check(PERMISSION, &target.origin()).map_err(HttpError::Denied)?;
            let stream = self.connector.connect(&self.grants, target, self.limits.connect).await?;
            let answer = exchange::exchange(stream, target, &method, &headers, &body, self.limits.response).await?;
            let location = matches!(answer.status, 301 | 302 | 303 | 307 | 308).then(|| answer.header("location")).flatten();
            let Some(location) = location.filter(|_| request.follow) else { return Ok(answer) };
            let next =
                target.join(location).map_err(|reason| refused(format!("a redirect of `{}`: {reason}", target.origin())))?;
            if answer.status == 303 && method != Method::HEAD || (answer.status < 303 && method == Method::POST) {
                method = Method::GET;
                body = Vec::new();
                headers.remove("content-type");
            }
            if next.origin() != target.origin() {
                let others: Vec<HeaderName> =
                    headers.keys().filter(|name| !TAKEN_ALONG.contains(&name.as_str())).cloned().collect();
                others.iter().for_each(|name| drop(headers.remove(name)));
            }
            *target = next;
        }
        Err(refused(format!("more than {REDIRECTS} redirects, the last of them to `{}`", target.origin())))
    }
}

fn headers(written: &[(String, String)]) -> Result<HeaderMap, HttpError> {
    let mut headers = HeaderMap::new();
    for (name, value) in written {
        let malformed = || HttpError::Refused(format!("its header `{}` is malformed", shown_text(name)));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| malformed())?;
        if HOSTS_OWN.contains(&name.as_str()) {
            return Err(HttpError::Refused(format!("the header `{name}` is the host's own")));
        }
        headers.append(name, HeaderValue::from_str(value).map_err(|_| malformed())?);
    }
    Ok(headers)
}
