//! A visit to everything that the plugins of a host extend.

use std::net::SocketAddr;
use std::sync::Arc;

use keyway::Host;
use tokio::io::duplex;

use crate::{
    AdminPanel, AssetSource, Authenticator, Authoriser, Bytes, ClientAddress, Connection, Content, Document, Expected, Format,
    Method, Middleware, Page, Principal, Processor, Protocol, Request, Route, Site, SiteListener, Socket, Source, StatusCode,
    Store, Template, Theme, View, WebSocket, answer, http,
};

/// Calls what the plugins of a host extend, as keyway-cms does: it builds a small site with their sources and processors, shows it to
/// them, and asks their routes for the paths that they may serve, as a stranger and as an editor. What they answer is not judged.
///
/// It is the `work` of a plugin's [conformance kit](mod@keyway::testing):
///
/// ```ignore
/// keyway::testing::conformance!(MyPlugin, work: keyway_cms_sdk::testing::visit);
/// ```
pub async fn visit(host: Host) {
    let site = Arc::new(build(&host).await);
    for listener in &host.extensions::<dyn SiteListener>() {
        listener.site_built(Arc::clone(&site)).await;
    }
    for request in requests(&host) {
        pass_through(&host, &request).await;
    }
    draw(&host, &site).await;
    connect(&host).await;
    look_into_storage(&host).await;
}

async fn build(host: &Host) -> Site {
    let mut documents = vec![
        Document::new("/", "content/index.md", Format::Markdown, "# Home\n\n[about](/about)\n\n```rust\nfn main() {}\n```\n"),
        Document::new("/about", "content/about.html", Format::Html, "<h1>About</h1><p><a href=\"/\">home</a></p>"),
    ];
    for source in &host.extensions::<dyn Source>() {
        documents.extend(source.load().await.unwrap_or_default());
    }
    let processors = host.extensions::<dyn Processor>();
    for document in &mut documents {
        for processor in &processors {
            if let Ok(Some(made)) = processor.process(document) {
                document.content = made.content;
                document.format = made.format;
            }
        }
    }
    let pages = documents.into_iter().map(|document| Page::new(Document { format: Format::Html, ..document }));
    Site::new("Visited", "https://example.org", pages.collect()).0
}

/// A request for each path that a plugin may serve, of each method and kind of visitor.
fn requests(host: &Host) -> Vec<Request> {
    let grants = host.plugins().into_iter().flat_map(|plugin| plugin.grants);
    let scopes = grants.filter(|grant| grant.name == "http.routes").flat_map(|grant| grant.scopes.to_vec());
    let mut paths: Vec<_> = scopes.map(|scope| scope.replace("**", "about").replace('*', "1")).collect();
    paths.push("/".to_owned());
    let mut requests = Vec::new();
    for path in paths {
        for method in [Method::GET, Method::POST] {
            for visitor in [None, Some(Principal::new("1", "Ada").with_role("editor").with_role("admin").with_csrf("secret"))] {
                requests.extend(request(&method, &path, visitor));
            }
        }
    }
    requests
}

fn request(method: &Method, path: &str, visitor: Option<Principal>) -> Option<Request> {
    let address = ClientAddress(SocketAddr::from(([192, 0, 2, 1], 1)).ip());
    let mut request = http::Request::builder().method(method).uri(format!("{path}?q=home")).extension(address);
    if let Some(visitor) = visitor {
        request = request.extension(visitor);
    }
    request.header("content-type", "application/x-www-form-urlencoded").body(Bytes::from_static(b"csrf=secret&text=home")).ok()
}

/// What becomes of one request on its way through a host.
async fn pass_through(host: &Host, request: &Request) {
    let middleware = host.extensions::<dyn Middleware>();
    for step in &middleware {
        drop(step.before(request));
    }
    for authenticator in &host.extensions::<dyn Authenticator>() {
        drop((authenticator.login_path(), authenticator.authenticate(request).await));
    }
    for route in &host.extensions::<dyn Route>() {
        if let (Ok(access), Some(principal)) = (route.access(request), request.extensions().get()) {
            for authoriser in &host.extensions::<dyn Authoriser>() {
                drop(authoriser.authorise(principal, request, &access).await);
            }
        }
        drop(route.handle(request).await);
    }
    for panel in &host.extensions::<dyn AdminPanel>() {
        drop((panel.panel(), panel.render(request).await, panel.submit(request).await));
    }
    let mut response = answer::response(StatusCode::OK, "text/html; charset=utf-8", "<p>home</p>".repeat(100));
    for step in &middleware {
        if let Some(other) = step.after(request, &response) {
            response = other;
        }
    }
}

async fn draw(host: &Host, site: &Site) {
    let view = View::new("/", "Home", "<p>home</p>");
    for template in &host.extensions::<dyn Template>() {
        drop(template.extend(&view, site).await);
    }
    for theme in &host.extensions::<dyn Theme>() {
        drop(theme.render(site, &view));
    }
    for source in &host.extensions::<dyn AssetSource>() {
        drop(source.assets());
    }
}

/// A browser and another program that go away at once.
async fn connect(host: &Host) {
    for page in &host.extensions::<dyn WebSocket>() {
        let (ours, browser) = Socket::pair(1);
        drop((page.path(), browser));
        drop(page.connected(ours, Arc::new(Request::default())).await);
    }
    for protocol in &host.extensions::<dyn Protocol>() {
        let (ours, peer) = duplex(64);
        let here = SocketAddr::from(([127, 0, 0, 1], 1));
        drop((protocol.listen(), peer));
        drop(protocol.serve(Connection::new(ours, here, here)).await);
    }
}

async fn look_into_storage(host: &Host) {
    for store in &host.extensions::<dyn Store>() {
        drop(store.list().await);
        if let Ok(revision) = store.write("visited.md", b"# Visited\n", &Expected::Anything).await {
            drop(store.read("visited.md").await);
            drop(store.delete("visited.md", &Expected::Revision(revision)).await);
        }
    }
    for content in &host.extensions::<dyn Content>() {
        drop((content.list().await, content.get("index.md").await));
    }
}
