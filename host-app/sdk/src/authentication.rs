//! The extension points `cms.authenticator` and `cms.authoriser`: who somebody is, and whether they may.

use keyway::extension_point;

use crate::{Access, CmsError, Principal, Refusal, Request};

/// Finds out who sends a request, for example by its cookie.
///
/// Asked before a route, a websocket or an admin panel that is not [`Access::Public`]; the first that answers counts. The host lets
/// nobody in when no plugin of the build authenticates, when none of them knows the visitor, or when one fails: a failure is never
/// taken for a visitor who is not signed in, so nobody is asked to sign in for nothing.
///
/// The request is as the visitor sent it; nothing in it is to be believed. Its extensions hold the
/// [`ClientAddress`](crate::ClientAddress).
#[extension_point(id = "cms.authenticator", version = "1.0.0", on_failure = "closed", deadline = "5s", mode = "first", uncounted)]
pub trait Authenticator {
    /// Who it is; `None` when this plugin does not know.
    async fn authenticate(&self, request: &Request) -> Result<Option<Principal>, CmsError>;

    /// The URL path of a page on which visitors sign in, if the plugin has one. The host leads visitors there who are not signed in,
    /// with the path that they wanted as `?next=`, which the page must not follow to another site.
    fn login_path(&self) -> Result<Option<String>, CmsError> {
        Ok(None)
    }
}

/// Decides whether somebody may do what they ask for, beyond their role.
///
/// Asked for each request that is not public, after the host has found out who it is and has compared the role. Any of them may refuse,
/// and one that fails refuses. Without any, the role decides alone.
#[extension_point(id = "cms.authoriser", version = "1.0.0", on_failure = "closed", deadline = "5s", mode = "veto", uncounted)]
pub trait Authoriser {
    /// Refuses with a reason that the visitor sees, or lets through.
    async fn authorise(&self, principal: &Principal, request: &Request, access: &Access) -> Result<(), Refusal>;
}
