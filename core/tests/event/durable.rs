//! Durable events: nothing that was acknowledged is lost, whatever ends the process, and what cannot be delivered is kept apart.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyway::Plugin;
use keyway::host::{Dependents, DurableOptions, HostBuilder, State};
use keyway::testing::{RunningTestHost, TestHost};

use crate::ledger::later::Newcomer;
use crate::ledger::{Clerk, Entry, NewEntry, OldEntry};
use crate::until;

/// A folder that is removed at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("keyway-durable-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Three attempts, without a pause worth mentioning.
pub(crate) const HASTY: DurableOptions = DurableOptions {
    attempts: 3,
    first_retry: Duration::from_millis(1),
    longest_retry: Duration::from_millis(1),
    ..DurableOptions::DEFAULT
};

pub(crate) async fn host_of<P: Plugin>(folder: &Path) -> RunningTestHost {
    let folder = folder.to_owned();
    let adjusted =
        TestHost::new().plugin::<P>().adjust(|builder| builder.data_folder(folder).durable_events(HASTY).breaker(None));
    adjusted.start().await.unwrap()
}

pub(crate) fn entry(number: u64, text: &str) -> Entry {
    Entry { number, text: text.to_owned() }
}

pub(crate) fn told(host: &RunningTestHost) -> Vec<u64> {
    host.concrete::<Clerk>().unwrap().told.lock().unwrap().clone()
}

#[tokio::test]
async fn events_of_a_subscriber_that_is_off_wait_for_it_also_across_a_restart() {
    let folder = Folder::new();
    let host = host_of::<Clerk>(&folder.0).await;
    let entries = host.publisher::<Entry>().unwrap();
    entries.publish(entry(1, "")).await.unwrap();
    until("the first is told", || told(&host) == [1]).await;
    host.disable("test.clerk", Dependents::Refuse).await.unwrap();
    entries.publish(entry(2, "")).await.unwrap();
    host.enable("test.clerk", Dependents::Refuse).await.unwrap();
    until("the second is told to the new instance", || told(&host) == [2]).await;
    host.disable("test.clerk", Dependents::Refuse).await.unwrap();
    for number in 3..200 {
        entries.publish(entry(number, "")).await.unwrap();
    }
    host.stop().await;
    let refused = entries.publish(entry(999, "")).await.unwrap_err();
    assert_eq!(refused.to_string(), "KW0655 the durable event on `ledger.entry` was not stored: the host has stopped");
    drop((host, entries));

    let host = host_of::<Clerk>(&folder.0).await;
    until("all others are told, in order", || told(&host).iter().copied().eq(3..200)).await;
    let durable = || host.subscriptions()[0].durable.unwrap();
    until("nothing waits", || durable().waiting == 0).await;
    host.stop().await;
    drop(host);
    let host = host_of::<Clerk>(&folder.0).await;
    assert_eq!(host.subscriptions()[0].durable.unwrap().waiting, 0, "what was acknowledged is gone");
}

#[tokio::test]
async fn events_of_a_subscriber_that_the_configuration_disables_wait_for_it() {
    let folder = Folder::new();
    let path = folder.0.clone();
    let off: toml::Table = "[host]\ndisabled = ['test.clerk']".parse().unwrap();
    let config = off.clone();
    let host =
        TestHost::new().plugin::<Clerk>().adjust(|builder| builder.data_folder(path).config(config)).start().await.unwrap();
    host.publisher::<Entry>().unwrap().publish(entry(1, "")).await.unwrap();
    host.enable("test.clerk", Dependents::Refuse).await.unwrap();
    until("what it missed is told", || told(&host) == [1]).await;
    host.stop().await;

    // Where nothing else needs a folder, one is not asked for.
    let host = TestHost::new().plugin::<Clerk>().without_data_folder().adjust(|builder| builder.config(off));
    let host = host.start().await.unwrap();
    let error = host.publisher::<Entry>().unwrap_err().to_string();
    assert!(error.starts_with("KW0653 the event `ledger.entry` is durable, and this host stores none, because"), "{error}");
    assert!(error.contains("\n  help: add or enable a plugin that subscribes to it"), "{error}");
    host.stop().await;
}

