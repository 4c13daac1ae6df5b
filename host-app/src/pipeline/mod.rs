//! From a request to a response, through the plugins: middleware inwards, then whoever answers, the theme, and middleware outwards.
//!
//! The middleware is read from the host's snapshot, not called through the concrete type that `host!` can make of it. In a release
//! build a request for a page of the guide took 18 µs here, its three `before` steps 0.10 µs through the snapshot and 0.16 µs as a
//! concrete type (their own work outweighs the calls), and the snapshot follows plugins that are switched off and on.
//! `examples/request_path.rs` measures both.

mod admin;
mod asset;
mod canonical_path;
mod cross_origin;
mod error_page;
mod gate;
mod guarded_header;
mod plain_page;
mod problem;
mod route_table;
mod sendable;
mod table;
mod turn;
mod websocket;

use std::sync::Arc;

use arc_swap::ArcSwap;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use hyper::upgrade::OnUpgrade;
use keyway::Host;
use keyway::host::{Extension, Point};
use keyway::manifest::Descriptor;
use keyway_cms_sdk::{
    Access, AdminPanel, Answer, Bytes, CmsError, Middleware, Request, Response, Route, Site, Template, Theme, View, answer,
    url_path,
};
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::Settings;
use gate::Gate;
use problem::Problem;
use table::Table;
pub(crate) use table::Tables;
use websocket::Sockets;

/// Bodies from this size on are worked on where waiting does no harm: compressing one takes longer than a thread that serves
/// others may be held.
const LARGE_BODY: usize = 256 * 1024;

/// Answers requests through the plugins of one host. It never fails: what goes wrong becomes a page that says so.
#[derive(Debug)]
pub(crate) struct Pipeline {
    host: Host,
    middleware: Point<dyn Middleware>,
    tables: Arc<Tables>,
    gate: Gate,
    panels: Point<dyn AdminPanel>,
    templates: Point<dyn Template>,
    themes: Point<dyn Theme>,
    sockets: Sockets,
    site: Arc<ArcSwap<Site>>,
    content_security_policy: Option<HeaderValue>,
    response_limit: usize,
}

/// What a route makes of a request.
#[expect(clippy::large_enum_variant, reason = "it is taken apart where it is made, and most are the large one")]
enum Asked {
    /// A plugin has answered. The second value says whether anybody may see it.
    Answer(&'static Descriptor, bool, Answer),
    /// Somebody should have and could not, or will not.
    Problem(Problem),
    /// Nobody answers.
    Nobody,
}

impl Pipeline {
    /// Puts a pipeline together. It shows the site that is in `site` at the moment of each request.
    pub(crate) fn new(host: &Host, tables: Arc<Tables>, site: Arc<ArcSwap<Site>>, settings: &Settings) -> Self {
        Self {
            host: host.clone(),
            middleware: host.point(),
            tables,
            gate: Gate::new(host),
            panels: host.point(),
            templates: host.point(),
            themes: host.point(),
            sockets: Sockets::new(host),
            site,
            content_security_policy: HeaderValue::from_str(&settings.content_security_policy)
                .ok()
                .filter(|value| !value.is_empty()),
            response_limit: settings.response_limit,
        }
    }

    /// Answers one request. `upgrade` is the connection under it, for what goes on as a websocket.
    pub(crate) async fn answer(&self, mut request: Request, upgrade: Option<OnUpgrade>) -> Response {
        let Some(path) = url_path::decode(request.uri().path()).filter(|path| path.starts_with('/')) else {
            let path = request.uri().path().to_owned();
            return finish(request.method(), self.error(StatusCode::BAD_REQUEST, &path).await);
        };
        canonical_path::set(&mut request, &path);
        let middleware = self.middleware.extensions();
        let early = middleware.iter().enumerate().find_map(|(reached, step)| Some((step.before(&request)?, reached)));
        let (mut response, reached) = match early {
            Some((response, reached)) => (self.checked(middleware[reached].plugin(), response, None, &path).await, reached),
            None => (self.respond(&mut request, &path, upgrade).await, middleware.len()),
        };
        // The connection is the plugin's from here on, and the answer is the host's.
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return response;
        }
        for step in middleware.iter().take(reached).rev() {
            if let Some(changed) = unhurried(response.body().len(), || step.after(&request, &response)) {
                response = self.checked(step.plugin(), changed, Some(response.headers()), &path).await;
            }
        }
        finish(request.method(), response)
    }

