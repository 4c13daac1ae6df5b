//! The plugin in a test host.

use cms_plugin_compress::Compress;
use keyway::testing::TestHost;
use keyway_cms_sdk::answer::response;
use keyway_cms_sdk::{Bytes, Middleware, StatusCode, header, http};

keyway::testing::conformance!(Compress, work: keyway_cms_sdk::testing::visit);

#[tokio::test]
async fn answers_are_compressed_on_their_way_out() {
    let host = TestHost::new().plugin::<Compress>().config("minimum = 10").start().await.unwrap();
    let middleware = &host.extensions::<dyn Middleware>()[0];
    let request = http::Request::get("/").header(header::ACCEPT_ENCODING, "gzip").body(Bytes::new()).unwrap();
    assert!(middleware.before(&request).is_none());
    let page = response(StatusCode::OK, "text/html", "x".repeat(1000));
    let sent = middleware.after(&request, &page).unwrap();
    assert_eq!(sent.headers()[header::CONTENT_ENCODING], "gzip");
    assert!(sent.body().len() < 100);
}

#[tokio::test]
async fn levels_that_do_not_exist_are_mistakes() {
    for (config, key) in
        [("brotli-quality = 12", "`brotli-quality` is 12; set 0 to 11"), ("gzip-level = 10", "`gzip-level` is 10; set 0 to 9")]
    {
        let error = TestHost::new().plugin::<Compress>().config(config).start().await.unwrap_err().to_string();
        assert!(error.contains("site.compress") && error.contains(key), "{error}");
    }
}
