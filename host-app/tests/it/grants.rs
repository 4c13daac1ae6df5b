//! Plugins of the test's own: who is asked, and what becomes of one that fails or panics.

use crate::folder::Folder;
use crate::served::{Served, settings};

#[expect(unreachable_pub, reason = "a plugin is `pub`, so that `host!` can name it")]
mod echo {
    use keyway::prelude::*;
    use keyway_cms_sdk::{Answer, CmsError, Method, Middleware, Request, Response, Route, StatusCode, View, answer};

    /// Answers `GET` and `POST` below `/echo` with what it was sent.
    #[derive(Plugin)]
    #[plugin(
        provides(Route, Middleware),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.echo"
        version = "1.0.0"
        host = "^0.1"
        [permissions]
        "http.routes" = { scope = ["/echo/**"], reason = "answers with what it was sent" }
    "#
    )]
    pub struct Echo;

    impl Lifecycle for Echo {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    impl Route for Echo {
        async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
            match (request.uri().path(), request.method()) {
                ("/echo/panic", _) => panic!("the echo plugin panics when asked to"),
                ("/echo/error", _) => Err(CmsError::message("secret of the server")),
                ("/echo/view", &Method::GET) => Ok(Some(Answer::View(View::new("/echo/view", "A view", "<p>content</p>")))),
                (_, &Method::POST) => {
                    Ok(Some(Answer::Response(answer::response(StatusCode::OK, "text/plain", request.body().clone()))))
                }
                (path, &Method::GET) => {
                    Ok(Some(Answer::Response(answer::response(StatusCode::OK, "text/plain", path.to_owned()))))
                }
                _ => Ok(None),
            }
        }
    }

    impl Middleware for Echo {
        fn before(&self, request: &Request) -> Option<Response> {
            match request.uri().path() {
                "/before/answer" => Some(answer::response(StatusCode::ACCEPTED, "text/plain", "early")),
                "/before/panic" => panic!("a step panics before"),
                _ => None,
            }
        }

        fn after(&self, request: &Request, response: &Response) -> Option<Response> {
            assert_ne!(request.uri().path(), "/echo/after-panic", "a step panics after");
            let mut marked = response.clone();
            marked.headers_mut().insert("x-echo", "after".parse().expect("a header"));
            Some(marked)
        }
    }
}

#[expect(unreachable_pub, reason = "a plugin is `pub`, so that `host!` can name it")]
mod outer {
    use keyway::prelude::*;
    use keyway_cms_sdk::{Answer, CmsError, Middleware, Request, Response, Route};

    /// Starts before the echo plugin, so it is the outer step; asks for one path inside the other's scope.
    #[derive(Plugin)]
    #[plugin(
        provides(Middleware, Route),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.outer"
        version = "1.0.0"
        host = "^0.1"
        [order]
        before = ["test.echo"]
        [permissions]
        "http.routes" = { scope = ["/echo/exact"], reason = "is asked before the wider scope" }
    "#
    )]
    pub struct Outer;

    impl Lifecycle for Outer {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    impl Middleware for Outer {
        fn after(&self, _: &Request, response: &Response) -> Option<Response> {
            let mut marked = response.clone();
            let seen = if response.headers().contains_key("x-echo") { "saw echo" } else { "saw no echo" };
            marked.headers_mut().insert("x-outer", seen.parse().expect("a header"));
            Some(marked)
        }
    }

    impl Route for Outer {
        async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
            assert_eq!(request.uri().path(), "/echo/exact", "a route is asked inside its grant only");
            let response = keyway_cms_sdk::answer::response(keyway_cms_sdk::StatusCode::OK, "text/plain", "outer");
            Ok((request.uri().query() == Some("mine")).then_some(Answer::Response(response)))
        }
    }
}

mod both {
    keyway::host! { policy = grant_requested, sdk = keyway_cms_sdk, lock = off, plugins = [super::echo, super::outer], census_test = off }
}

fn served(name: &str) -> Served {
    let folder = Folder::new(name);
    Served::start(both::plugins(), &settings(&folder)).unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn routes_are_asked_inside_their_grant_the_most_exact_first() {
    let server = served("grant");
    assert_eq!(server.get("/echo/a/b").text(), "/echo/a/b");
    assert_eq!(server.get("/echo/exact?mine").text(), "outer");
    assert_eq!(server.get("/echo/exact?yours").text(), "/echo/exact");
    assert_eq!(server.get("/elsewhere").status, 404);
    assert_eq!(server.get("/echo/../elsewhere").status, 404);
}

#[test]
fn methods() {
    let server = served("methods");
    assert_eq!(crate::client::ask(server.address(), "POST", "/echo/x", &[], b"body").text(), "body");
    let head = server.ask("HEAD", "/echo/view", &[]);
    assert_eq!((head.status, head.body.len()), (200, 0), "a route that knows GET only answers HEAD");
    let refused = server.ask("DELETE", "/echo/x", &[]);
    assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")));
    assert_eq!(server.ask("DELETE", "/elsewhere", &[]).status, 404);
}

#[test]
fn a_panic_is_a_page_and_the_host_lives() {
    let server = served("panic");
    for path in ["/echo/panic", "/echo/error"] {
        let reply = server.get(path);
        assert_eq!(reply.status, 500);
        assert!(reply.text().contains("Something went wrong"));
        assert!(!reply.text().contains("secret") && !reply.text().contains("asked to") && !reply.text().contains("test.echo"));
    }
    assert_eq!(server.get("/before/panic").status, 404, "a step that fails is skipped");
    assert_eq!(server.get("/echo/after-panic").text(), "/echo/after-panic");
    assert_eq!(server.get("/echo/x").status, 200);
}

#[test]
fn the_first_step_is_the_outermost() {
    let server = served("onion");
    assert_eq!(server.get("/echo/x").header("x-outer"), Some("saw echo"));
    let early = server.get("/before/answer");
    assert_eq!((early.status, early.text()), (202, "early"));
    assert_eq!(early.header("x-echo"), None, "the step that answered does not see its own answer again");
    assert_eq!(early.header("x-outer"), Some("saw no echo"));
}

#[test]
fn a_view_is_drawn_without_a_theme_too() {
    let page = served("plain").get("/echo/view");
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(
        page.text().contains("<title>A view · Untitled site</title>") && page.text().contains("<p>content</p>"),
        "{}",
        page.text()
    );
}
