//! The running program: plugins started, site built, port taken; then served until asked to stop.

use std::fmt::Write;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use keyway::host::{PluginError, PluginErrorKind, StartError, Subscribed, shown};
use keyway::{Host, HostBuilder, PluginTable};
use keyway_cms_sdk::{
    AdminPanel, AssetSource, Authenticator, Authoriser, Middleware, Processor, Protocol, Request, Response, Route, Site,
    SiteListener, Source, Template, Theme, WebSocket,
};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::config_file::ReadFile;
use crate::listing::{self, PluginEntry};
use crate::pipeline::{Pipeline, Tables};
use crate::server::Pulse;
use crate::site_build::{self, Built, Rebuilding};
use crate::{Failure, Settings, server, who_did_what};

/// Time that what goes on in the background has to end when the program stops.
const FAREWELL: Duration = Duration::from_secs(1);

/// A site that is ready to be served: connections wait in the port's queue until [`run`](Self::run).
#[derive(Debug)]
pub struct Program {
    host: Host,
    table: PluginTable,
    listener: TcpListener,
    local: SocketAddr,
    port_note: Option<String>,
    content: String,
    built: Built,
    tables: Arc<Tables>,
    pipeline: Arc<Pipeline>,
    rebuilding: Rebuilding,
    settings: Settings,
    /// End with this.
    written_down: Vec<Subscribed>,
}

impl Program {
    /// Takes the port, starts the plugins and builds the site.
    ///
    /// # Errors
    /// When the port is taken, a required plugin does not start or the configuration does not fit, or no source can tell its
    /// documents. What was started is stopped again.
    pub async fn start(table: PluginTable, settings: &Settings) -> Result<Self, Failure> {
        let (listener, port_note) = settings.listen.bind().await?;
        let local = listener.local_addr().map_err(|error| Failure::new(format!("the port cannot be told: {error}")))?;
        let builder = configured(with_points(Host::builder(table)), settings.plugins.clone(), settings.read.as_ref());
        let builder = settings.extensions.iter().fold(builder, HostBuilder::native_dir);
        let host = builder
            .mount("content", &settings.content)
            .data_folder(&settings.data)
            .start()
            .await
            .map_err(|error| not_started(&error))?;
        let written_down = who_did_what::write_down(&host, &settings.plugins);
        let tables = Arc::new(Tables::of(&host));
        let address = settings.address.clone().unwrap_or_else(|| format!("http://{}", reachable(local)));
        let built = match site_build::build(&host, settings, &address, tables.served()).await {
            Ok(built) => built,
            Err(failure) => {
                host.stop().await;
                return Err(failure);
            }
        };
        let site = Arc::new(ArcSwap::new(Arc::clone(&built.site)));
        let pipeline = Arc::new(Pipeline::new(&host, Arc::clone(&tables), Arc::clone(&site), settings));
        let rebuilding = Rebuilding::new(&host, settings, address, Arc::clone(&tables), site);
        let content = shown(&settings.content);
        let settings = settings.clone();
        Ok(Self { host, table, listener, local, port_note, content, built, tables, pipeline, rebuilding, settings, written_down })
    }

