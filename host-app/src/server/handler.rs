//! The one handler: reads the body, hands the request to the pipeline, sends the answer.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, FromRequest, State};
use axum::http::header::{CONNECTION, HOST};
use axum::http::{HeaderValue, Request, Response, StatusCode, Version};
use keyway_cms_sdk::Bytes;

use crate::pipeline::Pipeline;

/// Bytes of a request's body.
const LARGEST_BODY: usize = 1024 * 1024;

/// Time for a request's body to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

/// Everything goes to one handler: which plugin answers is decided by the grants, not by a table in the host.
pub(super) fn router(pipeline: Arc<Pipeline>) -> Router {
    Router::new().fallback(handle).layer(DefaultBodyLimit::max(LARGEST_BODY)).with_state(pipeline)
}

async fn handle(State(pipeline): State<Arc<Pipeline>>, request: Request<Body>) -> Response<Body> {
    if !has_one_host(&request) {
        let mut refused = pipeline.error(StatusCode::BAD_REQUEST, request.uri().path()).map(Body::from);
        refused.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        return refused;
    }
    answer(&pipeline, request).await
}

/// Whether the request is meant for one host, as HTTP/1.1 asks for. Of two, a server in front of this one may read the other.
fn has_one_host(request: &Request<Body>) -> bool {
    match request.headers().get_all(HOST).iter().count() {
        0 => request.version() < Version::HTTP_11,
        count => count == 1,
    }
}

async fn answer(pipeline: &Pipeline, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = if body.is_end_stream() {
        Bytes::new()
    } else {
        // The limit lies in the extensions, so the request is read as a whole.
        match read(Request::from_parts(parts.clone(), body)).await {
            Ok(body) => body,
            Err(status) => return pipeline.error(status, parts.uri.path()).map(Body::from),
        }
    };
    pipeline.answer(Request::from_parts(parts, body)).await.map(Body::from)
}

async fn read(request: Request<Body>) -> Result<Bytes, StatusCode> {
    match tokio::time::timeout(BODY_TIME, Bytes::from_request(request, &())).await {
        Ok(read) => read.map_err(|rejection: BytesRejection| rejection.status()),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}
