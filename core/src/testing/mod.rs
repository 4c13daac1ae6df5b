//! Tools for the tests of a plugin: a host that runs it with files, settings and variables that the test makes up.
//!
//! ```
//! use keyway::prelude::*;
//! # use keyway::extension_point;
//! # /// What the SDK of a greeting host declares.
//! # #[extension_point(id = "doc.greeting", version = "1.0.0", on_failure = "open")]
//! # pub trait Greeting {
//! #     /// Greets somebody.
//! #     fn greet(&self, name: &str) -> String;
//! # }
//! /// Greets in the words of `content/greeting.txt`.
//! #[derive(Plugin)]
//! #[plugin(provides(Greeting), manifest_text = r#"
//!     manifest-version = 1
//!     [plugin]
//!     id = "doc.greeter"
//!     version = "1.0.0"
//!     host = "*"
//!     [permissions]
//!     "filesystem.read" = { scope = ["content/**"], reason = "reads the greeting" }
//! "#)]
//! pub struct Greeter {
//!     words: String,
//! }
//!
//! impl Lifecycle for Greeter {
//!     type Config = ();
//!
//!     async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
//!         Ok(Self { words: ctx.files()?.read_to_string("content/greeting.txt")? })
//!     }
//! }
//!
//! impl Greeting for Greeter {
//!     fn greet(&self, name: &str) -> String {
//!         format!("{} {name}!", self.words)
//!     }
//! }
//!
//! // In the tests of the crate, with `#[tokio::test]` in place of a runtime of its own:
//! async fn greets_in_the_words_of_the_file() -> Result<(), keyway::host::StartError> {
//!     let host = keyway::testing::TestHost::new().plugin::<Greeter>().text("content/greeting.txt", "Welcome,").start().await?;
//!     let greetings = host.extensions::<dyn Greeting>();
//!     assert_eq!(greetings[0].greet("Ada"), "Welcome, Ada!");
//!     assert_eq!(greetings[0].counts().calls, 1);
//!     assert!(host.stop().await.is_clean());
//!     Ok(())
//! }
//!
//! fn main() -> Result<(), keyway::host::StartError> {
//!     let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime can be made");
//!     runtime.block_on(greets_in_the_words_of_the_file())
//! }
//! ```
//!
//! In the crate's Cargo.toml, `keyway` stands twice: without features under `[dependencies]`, with `features = ["testing"]` under
//! `[dev-dependencies]`.

mod clock;
mod conformance;
mod folder;
mod random;

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;

use keyway_manifest::{Descriptor, Graph, Location, Policy, PolicyRule, PolicyVerb, Requirement, Target, resolve_slice};
use toml::{Table, Value};

use crate::capability::{HttpError, HttpRequest, HttpResponse};
use crate::host::{Entrant, HostBuilder, Lineup, Problem, Responder, StartError};
use crate::plugin::Registration;
use crate::{Census, Host, Plugin};
use folder::Folder;

#[doc(inline)]
pub use crate::__keyway_conformance as conformance;
pub use clock::TestClock;
pub use conformance::{Check, Conformance, Examined, Finding};
pub(crate) use random::SeededRandom;

/// A host for tests; see the [module](self).
///
/// Every plugin is granted what its manifest asks for unless [`deny`](Self::deny) says otherwise. Requirements of plugins that the
/// test does not add are left out, so that a plugin can be tested alone. It has a data folder of its own, deleted with it; for
/// `ctx.kv()` and `ctx.database()`, add the feature `data` to those of `keyway` under `[dev-dependencies]`.
#[derive(Debug)]
#[must_use = "nothing runs until `start` is called and awaited"]
pub struct TestHost {
    registrations: Vec<Registration>,
    folder: Arc<Folder>,
    variables: Vec<(String, String)>,
    plugins: Table,
    denied: Vec<&'static str>,
    secrets: Vec<(String, String)>,
    clock: Option<TestClock>,
    seed: Option<u64>,
    responder: Option<Responder>,
    adjust: Vec<Adjustment>,
    data_folder: Option<PathBuf>,
    states: Vec<(&'static str, u32, String)>,
}

/// A change of the builder before the start.
struct Adjustment(Box<dyn FnOnce(HostBuilder) -> HostBuilder + Send>);

impl std::fmt::Debug for Adjustment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Adjustment")
    }
}

