//! From a request to a response, through the plugins: middleware inwards, routes, theme, middleware outwards.
//!
//! The middleware is read from the host's snapshot, not called through the concrete type that `host!` can make of it. In a release
//! build a request for a page of the guide took 18 µs here, its three `before` steps 0.10 µs through the snapshot and 0.16 µs as a
//! concrete type (their own work outweighs the calls), and the snapshot follows plugins that are switched off and on.
//! `examples/request_path.rs` measures both.

mod error_page;
mod plain_page;
mod route_table;

use std::borrow::Cow;
use std::sync::Arc;

use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, StatusCode};
use keyway::host::{Extension, Point};
use keyway::manifest::grants;
use keyway::{CallErrorKind, Host, PluginTable};
use keyway_cms_sdk::{Answer, Bytes, CmsError, Middleware, Request, Response, Route, Site, Theme, View, answer, url_path};
use tokio::runtime::{Handle, RuntimeFlavor};

use route_table::RouteTable;

/// Bodies from this size on are worked on where waiting does no harm: compressing one takes longer than a thread that serves
/// others may be held.
const LARGE_BODY: usize = 256 * 1024;

/// The routes of all plugins, each with the scopes of its plugin's `http.routes` grant.
#[derive(Debug)]
pub(crate) struct Routes(RouteTable<Extension<dyn Route>>);

impl Routes {
    /// Takes the routes of a host; what they may answer follows the policy of its table.
    pub(crate) fn of(host: &Host, table: &PluginTable) -> Self {
        let routes = host.extensions::<dyn Route>();
        Self(RouteTable::new(routes.iter().map(|route| {
            let granted = grants(route.plugin(), table.policy);
            let scopes = granted.into_iter().filter(|grant| grant.name == "http.routes").flat_map(|grant| grant.scopes).collect();
            (route.clone(), scopes)
        })))
    }

    /// The paths that are answered by name, such as `/search`.
    pub(crate) fn served(&self) -> Vec<String> {
        self.0.exact_paths().map(str::to_owned).collect()
    }
}

/// Answers requests through the plugins of one host. It never fails: what goes wrong becomes a page that says so.
#[derive(Debug)]
pub(crate) struct Pipeline {
    middleware: Point<dyn Middleware>,
    routes: Routes,
    themes: Point<dyn Theme>,
    site: Arc<Site>,
    content_security_policy: Option<HeaderValue>,
}

impl Pipeline {
    /// Puts a pipeline together. An empty `content_security_policy` sets no such header.
    pub(crate) fn new(host: &Host, routes: Routes, site: Arc<Site>, content_security_policy: &str) -> Self {
        Self {
            middleware: host.point(),
            routes,
            themes: host.point(),
            site,
            content_security_policy: HeaderValue::from_str(content_security_policy).ok().filter(|value| !value.is_empty()),
        }
    }

    /// Whether there is any route.
    pub(crate) fn has_routes(&self) -> bool {
        !self.routes.0.is_empty()
    }

    /// Answers one request.
    pub(crate) async fn answer(&self, request: Request) -> Response {
        let path = request.uri().path();
        let Some(path) = url_path::decode(path).filter(|path| path.starts_with('/')) else {
            return finish(request.method(), self.error(StatusCode::BAD_REQUEST, path));
        };
        let middleware = self.middleware.extensions();
        let early = middleware.iter().enumerate().find_map(|(reached, step)| Some((step.before(&request)?, reached)));
        let (mut response, reached) = match early {
            Some(early) => early,
            None => (self.route(&request, &path).await, middleware.len()),
        };
        for step in middleware.iter().take(reached).rev() {
            if let Some(changed) = unhurried(response.body().len(), || step.after(&request, &response)) {
                response = changed;
            }
        }
        finish(request.method(), response)
    }

    /// The page for a status without an answer of its own.
    pub(crate) fn error(&self, status: StatusCode, path: &str) -> Response {
        self.draw(&error_page::view(status, path))
    }

    /// Asks the routes; `HEAD` is asked as `GET`.
    async fn route(&self, request: &Request, path: &str) -> Response {
        let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
        let asked = if request.method() == Method::HEAD { Cow::Owned(as_get(request)) } else { Cow::Borrowed(request) };
        if let Some(answer) = self.ask(&asked, path).await {
            return self.response(answer, path);
        }
        if is_reading || !self.can_be_read(request, path).await {
            return self.error(StatusCode::NOT_FOUND, path);
        }
        let mut response = self.error(StatusCode::METHOD_NOT_ALLOWED, path);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        response
    }