#[tokio::test]
async fn what_fails_is_tried_again_and_then_becomes_a_dead_letter() {
    let folder = Folder::new();
    let host = host_of::<Clerk>(&folder.0).await;
    let entries = host.publisher::<Entry>().unwrap();
    for (number, text) in (1..).zip(["fail twice", "fail", "panic", ""]) {
        entries.publish(entry(number, text)).await.unwrap();
    }
    until("the poison does not stop the rest", || told(&host) == [1, 4]).await;
    let durable = || host.subscriptions()[0].durable.unwrap();
    until("all are dealt with", || (durable().waiting, durable().dead_letters) == (0, 2)).await;
    let letters = host.dead_letters().await.unwrap();
    let seen: Vec<_> = letters.iter().map(|letter| (letter.body.as_str(), letter.attempts, letter.plugin.as_str())).collect();
    let bodies = [r#"{"number":3,"text":"panic"}"#, r#"{"number":2,"text":"fail"}"#];
    assert_eq!(seen, [(bodies[0], 3, "test.clerk"), (bodies[1], 3, "test.clerk")]);
    assert!(letters[0].reason.ends_with("it panicked: ink everywhere"), "{}", letters[0].reason);
    assert_eq!((letters[1].reason.as_str(), letters[1].publisher.as_str()), ("out of ink", "host"));

    host.concrete::<Clerk>().unwrap().has_ink.store(true, Ordering::Relaxed);
    assert!(host.retry_dead_letter(letters[1].id).await.unwrap());
    until("it is told after all", || told(&host) == [1, 4, 2]).await;
    assert!(host.forget_dead_letter(letters[0].id).await.unwrap());
    assert!(!host.forget_dead_letter(letters[0].id).await.unwrap(), "it is gone");
    until("none is left", || (durable().waiting, durable().dead_letters) == (0, 0)).await;
}

#[tokio::test]
async fn events_of_an_incompatible_version_are_kept_apart() {
    let folder = Folder::new();
    let host = host_of::<Clerk>(&folder.0).await;
    host.disable("test.clerk", Dependents::Refuse).await.unwrap();
    host.publisher::<OldEntry>().unwrap_err();
    host.publisher::<Entry>().unwrap().publish(entry(1, "of old")).await.unwrap();
    host.stop().await;
    drop(host);
    let host = host_of::<Newcomer>(&folder.0).await;
    host.publisher::<NewEntry>().unwrap().publish(NewEntry { number: 2 }).await.unwrap();
    let newcomer = host.concrete::<Newcomer>().unwrap();
    until("the new one is told", || *newcomer.told.lock().unwrap() == [2]).await;
    let letters = host.dead_letters().await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].reason, "it was stored with version 1.0.0 of the event, and this build has 2.0.0");
}

#[tokio::test]
async fn a_breaker_that_opens_costs_no_event() {
    let folder = Folder::new();
    let path = folder.0.clone();
    let breaker = keyway::guard::BreakerOptions {
        failures: 1,
        cool_down: Duration::from_millis(20),
        longest_cool_down: Duration::from_millis(20),
    };
    let states = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&states);
    let adjust = move |builder: HostBuilder| {
        let builder = builder.data_folder(path).durable_events(HASTY).breaker(Some(breaker));
        builder.on_state(move |change| seen.lock().unwrap().push(change.to))
    };
    let host = TestHost::new().plugin::<Clerk>().adjust(adjust).start().await.unwrap();
    let entries = host.publisher::<Entry>().unwrap();
    for number in 1..=20 {
        let text = if number == 1 { "fail twice" } else { "" };
        entries.publish(entry(number, text)).await.unwrap();
    }
    until("all are told", || told(&host).iter().copied().eq(1..=20)).await;
    until("the plugin is well again", || host.plugin("test.clerk").unwrap().state == State::Ok).await;
    assert!(states.lock().unwrap().contains(&State::RecoverableError), "the failure showed in the plugin's health");
    assert_eq!(host.dead_letters().await.unwrap(), []);
}

