//! Tasks and jobs of two instances never run at the same time.

#![allow(unreachable_pub, reason = "a plugin is `pub`, and so is what its traits name")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keyway::job::{Job, JobRun, JobSpec, Schedule};
use keyway::prelude::*;
use keyway::testing::TestHost;

use crate::until;

static RUNNING: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);
static JOURNAL: Mutex<Vec<&str>> = Mutex::new(Vec::new());

struct Runs;

impl Runs {
    fn begin() -> Self {
        let now = RUNNING.fetch_add(1, Ordering::SeqCst) + 1;
        MOST.fetch_max(now, Ordering::SeqCst);
        Self
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Does something all the time, in a task and in a job.
#[derive(Plugin)]
#[plugin(
    provides(Job),
    manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.busy"
        version = "1.0.0"
        host = "*"
        [permissions]
        "jobs.schedule" = { scope = ["*"], reason = "is busy" }
    "#
)]
pub struct Busy;

impl Lifecycle for Busy {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        // What is waited for does not wait itself.
        let answer = ctx.spawn(async { 7 })?.join().await?;
        assert_eq!(answer, 7);
        JOURNAL.lock().expect("no test has panicked").push("init");
        let tasks = ctx.tasks();
        drop(ctx.spawn(async move {
            let _runs = Runs::begin();
            JOURNAL.lock().expect("no test has panicked").push("task");
            while tasks.pause(Duration::from_millis(1)).await {}
        })?);
        Ok(Self)
    }

    async fn stop(&self) -> Result<(), Error> {
        JOURNAL.lock().expect("no test has panicked").push("stop");
        Ok(())
    }
}

impl Job for Busy {
    fn jobs(&self) -> Result<Vec<JobSpec>, Error> {
        Ok(vec![JobSpec::new("work", Schedule::every(Duration::from_secs(3_600)))])
    }

    async fn run(&self, _: &JobRun) -> Result<(), Error> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_wait_until_the_old_instance_has_stopped() {
    let host = TestHost::new().plugin::<Busy>().start().await.unwrap();
    until("the first task runs", || RUNNING.load(Ordering::SeqCst) == 1).await;
    for _ in 0..20 {
        host.reload("test.busy").await.unwrap();
        until("the next task runs", || RUNNING.load(Ordering::SeqCst) == 1).await;
        assert_eq!(host.jobs().len(), 1, "its job is there once");
    }
    assert_eq!(MOST.load(Ordering::SeqCst), 1, "never two at a time");
    assert!(host.stop().await.is_clean());
    let expected: Vec<_> = ["init", "task"].into_iter().chain(["init", "stop", "task"].repeat(20)).chain(["stop"]).collect();
    assert_eq!(*JOURNAL.lock().unwrap(), expected);
}
