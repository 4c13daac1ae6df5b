//! Jobs across restarts: two hosts, one after the other, on one data folder.

use std::path::PathBuf;
use std::time::Duration;

use keyway::testing::{RunningTestHost, TestClock, TestHost};

use crate::job::worker::Worker;
use crate::job::{MIDNIGHT, job, minutes, pass, take_journal};

/// A folder of one test, deleted in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("keyway-job-restart-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A host on the folder, at a minute after midnight.
async fn host_at(folder: &Folder, minute: u64, jobs: &[&str]) -> RunningTestHost {
    let clock = TestClock::at(*MIDNIGHT + Duration::from_mins(minute));
    let host = TestHost::new().plugin::<Worker>().config(&format!("jobs = {jobs:?}")).clock(&clock).data_folder(&folder.0);
    host.start().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_was_due_while_the_host_was_off_follows_the_policy() {
    for (option, expected, missed) in [
        ("skip", &[][..], 3),
        ("once", &["b missed 00:40"][..], 2),
        ("all", &["b missed 00:20", "b missed 00:30", "b missed 00:40"], 0),
    ] {
        let folder = Folder::new(option);
        let jobs = [format!("b | */10 * * * * | {option}")];
        let jobs = jobs.each_ref().map(String::as_str);
        let host = host_at(&folder, 0, &jobs).await;
        pass(11).await;
        assert_eq!(take_journal(), ["b schedule 00:10"]);
        host.stop().await;
        drop(host);
        take_journal();
        let host = host_at(&folder, 43, &jobs).await;
        pass(1).await;
        assert_eq!(take_journal(), expected, "{option}");
        assert_eq!(job(&host).counts.missed, missed, "{option}");
        assert_eq!(minutes(job(&host).next), Some(50), "{option}");
        host.stop().await;
        take_journal();
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_is_dropped_has_kept_it_too_and_no_run_is_made_twice() {
    let folder = Folder::new("dropped");
    let jobs = ["b | */10 * * * * | all", "a-hangs | */10 * * * * | all"];
    let host = host_at(&folder, 0, &jobs).await;
    pass(11).await;
    assert_eq!(take_journal().len(), 2);
    // Both runs have begun; one of them has not ended.
    drop(host);
    tokio::task::yield_now().await;
    let host = host_at(&folder, 12, &jobs).await;
    pass(1).await;
    assert!(take_journal().is_empty(), "what had begun is not begun again");
    assert!(host.jobs().iter().all(|job| job.counts.missed == 0));
}

#[tokio::test(start_paused = true)]
async fn a_rare_job_gets_its_turn_in_a_host_that_is_often_off() {
    let folder = Folder::new("often-off");
    let mut ran = Vec::new();
    for day in 0..3 {
        // Each day from nine on for three minutes, and once more at noon.
        for hour in [9, 12] {
            let host = host_at(&folder, (day * 24 + hour) * 60, &["b | every 24h | once"]).await;
            pass(3).await;
            host.stop().await;
            ran.extend(take_journal().into_iter().filter(|line| line != "stop"));
        }
    }
    assert_eq!(ran, ["b schedule 33:00", "b schedule 57:00"]);
}

#[tokio::test(start_paused = true)]
async fn a_damaged_file_is_left_alone_and_the_jobs_run_without_it() {
    let folder = Folder::new("damaged");
    std::fs::create_dir_all(&folder.0).unwrap();
    std::fs::write(folder.0.join("jobs.db"), "a letter").unwrap();
    let host = host_at(&folder, 0, &["b | */10 * * * * | all"]).await;
    pass(11).await;
    assert_eq!(take_journal(), ["b schedule 00:10"]);
    host.stop().await;
    assert_eq!(std::fs::read_to_string(folder.0.join("jobs.db")).unwrap(), "a letter");
}
