//! A plugin that does nothing wrong, at the same points as the hostile one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use keyway::prelude::*;
use keyway_cms_sdk::event::ContentChanged;
use keyway_cms_sdk::{
    Access, AdminPanel, Answer, Asset, AssetSource, Authenticator, CmsError, Document, Extra, Format, Markup, Middleware, Panel,
    Place, Principal, Request, Response, Route, Site, Socket, Source, StatusCode, Template, View, WebSocket, answer,
};

#[derive(Plugin)]
#[plugin(
    provides(AdminPanel, AssetSource, Authenticator, Middleware, Route, Source, Template, WebSocket),
    subscribes(ContentChanged),
    manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "test.bystander"
    version = "1.0.0"
    host = "^0.1"
    [permissions]
    "http.routes" = { scope = ["/good/**"], reason = "answers well" }
    "events.subscribe" = { scope = ["content.changed"], reason = "counts changes" }
"#
)]
pub struct Bystander {
    seen: AtomicU64,
}

impl Lifecycle for Bystander {
    type Config = ();
    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self { seen: AtomicU64::new(0) })
    }
}

impl Source for Bystander {
    async fn load(&self) -> Result<Vec<Document>, CmsError> {
        Ok(vec![Document::new("/good/document", "bystander", Format::Html, "<p>a good document</p>")])
    }
}

impl Middleware for Bystander {
    fn after(&self, _: &Request, response: &Response) -> Option<Response> {
        let mut marked = response.clone();
        marked.headers_mut().insert("x-good", "yes".parse().expect("a header"));
        Some(marked)
    }
}

impl Authenticator for Bystander {
    async fn authenticate(&self, request: &Request) -> Result<Option<Principal>, CmsError> {
        let name = request.headers().get("x-name").and_then(|name| name.to_str().ok());
        Ok(name.map(|name| Principal::new(name, name).with_role("admin")))
    }
}

impl Route for Bystander {
    fn access(&self, request: &Request) -> Result<Access, CmsError> {
        Ok(if request.uri().path() == "/good/members" { Access::SignedIn } else { Access::Public })
    }

    async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
        let text = |text: String| Some(answer::response(StatusCode::OK, "text/plain", text).into());
        Ok(match request.uri().path() {
            "/good/text" => text(format!("asked for {}", request.uri().query().unwrap_or("nothing"))),
            "/good/members" => text("welcome".to_owned()),
            "/good/view" => Some(View::new("/good/view", "Good", "<p>good content</p>").into()),
            "/good/seen" => text(self.seen.load(Ordering::Relaxed).to_string()),
            _ => None,
        })
    }
}

impl Template for Bystander {
    async fn extend(&self, _: &View, _: &Site) -> Vec<Extra> {
        vec![Extra::new(Place::Footer, Markup::html("<!-- good -->"))]
    }
}

impl AssetSource for Bystander {
    fn assets(&self) -> Vec<Asset> {
        vec![Asset::new("/good/file.txt", "text/plain", "a good file")]
    }
}

impl AdminPanel for Bystander {
    fn panel(&self) -> Result<Panel, CmsError> {
        Ok(Panel::new("Good", "good"))
    }

    async fn render(&self, _: &Request) -> Result<Markup, CmsError> {
        Ok(Markup::html("<p>a good panel</p>"))
    }
}

impl WebSocket for Bystander {
    fn path(&self) -> Result<String, CmsError> {
        Ok("/good/socket".to_owned())
    }

    async fn connected(&self, mut socket: Socket, _: Arc<Request>) -> Result<(), CmsError> {
        while let Some(message) = socket.receive().await {
            socket.send(message).await.map_err(CmsError::new)?;
        }
        Ok(())
    }
}

impl Subscriber<ContentChanged> for Bystander {
    async fn on(&self, _: &ContentChanged) -> Result<(), Error> {
        self.seen.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
