//! The plugin in a test host.

use cms_plugin_cache::Cache;
use keyway::testing::TestHost;
use keyway_cms_sdk::answer::response;
use keyway_cms_sdk::{Bytes, Middleware, StatusCode, header, http};

keyway::testing::conformance!(Cache, work: keyway_cms_sdk::testing::visit);

#[tokio::test]
async fn a_second_request_is_answered_without_a_body() {
    let host = TestHost::new().plugin::<Cache>().config("pages = 'max-age=7'").start().await.unwrap();
    let middleware = &host.extensions::<dyn Middleware>()[0];
    let page = response(StatusCode::OK, "text/html", "hello");

    let request = http::Request::get("/").body(Bytes::new()).unwrap();
    let first = middleware.after(&request, &page).unwrap();
    assert_eq!(first.headers()[header::CACHE_CONTROL], "max-age=7");

    let tag = first.headers()[header::ETAG].clone();
    let request = http::Request::get("/").header(header::IF_NONE_MATCH, tag).body(Bytes::new()).unwrap();
    let second = middleware.after(&request, &page).unwrap();
    assert_eq!((second.status(), second.body().len()), (StatusCode::NOT_MODIFIED, 0));
}

#[tokio::test]
async fn a_setting_that_no_header_may_have_is_a_mistake() {
    let error = TestHost::new().plugin::<Cache>().config("files = \"a\\nb\"").start().await.unwrap_err().to_string();
    assert!(error.contains("site.cache") && error.contains("`files` holds a character"), "{error}");
}
