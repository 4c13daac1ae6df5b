//! Signing in: from a form that was sent to a session.

use std::net::IpAddr;

use keyway_cms_sdk::event::Login;
use keyway_cms_sdk::{Answer, Bytes, ClientAddress, Form, HeaderValue, Request, Response, StatusCode, View, header, hexadecimal};

use crate::page::SignIn;
use crate::session::{Session, SessionError};
use crate::{Auth, cookie, csrf, next, password};

/// What everybody is told whose name or password is wrong: it does not say which.
const WRONG: &str = "The name or the password is wrong.";

impl Auth {
    /// The form for signing in. Its token is in a cookie too, so that no other site can have a visitor sign in under a foreign name.
    pub(crate) fn form(&self, request: &Request, status: StatusCode, filled: &SignIn<'_>) -> View {
        let cookies = self.cookies();
        // Forms in two windows have the same token, so that both can be sent.
        let known = cookie::read(request.headers(), cookies.form()).filter(|token| is_token(token));
        let token = known.map_or_else(|| hexadecimal(&self.random.bytes::<32>()), str::to_owned);
        let mut view = SignIn { token: &token, ..*filled }.view(status);
        view.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        view.headers.extend(cookies.set(cookies.form(), &token, None).map(|cookie| (header::SET_COOKIE, cookie)));
        view
    }

    /// Takes the form. Answers a visitor who is signed in, or the form again.
    pub(crate) async fn sign_in(&self, request: &Request) -> Answer {
        let Some(form) = Form::of(request) else {
            let filled = SignIn { next: "/", problem: "This was no form of this page.", ..SignIn::default() };
            return self.form(request, StatusCode::UNSUPPORTED_MEDIA_TYPE, &filled).into();
        };
        let (name, password) = (form.get("name").trim(), form.get("password"));
        let filled = SignIn { next: next::path(form.get("next")), name, ..SignIn::default() };
        let again = |status: StatusCode, problem: &str| self.form(request, status, &SignIn { problem, ..filled });

        let token = cookie::read(request.headers(), self.cookies().form()).unwrap_or_default();
        if !is_token(token) || !csrf::is_same(token, form.get("token")) {
            let problem = "The form was not sent from this browser's own page, or cookies are turned off. Try again.";
            return again(StatusCode::FORBIDDEN, problem).into();
        }
        let address = request.extensions().get::<ClientAddress>().map(|client| client.0);
        if let Err(wait) = self.attempts.begin(&key(name), address, self.clock.elapsed()) {
            let seconds = wait.as_secs().max(1);
            let problem = format!("There were too many attempts. Try again in {seconds} seconds.");
            let mut view = again(StatusCode::TOO_MANY_REQUESTS, &problem);
            view.headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            return view.into();
        }
        let user = self.users.get(name).filter(|_| password.len() <= password::LONGEST);
        let checked: String = password.chars().take(password::LONGEST).collect();
        match self.checker.matches(user.map(|user| &user.hash), checked).await {
            Err(password::Busy) => {
                again(StatusCode::SERVICE_UNAVAILABLE, "Too many visitors sign in just now. Try again soon.").into()
            }
            Ok(false) => {
                self.failed(name, address).await;
                again(StatusCode::FORBIDDEN, WRONG).into()
            }
            Ok(true) => match self.begin_session(request, name, address).await {
                Ok(cookie) => self.signed_in(&cookie, filled.next).into(),
                Err(error) => {
                    self.log.error(format_args!("nobody can sign in: {error}"));
                    again(StatusCode::SERVICE_UNAVAILABLE, "Signing in does not work just now. Try again soon.").into()
                }
            },
        }
    }

    async fn failed(&self, name: &str, address: Option<IpAddr>) {
        // The name is what a stranger typed, which may be a password by mistake: it is in the event, and in no log.
        let address = address.map_or_else(|| "an unknown address".to_owned(), |address| address.to_string());
        self.log.warn(format_args!("an attempt to sign in from {address} failed"));
        self.logins.publish_with(|| Login { name: key(name), succeeded: false }).await;
    }

    /// A session with a cookie of its own, whatever cookie the visitor came with; theirs ends.
    async fn begin_session(&self, request: &Request, name: &str, address: Option<IpAddr>) -> Result<String, SessionError> {
        let former = cookie::read(request.headers(), self.cookies().session());
        if let Some(former) = former {
            self.sessions.end(former).await?;
        }
        let now = self.clock.unix_millis();
        let password = self.users.get(name).map(crate::User::password_tag).unwrap_or_default();
        let session = Session { user: name.to_owned(), password, begun: now };
        let cookie = self.sessions.begin(&session, self.random.bytes(), now).await?;
        self.attempts.succeeded(&key(name), address);
        self.log.info(format_args!("`{name}` has signed in"));
        self.logins.publish_with(|| Login { name: name.to_owned(), succeeded: true }).await;
        Ok(cookie)
    }

    fn signed_in(&self, cookie: &str, next: &str) -> Response {
        let cookies = self.cookies();
        let seconds = self.sessions.longest().as_secs();
        see_other(next, [cookies.set(cookies.session(), cookie, Some(seconds)), cookies.remove(cookies.form())])
    }
}

/// Leads a visitor to a path of this site, and sets cookies.
pub(crate) fn see_other(path: &str, cookies: impl IntoIterator<Item = Option<HeaderValue>>) -> Response {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    let location = HeaderValue::try_from(path).unwrap_or_else(|_| HeaderValue::from_static("/"));
    headers.insert(header::LOCATION, location);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies.into_iter().flatten() {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

/// A name as attempts are counted by and events tell it: not longer than names are.
fn key(name: &str) -> String {
    name.chars().take(64).collect()
}

fn is_token(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
