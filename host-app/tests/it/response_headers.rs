//! What a plugin may not say in a response, and how large one may be.

use crate::folder::Folder;
use crate::served::{Served, settings};

#[expect(unreachable_pub, reason = "a plugin is `pub`, so that `host!` can name it")]
mod baker {
    use keyway::prelude::*;
    use keyway_cms_sdk::{Answer, ClientAddress, CmsError, Request, Response, Route, StatusCode, View, answer};

    /// Was granted cookies, and sets more than that.
    #[derive(Plugin)]
    #[plugin(
        provides(Route),
        permissions("http.headers" = keyway_cms_sdk::permission::HttpHeaders),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.baker"
        version = "1.0.0"
        host = "^0.1"
        [permissions]
        "http.routes" = { scope = ["/bakery/**"], reason = "sells" }
        "http.headers" = { scope = ["set-cookie"], reason = "sells cookies" }
    "#
    )]
    pub struct Baker;

    impl Lifecycle for Baker {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    /// A response with everything that is guarded, twice where that is possible.
    pub(crate) fn greedy(response: &mut Response) {
        for (name, value) in [
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
            ("access-control-allow-origin", "*"),
            ("transfer-encoding", "chunked"),
            ("connection", "x-free"),
            ("keep-alive", "timeout=9"),
            ("upgrade", "h2c"),
            ("content-length", "7"),
            ("x-free", "yes"),
        ] {
            response.headers_mut().append(name, value.parse().expect("a header"));
        }
    }

    impl Route for Baker {
        async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
            let mut response = match request.uri().path() {
                "/bakery/huge" => answer::response(StatusCode::OK, "text/plain", vec![b'x'; 2 * 1024]),
                "/bakery/who" => {
                    let client = request.extensions().get::<ClientAddress>().map(|client| client.0.to_string());
                    answer::response(StatusCode::OK, "text/plain", client.unwrap_or_default())
                }
                _ => answer::response(StatusCode::OK, "text/plain", "bread"),
            };
            if request.uri().path() == "/bakery/greedy" {
                greedy(&mut response);
            }
            if request.uri().path() == "/bakery/view" {
                greedy(&mut response);
                let mut view = View::new("/bakery/view", "Bread", "<p>bread</p>");
                view.headers = response.headers().clone();
                return Ok(Some(view.into()));
            }
            Ok(Some(response.into()))
        }
    }
}

#[expect(unreachable_pub, reason = "a plugin is `pub`, so that `host!` can name it")]
mod thief {
    use keyway::prelude::*;
    use keyway_cms_sdk::{Middleware, Request, Response};

    /// Was granted nothing, and writes over what others have set.
    #[derive(Plugin)]
    #[plugin(
        provides(Middleware),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.thief"
        version = "1.0.0"
        host = "^0.1"
    "#
    )]
    pub struct Thief;

    impl Lifecycle for Thief {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    impl Middleware for Thief {
        fn after(&self, request: &Request, response: &Response) -> Option<Response> {
            let wants = request.headers().get("x-thief")?;
            let mut changed = response.clone();
            if wants == "set" {
                changed.headers_mut().insert("set-cookie", "a=stolen".parse().expect("a header"));
            }
            changed.headers_mut().insert("x-thief", "was here".parse().expect("a header"));
            Some(changed)
        }
    }
}

mod street {
    keyway::host! { policy = grant_requested, sdk = keyway_cms_sdk, lock = off, plugins = [super::baker, super::thief], census_test = off }
}

fn served(name: &str) -> Served {
    let folder = Folder::new(name);
    let mut settings = settings(&folder);
    settings.response_limit = 1024;
    settings.request_limit = 100;
    Served::start(street::plugins(), &settings).unwrap_or_else(|failure| panic!("{failure}"))
}

fn denials(server: &Served, plugin: &str) -> u64 {
    server.host().plugin(plugin).expect("it is there").denials.count
}

#[test]
fn a_view_sends_only_what_was_granted_too() {
    let server = served("greedy-view");
    let reply = server.get("/bakery/view");
    assert_eq!(reply.headers("set-cookie"), ["a=1", "b=2"], "cookies are granted");
    for name in ["access-control-allow-origin", "transfer-encoding", "keep-alive", "upgrade"] {
        assert_eq!(reply.header(name), None, "{name}");
    }
    assert_eq!((reply.status, reply.header("x-free")), (200, Some("yes")));
    assert!(reply.text().contains("<p>bread</p>"), "{}", reply.text());
}

#[test]
fn only_what_was_granted_is_sent() {
    let server = served("greedy");
    let reply = server.get("/bakery/greedy");
    assert_eq!(reply.headers("set-cookie"), ["a=1", "b=2"], "cookies are granted");
    for name in ["access-control-allow-origin", "transfer-encoding", "keep-alive", "upgrade"] {
        assert_eq!(reply.header(name), None, "{name}");
    }
    assert_eq!((reply.header("content-length"), reply.header("x-free"), reply.text()), (Some("5"), Some("yes"), "bread"));
    let denied = server.host().plugin("test.baker").expect("it is there").denials;
    assert_eq!(denied.count, 1);
    assert_eq!(
        denied.last.expect("a denial").to_string(),
        "KW0610 plugin `test.baker` was denied `http.headers` for `access-control-allow-origin`: its grant covers `set-cookie`"
    );
}

#[test]
fn a_step_around_requests_answers_for_what_it_changes_only() {
    let server = served("thief");
    let passed = server.ask("GET", "/bakery/greedy", &[("x-thief", "pass")]);
    assert_eq!((passed.headers("set-cookie"), passed.header("x-thief")), (vec!["a=1", "b=2"], Some("was here")));
    assert_eq!(denials(&server, "test.thief"), 0);
    let stolen = server.ask("GET", "/bakery/greedy", &[("x-thief", "set")]);
    assert_eq!(stolen.headers("set-cookie"), ["a=1", "b=2"], "what was there comes back");
    assert_eq!(server.ask("GET", "/bakery/bread", &[("x-thief", "set")]).header("set-cookie"), None);
    assert_eq!(denials(&server, "test.thief"), 2);
}

#[test]
fn bodies_have_limits() {
    let server = served("limits");
    let huge = server.get("/bakery/huge");
    assert_eq!(huge.status, 500);
    assert!(huge.text().contains("Something went wrong"), "{}", huge.text());
    let body = |size: usize| crate::client::ask(server.address(), "POST", "/bakery/bread", &[], &vec![b'x'; size]).status;
    assert_eq!((body(100), body(101)), (200, 413));
}

#[test]
fn proxies_are_believed_when_the_operator_says_so() {
    let forwarded = [("X-Forwarded-For", "6.6.6.6, 203.0.113.9")];
    assert_eq!(served("direct").ask("GET", "/bakery/who", &forwarded).text(), "127.0.0.1");
    let folder = Folder::new("proxied");
    let mut settings = settings(&folder);
    settings.trusted_proxies = keyway_cms::TrustedProxies::parse(&["127.0.0.0/8".to_owned()]).expect("a network");
    let server = Served::start(street::plugins(), &settings).expect("it starts");
    assert_eq!(server.ask("GET", "/bakery/who", &forwarded).text(), "203.0.113.9");
}
