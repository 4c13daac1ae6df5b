//! One request and its answer on a connection of their own.

use std::pin::Pin;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderMap, HeaderValue};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;

use super::connect::Stream;
use super::target::Target;
use crate::capability::{HttpError, HttpResponse};

/// Sends a request and reads the whole answer. The connection is closed when this ends or is no longer awaited.
pub(super) async fn exchange(
    stream: Pin<Box<dyn Stream>>,
    target: &Target,
    method: &Method,
    headers: &HeaderMap,
    body: &[u8],
    limit: usize,
) -> Result<HttpResponse, HttpError> {
    let failed = |message: String| HttpError::Failed { origin: target.origin(), message };
    let mut request = Request::new(Full::new(Bytes::copy_from_slice(body)));
    *request.method_mut() = method.clone();
    *request.uri_mut() = target.path.parse().map_err(|_| HttpError::Refused("its URL is malformed".to_owned()))?;
    *request.headers_mut() = headers.clone();
    let host = HeaderValue::from_str(&target.authority()).map_err(|_| HttpError::Refused("its URL is malformed".to_owned()))?;
    request.headers_mut().insert(HOST, host);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| failed(error.to_string()))?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(|error| failed(error.to_string()))?;
        let too_large = || HttpError::TooLarge { origin: target.origin(), limit };
        let (parts, body) = response.into_parts();
        if body.size_hint().lower() > limit as u64 && *method != Method::HEAD {
            return Err(too_large());
        }
        let body = Limited::new(body, limit).collect().await.map_err(|error| {
            if error.is::<http_body_util::LengthLimitError>() { too_large() } else { failed(error.to_string()) }
        })?;
        let headers = parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
        Ok(HttpResponse::new(parts.status.as_u16(), target.url(), headers, body.to_bytes().to_vec()))
    };
    tokio::pin!(answer, connection);
    let mut is_connected = true;
    loop {
        tokio::select! {
            answer = &mut answer => return answer,
            // What happens to the connection is told by the answer.
            _ = &mut connection, if is_connected => is_connected = false,
        }
    }
}
