//! A plugin that takes part in everything and behaves as badly as its configuration says, place by place.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use keyway::job::{Job, JobRun, JobSpec};
use keyway::prelude::*;
use keyway_cms_sdk::event::{ContentChanged, SiteBuilt};
use keyway_cms_sdk::{
    Access, AdminPanel, AfterDelete, AfterInsert, AfterUpdate, Answer, Asset, AssetSource, Authenticator, Authoriser,
    BeforeDelete, BeforeInsert, BeforeUpdate, Change, CmsError, Connection, Document, Extra, Format, Markup, Middleware, Panel,
    Place, Principal, Processed, Processor, Protocol, Refusal, Request, Response, Route, Site, SiteListener, Socket, Source,
    StatusCode, Stored, Template, Theme, View, WebSocket, answer,
};
use serde::Deserialize;
use tokio::io::AsyncWriteExt;

use super::{garbage, gate};

#[derive(Plugin)]
#[plugin(
    provides(
        AdminPanel,
        AfterDelete,
        AfterInsert,
        AfterUpdate,
        AssetSource,
        Authenticator,
        Authoriser,
        BeforeDelete,
        BeforeInsert,
        BeforeUpdate,
        Job,
        Middleware,
        Processor,
        Protocol,
        Route,
        SiteListener,
        Source,
        Template,
        Theme,
        WebSocket
    ),
    publishes(ContentChanged),
    subscribes(SiteBuilt),
    manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "test.hostile"
    version = "6.6.6"
    host = "^0.1"
    [order]
    before = ["test.bystander"]
    [limits]
    call = "100ms"
    tasks = 4
    [permissions]
    "http.routes" = { scope = ["/hostile/**"], reason = "answers badly" }
    "network.server" = { scope = ["127.0.0.1:*"], reason = "serves badly" }
    "jobs.schedule" = { scope = ["work"], reason = "works badly" }
    "events.publish" = { scope = ["content.changed"], reason = "tells lies" }
    "events.subscribe" = { scope = ["site.built"], reason = "listens badly" }
    [config]
    faults = {}
    name = ""
    port = 0
"#
)]
pub struct Hostile {
    config: HostileConfig,
    asked: AtomicUsize,
    tasks: Tasks,
    changed: Publisher<ContentChanged>,
}

/// What the plugin does at which place, such as `"Route::handle" = "panic"`: `panic`, `hang`, `hold`, `fail`, `garbage`, or several with
/// `|` between, which take turns.
#[derive(Debug, Deserialize)]
pub struct HostileConfig {
    faults: BTreeMap<String, String>,
    /// The gate at which it holds threads.
    name: String,
    port: u16,
}

impl Hostile {
    fn fault(&self, place: &str) -> &str {
        let Some(faults) = self.config.faults.get(place) else { return "" };
        let turn = self.asked.fetch_add(1, Ordering::Relaxed);
        let faults: Vec<&str> = faults.split('|').collect();
        faults[turn % faults.len()]
    }

    /// Misbehaves at a place; what is not done here is for the caller to do.
    fn act(&self, place: &str) -> Result<bool, CmsError> {
        match self.fault(place) {
            "panic" => panic!("boom in {place}"),
            "hold" => gate::wait(&self.config.name),
            "fail" => return Err(CmsError::message("a secret of the hostile plugin")),
            "garbage" => return Ok(true),
            _ => {}
        }
        Ok(false)
    }

    async fn act_async(&self, place: &str) -> Result<bool, CmsError> {
        tokio::task::yield_now().await;
        if self.config.faults.get(place).is_some_and(|faults| faults.contains("hang")) && self.fault(place) == "hang" {
            std::future::pending::<()>().await;
        }
        self.act(place)
    }
}

impl Lifecycle for Hostile {
    type Config = HostileConfig;

    async fn init(ctx: &Context<Self>, config: HostileConfig) -> Result<Self, Error> {
        Ok(Self { config, asked: AtomicUsize::new(0), tasks: ctx.tasks(), changed: ctx.publisher()? })
    }

    async fn stop(&self) -> Result<(), Error> {
        self.act_async("stop").await.map(drop).map_err(Error::new)
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        let _ = self.act("drop");
    }
}

