//! Plugins that misbehave where nobody expects code to run: in the texts and destructors of their errors, in reading their
//! configuration; and switches that cross each other.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use keyway::__private as generated;
use keyway::host::{Dependents, State, SwitchError};
use keyway::manifest::Descriptor;
use keyway::{Context, Error, Host, Lifecycle, Plugin, PluginTable};
use serde::de::{Deserialize, Deserializer};

use crate::fixture::{Greet, Play, descriptor, table};

/// An error that panics when it is shown, or when it is dropped.
#[derive(Debug)]
enum Trap {
    Shown,
    Dropped,
}

impl fmt::Display for Trap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        assert!(!matches!(self, Self::Shown), "boom in Display");
        formatter.write_str("a trap")
    }
}

impl std::error::Error for Trap {}

impl Drop for Trap {
    fn drop(&mut self) {
        assert!(!matches!(self, Self::Dropped), "boom in the error's Drop");
    }
}

struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("boom in the drop of a future");
    }
}

/// A plugin that does what its id says.
struct Trickster(&'static str);

struct TrickConfig;

impl<'de> Deserialize<'de> for TrickConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = std::collections::BTreeMap::<String, bool>::deserialize(deserializer)?;
        assert!(!values.contains_key("trap"), "boom in Deserialize");
        Ok(Self)
    }
}

impl Trickster {
    async fn act(&self, phase: &str) -> Result<(), Error> {
        match self.0.strip_prefix("site.").and_then(|id| id.strip_prefix(phase)) {
            Some("-shown") => Err(Error::new(Trap::Shown)),
            Some("-dropped") => Err(Error::new(Trap::Dropped)),
            Some("-late") => {
                let _bomb = PanicsOnDrop;
                std::future::pending().await
            }
            _ => Ok(()),
        }
    }
}

impl Lifecycle for Trickster {
    type Config = TrickConfig;

    async fn init(ctx: &Context<Self>, _config: TrickConfig) -> Result<Self, Error> {
        let plugin = Self(ctx.descriptor().id.as_str());
        plugin.act("init").await?;
        Ok(plugin)
    }

    async fn start(&self, _ctx: &Context<Self>) -> Result<(), Error> {
        self.act("start").await
    }

    async fn stop(&self) -> Result<(), Error> {
        self.act("stop").await
    }
}

impl Plugin for Trickster {
    const DESCRIPTOR: &'static Descriptor = &Descriptor::EMPTY;

    fn __extensions(_instance: &Arc<Self>) -> Vec<generated::Extension> {
        Vec::new()
    }
}

/// A table of the trickster of this name and a plugin beside it that does nothing.
fn tricksters(name: &str) -> PluginTable {
    let plain = table(vec![
        Descriptor { extensions: &[], ..descriptor(name, &[]) },
        Descriptor { extensions: &[], ..descriptor("witness", &[]) },
    ]);
    let create = generated::Registration::of::<Trickster>().create;
    let registrations: Vec<&'static generated::Registration> = plain
        .registrations
        .iter()
        .map(|registration| &*Box::leak(Box::new(generated::Registration { create: create.clone(), ..**registration })))
        .collect();
    PluginTable { registrations: registrations.leak(), ..plain }
}

#[tokio::test(start_paused = true)]
async fn errors_that_panic_are_the_plugins_fault_alone() {
    for (name, code) in [
        ("init-shown", "KW0605"),
        ("init-dropped", "KW0605"),
        ("init-late", "KW0606"),
        ("start-shown", "KW0605"),
        ("start-dropped", "KW0605"),
        ("start-late", "KW0606"),
        ("config", "KW0607"),
    ] {
        let settings = if name == "config" { "[plugin.\"site.config\"]\ntrap = true\n" } else { "" };
        let host = Host::builder(tricksters(name)).config(settings.parse().unwrap()).all_optional().start().await.unwrap();
        let error = host.start_report().plugin(&format!("site.{name}")).unwrap().error.clone().unwrap();
        assert_eq!(error.code(), code, "{name}: {error}");
        assert_eq!(host.plugin("site.witness").unwrap().state, State::Ok, "{name}");
        assert!(host.stop().await.is_clean());
    }
}

