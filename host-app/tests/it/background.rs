//! What goes on while the site is served: it is built anew when documents change and when plugins come back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use keyway::event::Delivery;
use keyway::host::Dependents;
use keyway_cms_sdk::event::SiteBuilt;

use crate::client::ask;
use crate::folder::Folder;
use crate::served::{Served, settings};

#[expect(unreachable_pub, reason = "a plugin is `pub`, so that `host!` can name it")]
mod notebook {
    use std::sync::Mutex;

    use keyway::prelude::*;
    use keyway_cms_sdk::event::ContentChanged;
    use keyway_cms_sdk::{Answer, CmsError, Document, Format, Method, Request, Route, Source, StatusCode, answer};

    /// One page, which is what was last posted.
    #[derive(Plugin)]
    #[plugin(
        provides(Source, Route),
        publishes(ContentChanged),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.notebook"
        version = "1.0.0"
        host = "^0.1"
        [permissions]
        "http.routes" = { scope = ["/note"], reason = "takes the note" }
        "events.publish" = { scope = ["content.changed"], reason = "tells of a new note" }
    "#
    )]
    pub struct Notebook {
        note: Mutex<String>,
        changed: Publisher<ContentChanged>,
    }

    impl Lifecycle for Notebook {
        type Config = ();
        async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self { note: Mutex::new("first".to_owned()), changed: ctx.publisher()? })
        }
    }

    impl Source for Notebook {
        async fn load(&self) -> Result<Vec<Document>, CmsError> {
            let note = self.note.lock().expect("no panic held it").clone();
            if note == "unreadable" {
                return Err(CmsError::message("the note cannot be read"));
            }
            Ok(vec![Document::new("/page", "notebook", Format::Html, note)])
        }
    }

    impl Route for Notebook {
        async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
            if request.method() != Method::POST {
                return Ok(None);
            }
            *self.note.lock().expect("no panic held it") = String::from_utf8_lossy(request.body()).into_owned();
            let _ = self.changed.publish(ContentChanged { paths: vec!["page.md".to_owned()] }).await;
            Ok(Some(answer::response(StatusCode::OK, "text/plain", "noted").into()))
        }
    }
}

#[expect(unreachable_pub, reason = "a plugin is `pub`, so that `host!` can name it")]
mod reader {
    use std::sync::{Arc, Mutex};

    use keyway::prelude::*;
    use keyway_cms_sdk::{Answer, CmsError, Request, Route, Site, SiteListener, StatusCode, answer};

    /// Shows the page of the site that it was shown last.
    #[derive(Plugin)]
    #[plugin(
        provides(SiteListener, Route),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.reader"
        version = "1.0.0"
        host = "^0.1"
        [permissions]
        "http.routes" = { scope = ["/read"], reason = "shows the page" }
    "#
    )]
    pub struct Reader(Mutex<Option<Arc<Site>>>);

    impl Lifecycle for Reader {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self(Mutex::default()))
        }
    }

    impl SiteListener for Reader {
        async fn site_built(&self, site: Arc<Site>) {
            *self.0.lock().expect("no panic held it") = Some(site);
        }
    }

    impl Route for Reader {
        async fn handle(&self, _: &Request) -> Result<Option<Answer>, CmsError> {
            let site = self.0.lock().expect("no panic held it").clone();
            let text = site.and_then(|site| site.page("/page").map(|page| page.document.content.clone()));
            Ok(Some(answer::response(StatusCode::OK, "text/plain", text.unwrap_or_default()).into()))
        }
    }
}

mod host {
    keyway::host! { policy = grant_requested, sdk = keyway_cms_sdk, lock = off, plugins = [super::notebook, super::reader], census_test = off }
}

fn served(name: &str) -> Served {
    Served::start(host::plugins(), &settings(&Folder::new(name))).unwrap_or_else(|failure| panic!("{failure}"))
}

#[test]
fn the_site_is_built_anew_when_a_document_changes() {
    let server = served("rebuilt");
    let newest = Arc::new(AtomicU64::new(1));
    let seen = Arc::clone(&newest);
    let watching = server.host().subscribe::<SiteBuilt>(Delivery::Sync, move |built| {
        assert_eq!(built.pages, 1);
        seen.store(built.generation, Ordering::Relaxed);
    });
    let _watching = watching.expect("the topic is known");
    assert_eq!(server.get("/read").text(), "first");
    for note in ["second", "third"] {
        assert_eq!(ask(server.address(), "POST", "/note", &[], note.as_bytes()).status, 200);
        server.get_until("/read", |reply| reply.text() == note);
    }
    while newest.load(Ordering::Relaxed) < 3 {
        std::thread::yield_now();
    }
    assert_eq!(ask(server.address(), "POST", "/note", &[], b"unreadable").status, 200);
    assert_eq!(ask(server.address(), "POST", "/note", &[], b"fourth").status, 200);
    server.get_until("/read", |reply| {
        assert!(["third", "fourth"].contains(&reply.text()), "a build that fails leaves the site as it was");
        reply.text() == "fourth"
    });
}

#[test]
fn a_plugin_that_comes_back_is_shown_the_site() {
    let server = served("shown-again");
    server.block_on(server.host().disable("test.reader", Dependents::Refuse)).expect("nobody needs it");
    assert_eq!(server.get("/read").status, 404);
    server.block_on(server.host().enable("test.reader", Dependents::Refuse)).expect("it starts");
    server.get_until("/read", |reply| reply.text() == "first");
}