    /// The page for a status without an answer of its own.
    pub(crate) async fn error(&self, status: StatusCode, path: &str) -> Response {
        self.tell(Problem::new(status), path).await
    }

    async fn tell(&self, problem: Problem, path: &str) -> Response {
        let mut response = self.draw(error_page::view(problem.status, path, problem.reason.as_deref())).await;
        if problem.status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        problem.mark(&mut response);
        response
    }

    /// Finds who answers: the host refuses what another site has a browser send, then websockets, files, panels and routes.
    async fn respond(&self, request: &mut Request, path: &str, upgrade: Option<OnUpgrade>) -> Response {
        if !cross_origin::is_allowed(request.method(), request.headers(), self.site.load().address()) {
            let problem =
                Problem::new(StatusCode::FORBIDDEN).because("This was sent from a page of another site, so it was not done.");
            return self.tell(problem, path).await;
        }
        let table = self.tables.current();
        if let Some(socket) = table.socket(path).filter(|_| websocket::is_wanted(request)) {
            return match self.open_socket(socket, request, upgrade).await {
                Ok(response) => response,
                Err(problem) => self.tell(problem, path).await,
            };
        }
        let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
        if let Some(asset) = table.asset(path).filter(|_| is_reading) {
            let response = asset.answer(request.headers());
            return self.with_policy(self.bounded(asset.plugin, response, path).await);
        }
        match self.admin(request, path).await {
            Some(Ok(view)) => return private(self.draw(view).await),
            Some(Err(problem)) => return self.tell(problem, path).await,
            None => {}
        }
        self.route(&table, request, path).await
    }

    /// Asks the routes; `HEAD` is asked as `GET`.
    async fn route(&self, table: &Table, request: &mut Request, path: &str) -> Response {
        let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
        let is_head = request.method() == Method::HEAD;
        if is_head {
            *request.method_mut() = Method::GET;
        }
        let asked = self.ask(table, request, path).await;
        if is_head {
            *request.method_mut() = Method::HEAD;
        }
        match asked {
            Asked::Answer(plugin, is_public, answer) => self.response(plugin, is_public, answer, path).await,
            Asked::Problem(problem) => self.tell(problem, path).await,
            Asked::Nobody if is_reading || !self.can_be_read(table, request, path).await => {
                self.error(StatusCode::NOT_FOUND, path).await
            }
            Asked::Nobody => self.error(StatusCode::METHOD_NOT_ALLOWED, path).await,
        }
    }

    /// Whether a `GET` of the same path would be answered with something, which tells 405 from 404.
    async fn can_be_read(&self, table: &Table, request: &Request, path: &str) -> bool {
        let mut read = request.clone();
        *read.method_mut() = Method::GET;
        match self.ask(table, &mut read, path).await {
            Asked::Answer(_, _, Answer::Response(response)) => response.status() != StatusCode::NOT_FOUND,
            Asked::Answer(_, _, Answer::View(view)) => view.status != StatusCode::NOT_FOUND,
            Asked::Problem(_) => true,
            Asked::Nobody => false,
        }
    }

    /// The first answer of the routes for a path, or what came in its place.
    async fn ask(&self, table: &Table, request: &mut Request, path: &str) -> Asked {
        for route in table.routes.matching(path) {
            match self.ask_route(route, request).await {
                Ok(None) => {}
                Ok(Some((is_public, answer))) => return Asked::Answer(route.plugin(), is_public, answer),
                Err(Refused::Problem(problem)) => return Asked::Problem(problem),
                Err(Refused::Failed(error)) => {
                    if let Some(problem) = Problem::of(&error) {
                        log_failure(route.id(), path, &error);
                        return Asked::Problem(problem);
                    }
                }
            }
        }
        Asked::Nobody
    }

    async fn ask_route(&self, route: &Extension<dyn Route>, request: &mut Request) -> Result<Option<(bool, Answer)>, Refused> {
        let access = route.access(request)?;
        self.gate.admit(request, &access).await.map_err(Refused::Problem)?;
        let answer = route.handle(request).await?;
        Ok(answer.map(|answer| (access == Access::Public, answer)))
    }