impl Source for Hostile {
    async fn load(&self) -> Result<Vec<Document>, CmsError> {
        if self.act_async("Source::load").await? {
            let paths =
                ["", "no-slash", "/../../etc/passwd", "//evil.example", "/a\0b", "/a\r\nset-cookie: a=b", "/good/document"];
            return Ok(paths.map(|path| Document::new(path, "\u{0}", Format::Markdown, "<script>".repeat(1000))).into());
        }
        Ok(vec![Document::new("/hostile/document", "hostile", Format::Html, "<p>a document</p>")])
    }
}

impl Processor for Hostile {
    fn process(&self, document: &Document) -> Result<Option<Processed>, CmsError> {
        if document.path != "/hostile/document" {
            return Ok(None);
        }
        let garbage = self.act("Processor::process")?;
        Ok(garbage.then(|| Processed { content: "<".repeat(1 << 20), format: Format::Html, headings: None }))
    }
}

impl SiteListener for Hostile {
    async fn site_built(&self, _: Arc<Site>) {
        let _ = self.act_async("SiteListener::site_built").await;
    }
}

impl Middleware for Hostile {
    fn before(&self, request: &Request) -> Option<Response> {
        let garbage = self.act("Middleware::before").unwrap_or_default();
        (garbage && request.uri().path().starts_with("/hostile/")).then(|| garbage::response("status-101"))
    }

    fn after(&self, request: &Request, _: &Response) -> Option<Response> {
        let garbage = self.act("Middleware::after").unwrap_or_default();
        (garbage && request.uri().path().starts_with("/hostile/")).then(|| garbage::response("many-headers"))
    }
}

impl Authenticator for Hostile {
    async fn authenticate(&self, _: &Request) -> Result<Option<Principal>, CmsError> {
        self.act_async("Authenticator::authenticate").await.map(|_| None)
    }

    fn login_path(&self) -> Result<Option<String>, CmsError> {
        Ok(self.act("Authenticator::login_path")?.then(|| "//evil.example/\r\nset-cookie: a=b".to_owned()))
    }
}

impl Authoriser for Hostile {
    async fn authorise(&self, _: &Principal, _: &Request, _: &Access) -> Result<(), Refusal> {
        match self.act_async("Authoriser::authorise").await {
            Ok(false) => Ok(()),
            Ok(true) => Err(Refusal::new("<script>".repeat(1000))),
            Err(_) => Err(Refusal::new("no")),
        }
    }
}

impl AssetSource for Hostile {
    fn assets(&self) -> Vec<Asset> {
        if self.act("AssetSource::assets").unwrap_or_default() {
            return vec![
                Asset::new("/hostile/broken", "text/plain\r\nset-cookie: a=b", "x"),
                Asset::new("/good/text", "text/plain", "not yours"),
                Asset::new("/hostile/huge", "text/plain", vec![b'x'; 6 << 20]),
            ];
        }
        vec![Asset::new("/hostile/file.txt", "text/plain", "a file")]
    }
}

impl Route for Hostile {
    fn access(&self, _: &Request) -> Result<Access, CmsError> {
        self.act("Route::access").map(|_| Access::Public)
    }

    async fn handle(&self, request: &Request) -> Result<Option<Answer>, CmsError> {
        let path = request.uri().path();
        if let Some(kind) = path.strip_prefix("/hostile/garbage/") {
            return Ok(Some(garbage::answer(kind)));
        }
        match path {
            "/hostile/flood" => {
                for number in 0..20_000 {
                    let _ = self.changed.try_publish(ContentChanged { paths: vec![format!("{number}.md")] });
                }
            }
            "/hostile/tasks" => {
                for _ in 0..100 {
                    drop(self.tasks.spawn(std::future::pending::<()>()));
                }
            }
            "/hostile/text" | "/hostile/page" => {}
            _ => return Ok(None),
        }
        if self.act_async("Route::handle").await? {
            return Ok(Some(garbage::answer("status-100")));
        }
        Ok(Some(answer::response(StatusCode::OK, "text/plain", "hostile").into()))
    }
}

impl WebSocket for Hostile {
    fn path(&self) -> Result<String, CmsError> {
        Ok(if self.act("WebSocket::path")? { "/good/socket" } else { "/hostile/socket" }.to_owned())
    }

