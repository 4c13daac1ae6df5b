//! What a client is told of its limit.

use std::time::Duration;

use keyway_cms_sdk::answer::response;
use keyway_cms_sdk::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use crate::buckets::State;
use crate::quota::whole_seconds;
use crate::rule::Rule;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// The answer to a request that was one too many. Plain text, since whoever gets it is most often a program.
pub(crate) fn refused(wait: Duration, state: Option<(&Rule, State)>) -> Response {
    let seconds = whole_seconds(wait).max(1);
    let unit = if seconds == 1 { "second" } else { "seconds" };
    let text = format!("Too many requests. Try again in {seconds} {unit}.\n");
    let mut answer = response(StatusCode::TOO_MANY_REQUESTS, "text/plain; charset=utf-8", text);
    let headers = answer.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some((rule, state)) = state {
        tell(headers, rule, state);
    }
    answer
}

/// Adds the two headers of the IETF's draft. They are lists: what another plugin says of limits of its own stays.
pub(crate) fn tell(headers: &mut HeaderMap, rule: &Rule, state: State) {
    headers.append(POLICY, rule.policy.clone());
    let left = format!("\"{}\";r={};t={}", rule.name, state.remaining, whole_seconds(state.full_in));
    // The name was checked when the rule was read, and the rest is digits.
    if let Ok(left) = HeaderValue::try_from(left) {
        headers.append(LEFT, left);
    }
}
