//! The one handler: reads the body, hands the request to the pipeline, sends the answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, FromRequest, State};
use axum::http::header::{CONNECTION, HOST};
use axum::http::{HeaderValue, Request, Response, StatusCode, Version};
use hyper::upgrade::OnUpgrade;
use keyway_cms_sdk::{Bytes, ClientAddress};

use crate::pipeline::Pipeline;
use crate::{Settings, TrustedProxies};

/// Time for a request's body to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

/// The address of whoever opened the connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) IpAddr);

/// What the handler works with.
#[derive(Debug)]
struct Serving {
    pipeline: Arc<Pipeline>,
    trusted_proxies: TrustedProxies,
    /// Bytes that a body may have.
    request_limit: usize,
}

/// Everything goes to one handler: which plugin answers is decided by the grants, not by a table in the host.
pub(super) fn router(pipeline: Arc<Pipeline>, settings: &Settings) -> Router {
    let (trusted_proxies, request_limit) = (settings.trusted_proxies.clone(), settings.request_limit);
    let serving = Arc::new(Serving { pipeline, trusted_proxies, request_limit });
    Router::new().fallback(handle).layer(DefaultBodyLimit::max(request_limit)).with_state(serving)
}

async fn handle(State(serving): State<Arc<Serving>>, mut request: Request<Body>) -> Response<Body> {
    let pipeline = &serving.pipeline;
    if !has_one_host(&request) {
        let mut refused = pipeline.error(StatusCode::BAD_REQUEST, request.uri().path()).await.map(Body::from);
        refused.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        return refused;
    }
    // What hyper and axum keep there is for the host: with the connection, a plugin could take it over.
    let mut extensions = std::mem::take(request.extensions_mut());
    let upgrade = extensions.remove::<OnUpgrade>();
    let peer = extensions.remove::<Peer>();
    let client = peer.map(|peer| ClientAddress(serving.trusted_proxies.client(peer.0, request.headers())));
    let (mut parts, body) = request.into_parts();
    let body = if body.is_end_stream() {
        Bytes::new()
    } else if usize::try_from(body.size_hint().lower()).map_or(true, |announced| announced > serving.request_limit) {
        // What is announced as too large is not waited for.
        return pipeline.error(StatusCode::PAYLOAD_TOO_LARGE, parts.uri.path()).await.map(Body::from);
    } else {
        // The limit lies in the extensions, so the request is read as a whole.
        let mut whole = Request::new(body);
        *whole.headers_mut() = parts.headers.clone();
        *whole.extensions_mut() = extensions;
        match read(whole).await {
            Ok(body) => body,
            Err(status) => return pipeline.error(status, parts.uri.path()).await.map(Body::from),
        }
    };
    if let Some(client) = client {
        parts.extensions.insert(client);
    }
    pipeline.answer(Request::from_parts(parts, body), upgrade).await.map(Body::from)
}

/// Whether the request is meant for one host, as HTTP/1.1 asks for. Of two, a server in front of this one may read the other.
fn has_one_host(request: &Request<Body>) -> bool {
    match request.headers().get_all(HOST).iter().count() {
        0 => request.version() < Version::HTTP_11,
        count => count == 1,
    }
}

async fn read(request: Request<Body>) -> Result<Bytes, StatusCode> {
    match tokio::time::timeout(BODY_TIME, Bytes::from_request(request, &())).await {
        Ok(read) => read.map_err(|rejection: BytesRejection| rejection.status()),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}