    async fn connected(&self, socket: Socket, _: Arc<Request>) -> Result<(), CmsError> {
        if self.act_async("WebSocket::connected").await? {
            while socket.send("x".repeat(1 << 20)).await.is_ok() {}
        }
        Ok(())
    }
}

impl Template for Hostile {
    async fn extend(&self, _: &View, _: &Site) -> Vec<Extra> {
        let garbage = self.act_async("Template::extend").await.unwrap_or_default();
        let markup = if garbage { "<!--".repeat(1 << 20) } else { "<!-- hostile -->".to_owned() };
        vec![Extra::new(Place::Head, Markup::html(markup))]
    }
}

impl Theme for Hostile {
    fn render(&self, _: &Site, view: &View) -> Result<String, CmsError> {
        Ok(if self.act("Theme::render")? { "x".repeat(6 << 20) } else { format!("drawn: {}{}", view.content, view.slots.footer) })
    }
}

impl AdminPanel for Hostile {
    fn panel(&self) -> Result<Panel, CmsError> {
        Ok(if self.act("AdminPanel::panel")? { Panel::new("<b>", "../good") } else { Panel::new("Hostile", "hostile") })
    }

    async fn render(&self, _: &Request) -> Result<Markup, CmsError> {
        let garbage = self.act_async("AdminPanel::render").await?;
        Ok(Markup::html(if garbage { "x".repeat(6 << 20) } else { "<p>a panel</p>".to_owned() }))
    }
}

impl Protocol for Hostile {
    fn listen(&self) -> Result<Vec<String>, CmsError> {
        let garbage = self.act("Protocol::listen")?;
        let own = format!("127.0.0.1:{}", self.config.port);
        Ok(if garbage { vec!["0.0.0.0:1".to_owned(), "\0".to_owned()] } else { vec![own] })
    }

    async fn serve(&self, mut connection: Connection) -> Result<(), CmsError> {
        if self.act_async("Protocol::serve").await? {
            while connection.write_all(&[0; 4096]).await.is_ok() {}
        }
        connection.write_all(b"served").await.map_err(CmsError::new)
    }
}

impl Job for Hostile {
    fn jobs(&self) -> Result<Vec<JobSpec>, Error> {
        let garbage = self.act("Job::jobs").map_err(Error::new)?;
        let name = if garbage { "not granted\n" } else { "work" };
        Ok(vec![JobSpec::new(name, keyway::schedule!("0 0 1 1 *"))])
    }

    async fn run(&self, _: &JobRun) -> Result<(), Error> {
        self.act_async("Job::run").await.map(drop).map_err(Error::new)
    }
}

impl Subscriber<SiteBuilt> for Hostile {
    async fn on(&self, _: &SiteBuilt) -> Result<(), Error> {
        self.act_async("Subscriber::on").await.map(drop).map_err(Error::new)
    }
}

/// The hooks that may object: a failure and an answer of their own are alike.
async fn may_object(hostile: &Hostile, place: &str) -> Result<(), Refusal> {
    match hostile.act_async(place).await {
        Ok(false) => Ok(()),
        Ok(true) | Err(_) => Err(Refusal::new("\u{0}")),
    }
}

impl BeforeInsert for Hostile {
    async fn before_insert(&self, _: &Change) -> Result<(), Refusal> {
        may_object(self, "BeforeInsert::before_insert").await
    }
}

impl BeforeUpdate for Hostile {
    async fn before_update(&self, _: &Stored, _: &Change) -> Result<(), Refusal> {
        may_object(self, "BeforeUpdate::before_update").await
    }
}

impl BeforeDelete for Hostile {
    async fn before_delete(&self, _: &Stored, _: Option<&str>) -> Result<(), Refusal> {
        may_object(self, "BeforeDelete::before_delete").await
    }
}

impl AfterInsert for Hostile {
    async fn after_insert(&self, _: &Change) {
        let _ = self.act_async("AfterInsert::after_insert").await;
    }
}

impl AfterUpdate for Hostile {
    async fn after_update(&self, _: &Stored, _: &Change) {
        let _ = self.act_async("AfterUpdate::after_update").await;
    }
}

impl AfterDelete for Hostile {
    async fn after_delete(&self, _: &Stored, _: Option<&str>) {
        let _ = self.act_async("AfterDelete::after_delete").await;
    }
}
