//! Signs visitors in by name and password.
//!
//! Three parts decide, and each of them says no when it cannot tell: `password` whether a password is right, `session` whose a
//! cookie is, and `csrf` whether a form was sent from a page of this session. A failure of any of them is an error, never a visitor
//! who is let in.

mod attempt;
mod config;
mod cookie;
mod csrf;
mod next;
mod page;
mod password;
mod session;
mod sign_in;
mod user;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use keyway::prelude::*;
use keyway_cms_sdk::event::{Login, Logout};
use keyway_cms_sdk::{
    Access, AdminPanel, Answer, Authenticator, Authoriser, CmsError, Form, Markup, Method, Panel, Principal, Refusal, Request,
    Route, Site, SiteListener, StatusCode, url_path,
};

use attempt::Attempts;
pub use config::{AuthConfig, UserConfig};
use cookie::Cookies;
use password::Checker;
pub use password::{HashError, Hashing};
use session::Sessions;
use user::{User, Users};

/// The plugin `site.auth`.
#[derive(Debug, Plugin)]
#[plugin(
    provides(Route, Authenticator, Authoriser, SiteListener, AdminPanel),
    publishes(Login, Logout),
    permissions("http.headers" = keyway_cms_sdk::permission::HttpHeaders)
)]
pub struct Auth {
    users: Users,
    sessions: Sessions,
    checker: Checker,
    attempts: Attempts,
    /// Whether visitors reach the site over HTTPS, as its address says.
    is_https: AtomicBool,
    random: Random,
    clock: Clock,
    log: Logger,
    logins: Publisher<Login>,
    logouts: Publisher<Logout>,
}

impl Lifecycle for Auth {
    type Config = AuthConfig;

    async fn init(ctx: &Context<Self>, config: AuthConfig) -> Result<Self, Error> {
        let limits = config.limits()?;
        let users = user::read(ctx, config.users)?;
        if users.is_empty() {
            ctx.log().warn(
                "nobody can sign in: there is no user; make a hash with `keyway-cms hash-password` and set \
                 `[plugin.\"site.auth\".users.<name>]`",
            );
        }
        let checker =
            Checker::new(ctx.tasks(), config.parallel_checks, users.values().map(|user| &user.hash), &ctx.random().bytes());
        Ok(Self {
            users,
            sessions: Sessions::new(ctx.kv()?, limits),
            checker,
            attempts: Attempts::default(),
            is_https: AtomicBool::new(false),
            random: ctx.random(),
            clock: ctx.clock(),
            log: ctx.log(),
            logins: ctx.publisher()?,
            logouts: ctx.publisher()?,
        })
    }
}

/// The pages of this plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    SignIn,
    SignOut,
}

impl Place {
    /// The page that a request is for: one answer for who may send it and for what comes back.
    fn of(request: &Request) -> Option<Self> {
        match url_path::decode(request.uri().path())?.as_str() {
            "/login" => Some(Self::SignIn),
            "/logout" => Some(Self::SignOut),
            _ => None,
        }
    }
}

impl Auth {
    fn cookies(&self) -> Cookies {
        Cookies::new(self.is_https.load(Ordering::Relaxed))
    }

    /// Who sends a request, by its cookie.
    async fn visitor(&self, request: &Request) -> Result<Option<Principal>, CmsError> {
        let Some(cookie) = cookie::read(request.headers(), self.cookies().session()) else { return Ok(None) };
        let found = self.sessions.find(cookie, self.clock.unix_millis()).await.map_err(CmsError::new)?;
        let Some(session) = found else { return Ok(None) };
        // Who was taken out of the settings is nobody, and so is who has another password by now.
        let user = self.users.get(&session.user).filter(|user| csrf::is_same(&user.password_tag(), &session.password));
        Ok(user.map(|user| user.principal(&session.user, csrf::token(cookie))))
    }

