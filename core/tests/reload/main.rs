//! Reloads through the public interface: nothing is lost, and whatever fails leaves the old instance serving.

#![expect(clippy::unwrap_used, reason = "the shared parts of these tests are tests too")]

mod dependents;
mod events;
mod faults;
mod history;
mod limits;
mod plugins;
mod stress;
mod tasks;
mod waiting_events;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use keyway::testing::{RunningTestHost, TestHost};

/// A configuration file that a test changes, deleted at its end.
pub(crate) struct Site {
    pub(crate) host: RunningTestHost,
    file: PathBuf,
}

impl Site {
    /// Starts a host whose configuration is in a file.
    pub(crate) async fn start(host: TestHost, config: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("keyway-reload-{}-{}.toml", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let file = std::env::temp_dir().join(name);
        std::fs::write(&file, config).unwrap();
        let path = file.clone();
        let host = host.adjust(|builder| builder.config_file(path)).start().await.unwrap();
        Self { host, file }
    }

    pub(crate) fn write(&self, config: &str) {
        std::fs::write(&self.file, config).unwrap();
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

/// Waits until something is so; a test that waits for longer than 10 s has failed.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("never came true: {what}");
}
