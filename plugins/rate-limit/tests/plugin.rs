//! The plugin in a test host.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::time::{Duration, SystemTime};

use cms_plugin_rate_limit::RateLimit;
use keyway::testing::{RunningTestHost, TestClock, TestHost};
use keyway_cms_sdk::answer::response;
use keyway_cms_sdk::{Bytes, ClientAddress, Middleware, Request, StatusCode, http};

keyway::testing::conformance!(RateLimit, work: keyway_cms_sdk::testing::visit);

fn request(method: &str, path: &str, client: &str) -> Request {
    let request = http::Request::builder().method(method).uri(path).extension(ClientAddress(client.parse().unwrap()));
    request.body(Bytes::new()).unwrap()
}

/// A host, and the clock that it goes by.
async fn started(config: &str) -> (RunningTestHost, TestClock) {
    let clock = TestClock::at(SystemTime::UNIX_EPOCH);
    (TestHost::new().plugin::<RateLimit>().config(config).clock(&clock).start().await.unwrap(), clock)
}

/// The status that a request is answered with before it is routed, or 200 when it goes on.
fn status(host: &RunningTestHost, request: &Request) -> u16 {
    host.extensions::<dyn Middleware>()[0].before(request).map_or(200, |answer| answer.status().as_u16())
}

#[tokio::test]
async fn one_too_many_is_told_when_to_come_back() {
    let (host, clock) = started("rules = [{ name = 'few', limit = '2/h' }]").await;
    let visit = request("GET", "/", "192.0.2.1");
    assert_eq!([status(&host, &visit), status(&host, &visit)], [200, 200]);
    let answer = host.extensions::<dyn Middleware>()[0].before(&visit).unwrap();
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!((header("cache-control"), header("ratelimit-policy")), ("no-store".to_owned(), "\"few\";q=2;w=3600".to_owned()));
    assert!(header("ratelimit").starts_with("\"few\";r=0;t="), "{}", header("ratelimit"));
    let wait: u64 = header("retry-after").parse().unwrap();
    // The test's clock runs on, so up to some seconds are gone.
    assert!((1..=1800).contains(&wait), "{wait}");
    assert_eq!(answer.body(), format!("Too many requests. Try again in {wait} seconds.\n").as_str());
    clock.advance(Duration::from_secs(wait));
    assert_eq!([status(&host, &visit), status(&host, &visit)], [200, 429]);
}

#[tokio::test]
async fn clients_are_told_apart_and_some_are_exempt() {
    let (host, _) = started("rules = [{ name = 'one', limit = '1/h' }]\nexempt = ['10.0.0.0/8']").await;
    let of = |client| status(&host, &request("GET", "/", client));
    assert_eq!((of("192.0.2.1"), of("192.0.2.1"), of("192.0.2.2")), (200, 429, 200));
    assert_eq!((of("2001:db8::1"), of("2001:db8::2"), of("2001:db8:0:1::1")), (200, 429, 200), "a /64 is one client");
    assert_eq!((of("10.1.2.3"), of("10.1.2.3"), of("::ffff:10.1.2.3")), (200, 200, 200));
    let nobody = http::Request::new(Bytes::new());
    assert_eq!((status(&host, &nobody), status(&host, &nobody)), (200, 200), "what came over no network");
}

#[tokio::test]
async fn the_first_rule_that_fits_counts() {
    let config =
        "rules = [{ name = 'login', path = '/login', methods = ['POST'], limit = '1/h' }, { name = 'all', limit = '2/h' }]";
    let (host, _) = started(config).await;
    let of = |method, path| status(&host, &request(method, path, "192.0.2.1"));
    assert_eq!((of("POST", "/login"), of("POST", "/%6Cogin"), of("POST", "/login/x")), (200, 429, 429));
    assert_eq!((of("GET", "/login"), of("GET", "/"), of("GET", "/")), (200, 200, 429));
}

#[tokio::test]
async fn answers_say_what_is_left() {
    let (host, _) = started("rules = [{ name = 'all', limit = '3/h' }]").await;
    let middleware = &host.extensions::<dyn Middleware>()[0];
    let visit = request("GET", "/", "192.0.2.1");
    assert!(middleware.before(&visit).is_none());
    let answer = middleware.after(&visit, &response(StatusCode::OK, "text/html", "x")).unwrap();
    assert_eq!(answer.headers()["ratelimit-policy"], "\"all\";q=3;w=3600");
    assert!(answer.headers()["ratelimit"].to_str().unwrap().starts_with("\"all\";r=2;t=1"), "{:?}", answer.headers());
    let (silent, _) = started("headers = false").await;
    assert!(silent.extensions::<dyn Middleware>()[0].after(&visit, &response(StatusCode::OK, "text/html", "x")).is_none());
}

#[tokio::test]
async fn changes_are_limited_more_strictly_unless_said_otherwise() {
    let (host, _) = started("").await;
    let allowed = |method: &str| (0..200).filter(|_| status(&host, &request(method, "/", "192.0.2.1")) == 200).count();
    let (changes, visits) = (allowed("POST"), allowed("GET"));
    // A slow machine refills some while this runs.
    assert!((30..60).contains(&changes) && (100..=200).contains(&visits) && changes < visits, "{changes} {visits}");
}

#[tokio::test]
async fn settings_that_mean_nothing_stop_the_start() {
    for (config, part) in [
        ("clients = 0", "`clients` is 0"),
        ("exempt = ['localhost']", "`localhost` in `exempt` is no address"),
        ("rules = [{ name = 'x', limit = 'often' }]", "`often` is no limit"),
        ("rules = [{ name = 'x' }]", "limit"),
    ] {
        let error = TestHost::new().plugin::<RateLimit>().config(config).start().await.unwrap_err().to_string();
        assert!(error.contains("site.rate-limit") && error.contains(part), "{config}: {error}");
    }
}
