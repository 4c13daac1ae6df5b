//! A folder that is being served for a test.

use std::net::SocketAddr;
use std::time::Duration;

use keyway::{Host, PluginTable};
use keyway_cms::{Failure, Program, Settings};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::{self, Reply};
use crate::folder::Folder;

/// A running server. Its threads end with it.
pub(crate) struct Served {
    runtime: Runtime,
    host: Host,
    address: SocketAddr,
    greeting: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<String>,
    /// Files are read when they are asked for, so the folder lives as long.
    folder: Option<Folder>,
}

impl Served {
    /// Serves a folder through the plugins of this build.
    pub(crate) fn folder(folder: Folder) -> Self {
        let served = Self::start(keyway_cms::plugins(), &settings(&folder)).unwrap_or_else(|failure| panic!("{failure}"));
        Self { folder: Some(folder), ..served }
    }

    /// Serves through any plugins with any settings.
    pub(crate) fn start(table: PluginTable, settings: &Settings) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let program = runtime.block_on(Program::start(table, settings))?;
        let (host, address, greeting) = (program.host().clone(), program.local_address(), program.greeting());
        let (stop, stopped) = oneshot::channel();
        let task = runtime.spawn(program.run(async {
            let _ = stopped.await;
        }));
        Ok(Self { runtime, host, address, greeting, stop, task, folder: None })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The host of the plugins.
    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// Runs something beside the server.
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub(crate) fn greeting(&self) -> &str {
        &self.greeting
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[])
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
        client::ask(self.address, method, path, headers, &[])
    }

    /// Asks for a path until the answer is as wanted. What happens in the background has no other time than soon.
    pub(crate) fn get_until(&self, path: &str, is_wanted: impl Fn(&Reply) -> bool) -> Reply {
        loop {
            let reply = self.get(path);
            if is_wanted(&reply) {
                return reply;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Stops it as Ctrl-C would and gives what the plugins said.
    pub(crate) fn stop(self) -> String {
        self.stop.send(()).expect("the server still runs");
        let said = self.runtime.block_on(self.task).expect("the server ends in order");
        drop(self.folder);
        said
    }
}

/// The settings for a folder: any free port, and what plugins keep in a hidden folder inside, which goes with it.
pub(crate) fn settings(folder: &Folder) -> Settings {
    let mut settings = Settings::for_folder(folder.path()).unwrap_or_else(|failure| panic!("{failure}"));
    settings.data = folder.path().join(".keyway-cms");
    settings
}
