//! The plugin in a test host.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::Arc;

use cms_plugin_live_reload::LiveReload;
use keyway::testing::{RunningTestHost, TestHost};
use keyway_cms_sdk::event::SiteBuilt;
use keyway_cms_sdk::{
    AssetSource, Document, Format, Message, Page, Place, Request, Site, SiteListener, Socket, Template, View, WebSocket,
};

keyway::testing::conformance!(LiveReload, work: keyway_cms_sdk::testing::visit);

fn site(pages: &[(&str, &str)]) -> Arc<Site> {
    let pages = pages.iter().map(|(path, content)| Page::new(Document::new(*path, "p", Format::Html, *content)));
    Arc::new(Site::new("T", "https://example.org", pages.collect()).0)
}

/// Builds the site anew, as the host does it.
async fn build(host: &RunningTestHost, site: &Arc<Site>) {
    for listener in &host.extensions::<dyn SiteListener>() {
        listener.site_built(Arc::clone(site)).await;
    }
    let publisher = host.host().publisher::<SiteBuilt>().unwrap();
    publisher.publish(SiteBuilt { generation: 2, pages: site.pages().len() }).await;
}

#[tokio::test]
async fn browsers_are_told_which_pages_have_changed() {
    let host = TestHost::new().plugin::<LiveReload>().start().await.unwrap();
    for listener in &host.extensions::<dyn SiteListener>() {
        listener.site_built(site(&[("/", "a"), ("/b", "b")])).await;
    }
    let plugin = host.extensions::<dyn WebSocket>()[0].clone();
    assert_eq!(plugin.path().unwrap(), "/live-reload");
    let (ours, mut browser) = Socket::pair(1);
    let talk = tokio::spawn(async move { plugin.connected(ours, Arc::new(Request::default())).await });
    // There is room for one message, so the second goes when the plugin has taken the first: it knows the browser by then.
    browser.send("hello").await.unwrap();
    browser.send("hello").await.unwrap();
    for (pages, told) in [
        (site(&[("/", "a"), ("/b", "new")]), r#"{"kind":"pages","paths":["/b"]}"#),
        (site(&[("/", "a"), ("/b", "new")]), r#"{"kind":"styles"}"#),
        (site(&[("/", "a")]), r#"{"kind":"all"}"#),
    ] {
        build(&host, &pages).await;
        assert_eq!(browser.receive().await, Some(Message::from(told)));
    }
    drop(browser);
    talk.await.unwrap().unwrap();
    build(&host, &site(&[("/", "b")])).await;
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn pages_have_the_script_and_the_script_is_there() {
    let host = TestHost::new().plugin::<LiveReload>().start().await.unwrap();
    let extras = host.extensions::<dyn Template>()[0].extend(&View::new("/", "T", ""), &site(&[])).await;
    assert_eq!(extras.len(), 1);
    assert_eq!((extras[0].place, extras[0].markup.as_str()), (Place::Head, "<script src=\"/live-reload.js\" defer></script>"));
    let assets = host.extensions::<dyn AssetSource>()[0].assets();
    assert_eq!((assets[0].path.as_str(), assets[0].media_type.as_ref()), ("/live-reload.js", "text/javascript; charset=utf-8"));
}

#[tokio::test]
async fn a_look_too_often_is_a_mistake() {
    let error =
        TestHost::new().plugin::<LiveReload>().config("interval-milliseconds = 99").start().await.unwrap_err().to_string();
    assert!(error.contains("site.live-reload") && error.contains("`interval-milliseconds` is 99; set 100 or more"), "{error}");
}