    /// Whether a `GET` of the same path would be answered with something, which tells 405 from 404.
    async fn can_be_read(&self, request: &Request, path: &str) -> bool {
        match self.ask(&as_get(request), path).await {
            Some(Ok(Answer::Response(response))) => response.status() != StatusCode::NOT_FOUND,
            Some(Ok(Answer::View(view))) => view.status != StatusCode::NOT_FOUND,
            Some(Err(_)) => true,
            None => false,
        }
    }

    /// The first answer of the routes for a path, or the status of the failure that came in its place.
    async fn ask(&self, request: &Request, path: &str) -> Option<Result<Answer, StatusCode>> {
        for route in self.routes.0.matching(path) {
            match route.handle(request).await {
                Ok(None) => {}
                Ok(Some(answer)) => return Some(Ok(answer)),
                Err(error) => {
                    if let Some(status) = status_of(&error) {
                        log_failure(route.plugin().id.as_str(), path, &error);
                        return Some(Err(status));
                    }
                }
            }
        }
        None
    }

    fn response(&self, answer: Result<Answer, StatusCode>, path: &str) -> Response {
        match answer {
            Ok(Answer::Response(response)) => self.with_policy(response),
            Ok(Answer::View(view)) => self.draw(&view),
            Err(status) => self.error(status, path),
        }
    }

    /// Has the theme draw a page; without one, or when it fails, the page is plain.
    fn draw(&self, view: &View) -> Response {
        let themes = self.themes.load();
        let drawn = themes.first().map(|theme| (theme, unhurried(view.content.len(), || theme.render(&self.site, view))));
        let html = match drawn {
            Some((_, Ok(html))) => html,
            Some((theme, Err(error))) => {
                log_failure(theme.plugin().id.as_str(), &view.path, &error);
                plain_page::draw(&self.site, view)
            }
            None => plain_page::draw(&self.site, view),
        };
        self.with_policy(answer::response(view.status, "text/html; charset=utf-8", html))
    }

    /// Adds the policy to what a browser shows as a document of this site and may run scripts of, unless the plugin has said its own.
    fn with_policy(&self, mut response: Response) -> Response {
        let holds_scripts = response.headers().get(CONTENT_TYPE).is_some_and(may_hold_scripts);
        if let Some(policy) = self.content_security_policy.as_ref().filter(|_| holds_scripts) {
            response.headers_mut().entry(CONTENT_SECURITY_POLICY).or_insert_with(|| policy.clone());
        }
        response
    }
}

fn may_hold_scripts(media_type: &HeaderValue) -> bool {
    let essence = media_type.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "text/html" || essence.ends_with("/xml") || essence.ends_with("+xml")
}

fn as_get(request: &Request) -> Request {
    let mut read = request.clone();
    *read.method_mut() = Method::GET;
    read
}

/// The status for a route that failed; `None` when its plugin was disabled meanwhile, which is as if it were not there.
fn status_of(error: &CmsError) -> Option<StatusCode> {
    match error.call().map(keyway::CallError::kind) {
        Some(CallErrorKind::Unavailable) => None,
        Some(CallErrorKind::DeadlineExceeded { .. }) => Some(StatusCode::GATEWAY_TIMEOUT),
        _ => Some(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// The host has logged failed calls already; what a plugin answered itself is logged here.
fn log_failure(plugin: &str, path: &str, error: &CmsError) {
    if error.call().is_none() {
        tracing::error!(plugin, path, %error, "a request could not be answered");
    }
}

/// Runs work on a body of `size` bytes; when it is large, other requests do not wait for it.
fn unhurried<T>(size: usize, work: impl FnOnce() -> T) -> T {
    let is_multi_thread = || matches!(Handle::current().runtime_flavor(), RuntimeFlavor::MultiThread);
    if size >= LARGE_BODY && is_multi_thread() { tokio::task::block_in_place(work) } else { work() }
}

/// Makes the response fit to be sent: a length, no guessing of media types, and no body where there must be none.
fn finish(method: &Method, mut response: Response) -> Response {
    let status = response.status();
    let length = response.body().len();
    let has_no_body = status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let headers = response.headers_mut();
    headers.entry(X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    if has_no_body {
        headers.remove(CONTENT_LENGTH);
    } else {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    if has_no_body || method == Method::HEAD {
        *response.body_mut() = Bytes::new();
    }
    response
}
