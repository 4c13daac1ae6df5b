//! Who is let in: routes and panels that are not for everybody, and what pages of other sites may not do.

use crate::client::ask;
use crate::folder::Folder;
use crate::served::{Served, settings};

#[expect(unreachable_pub, reason = "a plugin is `pub`, so that `host!` can name it")]
mod club {
    use keyway::prelude::*;
    use keyway_cms_sdk::{
        Access, AdminPanel, Answer, CmsError, Markup, Method, Panel, Principal, Refusal, Request, Route, StatusCode, answer,
    };

    /// Has rooms for everybody, for members and for editors, and a panel.
    #[derive(Plugin)]
    #[plugin(
        provides(Route, AdminPanel),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.club"
        version = "1.0.0"
        host = "^0.1"
        [permissions]
        "http.routes" = { scope = ["/club/**"], reason = "shows its rooms" }
    "#
    )]
    pub struct Club;

    impl Lifecycle for Club {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    impl Route for Club {
        fn access(&self, request: &Request) -> Result<Access, CmsError> {
            match request.uri().path() {
                "/club/members" => Ok(Access::SignedIn),
                "/club/editors" => Ok(Access::role("editor")),
                "/club/unsure" => Err(CmsError::message("no idea")),
                "/club/panics" => panic!("no idea at all"),
                _ => Ok(Access::Public),
            }
        }

        async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
            let name = request.extensions().get::<Principal>().map_or("nobody", |principal| &principal.name);
            Ok(Some(answer::response(StatusCode::OK, "text/plain", format!("welcome, {name}")).into()))
        }
    }

    impl AdminPanel for Club {
        fn panel(&self) -> Result<Panel, CmsError> {
            Ok(Panel::new("The <club>", "club"))
        }

        async fn render(&self, request: &Request) -> Result<Markup, CmsError> {
            assert_eq!(request.method(), Method::GET);
            Ok(Markup::html("<p>all quiet</p>"))
        }

        async fn submit(&self, request: &Request) -> Result<(), Refusal> {
            if request.body() == "close" { Ok(()) } else { Err(Refusal::new("the <club> stays open")) }
        }
    }
}

#[expect(unreachable_pub, reason = "a plugin is `pub`, so that `host!` can name it")]
mod door {
    use keyway::prelude::*;
    use keyway_cms_sdk::{Access, Authenticator, Authoriser, CmsError, Principal, Refusal, Request};

    /// Believes everybody who they are.
    #[derive(Plugin)]
    #[plugin(
        provides(Authenticator, Authoriser),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.door"
        version = "1.0.0"
        host = "^0.1"
    "#
    )]
    pub struct Door;

    impl Lifecycle for Door {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    impl Authenticator for Door {
        async fn authenticate(&self, request: &Request) -> Result<Option<Principal>, CmsError> {
            let Some(name) = request.headers().get("x-name").and_then(|name| name.to_str().ok()) else { return Ok(None) };
            match name {
                "fails" => Err(CmsError::message("the list is lost")),
                "panics" => panic!("the list is on fire"),
                "root" => Ok(Some(Principal::new(name, name).with_role("admin"))),
                "ed" | "banned" | "dizzy" => Ok(Some(Principal::new(name, name).with_role("editor"))),
                _ => Ok(Some(Principal::new(name, name))),
            }
        }

        fn login_path(&self) -> Result<Option<String>, CmsError> {
            Ok(Some("/club/login".to_owned()))
        }
    }

    impl Authoriser for Door {
        async fn authorise(&self, principal: &Principal, _: &Request, _: &Access) -> Result<(), Refusal> {
            match principal.name.as_str() {
                "banned" => Err(Refusal::new("not after last time, <ed>")),
                "dizzy" => panic!("cannot decide"),
                _ => Ok(()),
            }
        }
    }
}

mod with_door {
    keyway::host! { policy = grant_requested, sdk = keyway_cms_sdk, lock = off, plugins = [super::club, super::door], census_test = off }
}

mod without_door {
    keyway::host! { policy = grant_requested, sdk = keyway_cms_sdk, lock = off, plugins = [super::club], census_test = off }
}

