//! The extension point `cms.route`: who answers a request.

use keyway::extension_point;

use crate::{Access, Answer, CmsError, Request};

/// Answers requests.
///
/// A route is asked only for paths inside the scopes of its plugin's `http.routes` grant; where several match, the most exact
/// scope is asked first, then start order decides. A plugin that provides `Route` and does not ask for `http.routes` does not compile.
///
/// A `HEAD` request is asked as `GET`, so a route need not know it. A route that answers `None` to another method than `GET` leaves
/// it to the host to tell 405 (a `GET` would be answered) from 404. The host refuses a request that changes something (any but `GET`,
/// `HEAD` and `OPTIONS`) and that a browser sends from a page of another site.
#[extension_point(
    id = "cms.route",
    version = "1.0.0",
    on_failure = "closed",
    deadline = "10s",
    permission = keyway::permission::HttpRoutes,
    uncounted(access)
)]
pub trait Route {
    /// Who may send this request. Anything but [`Access::Public`] has the host find out who it is, compare the role and ask the
    /// authorisers first; [`handle`](Self::handle) is called when all of them agree, with the [`Principal`](crate::Principal) in the
    /// request's extensions. It must not wait. A route that fails here answers nobody.
    fn access(&self, request: &Request) -> Result<Access, CmsError> {
        let _ = request;
        Ok(Access::Public)
    }

    /// The answer, or `None` to leave the request to the next route.
    async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError>;
}
