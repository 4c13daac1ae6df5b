//! Why a request is not answered by what it asks for, and what the visitor is told.

use http::header::{CACHE_CONTROL, LOCATION, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use keyway::{CallError, CallErrorKind};
use keyway_cms_sdk::{CmsError, Response};

/// A status with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    /// A sentence for the visitor, as text, in place of the usual one.
    pub(super) reason: Option<String>,
    /// Seconds after which it is worth trying again.
    retry_after: Option<u64>,
    /// Where the visitor is led instead.
    location: Option<HeaderValue>,
}

impl Problem {
    /// A status with the usual sentence.
    pub(super) const fn new(status: StatusCode) -> Self {
        Self { status, reason: None, retry_after: None, location: None }
    }

    /// Something that could not be done and may be done soon.
    pub(super) fn for_now() -> Self {
        Self { retry_after: Some(1), ..Self::new(StatusCode::SERVICE_UNAVAILABLE) }
    }

    /// Says why.
    pub(super) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Leads the visitor to another address of this site.
    pub(super) fn see_other(location: HeaderValue) -> Self {
        Self { location: Some(location), ..Self::new(StatusCode::SEE_OTHER) }
    }

    /// What an extension that failed makes of a request; `None` when its plugin was disabled meanwhile, which is as if it were not there.
    pub(super) fn of(error: &CmsError) -> Option<Self> {
        error.call().map_or(Some(Self::new(StatusCode::INTERNAL_SERVER_ERROR)), Self::of_call)
    }

    /// Like [`of`](Self::of), of a failed call.
    pub(super) fn of_call(call: &CallError) -> Option<Self> {
        let retry_in = match call.kind() {
            CallErrorKind::Unavailable => return None,
            CallErrorKind::DeadlineExceeded { .. } => return Some(Self::new(StatusCode::GATEWAY_TIMEOUT)),
            CallErrorKind::BreakerOpen { retry_in, .. } | CallErrorKind::RateExceeded { retry_in, .. } => retry_in.as_secs(),
            _ if call.was_refused() => 0,
            _ => return Some(Self::new(StatusCode::INTERNAL_SERVER_ERROR)),
        };
        Some(Self { retry_after: Some(retry_in.max(1)), ..Self::new(StatusCode::SERVICE_UNAVAILABLE) })
    }

    /// Puts the headers on the page that tells of it, which nobody may keep.
    pub(super) fn mark(self, response: &mut Response) {
        let headers = response.headers_mut();
        if self.status != StatusCode::NOT_FOUND {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(location) = self.location {
            headers.insert(LOCATION, location);
        }
    }
}