fn served(name: &str) -> Served {
    Served::start(with_door::plugins(), &settings(&Folder::new(name))).unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn whoever_is_known_and_has_the_role_is_let_in() {
    let server = served("let-in");
    assert_eq!(server.get("/club/hall").text(), "welcome, nobody");
    for (path, name) in [("/club/members", "ada"), ("/club/editors", "ed")] {
        let reply = server.ask("GET", path, &[("x-name", name)]);
        assert_eq!((reply.status, reply.text()), (200, format!("welcome, {name}").as_str()), "{path}");
        assert_eq!(reply.header("cache-control"), Some("private, no-store"), "{path}");
    }
}

#[test]
fn everybody_else_is_not() {
    let server = served("not-let-in");
    for (path, name, status) in [
        ("/club/editors", "ada", 403),
        ("/club/editors", "banned", 403),
        ("/club/editors", "dizzy", 503),
        ("/club/members", "fails", 503),
        ("/club/members", "panics", 503),
        ("/club/unsure", "ed", 500),
        ("/club/panics", "ed", 500),
    ] {
        let reply = server.ask("GET", path, &[("x-name", name)]);
        assert_eq!(reply.status, status, "{path} {name}");
        assert!(!reply.text().contains("welcome") && !reply.text().contains("list"), "{path} {name}: {}", reply.text());
        assert_eq!(reply.header("retry-after").is_some(), status == 503, "{path} {name}");
        assert_eq!(reply.text().contains("not after last time, &lt;ed&gt;"), name == "banned", "{path} {name}: {}", reply.text());
    }
}

#[test]
fn a_path_in_other_letters_is_the_same_path() {
    let server = served("other-letters");
    for path in ["/club/%6dembers", "/club/%6Dembers", "/%63lub/members"] {
        let reply = server.get(path);
        assert_eq!((reply.status, reply.header("location")), (303, Some("/club/login?next=/club/members")), "{path}");
    }
    for path in ["/%61dmin", "/admin%2f", "/admin/%63lub", "//admin", "/admin//club", "/./admin", "/x/../admin"] {
        let reply = server.get(path);
        assert!(matches!(reply.status, 303 | 400 | 404) && !reply.text().contains("all quiet"), "{path}: {}", reply.status);
    }
}

#[test]
fn strangers_are_led_to_the_page_for_signing_in() {
    let server = served("strangers");
    let reply = server.get("/club/members?a=1&b=2");
    assert_eq!((reply.status, reply.header("location")), (303, Some("/club/login?next=/club/members%3Fa%3D1%26b%3D2")));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let posted = ask(server.address(), "POST", "/club/members", &[], b"x");
    assert_eq!((posted.status, posted.header("location")), (401, None));
}

#[test]
fn without_a_plugin_that_knows_visitors_nobody_is_let_in() {
    let server = Served::start(without_door::plugins(), &settings(&Folder::new("no-door"))).expect("it starts");
    assert_eq!(server.get("/club/hall").status, 200);
    for path in ["/club/members", "/club/editors", "/admin", "/admin/club", "/admin/none"] {
        let reply = server.ask("GET", path, &[("x-name", "root")]);
        assert_eq!(reply.status, 503, "{path}");
        assert!(!reply.text().contains("welcome") && !reply.text().contains("club>"), "{path}");
    }
}

#[test]
fn the_plugin_that_knows_visitors_is_missed_while_it_is_off() {
    let server = served("door-off");
    server.block_on(server.host().disable("test.door", keyway::host::Dependents::Refuse)).expect("nobody needs it");
    assert_eq!(server.ask("GET", "/club/members", &[("x-name", "ada")]).status, 503);
    server.block_on(server.host().enable("test.door", keyway::host::Dependents::Refuse)).expect("it starts");
    assert_eq!(server.ask("GET", "/club/members", &[("x-name", "ada")]).status, 200);
}

#[test]
fn pages_of_other_sites_change_nothing() {
    let server = served("other-sites");
    let own = format!("http://{}", server.address());
    for (header, value, status) in [
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("sec-fetch-site", "same-origin", 200),
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("origin", own.as_str(), 200),
    ] {
        let reply = ask(server.address(), "POST", "/club/form", &[(header, value)], b"x");
        assert_eq!(reply.status, status, "{header}: {value}");
        assert_eq!(server.ask("GET", "/club/form", &[(header, value)]).status, 200, "reading is for everybody: {value}");
    }
}

#[test]
fn panels_are_for_administrators() {
    let server = served("panels");
    let root = [("x-name", "root")];
    let list = server.ask("GET", "/admin", &root);
    assert!(list.text().contains("<a href=\"/admin/club\">The &lt;club&gt;</a>"), "{}", list.text());
    let panel = server.ask("GET", "/admin/club", &root);
    assert!(panel.status == 200 && panel.text().contains("<p>all quiet</p>"), "{}", panel.text());
    assert_eq!(panel.header("cache-control"), Some("private, no-store"));
    assert_eq!(server.ask("GET", "/admin/none", &root).status, 404);
    assert_eq!(server.ask("GET", "/administrator", &root).status, 404);
    for path in ["/admin", "/admin/club", "/admin/none"] {
        assert_eq!(server.ask("GET", path, &[("x-name", "ed")]).status, 403, "{path}");
        assert_eq!(server.get(path).status, 303, "{path}");
    }
    let done = ask(server.address(), "POST", "/admin/club", &root, b"close");
    assert_eq!((done.status, done.header("location")), (303, Some("/admin/club")));
    let refused = ask(server.address(), "POST", "/admin/club", &root, b"burn");
    assert!(refused.status == 422 && refused.text().contains("the &lt;club&gt; stays open"), "{}", refused.text());
    assert_eq!(ask(server.address(), "POST", "/admin", &root, b"x").status, 405);
    assert_eq!(ask(server.address(), "POST", "/admin/club", &[("x-name", "ed")], b"close").status, 403);
}
