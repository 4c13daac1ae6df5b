//! Who is let in where not everybody is: the authenticators say who it is, the host compares the role, the authorisers may object.
//!
//! Whatever goes wrong on the way ends in a refusal; there is no path through here that lets somebody in unasked.

use http::{HeaderValue, Method, StatusCode};
use keyway::Host;
use keyway::hook::{Hook, Stopped};
use keyway::host::Point;
use keyway_cms_sdk::{Access, Authenticator, Authoriser, Principal, Request, url_path};

use super::problem::Problem;

/// The plugins that decide about access.
#[derive(Debug)]
pub(super) struct Gate {
    authenticators: Point<dyn Authenticator>,
    who: Hook<dyn Authenticator>,
    may: Hook<dyn Authoriser>,
}

impl Gate {
    pub(super) fn new(host: &Host) -> Self {
        Self { authenticators: host.point(), who: host.hook(), may: host.hook() }
    }

    /// Lets a request through, with the [`Principal`] in its extensions where the access asks for one, or says why not.
    pub(super) async fn admit(&self, request: &mut Request, access: &Access) -> Result<(), Problem> {
        if *access == Access::Public {
            return Ok(());
        }
        let principal = match request.extensions().get::<Principal>() {
            Some(known) => known.clone(),
            None => self.authenticate(request).await?,
        };
        if !access.admits(&principal) {
            return Err(Problem::new(StatusCode::FORBIDDEN));
        }
        self.authorise(&principal, request, access).await?;
        request.extensions_mut().insert(principal);
        Ok(())
    }

    async fn authenticate(&self, request: &Request) -> Result<Principal, Problem> {
        if self.authenticators.load().is_empty() {
            tracing::warn!(path = request.uri().path(), "refused: no plugin that runs can tell who a visitor is");
            return Err(Problem::for_now().because("Nobody can sign in just now."));
        }
        match self.who.first(|plugin| async move { plugin.authenticate(request).await.transpose() }).await {
            Ok(Some(answer)) => match answer.value {
                Ok(principal) => Ok(principal),
                Err(error) => {
                    tracing::error!(plugin = answer.plugin, %error, "refused: a plugin could not tell who a visitor is");
                    Err(Problem::for_now())
                }
            },
            Ok(None) => Err(self.sign_in(request)),
            Err(error) => {
                tracing::error!(%error, "refused: the plugins could not tell who a visitor is");
                Err(Problem::for_now())
            }
        }
    }

    async fn authorise(&self, principal: &Principal, request: &Request, access: &Access) -> Result<(), Problem> {
        match self.may.veto(|plugin| async move { plugin.authorise(principal, request, access).await }).await {
            Ok(()) => Ok(()),
            Err(Stopped::By(answer)) if answer.value.call().is_none() => {
                Err(Problem::new(StatusCode::FORBIDDEN).because(answer.value.reason()))
            }
            // Failed calls are in the log already.
            Err(Stopped::By(_)) => Err(Problem::for_now()),
            Err(error) => {
                tracing::error!(%error, "refused: the plugins could not decide about access");
                Err(Problem::for_now())
            }
        }
    }

    /// Leads who wants to read to a page for signing in, if there is one.
    fn sign_in(&self, request: &Request) -> Problem {
        let unknown = Problem::new(StatusCode::UNAUTHORIZED);
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return unknown;
        }
        let authenticators = self.authenticators.extensions();
        let page =
            authenticators.iter().find_map(|plugin| plugin.login_path().ok().flatten()).filter(|page| is_of_this_site(page));
        let wanted = request.uri().path_and_query().map_or("/", |wanted| wanted.as_str());
        let location = page.map(|page| format!("{}?next={}", url_path::encode(&page), encode_value(wanted)));
        location.and_then(|location| HeaderValue::try_from(location).ok()).map_or(unknown, Problem::see_other)
    }
}

/// Whether a path leads nowhere else: a browser takes `//host` and `/\host` for another site.
fn is_of_this_site(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("//") && !path.contains('\\')
}

/// Percent-encodes a path with its query as the value of a query key.
fn encode_value(text: &str) -> String {
    // The path's own escapes must come out as they went in.
    url_path::encode(text).replace('&', "%26").replace('=', "%3D").replace('+', "%2B").replace(';', "%3B")
}

#[cfg(test)]
mod tests {
    use super::{encode_value, is_of_this_site};

    #[test]
    fn a_page_to_sign_in_is_of_this_site() {
        for (path, expected) in
            [("/login", true), ("//evil.example/login", false), ("/\\evil.example", false), ("login", false), ("", false)]
        {
            assert_eq!(is_of_this_site(path), expected, "{path}");
        }
    }

    #[test]
    fn what_was_wanted_is_one_value() {
        assert_eq!(encode_value("/edit/a%20b?x=1&next=/y#z"), "/edit/a%2520b%3Fx%3D1%26next%3D/y%23z");
    }
}