#[tokio::test(start_paused = true)]
async fn errors_that_panic_while_stopping_are_the_plugins_fault_alone() {
    for (name, code) in [("stop-shown", "KW0605"), ("stop-dropped", "KW0605"), ("stop-late", "KW0606")] {
        let host = Host::builder(tricksters(name)).start().await.unwrap();
        let report = host.stop().await;
        assert_eq!(report.plugins.len(), 2, "{name}");
        assert_eq!(report.errors().map(keyway::host::PluginError::code).collect::<Vec<_>>(), [code], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn switches_calls_and_a_stop_that_cross_each_other() {
    let plugins: &[(&str, &[&str])] = &[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("d", &["a?"]), ("e", &[])];
    let play = Play::new(plugins).script("b", "stop", "wait").script("c", "start", "wait");
    let host = play.builder().start().await.unwrap();
    let mut tasks = Vec::new();
    for worker in 0..4_usize {
        let host = host.clone();
        tasks.push(tokio::spawn(async move {
            for turn in 0..40_usize {
                let id = ["site.a", "site.b", "site.c", "site.d", "site.e"][(worker * 7 + turn * 3) % 5];
                let dependents = if turn % 3 == 0 { Dependents::Refuse } else { Dependents::Cascade };
                // Half of the switches are given up by their callers halfway.
                let patience = Duration::from_millis(if turn % 2 == 0 { 1 } else { 10_000 });
                let answer = if (worker + turn) % 2 == 0 {
                    tokio::time::timeout(patience, host.disable(id, dependents)).await
                } else {
                    tokio::time::timeout(patience, host.enable(id, dependents)).await
                };
                if let Ok(Err(error)) = answer {
                    assert!(!matches!(error, SwitchError::Failed { .. } | SwitchError::Unknown { .. }), "{error}");
                }
            }
        }));
    }
    for _ in 0..4 {
        let host = host.clone();
        let runtime = tokio::runtime::Handle::current();
        tasks.push(tokio::task::spawn_blocking(move || {
            for turn in 0..400_u32 {
                for extension in &host.extensions::<dyn Greet>() {
                    let answer = if turn % 8 == 0 { runtime.block_on(extension.wait(1)) } else { extension.greet() };
                    if let Err(error) = answer {
                        assert_eq!(error.code(), "KW0603", "{error}");
                    }
                }
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let (first, second) = tokio::join!(host.stop(), host.stop());
    assert!(first.is_clean() && second.is_clean());
    assert!(first.plugins.is_empty() || second.plugins.is_empty(), "nobody is stopped twice");
    assert!(host.extensions::<dyn Greet>().iter().next().is_none());
    assert!(host.plugins().iter().all(|plugin| !plugin.state.is_running()));
    drop(host);
    for (name, _) in plugins {
        let count = |what: &str| play.did(what).iter().filter(|done| *done == name).count();
        assert_eq!(count("init"), count("drop"), "{name}: every instance was dropped once");
        assert_eq!(count("start"), count("stop"), "{name}: every start had its stop");
    }
}

#[tokio::test]
async fn nothing_is_switched_on_behind_a_stop() {
    let play = Play::new(&[("a", &[]), ("b", &["a"])]).script("b", "stop", "wait");
    let host = play.builder().start().await.unwrap();
    host.disable("site.b", Dependents::Refuse).await.unwrap();
    // Asked for while the stop goes on, so that it has its turn afterwards.
    let (report, answer) = tokio::join!(host.stop(), host.enable("site.b", Dependents::Cascade));
    assert_eq!(report.plugins.len(), 1);
    let error = answer.unwrap_err();
    assert_eq!(error.code(), "KW0617");
    assert_eq!(error.to_string(), "KW0617 plugin `site.b` cannot be enabled: the host has stopped\n  help: start a new host");
    assert_eq!(play.did("init"), ["a", "b"], "nothing was made that nobody would stop");
    assert_eq!(host.enable("site.a", Dependents::Refuse).await.unwrap_err().code(), "KW0617");
}