#[tokio::test]
async fn without_a_data_folder_the_host_does_not_start_and_says_what_to_do() {
    let error = TestHost::new().plugin::<Clerk>().without_data_folder().start().await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("KW0653 plugin `test.clerk 1.0.0` subscribes to the durable event `ledger.entry`, and the host has no data folder to store it in"),
        "{text}"
    );
    assert!(text.contains("add `.data_folder(\"path/of/the/folder\")` to `Host::builder`"), "{text}");
}

#[tokio::test]
async fn a_damaged_database_is_told_and_left_alone() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let file = folder.0.join("events.db");
    let content =
        "not a database, but long enough to be taken for the header of one, which has one hundred bytes in all, or more";
    std::fs::write(&file, content).unwrap();
    let path = folder.0.clone();
    let adjust = |builder: HostBuilder| builder.data_folder(path);
    let error = TestHost::new().plugin::<Clerk>().adjust(adjust).start().await.unwrap_err();
    assert!(error.to_string().contains("KW0683 "), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), content);
}

#[tokio::test]
async fn a_database_that_another_program_holds_is_told() {
    let folder = Folder::new();
    host_of::<Clerk>(&folder.0).await.stop().await;
    let other = rusqlite::Connection::open(folder.0.join("events.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let path = folder.0.clone();
    let error = TestHost::new().plugin::<Clerk>().data_folder(path).start().await.unwrap_err().to_string();
    assert!(
        error.contains("KW0682 `") && error.contains("events.db` in the data folder cannot be used: database is locked"),
        "{error}"
    );
}

/// Names the folder in which the child of the next test publishes.
const CHILD: &str = "KEYWAY_TEST_DURABLE_CHILD";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_process_loses_nothing_that_was_acknowledged() {
    if let Some(folder) = std::env::var_os(CHILD) {
        return publish_until_killed(Path::new(&folder)).await;
    }
    let folder = Folder::new();
    let name = "durable::a_killed_process_loses_nothing_that_was_acknowledged";
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, &folder.0)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    for line in lines {
        // In the middle of a line when it was killed, or words of the test harness.
        let Some(number) = line.unwrap().strip_prefix("stored ").and_then(|number| number.strip_suffix('.')?.parse().ok()) else {
            continue;
        };
        acknowledged.push(number);
        if acknowledged.len() == 100 {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= 100, "{}", acknowledged.len());

    let host = host_of::<Clerk>(&folder.0).await;
    until("nothing waits", || host.subscriptions()[0].durable.unwrap().waiting == 0).await;
    let told = told(&host);
    let missing: Vec<u64> = acknowledged.into_iter().filter(|number| !told.contains(number)).collect();
    assert_eq!(missing, [] as [u64; 0]);
}

/// Several publishers at once, so that commits cover more than one event.
async fn publish_until_killed(folder: &Path) {
    let host = host_of::<Clerk>(folder).await;
    host.disable("test.clerk", Dependents::Refuse).await.unwrap();
    let publishing: Vec<_> = (0..4_u64)
        .map(|publisher| {
            let (entries, mut output) = (host.publisher::<Entry>().unwrap(), std::io::stdout());
            tokio::spawn(async move {
                for number in (publisher * 1_000_000).. {
                    entries.publish(entry(number, "")).await.unwrap();
                    writeln!(output, "stored {number}.").unwrap();
                }
            })
        })
        .collect();
    for task in publishing {
        task.await.unwrap();
    }
}
