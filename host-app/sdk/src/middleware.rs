//! The extension point `cms.middleware`: what happens around each request.

use keyway::extension_point;

use crate::{Request, Response};

/// Sees each request before it is routed and each response before it is sent. It must not wait; it runs on the request's thread.
///
/// The first in start order is the outermost: its `before` runs first and its `after` last. When a `before` answers, what lies further
/// in is not asked, and only the `after` of the steps further out run. A `HEAD` request reaches `after` with the body that `GET` would
/// have; the host takes the body off at the very end, so that lengths and entity tags come out alike.
/// A step that fails is skipped and counted, so nothing that decides about access belongs here.
#[extension_point(id = "cms.middleware", version = "1.0.0", on_failure = "open", uncounted)]
pub trait Middleware {
    /// A response that answers the request without routing it, or `None` to go on.
    fn before(&self, request: &Request) -> Option<Response> {
        let _ = request;
        None
    }

    /// A response in place of `response`, or `None` to leave it.
    fn after(&self, request: &Request, response: &Response) -> Option<Response> {
        let _ = (request, response);
        None
    }
}