    async fn response(&self, plugin: &'static Descriptor, is_public: bool, answer: Answer, path: &str) -> Response {
        let response = match answer {
            Answer::Response(response) => self.with_policy(self.checked(plugin, response, None, path).await),
            Answer::View(mut view) => {
                let headers = std::mem::take(&mut view.headers);
                if let Some(why) = sendable::objection(view.status, &headers) {
                    return self.unsendable(plugin.id.as_str(), why, path).await;
                }
                let mut response = self.draw(view).await;
                if !headers.is_empty() {
                    let former = response.headers().clone();
                    response.headers_mut().extend(headers);
                    guarded_header::clean(&self.host, plugin, &mut response, Some(&former));
                }
                response
            }
        };
        if is_public { response } else { private(response) }
    }

    /// What is left of a plugin's response: no headers that it may not set, and not more than a response may have. `former` are the
    /// headers of the response that the plugin has changed, if it has changed one.
    async fn checked(
        &self,
        plugin: &'static Descriptor,
        mut response: Response,
        former: Option<&HeaderMap>,
        path: &str,
    ) -> Response {
        sendable::strip(plugin.id.as_str(), &mut response);
        if let Some(why) = sendable::objection(response.status(), response.headers()) {
            return self.unsendable(plugin.id.as_str(), why, path).await;
        }
        guarded_header::clean(&self.host, plugin, &mut response, former);
        self.bounded(plugin.id.as_str(), response, path).await
    }

    async fn unsendable(&self, plugin: &str, why: &str, path: &str) -> Response {
        tracing::error!(plugin, path, "a response cannot be sent: {why}");
        self.error(StatusCode::INTERNAL_SERVER_ERROR, path).await
    }

    async fn bounded(&self, plugin: &str, response: Response, path: &str) -> Response {
        let (bytes, limit) = (response.body().len(), self.response_limit);
        if bytes <= limit {
            return response;
        }
        tracing::error!(plugin, path, bytes, limit, "a response is larger than `response-limit` under `[server]` allows");
        self.error(StatusCode::INTERNAL_SERVER_ERROR, path).await
    }

    /// Has the theme draw a page with what plugins add to it; without a theme, or when it fails, the page is plain.
    async fn draw(&self, mut view: View) -> Response {
        let site = self.site.load_full();
        for template in &self.templates.extensions() {
            let extras = template.extend(&view, &site).await;
            extras.iter().for_each(|extra| view.slots.add(extra));
        }
        let themes = self.themes.extensions();
        let drawn = themes.first().map(|theme| (theme, unhurried(view.content.len(), || theme.render(&site, &view))));
        let (mut status, limit) = (view.status, self.response_limit);
        let html = match drawn {
            Some((_, Ok(html))) if html.len() <= limit => html,
            Some((theme, Ok(html))) => {
                let (plugin, path, bytes) = (theme.id(), view.path.as_str(), html.len());
                tracing::error!(
                    plugin,
                    path,
                    bytes,
                    limit,
                    "a page as the theme has drawn it is larger than `response-limit` under `[server]` allows"
                );
                plain_page::draw(&site, &view)
            }
            Some((theme, Err(error))) => {
                log_failure(theme.id(), &view.path, &error);
                plain_page::draw(&site, &view)
            }
            None => plain_page::draw(&site, &view),
        };
        let html = if html.len() <= limit {
            html
        } else {
            let (path, bytes) = (view.path.as_str(), html.len());
            tracing::error!(path, bytes, limit, "a page is larger than `response-limit` under `[server]` allows");
            status = StatusCode::INTERNAL_SERVER_ERROR;
            plain_page::draw(&site, &error_page::view(status, path, None))
        };
        self.with_policy(answer::response(status, "text/html; charset=utf-8", html))
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

/// Why a route gave no answer.
enum Refused {
    Problem(Problem),
    Failed(CmsError),
}

impl From<CmsError> for Refused {
    fn from(error: CmsError) -> Self {
        Self::Failed(error)
    }
}

/// Keeps a response that is not for everybody out of caches, unless the plugin has said what they may do.
fn private(mut response: Response) -> Response {
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    response
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
