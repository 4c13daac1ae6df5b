//! The plugin in a test host.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::Arc;

use cms_plugin_redirect::Redirect;
use keyway::testing::{RunningTestHost, TestHost};
use keyway_cms_sdk::{Bytes, Document, Format, Middleware, Page, Site, SiteListener, header, http};

keyway::testing::conformance!(Redirect, work: keyway_cms_sdk::testing::visit);

async fn host() -> RunningTestHost {
    let config = "status = 301\n[redirects]\n'/old' = '/new'\n'/chat' = { to = 'https://chat.example.org/', status = 302 }";
    let host = TestHost::new().plugin::<Redirect>().config(config).start().await.unwrap();
    let mut document = Document::new("/present page", "content/a.md", Format::Html, "");
    document.aliases = vec!["/former".to_owned(), "/old".to_owned(), "/present page".to_owned()];
    let (site, _) = Site::new("Test", "https://example.org", vec![Page::new(document)]);
    host.extensions::<dyn SiteListener>()[0].site_built(Arc::new(site)).await;
    host
}

#[tokio::test]
async fn settings_and_aliases_lead_on() {
    let host = host().await;
    let middleware = &host.extensions::<dyn Middleware>()[0];
    for (address, expected) in [
        ("/old", Some((301, "/new"))),
        ("/old/?q=1", Some((301, "/new?q=1"))),
        ("/%6Fld", Some((301, "/new"))),
        ("/chat", Some((302, "https://chat.example.org/"))),
        ("/former", Some((301, "/present%20page"))),
        ("/present%20page", None),
        ("/new", None),
        ("//evil.example/old", None),
    ] {
        let request = http::Request::get(address).body(Bytes::new()).unwrap();
        let answer = middleware.before(&request);
        let found =
            answer.as_ref().map(|answer| (answer.status().as_u16(), answer.headers()[header::LOCATION].to_str().unwrap()));
        assert_eq!(found, expected, "{address}");
    }
    let post = http::Request::post("/old").body(Bytes::new()).unwrap();
    assert!(middleware.before(&post).is_none());
}

#[tokio::test]
async fn mistakes_stop_the_start_and_name_the_key() {
    for (config, message) in [
        ("[redirects]\n'/a' = '/b'\n'/b' = '/a'", "redirects lead in a ring: `/a` → `/b` → `/a`"),
        ("[redirects]\n'/a' = '//evil.example'", "`//evil.example` is neither a path nor an address"),
        ("[redirects]\n'/a' = 7", "expected a path, an address, or a table with `to` and `status`"),
        ("status = 200", "200 is no status of a redirect; write 301, 302, 307 or 308"),
    ] {
        let error = TestHost::new().plugin::<Redirect>().config(config).start().await.unwrap_err().to_string();
        assert!(error.contains("site.redirect") && error.contains(message), "{error}");
    }
}