    async fn sign_out(&self, request: &Request) -> Result<Answer, CmsError> {
        let cookies = self.cookies();
        let is_everywhere = Form::of(request).is_some_and(|form| !form.get("everywhere").is_empty());
        if let Some(principal) = self.visitor(request).await? {
            if is_everywhere {
                self.sessions.end_all(&principal.id).await.map_err(CmsError::new)?;
            }
            if let Some(cookie) = cookie::read(request.headers(), cookies.session()) {
                self.sessions.end(cookie).await.map_err(CmsError::new)?;
            }
            self.log.info(format_args!("`{}` has signed out", principal.id));
            self.logouts.publish_with(|| Logout { name: principal.id.clone(), is_everywhere }).await;
        }
        Ok(sign_in::see_other("/", [cookies.remove(cookies.session())]).into())
    }
}

impl Route for Auth {
    fn access(&self, request: &Request) -> Result<Access, CmsError> {
        Ok(match Place::of(request) {
            Some(Place::SignOut) => Access::SignedIn,
            Some(Place::SignIn) | None => Access::Public,
        })
    }

    async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
        let wanted = || next::path(Form::of_query(request).get("next")).to_owned();
        match (Place::of(request), request.method()) {
            (Some(Place::SignIn), &Method::GET) => {
                let (next, visitor) = (wanted(), self.visitor(request).await?);
                Ok(Some(match visitor {
                    Some(principal) => page::signed_in("/login", &principal, Some(&next)).into(),
                    None => {
                        let filled = page::SignIn { next: &next, ..page::SignIn::default() };
                        self.form(request, StatusCode::OK, &filled).into()
                    }
                }))
            }
            (Some(Place::SignIn), &Method::POST) => Ok(Some(self.sign_in(request).await)),
            (Some(Place::SignOut), &Method::GET) => {
                let principal = request.extensions().get::<Principal>();
                Ok(principal.map(|principal| page::signed_in("/logout", principal, None).into()))
            }
            (Some(Place::SignOut), &Method::POST) => Ok(Some(self.sign_out(request).await?)),
            _ => Ok(None),
        }
    }
}

impl Authenticator for Auth {
    async fn authenticate(&self, request: &Request) -> Result<Option<Principal>, CmsError> {
        self.visitor(request).await
    }

    fn login_path(&self) -> Result<Option<String>, CmsError> {
        Ok(Some("/login".to_owned()))
    }
}

impl Authoriser for Auth {
    /// Refuses what changes something and was not sent from a page of the session. A visitor whom another plugin knows, without such a
    /// secret, is that plugin's to protect.
    async fn authorise(&self, principal: &Principal, request: &Request, _: &Access) -> Result<(), Refusal> {
        match &principal.csrf {
            Some(token) if !csrf::is_allowed(request, token) => Err(Refusal::new(
                "This form is not of your session, perhaps because it was open for too long. Load the page again.",
            )),
            _ => Ok(()),
        }
    }
}

impl SiteListener for Auth {
    async fn site_built(&self, site: Arc<Site>) {
        self.is_https.store(site.address().starts_with("https://"), Ordering::Relaxed);
    }
}

impl AdminPanel for Auth {
    fn panel(&self) -> Result<Panel, CmsError> {
        Ok(Panel::new("Users", "users"))
    }

    async fn render(&self, request: &Request) -> Result<Markup, CmsError> {
        let token = request.extensions().get::<Principal>().and_then(|principal| principal.csrf.clone()).unwrap_or_default();
        let mut rows = Vec::with_capacity(self.users.len());
        for (name, user) in &self.users {
            let sessions = self.sessions.count(name).await.map_err(CmsError::new)?;
            rows.push(page::UserRow { name, roles: user.roles(), sessions });
        }
        Ok(page::users(&rows, &token))
    }

    async fn submit(&self, request: &Request) -> Result<(), Refusal> {
        let form = Form::of(request);
        let name = form.as_ref().map(|form| form.get("user")).filter(|name| self.users.contains_key(*name));
        let Some(name) = name else { return Err(Refusal::new("There is no such user.")) };
        match self.sessions.end_all(name).await {
            Ok(ended) => {
                self.log.info(format_args!("an administrator has ended {ended} sessions of `{name}`"));
                self.logouts.publish_with(|| Logout { name: name.to_owned(), is_everywhere: true }).await;
                Ok(())
            }
            Err(error) => {
                self.log.error(format_args!("the sessions of `{name}` go on: {error}"));
                Err(Refusal::new("The sessions could not be ended just now. Try again."))
            }
        }
    }
}

#[cfg(test)]
mod tests;
