//! The same site as keyway-cms serves, by a plain axum program: the measure that `benches/http.sh` holds keyway-cms against.
//!
//! It does the same work with the same code (middleware, pages, search, theme), all of it called directly: known types, no guards, no
//! snapshots, no grants, no limits, a router in the place of grants. It is no server for anybody's site.
//!
//! `cargo run --release -p keyway-cms --example plain_site -- FOLDER PORT`

use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use axum::routing::get;
use cms_plugin_cache::Cache;
use cms_plugin_compress::Compress;
use cms_plugin_content::Content;
use cms_plugin_redirect::Redirect;
use cms_plugin_search::Search;
use cms_plugin_security_headers::SecurityHeaders;
use cms_plugin_theme::DefaultTheme;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use keyway::{Host, Plugin};
use keyway_cms::{Program, Settings, plugins};
use keyway_cms_sdk::{Answer, Bytes, Middleware, Request, Response, Route, Site, StatusCode, Theme, answer};
use tokio::net::TcpListener;

/// The parts of the site, by name.
struct Plain {
    site: Arc<Site>,
    content: Arc<Content>,
    search: Arc<Search>,
    theme: Arc<DefaultTheme>,
    security_headers: Arc<SecurityHeaders>,
    redirect: Arc<Redirect>,
    compress: Arc<Compress>,
    cache: Arc<Cache>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(port)) = (arguments.next(), arguments.next()) else {
        return Err("name the folder of the site and the port to listen on".into());
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.parse()?)).await?;
    let program = Program::start(plugins(), &Settings::for_folder(folder)?).await?;
    let host = program.host();
    let plain = Plain {
        site: program.site(),
        content: part(host)?,
        search: part(host)?,
        theme: part(host)?,
        security_headers: part(host)?,
        redirect: part(host)?,
        compress: part(host)?,
        cache: part(host)?,
    };
    let theme = |State(plain): State<Arc<Plain>>, request: axum::extract::Request| plain.answer(request, Owner::Theme);
    let search = |State(plain): State<Arc<Plain>>, request: axum::extract::Request| plain.answer(request, Owner::Search);
    let page = |State(plain): State<Arc<Plain>>, request: axum::extract::Request| plain.answer(request, Owner::Content);
    let router = Router::new()
        .route("/theme.css", get(theme))
        .route("/search", get(search))
        .route("/search.json", get(search))
        .fallback(page)
        .with_state(Arc::new(plain));
    writeln!(io::stdout(), "http://{}/", listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// The running instance of a plugin.
fn part<P: Plugin>(host: &Host) -> Result<Arc<P>, String> {
    host.concrete().ok_or_else(|| format!("`{}` does not run", P::DESCRIPTOR.id))
}

/// Whose path was asked for.
enum Owner {
    Theme,
    Search,
    Content,
}

impl Plain {
    async fn answer(self: Arc<Self>, request: axum::extract::Request, owner: Owner) -> axum::response::Response {
        let request: Request = request.map(|_| Bytes::new());
        if let Some(early) = self.redirect.before(&request) {
            return early.map(Body::from);
        }
        let answered = match owner {
            Owner::Theme => self.theme.handle(&request).await,
            Owner::Search => self.search.handle(&request).await,
            Owner::Content => self.content.handle(&request).await,
        };
        let mut response = match answered {
            Ok(Some(Answer::Response(response))) => response,
            Ok(Some(Answer::View(view))) => match self.theme.render(&self.site, &view) {
                Ok(html) => answer::response(view.status, "text/html; charset=utf-8", html),
                Err(_) => nothing(StatusCode::INTERNAL_SERVER_ERROR),
            },
            Ok(None) => nothing(StatusCode::NOT_FOUND),
            Err(_) => nothing(StatusCode::INTERNAL_SERVER_ERROR),
        };
        response = self.cache.after(&request, &response).unwrap_or(response);
        response = self.compress.after(&request, &response).unwrap_or(response);
        response = self.redirect.after(&request, &response).unwrap_or(response);
        response = self.security_headers.after(&request, &response).unwrap_or(response);
        let length = response.body().len();
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
        response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response.map(Body::from)
    }
}

fn nothing(status: StatusCode) -> Response {
    let mut response = answer::response(status, "text/plain", "");
    response.headers_mut().remove(CONTENT_TYPE);
    response
}
