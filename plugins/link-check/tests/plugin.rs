//! The plugin in a test host, with other sites that the test makes up.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use cms_plugin_link_check::LinkCheck;
use keyway::capability::{HttpError, HttpResponse};
use keyway::event::Delivery;
use keyway::host::JobOutcome;
use keyway::testing::{RunningTestHost, TestClock, TestHost};
use keyway_cms_sdk::event::LinksChecked;
use keyway_cms_sdk::{AdminPanel, Answer, Bytes, Document, Format, Page, Principal, Request, Route, Site, SiteListener, http};

keyway::testing::conformance!(LinkCheck, work: keyway_cms_sdk::testing::visit);

fn site(html: &str) -> Arc<Site> {
    let page = Page::new(Document::new("/", "content/index.md", Format::Html, html));
    Arc::new(Site::new("Test", "https://t.example", vec![page]).0)
}

fn request() -> Request {
    http::Request::get("/link-check.json").body(Bytes::new()).unwrap()
}

async fn json(host: &RunningTestHost) -> serde_json::Value {
    let answer = host.extensions::<dyn Route>()[0].handle(&request()).await.unwrap();
    let Some(Answer::Response(response)) = answer else { panic!("{answer:?}") };
    serde_json::from_slice(response.body()).unwrap()
}

fn clock() -> TestClock {
    TestClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000))
}

#[tokio::test(start_paused = true)]
async fn a_new_site_is_checked_at_once() {
    let host = TestHost::new().plugin::<LinkCheck>().clock(&clock()).text("content/logo.png", "").start().await.unwrap();
    let events = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&events);
    let watching = host.subscribe::<LinksChecked>(Delivery::Sync, move |event| seen.lock().unwrap().push(event.clone()));
    let _watching = watching.unwrap();
    let panel = &host.extensions::<dyn AdminPanel>()[0];
    assert!(panel.render(&request()).await.unwrap().as_str().contains("Nothing was checked yet"));

    let html = "<a href=\"/logo.png\">1</a><a href=\"/<gone>\">2</a><a href=\"https://other.example\">3</a>";
    host.extensions::<dyn SiteListener>()[0].site_built(site(html)).await;
    let expected = serde_json::json!({
        "checked": "2023-11-14T22:13:20Z", "links": 3, "external": 1,
        "broken": [{ "page": "/", "link": "/<gone>", "reason": "there is no page or file `/<gone>`" }],
    });
    assert_eq!(json(&host).await, expected);
    assert_eq!(*events.lock().unwrap(), [LinksChecked { links: 3, broken: 1 }]);
    assert_eq!(panel.panel().unwrap().title, "Links (1 broken)");
    let shown = panel.render(&request()).await.unwrap();
    assert!(shown.as_str().contains("<code>/&lt;gone&gt;</code>"), "{shown}");
    assert!(
        shown.as_str().contains("3 links, 1 of which leads nowhere; 1 to other sites") && shown.as_str().contains("Check now"),
        "{shown}"
    );

    // Somebody has uploaded what was missing, and does not want to wait for the night.
    let later = || {
        let mut sent = http::Request::post("/admin/link-check").header("content-type", "application/x-www-form-urlencoded");
        sent.extensions_mut().unwrap().insert(Principal::new("1", "Ada").with_csrf("secret"));
        sent
    };
    let foreign = panel.submit(&later().body(Bytes::from_static(b"csrf=other")).unwrap()).await;
    assert!(foreign.unwrap_err().reason().contains("another session"));
    panel.submit(&later().body(Bytes::from_static(b"csrf=secret")).unwrap()).await.unwrap();
    assert_eq!(events.lock().unwrap().len(), 2, "it was checked once more");
    let access = host.extensions::<dyn Route>()[0].access(&request()).unwrap();
    assert!(!access.admits(&Principal::new("1", "Ada")) && access.admits(&Principal::new("1", "Ada").with_role("editor")));
    assert!(host.stop().await.is_clean());
}

#[tokio::test(start_paused = true)]
async fn other_sites_are_asked_politely_and_remembered() {
    let asked: Arc<Mutex<Vec<(String, String, Duration)>>> = Arc::default();
    let (seen, begun, clock) = (Arc::clone(&asked), tokio::time::Instant::now(), clock());
    let host = TestHost::new().plugin::<LinkCheck>().config("external = true").clock(&clock).http(move |request| {
        let (method, url) = (request.method.clone(), request.url.clone());
        seen.lock().unwrap().push((method.clone(), url.clone(), begun.elapsed()));
        async move {
            let status = match (method.as_str(), url.as_str()) {
                (_, "https://a.example/broken") => return Err(HttpError::Refused("the test says so".to_owned())),
                ("HEAD", "https://a.example/get-only") => 405,
                (_, "https://a.example/members") => 401,
                (_, "https://a.example/gone") => 404,
                _ => 200,
            };
            Ok(HttpResponse::new(status, url, Vec::new(), Vec::new()))
        }
    });
    let host = host.start().await.unwrap();
    let paths = ["broken", "fine", "get-only", "gone", "members"];
    let html: String = paths.iter().map(|path| format!("<a href=\"https://a.example/{path}#x\">x</a>")).collect();
    let listeners = host.extensions::<dyn SiteListener>();
    listeners[0].site_built(site(&format!("{html}<a href=\"http://b.example\">x</a>"))).await;
    assert!(asked.lock().unwrap().is_empty(), "others are asked at night only");

    assert_eq!(host.run_job("site.link-check", "check-links").await.unwrap(), JobOutcome::Done);
    let broken = json(&host).await["broken"].clone();
    let expected = serde_json::json!([
        { "page": "/", "link": "https://a.example/broken", "reason": "KW0674 the request was not sent: the test says so" },
        { "page": "/", "link": "https://a.example/gone", "reason": "it answers 404" },
    ]);
    assert_eq!(broken, expected);
    let first: Vec<_> = std::mem::take(&mut *asked.lock().unwrap());
    let mut times: Vec<Duration> = first.iter().filter(|(_, url, _)| url.contains("a.example")).map(|(.., at)| *at).collect();
    times.sort();
    assert_eq!(times.len(), 9, "five pages, four of them twice: {first:?}");
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_secs(1)), "{times:?}");

    assert_eq!(host.run_job("site.link-check", "check-links").await.unwrap(), JobOutcome::Done);
    let again: Vec<String> = asked.lock().unwrap().iter().map(|(_, url, _)| url.clone()).collect();
    assert!(again.iter().all(|url| url.ends_with("/broken") || url.ends_with("/gone")), "what was fine is trusted: {again:?}");
    clock.advance(Duration::from_secs(8 * 24 * 3_600));
    assert_eq!(host.run_job("site.link-check", "check-links").await.unwrap(), JobOutcome::Done);
    assert!(asked.lock().unwrap().iter().any(|(_, url, _)| url.ends_with("/fine")), "after a week it is asked again");
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn settings_that_make_no_sense_stop_the_start() {
    for (config, named) in
        [("schedule = \"at night\"", "KW0690"), ("ignore = [\"api\"]", "`api`"), ("externals = true", "externals")]
    {
        let error = TestHost::new().plugin::<LinkCheck>().config(config).start().await.unwrap_err().to_string();
        assert!(error.contains("site.link-check") && error.contains(named), "{error}");
    }
    let denied = TestHost::new().plugin::<LinkCheck>().deny("network.client");
    assert!(denied.start().await.is_ok(), "it works without");
}
