//! From start to stop.

use std::sync::{Arc, Mutex};

use keyway::Host;
use keyway::host::{Dependents, Reload, StartError};
use keyway_conformance::{Ledger, News};

use super::tier::{Package, Tier};
use super::transcript::{Transcript, folder};

pub(super) const SUBJECT: &str = "conform.subject";
pub(super) const GUEST: &str = "conform.guest";
const NEIGHBOUR: &str = "conform.neighbour";

/// Starts a host with the subject.
pub(super) async fn start(tier: &dyn Tier, config: &str) -> Result<Host, StartError> {
    let folder = folder();
    let config = config.parse().expect("the configuration is TOML");
    let builder = tier.builder(Package::Subject).config(config);
    builder.data_folder(folder.join("data")).mount("content", folder.join("content")).start().await
}

/// The same, which must succeed; what was logged meanwhile is forgotten.
pub(super) async fn started(tier: &dyn Tier, config: &str) -> Host {
    start(tier, config).await.unwrap_or_else(|error| panic!("{error}"))
}

pub(super) async fn start_and_stop(tier: &dyn Tier, seen: &mut Transcript) {
    let states = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&states);
    let folder = folder();
    let builder = tier.builder(Package::Subject).data_folder(folder.join("data")).mount("content", folder.join("content"));
    let builder = builder.on_state(move |change| {
        let line = format!("{} from {} to {}", change.plugin, change.from, change.to);
        listener.lock().expect("no panic").push(line);
    });
    let host = builder.start().await.unwrap_or_else(|error| panic!("{error}"));
    for plugin in host.plugins() {
        seen.line("plugin", format_args!("{} {} {}", plugin.id, plugin.version, plugin.state));
        assert_eq!(plugin.tier, if plugin.id.as_str() == SUBJECT { tier.name() } else { "static" });
    }
    // The native tier finds this very plugin linked into the program of the tests, too.
    let unlisted = format!("KW0501 plugin `{SUBJECT} ");
    assert!(!host.start_report().notes.iter().any(|note| note.starts_with(&unlisted)), "{:?}", host.start_report().notes);
    seen.log("start");
    let report = host.stop().await;
    seen.line("stop", report.is_clean());
    seen.log("stop");
    for state in states.lock().expect("no panic").iter() {
        seen.line("state", state);
    }
    seen.now(&host, SUBJECT, "counts");
}

pub(super) async fn settings_with_mistakes(tier: &dyn Tier, seen: &mut Transcript) {
    for (what, config) in [("wrong type", "greeting = 7"), ("unknown key", "greting = 'Hi'"), ("right", "greeting = 'Hi'")] {
        let host = start(tier, &format!("[plugin.\"{SUBJECT}\"]\n{config}")).await;
        match host {
            Ok(host) => {
                seen.later(&host, GUEST, "you").await;
                host.stop().await;
            }
            Err(error) => seen.line(what, error),
        }
        seen.log(what);
    }
}

pub(super) async fn disabled_and_enabled(tier: &dyn Tier, seen: &mut Transcript) {
    let host = started(tier, "").await;
    let news = host.historic::<dyn News, _, _>(|plugin, text: Arc<String>| async move { plugin.news(&text).await });
    news.tell("one".to_owned());
    settle().await;
    seen.log("first");
    let disabled = host.disable(SUBJECT, Dependents::Cascade).await;
    seen.saw("disable", disabled.map(|_| ()));
    seen.log("disable");
    seen.now(&host, SUBJECT, "counts");
    seen.later(&host, GUEST, "you").await;
    news.tell("two".to_owned());
    let enabled = host.enable(SUBJECT, Dependents::Cascade).await;
    seen.saw("enable", enabled.map(|_| ()));
    settle().await;
    seen.log("enable");
    seen.now(&host, SUBJECT, "counts");
    seen.later(&host, GUEST, "you").await;
    let refused = host.disable(NEIGHBOUR, Dependents::Refuse).await;
    seen.saw("disable the neighbour", refused.map(|_| ()));
    seen.line("stop", host.stop().await.is_clean());
}

pub(super) async fn reload_with_state(tier: &dyn Tier, seen: &mut Transcript) {
    let host = started(tier, "").await;
    seen.log("start");
    seen.saw("add 3", host.extensions::<dyn Ledger>()[0].add(3));
    let reloaded = host.reload(Reload::of(SUBJECT).even_if_unchanged()).await;
    seen.saw("reload", reloaded.map(|_| ()));
    seen.log("reload");
    seen.saw("add 4", host.extensions::<dyn Ledger>()[0].add(4));
    seen.later(&host, GUEST, "you").await;
    seen.line("stop", host.stop().await.is_clean());
    seen.log("stop");
}

/// Lets what goes on beside the test come to its end.
pub(super) async fn settle() {
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
}