/// A running [`TestHost`]: a [`Host`] whose mounted folders are deleted when it is dropped.
#[derive(Debug)]
pub struct RunningTestHost {
    host: Host,
    folder: Arc<Folder>,
}

impl Default for TestHost {
    fn default() -> Self {
        Self::new()
    }
}

impl TestHost {
    /// Begins a host without plugins and files.
    pub fn new() -> Self {
        Self::in_folder(Arc::new(Folder::new()))
    }

    /// Begins a host on a folder that others keep.
    fn in_folder(folder: Arc<Folder>) -> Self {
        Self {
            registrations: Vec::new(),
            folder,
            variables: Vec::new(),
            plugins: Table::new(),
            denied: Vec::new(),
            secrets: Vec::new(),
            clock: None,
            seed: None,
            responder: None,
            adjust: Vec::new(),
            data_folder: None,
            states: Vec::new(),
        }
    }

    /// Adds a plugin.
    pub fn plugin<P: Plugin>(mut self) -> Self {
        self.registrations.push(Registration::of::<P>());
        self
    }

    /// Adds a plugin that is no crate's.
    fn registration(mut self, registration: Registration) -> Self {
        self.registrations.push(registration);
        self
    }

    /// Lays settings over those of a plugin.
    fn settings(mut self, plugin: &str, settings: Table) -> Self {
        let before = self.plugins.remove(plugin);
        let mut table = match before {
            Some(Value::Table(table)) => table,
            _ => Table::new(),
        };
        table.extend(settings);
        self.plugins.insert(plugin.to_owned(), Value::Table(table));
        self
    }

    /// Puts a text file below a mounted folder: `content/about.md` also mounts `content`. Folders that the plugins' scopes name are
    /// mounted in any case, empty when the test puts nothing there.
    ///
    /// # Panics
    ///
    /// When the path does not name a folder first, or the file cannot be written.
    pub fn text(self, path: &str, text: &str) -> Self {
        self.bytes(path, text.as_bytes())
    }

    /// Like [`text`](Self::text), with any content.
    ///
    /// # Panics
    ///
    /// When the path does not name a folder first, or the file cannot be written.
    pub fn bytes(self, path: &str, content: &[u8]) -> Self {
        self.folder.write(path, content);
        self
    }

    /// Mounts an empty folder.
    ///
    /// # Panics
    ///
    /// When the folder cannot be made.
    pub fn empty_mount(self, name: &str) -> Self {
        self.folder.make(name);
        self
    }

    /// Sets the configuration of the plugin added last, as TOML text: what an operator would write under `[plugin."id"]`.
    ///
    /// # Panics
    ///
    /// When there is no plugin yet, or the text is no TOML.
    pub fn config(mut self, toml: &str) -> Self {
        let plugin = self.registrations.last().expect("add the plugin before its configuration");
        let table: Table = toml.parse().expect("the configuration of a test is TOML");
        self.plugins.insert(plugin.descriptor.id.as_str().to_owned(), Value::Table(table));
        self
    }

    /// Gives the plugin added last a state, in the form `version` and as JSON, before its first call: to test that a state which an older
    /// release has saved comes through every step of its migration. What the plugin saves is told by
    /// [`saved_state`](RunningTestHost::saved_state).
    ///
    /// # Panics
    ///
    /// When there is no plugin yet; and [`start`](Self::start) does, with what is wrong, when the plugin does not take the state.
    pub fn state(mut self, version: u32, json: &str) -> Self {
        let plugin = self.registrations.last().expect("add the plugin before its state");
        self.states.push((plugin.descriptor.id.as_str(), version, json.to_owned()));
        self
    }

