//! A plugin that panics wherever a plugin can.
// Being built as a library must not ask more of a plugin than being linked does.
#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use keyway::prelude::*;
use keyway_tests_native::Trial;
use serde::Deserialize;

/// Panics where its configuration and its callers say.
#[derive(Debug, Plugin)]
#[plugin(provides(Trial))]
pub struct Faulty {
    panic_in: Phase,
    tasks: Tasks,
    kept: Mutex<Vec<u8>>,
}

/// The plugin's settings.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    panic_in: Phase,
}

/// A phase of the plugin's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// None.
    Nothing,
    /// While its settings are read.
    Config,
    /// In `init`.
    Init,
    /// In `start`.
    Start,
    /// In `stop`.
    Stop,
    /// When it is dropped.
    Drop,
}

/// What makes reading the settings panic, if they say so.
fn check(settings: Settings) -> Settings {
    assert!(settings.panic_in != Phase::Config, "while the settings are read");
    settings
}

/// The settings once they were checked.
#[derive(Debug, Deserialize)]
#[serde(from = "Settings")]
pub struct Checked(Settings);

impl From<Settings> for Checked {
    fn from(settings: Settings) -> Self {
        Self(check(settings))
    }
}

impl Lifecycle for Faulty {
    type Config = Checked;

    async fn init(ctx: &Context<Self>, Checked(Settings { panic_in }): Checked) -> Result<Self, Error> {
        assert!(panic_in != Phase::Init, "in init");
        Ok(Self { panic_in, tasks: ctx.tasks(), kept: Mutex::default() })
    }

    async fn start(&self, _: &Context<Self>) -> Result<(), Error> {
        self.tasks.sleep(Duration::from_millis(1)).await;
        assert!(self.panic_in != Phase::Start, "in start");
        Ok(())
    }

    async fn stop(&self) -> Result<(), Error> {
        assert!(self.panic_in != Phase::Stop, "in stop");
        Ok(())
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        assert!(self.panic_in != Phase::Drop, "in drop");
    }
}

/// Panics when it is shown and when it is dropped.
#[derive(Debug)]
struct Bomb;

impl fmt::Display for Bomb {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("while it is shown");
    }
}

impl std::error::Error for Bomb {}

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("while it is dropped");
    }
}

impl Trial for Faulty {
    fn now(&self, act: &str) -> Result<String, Error> {
        match act {
            "panic" => panic!("in a method"),
            "panic with a value" => std::panic::panic_any(Bomb),
            "fail" => Err(Error::message("as it was told")),
            "fail with a bomb" => Err(Error::new(Bomb)),
            "keep memory" => {
                let mut kept = self.kept.lock().map_err(|_| Error::message("a panic while it was locked"))?;
                *kept = vec![1; 64 << 20];
                Ok(format!("{} MiB", kept.len() >> 20))
            }
            other => Ok(format!("did {other}")),
        }
    }

    async fn later(&self, act: &str) -> Result<String, Error> {
        match act {
            "panic at once" => panic!("in the first poll"),
            "panic" => {
                self.tasks.sleep(Duration::from_millis(1)).await;
                panic!("in a later poll");
            }
            "hold a bomb" => {
                let _bomb = Bomb;
                std::future::pending().await
            }
            "end with a bomb" => {
                let _bomb = Bomb;
                Ok("it does not come to that".to_owned())
            }
            "fail with a bomb" => Err(Error::new(Bomb)),
            "run a task that panics" => {
                let task = self.tasks.spawn(async { panic!("in a task") })?;
                let joined: Result<(), _> = task.join().await;
                Ok(joined.map_or_else(|error| error.to_string(), |()| "the task did not panic".to_owned()))
            }
            "leave a task with a bomb" => {
                drop(self.tasks.spawn(async { Bomb })?);
                Ok("left".to_owned())
            }
            other => {
                self.tasks.sleep(Duration::from_millis(1)).await;
                Ok(format!("did {other} later"))
            }
        }
    }
}