    /// The address that is listened on.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.local
    }

    /// The host of the plugins.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The site as it was built when the program started.
    #[must_use]
    pub fn site(&self) -> Arc<Site> {
        Arc::clone(&self.built.site)
    }

    /// Answers one request without a connection, as [`run`](Self::run) would: through middleware, routes and theme.
    pub async fn answer(&self, request: Request) -> Response {
        self.pipeline.answer(request, None).await
    }

    /// What a person wants to know first: the plugins, what each may do, and where to look.
    #[must_use]
    pub fn greeting(&self) -> String {
        let entries = PluginEntry::running(&self.host, self.table.policy);
        let mut text = format!("keyway-cms {} serves {}\n\n", env!("CARGO_PKG_VERSION"), self.content);
        let pages = self.built.site.pages().len();
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{}\nwhat each may do\n{}\n",
            listing::started(self.host.start_report()),
            listing::permissions(&entries)
        );
        let _ = write!(text, "{pages} pages in {} ms", self.built.elapsed.as_millis());
        if self.built.incomplete > 0 {
            let _ = write!(text, ", {} of them incomplete: see the log", self.built.incomplete);
        }
        text.push_str("\n\n");
        for note in self.notes() {
            let _ = writeln!(text, "  note: {note}");
        }
        let _ = writeln!(text, "  http://{}/    (Ctrl-C stops)", reachable(self.local));
        text
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self.port_note.iter().cloned().collect();
        if !self.local.ip().is_loopback() {
            notes.push(format!(
                "{} can be reached from other machines; put a server that speaks HTTPS in front of it for visitors outside",
                self.local
            ));
        }
        if self.tables.is_empty() {
            notes.push(
                "no plugin answers requests, so every address is \"not found\"; build with `--features content`".to_owned(),
            );
        } else if self.built.site.pages().is_empty() {
            notes.push(format!("there is no page: put a file such as `index.md` into {}", self.content));
        }
        notes.extend(read_only_editor(&self.host, &self.settings.plugins));
        for (plugin, address) in server::not_granted(&self.host, self.table.policy) {
            notes.push(format!(
                "`{plugin}` does NOT listen on `{address}`, which it was not granted: correct its `listen`; \
                 `keyway-cms plugins` shows what it may"
            ));
        }
        notes
    }

    /// Serves until `stop` ends, lets requests under way finish, and stops the plugins. Gives what they said when stopping.
    pub async fn run(self, stop: impl Future<Output = ()>) -> String {
        let Self { host, listener, tables, pipeline, rebuilding, settings, written_down, .. } = self;
        let pulse = Pulse::begin();
        let background = [tokio::spawn(rebuilding.run()), tokio::spawn(server::serve_protocols(host.clone()))];
        server::serve(listener, pipeline, &settings, stop).await;
        for task in background {
            task.abort();
            // It has been cancelled, or a plugin's thread does not come back.
            let _ = timeout(FAREWELL, task).await;
        }
        // Nothing holds a plugin's value any more but the host, which tells of a panic in its `Drop`.
        drop(tables);
        let said = host.stop().await.to_string();
        drop(written_down);
        drop(pulse);
        said
    }
}

/// Gives the host its part of the configuration, with the file in which it stands.
pub(crate) fn configured(builder: HostBuilder, plugins: toml::Table, read: Option<&ReadFile>) -> HostBuilder {
    match read {
        Some(file) => builder.config_read(plugins, &file.name, &file.text),
        None => builder.config(plugins),
    }
}

/// Tells that the editor shows its forms over documents that nobody may change.
fn read_only_editor(host: &Host, settings: &toml::Table) -> Option<String> {
    let runs = |id: &str| host.plugin(id).is_some_and(|plugin| plugin.state.is_running());
    let store = "site.storage-files";
    let is_writable = settings.get("plugin").and_then(|plugins| plugins.get(store)?.get("writable")?.as_bool());
    (runs("site.editor") && runs(store) && is_writable != Some(true)).then(|| {
        format!("the editor can change nothing: set `writable = true` under `[plugin.\"{store}\"]` of the configuration, or disable `site.editor`")
    })
}

/// Names every point that this program calls, so that a plugin which extends another one, and would never be called, is told of.
fn with_points(builder: HostBuilder) -> HostBuilder {
    builder
        .calls::<dyn Source>()
        .calls::<dyn Processor>()
        .calls::<dyn SiteListener>()
        .calls::<dyn Middleware>()
        .calls::<dyn Authenticator>()
        .calls::<dyn Authoriser>()
        .calls::<dyn AssetSource>()
        .calls::<dyn Route>()
        .calls::<dyn WebSocket>()
        .calls::<dyn Template>()
        .calls::<dyn Theme>()
        .calls::<dyn AdminPanel>()
        .calls::<dyn Protocol>()
}

/// What the host was given wrong is for the person who gave it; what a plugin did wrong is not.
pub(crate) fn not_started(error: &StartError) -> Failure {
    let is_config = |failure: &PluginError| matches!(failure.kind(), PluginErrorKind::Config(_));
    if error.problems().is_empty() && !error.failures().any(is_config) {
        return Failure::new(error.to_string());
    }
    Failure::usage(error.to_string())
}

/// The address to type into a browser: where every interface is listened on, this machine's name for itself.
fn reachable(local: SocketAddr) -> String {
    if local.ip().is_unspecified() { format!("localhost:{}", local.port()) } else { local.to_string() }
}
