//! What plugins add to pages, and the files that they bring along.

use crate::folder::Folder;
use crate::served::{Served, settings};

#[expect(unreachable_pub, reason = "a plugin is `pub`, so that `host!` can name it")]
mod garden {
    use keyway::prelude::*;
    use keyway_cms_sdk::{Answer, Asset, AssetSource, CmsError, Extra, Markup, Place, Request, Route, Site, Template, View};

    /// Adds flowers to every page, and brings their pictures.
    #[derive(Plugin)]
    #[plugin(
        provides(Route, Template, AssetSource),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.garden"
        version = "1.0.0"
        host = "^0.1"
        [permissions]
        "http.routes" = { scope = ["/garden", "/flowers/*"], reason = "shows the garden" }
    "#
    )]
    pub struct Garden;

    impl Lifecycle for Garden {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    impl Route for Garden {
        async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
            Ok(Some(View::new(request.uri().path(), "Garden", "<p>grass</p>").into()))
        }
    }

    impl Template for Garden {
        async fn extend(&self, view: &View, site: &Site) -> Vec<Extra> {
            assert_ne!(view.path, "/nowhere", "flowers do not grow there");
            let places = [Place::Head, Place::BeforeContent, Place::AfterContent, Place::Footer];
            let title = Markup::text(&format!("<{}>", site.title()));
            places.map(|place| Extra::new(place, Markup::html(format!("<!-- {place:?} -->")).and(&title))).into()
        }
    }

    impl AssetSource for Garden {
        fn assets(&self) -> Vec<Asset> {
            let mut rose = Asset::new("/flowers/rose.svg", "image/svg+xml", "<svg/>");
            rose.is_immutable = true;
            vec![
                rose,
                Asset::new("/flowers/tulip.txt", "text/plain", "tulip"),
                Asset::new("/elsewhere.txt", "text/plain", "weed"),
            ]
        }
    }
}

mod host {
    keyway::host! { policy = grant_requested, sdk = keyway_cms_sdk, lock = off, plugins = [super::garden], census_test = off }
}

fn served(name: &str) -> Served {
    Served::start(host::plugins(), &settings(&Folder::new(name))).unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn pages_have_what_plugins_add_with_or_without_a_theme() {
    let server = served("template");
    let page = server.get("/garden");
    let at = |what: &str| page.text().find(what).unwrap_or_else(|| panic!("{what}: {}", page.text()));
    let places = ["<!-- Head -->", "</head>", "<!-- BeforeContent -->", "grass", "<!-- AfterContent -->", "<!-- Footer -->"];
    assert!(places.map(at).is_sorted(), "{}", page.text());
    assert!(page.text().contains("&lt;Untitled site&gt;"), "{}", page.text());
    let missing = server.get("/nowhere");
    assert!(missing.status == 404 && missing.text().contains("Page not found"), "one that fails adds nothing");
}

#[test]
fn files_of_a_plugin_are_served_inside_its_grant() {
    let server = served("assets");
    let rose = server.get("/flowers/rose.svg");
    assert_eq!((rose.status, rose.text(), rose.header("content-type")), (200, "<svg/>", Some("image/svg+xml")));
    assert!(rose.header("cache-control").is_some_and(|caching| caching.contains("immutable")));
    assert!(rose.header("content-security-policy").is_some(), "it may hold scripts");
    let tag = rose.header("etag").expect("an entity tag").to_owned();
    for method in ["GET", "HEAD"] {
        let again = server.ask(method, "/flowers/rose.svg", &[("If-None-Match", &tag)]);
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(tag.as_str())), "{method}");
    }
    let head = server.ask("HEAD", "/flowers/tulip.txt", &[]);
    assert_eq!((head.status, head.body.len(), head.header("content-length")), (200, 0, Some("5")));
    assert_eq!(server.get("/elsewhere.txt").status, 404);
    let denied = server.host().plugin("test.garden").expect("it is there").denials;
    assert_eq!(denied.last.map(|denied| (denied.permission, denied.asked)), Some(("http.routes", "/elsewhere.txt".to_owned())));
}

#[test]
fn files_go_and_come_with_their_plugin() {
    let server = served("assets-switched");
    server.block_on(server.host().disable("test.garden", keyway::host::Dependents::Refuse)).expect("nobody needs it");
    assert_eq!((server.get("/flowers/tulip.txt").status, server.get("/garden").status), (404, 404));
    server.block_on(server.host().enable("test.garden", keyway::host::Dependents::Refuse)).expect("it starts");
    assert_eq!((server.get("/flowers/tulip.txt").status, server.get("/garden").status), (200, 200));
}