    /// Sets an environment variable, for plugins that may read it. The variables of the process are not changed.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets a secret, for plugins that may read it.
    pub fn secret(mut self, name: &str, value: &str) -> Self {
        self.secrets.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Has plugins take the time from a clock that the test sets. Keep a copy of it.
    pub fn clock(mut self, clock: &TestClock) -> Self {
        self.clock = Some(clock.clone());
        self
    }

    /// Makes the randomness of the plugins the same in each run. Each plugin has numbers of its own.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Has the requests of `ctx.http()` answered by a function in place of the network; the feature `http-client` is not needed then.
    /// A request outside the plugin's grant is refused as ever, and does not reach the function. Redirects are not followed.
    ///
    /// ```
    /// use keyway::capability::HttpResponse;
    /// use keyway::testing::TestHost;
    ///
    /// let host = TestHost::new().http(|request| async move { Ok(HttpResponse::new(200, request.url, Vec::new(), b"pong".to_vec())) });
    /// ```
    pub fn http<F>(mut self, respond: impl Fn(HttpRequest) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<HttpResponse, HttpError>> + Send + 'static,
    {
        self.responder = Some(Responder::new(respond));
        self
    }

    /// Denies a permission to every plugin, to test how one copes without an optional permission.
    pub fn deny(mut self, permission: &'static str) -> Self {
        self.denied.push(permission);
        self
    }

    /// Changes the builder before the start, for example its deadlines.
    pub fn adjust(mut self, change: impl FnOnce(HostBuilder) -> HostBuilder + Send + 'static) -> Self {
        self.adjust.push(Adjustment(Box::new(change)));
        self
    }

    /// Keeps data, and the audit log, in a folder of the test's choice, which is not deleted; to test a restart, or a plugin that finds
    /// what an earlier version of it has left.
    pub fn data_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data_folder = Some(folder.into());
        self
    }

    /// Runs the host without a data folder, to test how a plugin tells that it needs one.
    pub fn without_data_folder(mut self) -> Self {
        self.data_folder = Some(PathBuf::new());
        self
    }

    /// Starts the plugins.
    ///
    /// # Errors
    ///
    /// What [`HostBuilder::start`] answers; and when the plugins do not fit together, the report of the resolver.
    pub async fn start(self) -> Result<RunningTestHost, StartError> {
        let mut builder = HostBuilder::from_lineup(self.lineup());
        builder = match self.data_folder {
            Some(folder) => builder.data_folder(folder),
            // An audit log that nobody will read would write, and be waited for, in every test.
            None => builder.data_folder(self.folder.data()).config(Table::from_iter([(
                "host".to_owned(),
                Value::Table(Table::from_iter([("audit".to_owned(), Value::Boolean(false))])),
            )])),
        };
        for (name, path) in self.folder.mounts() {
            builder = builder.mount(name, path);
        }
        for (name, value) in self.variables {
            builder = builder.variable(name, value);
        }
        for (name, value) in self.secrets {
            builder = builder.secret(name, value);
        }
        if let Some(clock) = self.clock {
            builder = builder.clock(Arc::new(clock));
        }
        if let Some(seed) = self.seed {
            builder = builder.seed(seed);
        }
        if let Some(responder) = self.responder {
            builder = builder.responder(responder);
        }
        if !self.plugins.is_empty() {
            builder = builder.config(Table::from_iter([("plugin".to_owned(), Value::Table(self.plugins))]));
        }
        let mut builder = self.adjust.into_iter().fold(builder, |builder, change| (change.0)(builder));
        let requests = self.registrations.iter().flat_map(|registration| registration.descriptor.permissions);
        for scope in requests.filter(|request| request.name.starts_with("filesystem.")).flat_map(|request| request.scopes) {
            let folder = scope.split('/').next().unwrap_or(scope);
            if !folder.contains('*') && !builder.has_mounted(folder) {
                builder = builder.mount(folder, self.folder.make(folder));
            }
        }
        let host = builder.start().await?;
        for (plugin, version, json) in self.states {
            if let Err(error) = host.give_state(plugin, version, &json) {
                panic!("{error}");
            }
        }
        Ok(RunningTestHost { host, folder: self.folder })
    }

    fn lineup(&self) -> Result<Lineup, Problem> {
        let all: Vec<_> = self.registrations.iter().map(|registration| registration.descriptor).collect();
        let registrations: Vec<_> = self
            .registrations
            .iter()
            .map(|registration| Registration { descriptor: alone(registration.descriptor, &all), ..registration.clone() })
            .collect();
        let descriptors: Vec<_> = registrations.iter().map(|registration| registration.descriptor).collect();
        let denied = self.denied.iter().map(|permission| PolicyRule {
            plugin: None,
            plugin_location: Location::UNKNOWN,
            verb: PolicyVerb::Deny,
            permission,
            scopes: &[],
            location: Location::UNKNOWN,
        });
        // Descriptors and policies are static everywhere else; what a test makes up lives as long as the test program.
        let policy = Policy { rules: denied.collect::<Vec<_>>().leak(), ..Policy::GRANT_REQUESTED };
        let graph = Graph {
            plugins: &descriptors,
            sdk: None,
            available: &[],
            libraries: &[],
            policy: &policy,
            policy_file: "",
            lock: None,
        };
        let order = resolve_slice(&graph).map_err(|report| Problem::of_graph(&report))?;
        let levels = order.levels.iter().enumerate();
        let plugins = levels.flat_map(|(level, indices)| {
            indices.iter().map(move |&index| (index, u16::try_from(level).expect("the resolver takes at most 65,535 plugins")))
        });
        let entrant = |(index, level): (usize, u16)| Entrant { registration: registrations[index].clone(), level, library: None };
        Ok(Lineup {
            plugins: plugins.map(entrant).collect(),
            policy,
            policy_file: "",
            sdk: None,
            available: &[],
            lock: None,
            panic_abort: cfg!(panic = "abort"),
            census: Census::default(),
        })
    }
}

/// The descriptor without requirements of what is not there.
fn alone(descriptor: &'static Descriptor, all: &[&'static Descriptor]) -> &'static Descriptor {
    let is_there = |requirement: &&Requirement| match requirement.target {
        Target::Plugin => all.iter().any(|other| other.id == requirement.id),
        Target::Service => all.iter().any(|other| other.provides.iter().any(|provision| provision.id == requirement.id)),
    };
    let requires: Vec<Requirement> = descriptor.requires.iter().filter(is_there).copied().collect();
    if requires.len() == descriptor.requires.len() {
        return descriptor;
    }
    Box::leak(Box::new(Descriptor { requires: requires.leak(), ..*descriptor }))
}

