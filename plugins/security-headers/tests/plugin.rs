//! The plugin in a test host.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::sync::Arc;

use cms_plugin_security_headers::SecurityHeaders;
use keyway::testing::TestHost;
use keyway_cms_sdk::answer::response;
use keyway_cms_sdk::{HeaderValue, Middleware, Request, Response, Site, SiteListener, StatusCode};

keyway::testing::conformance!(SecurityHeaders, work: keyway_cms_sdk::testing::visit);

const NAMES: [&str; 5] = [
    "strict-transport-security",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
];

/// What is sent in place of a response by a site at this address.
async fn sent(config: &str, address: &str, response: &Response) -> Response {
    let host = TestHost::new().plugin::<SecurityHeaders>().config(config).start().await.unwrap();
    let site = Arc::new(Site::new("T", address, Vec::new()).0);
    for listener in &host.extensions::<dyn SiteListener>() {
        listener.site_built(Arc::clone(&site)).await;
    }
    let middleware = &host.extensions::<dyn Middleware>()[0];
    assert!(middleware.before(&Request::default()).is_none());
    let sent = middleware.after(&Request::default(), response).unwrap_or_else(|| response.clone());
    assert!(host.stop().await.is_clean());
    sent
}

fn headers(response: &Response) -> [Option<&str>; 5] {
    NAMES.map(|name| response.headers().get(name).map(|value| value.to_str().unwrap()))
}

#[tokio::test]
async fn each_kind_of_answer_has_what_concerns_it() {
    let of = async |media_type: &'static str, address| {
        let answer = sent("", address, &response(StatusCode::OK, media_type, "x")).await;
        headers(&answer).map(|value| value.is_some())
    };
    assert_eq!(of("text/html", "https://example.org").await, [true, true, true, true, true]);
    assert_eq!(of("text/html", "http://example.org").await, [false, true, true, true, true], "no HTTPS, nothing to insist on");
    assert_eq!(of("text/css", "http://example.org").await, [false, true, false, false, true]);
    assert_eq!(
        of("image/png", "https://example.org").await,
        [true, true, false, false, false],
        "pictures may be shown elsewhere"
    );
}

#[tokio::test]
async fn what_a_plugin_has_set_stays_unless_it_is_forced() {
    let mut own = response(StatusCode::OK, "text/html", "x");
    own.headers_mut().insert("referrer-policy", HeaderValue::from_static("origin"));
    own.headers_mut().insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    let answer = sent("force = ['Cross-Origin-Resource-Policy']", "http://example.org", &own).await;
    let [_, referrer, _, _, resource] = headers(&answer);
    assert_eq!((referrer, resource), (Some("origin"), Some("same-origin")));
}

#[tokio::test]
async fn an_empty_value_leaves_its_header_out() {
    let config = NAMES.map(|name| format!("{name} = ''\n")).concat();
    let answer = sent(&config, "https://example.org", &response(StatusCode::OK, "text/html", "x")).await;
    assert_eq!(headers(&answer), [None; 5]);
}

#[tokio::test]
async fn mistakes_are_told_all_together() {
    let config = "referrer-policy = 'nothing'\npermissions-policy = \"camera 'none'\"\nforce = ['x-powered-by']\n";
    let error = TestHost::new().plugin::<SecurityHeaders>().config(config).start().await.unwrap_err().to_string();
    for part in ["site.security-headers", "`referrer-policy` is `nothing`", "`camera=()`", "`force` names `x-powered-by`"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}
