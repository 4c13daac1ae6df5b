//! Plugins of the reference host that wait, repeat and compute for long, as libraries: code that finds no runtime of its own there.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use keyway::Host;
use keyway::host::JobOutcome;
use keyway_cms_sdk::event::Login;
use keyway_cms_sdk::{
    Access, Answer, Bytes, Connection, Document, Format, Page, Protocol, Request, Route, RouteGuard, Site, SiteListener, View,
    http,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::library::{builder, extensions};

/// A fresh folder below `target/`.
fn folder(test: &str) -> PathBuf {
    let built = extensions("cms-plugin-sitemap");
    let folder = built.ancestors().nth(2).expect("it lies below target/").join("native-without-a-runtime").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("content")).unwrap();
    folder
}

async fn start(test: &str, package: &str, config: &str) -> Host {
    let folder = folder(test);
    let host = builder(package, config).data_folder(folder.join("data")).mount("content", folder.join("content"));
    host.start().await.unwrap_or_else(|error| panic!("{error}"))
}

/// The hash of `open sesame`, made with the least of costs.
const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$1ElvZNns++blI3o9S9dRAA$vIwpbAJddJgIgYUQFTHOto71wAxeoJyGv+vKSmKQF2c";

async fn view(route: &RouteGuard, request: http::request::Builder, body: String) -> Answer {
    let request: Request = request.body(Bytes::from(body)).unwrap();
    assert_eq!(route.access(&request).unwrap(), Access::Public);
    route.handle(&request).await.unwrap().unwrap()
}

/// A host that grants a permission of its SDK's own, which no plugin of the program declares.
mod signing_in {
    keyway::host! {
        sdk = keyway_cms_sdk,
        permissions = ["http.headers" = Name],
        policy_text = r#"
            [plugin."site.auth".permissions.allow]
            "http.routes" = ["/login", "/logout"]
            "http.headers" = ["set-cookie"]
            "storage.keys" = true
            "events.publish" = true
            [native]
            require-signature = false
        "#,
        plugins = [],
        census_test = off,
    }
}

/// `spawn_blocking`: a password is checked on a thread of the host's.
#[tokio::test]
async fn a_password_is_checked() {
    let config = format!("[plugin.'site.auth'.users.ada]\npassword = '{HASH}'");
    let builder = Host::builder(signing_in::plugins()).native_dir(extensions("cms-plugin-auth")).config(config.parse().unwrap());
    let host = builder.data_folder(folder("auth").join("data")).start().await.unwrap_or_else(|error| panic!("{error}"));
    let grants = host.plugin("site.auth").unwrap().grants;
    assert!(grants.iter().any(|grant| grant.name == "http.headers"), "{grants:?}");
    let routes = host.extensions::<dyn Route>();
    let Answer::View(View { headers, .. }) = view(&routes[0], http::Request::get("/login"), String::new()).await else {
        panic!("the form is a page");
    };
    let cookie = headers["set-cookie"].to_str().unwrap().split(';').next().unwrap();
    let token = cookie.split_once('=').unwrap().1;
    for (password, status) in [("open", 403), ("open+sesame", 303)] {
        let request = http::Request::post("/login").header("cookie", cookie);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = view(&routes[0], request, format!("token={token}&name=ada&password={password}")).await;
        let answered = match answer {
            Answer::View(view) => view.status,
            Answer::Response(response) => response.status(),
        };
        assert_eq!(answered, status, "{password}");
    }
    assert_eq!(host.plugin("site.auth").unwrap().usage.tasks.used, 0);
    drop(routes);
    assert!(host.stop().await.is_clean());
}

/// `timeout`: a visitor who says nothing is not waited for, and one who does is answered.
#[tokio::test(start_paused = true)]
async fn a_silent_visitor_is_sent_away() {
    let host = start("gemini", "cms-plugin-gemini", "").await;
    let local = "127.0.0.1:1965".parse().unwrap();
    let protocols = host.extensions::<dyn Protocol>();
    let (theirs, _ours) = tokio::io::duplex(64);
    let begun = tokio::time::Instant::now();
    let silent = protocols[0].serve(Connection::new(theirs, local, local)).await.unwrap_err();
    assert_eq!((silent.to_string().as_str(), begun.elapsed().as_secs()), ("no request arrived in time", 10));
    let (theirs, mut ours) = tokio::io::duplex(4096);
    ours.write_all(b"gemini://localhost/\r\n").await.unwrap();
    let wrong = protocols[0].serve(Connection::new(theirs, local, local)).await.unwrap_err();
    assert!(!wrong.to_string().contains("in time"), "{wrong}");
    let mut alert = Vec::new();
    ours.read_to_end(&mut alert).await.unwrap();
    assert_eq!(alert.first(), Some(&21), "a record of TLS: {alert:?}");
    drop(protocols);
    assert!(host.stop().await.is_clean());
}

/// `sleep`, and waiting for several futures: other sites are asked, each once a second.
#[tokio::test(start_paused = true)]
async fn other_sites_are_asked_one_after_the_other() {
    let host = start("link-check", "cms-plugin-link-check", "[plugin.'site.link-check']\nexternal = true").await;
    let html: String = (0..4).map(|page| format!("<a href=\"http://127.0.0.1:7/{page}\">x</a>")).collect();
    let page = Page::new(Document::new("/", "content/index.md", Format::Html, html));
    let (site, _) = Site::new("Test", "https://example.org", vec![page]);
    for listener in &host.extensions::<dyn SiteListener>() {
        listener.site_built(Arc::new(site.clone())).await;
    }
    let begun = tokio::time::Instant::now();
    assert_eq!(host.run_job("site.link-check", "check-links").await.unwrap(), JobOutcome::Done);
    assert_eq!(begun.elapsed().as_secs(), 3, "three pauses between four pages");
    let routes = host.extensions::<dyn Route>();
    let request = http::Request::get("/link-check.json").body(Bytes::new()).unwrap();
    let Some(Answer::Response(response)) = routes[0].handle(&request).await.unwrap() else { panic!("it is JSON") };
    let report = String::from_utf8(response.into_body().to_vec()).unwrap();
    assert_eq!(report.matches("KW0610 plugin `site.link-check` was denied `network.client`").count(), 4, "{report}");
    drop(routes);
    assert!(host.stop().await.is_clean());
}

/// Tasks, and waking them: what is published is sent at once, and tried again later.
#[tokio::test]
async fn an_event_is_sent() {
    let secrets = folder("webhooks-secrets");
    let secret = secrets.join("webhook-own");
    fs::write(&secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
    fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let config = format!(
        "[host.secrets]\nfolder = {secrets:?}\n[[plugin.'site.webhooks'.endpoints]]\nname = 'own'\nurl = 'https://localhost'\n\
         topics = ['auth.*']\n"
    );
    let host = start("webhooks", "cms-plugin-webhooks", &config).await;
    assert_eq!(host.plugin("site.webhooks").unwrap().usage.tasks.used, 1);
    host.publisher::<Login>().unwrap().publish(Login { name: "ada".to_owned(), succeeded: true }).await;
    let denied = loop {
        if let Some(denied) = host.plugin("site.webhooks").unwrap().denials.last {
            break denied;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    assert_eq!((denied.permission, denied.asked.as_str()), ("network.client", "https://localhost"));
    assert!(host.stop().await.is_clean());
}
