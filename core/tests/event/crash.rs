//! An event whose handling ends the process is not tried for ever.

use std::path::Path;
use std::process::Command;

use keyway::host::Dependents;

use crate::durable::{Folder, HASTY, entry, host_of, told};
use crate::ledger::{Clerk, Entry};
use crate::until;

/// Names the folder of the child.
const CHILD: &str = "KEYWAY_TEST_CRASH_CHILD";

#[tokio::test]
async fn an_event_that_ends_the_process_becomes_a_dead_letter_and_the_next_one_is_told() {
    if let Some(folder) = std::env::var_os(CHILD) {
        return run_into_it(Path::new(&folder)).await;
    }
    let folder = Folder::new();
    let name = "crash::an_event_that_ends_the_process_becomes_a_dead_letter_and_the_next_one_is_told";
    for attempt in 1..=HASTY.attempts {
        let program = std::env::current_exe().unwrap();
        let output = Command::new(program).args(["--exact", name]).env(CHILD, &folder.0).output().unwrap();
        assert!(!output.status.success(), "attempt {attempt} ended it");
    }
    let host = host_of::<Clerk>(&folder.0).await;
    until("the next one is told", || told(&host) == [2]).await;
    let letters = host.dead_letters().await.unwrap();
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!((letter.attempts, letter.reason.as_str()), (HASTY.attempts, "the program ended before an attempt did"));
    assert!(letter.body.contains("abort"), "{}", letter.body);
    host.stop().await;
}

/// Publishes an event that ends the process, unless an earlier run has, and another one; then waits for the end.
async fn run_into_it(folder: &Path) {
    let is_first = !folder.join("events.db").exists();
    let host = host_of::<Clerk>(folder).await;
    if is_first {
        host.disable("test.clerk", Dependents::Refuse).await.unwrap();
        let entries = host.publisher::<Entry>().unwrap();
        entries.publish(entry(1, "abort")).await.unwrap();
        entries.publish(entry(2, "")).await.unwrap();
        host.enable("test.clerk", Dependents::Refuse).await.unwrap();
    }
    until("the process ends", || !told(&host).is_empty()).await;
}