impl RunningTestHost {
    /// Reads a file that a plugin has written below a mounted folder.
    ///
    /// # Panics
    ///
    /// When there is no such file, or it is no UTF-8 text.
    #[must_use]
    pub fn text(&self, path: &str) -> String {
        String::from_utf8(self.folder.read(path)).expect("the file is UTF-8 text")
    }

    /// What a plugin saves of its state at this moment, in its newest form, as JSON.
    ///
    /// # Panics
    ///
    /// When the plugin does not run or keeps no state, and with what is wrong when it does not save it.
    #[must_use]
    pub fn saved_state(&self, plugin: &str) -> String {
        self.saved_state_as(plugin, None)
    }

    /// Like [`saved_state`](Self::saved_state), in an older form: through the steps down from the newest one.
    ///
    /// # Panics
    ///
    /// As `saved_state`, and when the plugin has no such form or does not go back to it.
    #[must_use]
    pub fn saved_state_in(&self, plugin: &str, version: u32) -> String {
        self.saved_state_as(plugin, Some(version))
    }

    fn saved_state_as(&self, plugin: &str, version: Option<u32>) -> String {
        match self.host.take_state(plugin, version) {
            Ok(json) => json,
            Err(error) => panic!("{error}"),
        }
    }

    /// The host itself, for code that keeps one.
    #[must_use]
    pub const fn host(&self) -> &Host {
        &self.host
    }
}

impl Deref for RunningTestHost {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.host
    }
}
