//! The plugin in a test host.

use std::sync::Arc;

use cms_plugin_suggest::Suggest;
use keyway::testing::TestHost;
use keyway_cms_sdk::{Answer, Bytes, Document, Format, Page, Route, Site, SiteListener, header, http};

keyway::testing::conformance!(Suggest, work: keyway_cms_sdk::testing::visit);

#[tokio::test]
async fn titles_are_suggested_and_the_script_is_served() {
    let host = TestHost::new().plugin::<Suggest>().start().await.unwrap();
    let pages = ["/host", "/hosting", "/other"].map(|path| Page::new(Document::new(path, "content/a.md", Format::Html, "")));
    let (site, _) = Site::new("Test", "https://example.org", pages.to_vec());
    host.extensions::<dyn SiteListener>()[0].site_built(Arc::new(site)).await;

    for (address, media_type, expected) in [
        (
            "/suggest.json?q=%2Fhost",
            "application/json",
            r#"[{"title":"/host","path":"/host"},{"title":"/hosting","path":"/hosting"}]"#,
        ),
        ("/suggest.json", "application/json", "[]"),
        ("/suggest.js", "text/javascript; charset=utf-8", include_str!("../src/suggest.js")),
    ] {
        let request = http::Request::get(address).body(Bytes::new()).unwrap();
        match host.extensions::<dyn Route>()[0].handle(&request).await.unwrap() {
            Some(Answer::Response(response)) => {
                assert_eq!(response.headers()[header::CONTENT_TYPE], media_type);
                assert_eq!(std::str::from_utf8(response.body()).unwrap(), expected);
            }
            other => panic!("{address}: {other:?}"),
        }
    }
}
