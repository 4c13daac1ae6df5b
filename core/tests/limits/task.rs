//! Tasks that the host runs for a plugin.

#![expect(unreachable_pub, reason = "a plugin is `pub`, and so is what its traits name")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyway::prelude::*;
use keyway::task::{SpawnError, TaskError};
use keyway::testing::{RunningTestHost, TestHost};

/// A second of the runtime's clock, which is paused.
const SECOND: Duration = Duration::from_secs(1);

/// What the plugin does in its life; all of it is off by default.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Orders {
    fail_init: bool,
}

/// May have two tasks.
#[derive(Plugin)]
#[plugin(manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "test.worker"
    version = "1.0.0"
    host = "*"
    [limits]
    tasks = 2
    stop = "2s"
"#)]
pub struct Worker {
    tasks: Tasks,
    /// What `stop` waits for.
    last: Mutex<Option<Task<()>>>,
}

/// How often the task that a failing `init` left was dropped.
static DROPPED: AtomicUsize = AtomicUsize::new(0);

struct CountsDrop;
impl Drop for CountsDrop {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::SeqCst);
    }
}

impl Lifecycle for Worker {
    type Config = Orders;

    async fn init(ctx: &Context<Self>, orders: Orders) -> Result<Self, Error> {
        ctx.sleep(SECOND).await;
        if orders.fail_init {
            let held = CountsDrop;
            drop(ctx.spawn(async move {
                std::future::pending::<()>().await;
                drop(held);
            })?);
            return Err(Error::message("as ordered"));
        }
        Ok(Self { tasks: ctx.tasks(), last: Mutex::default() })
    }

    async fn stop(&self) -> Result<(), Error> {
        let last = self.last.lock().map_or(None, |mut last| last.take());
        if let Some(last) = last {
            last.join().await?;
        }
        Ok(())
    }
}

async fn start() -> (RunningTestHost, Arc<Worker>) {
    let host = TestHost::new().plugin::<Worker>().start().await.unwrap();
    let worker = host.concrete::<Worker>().unwrap();
    (host, worker)
}

fn tasks(host: &RunningTestHost) -> (u64, u64, u64) {
    let usage = host.plugin("test.worker").unwrap().usage;
    (usage.tasks.used, usage.tasks.refused, usage.task_panics)
}

#[tokio::test(start_paused = true)]
async fn a_task_answers_and_one_too_many_is_refused() {
    let (host, worker) = start().await;
    let tasks_of = worker.tasks.clone();
    let first = worker
        .tasks
        .spawn(async move {
            tasks_of.sleep(SECOND).await;
            7
        })
        .unwrap();
    let second = worker.tasks.spawn(std::future::pending::<()>()).unwrap();
    let refused = worker.tasks.spawn(async {}).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "KW0661 plugin `test.worker` has 2 tasks of the 2 that it may have, and asked for 1 more; give something back, or raise \
         `tasks` in its limits"
    );
    assert_eq!((tasks(&host), first.is_finished()), ((2, 1, 0), false));
    assert_eq!(first.join().await, Ok(7));
    assert_eq!(tasks(&host), (1, 1, 0));
    // Whoever has waited for a task may begin another at once.
    for number in 0..50 {
        assert_eq!(worker.tasks.spawn(async move { number }).unwrap().join().await, Ok(number));
    }
    second.stop();
    assert_eq!(second.join().await, Err(TaskError::Stopped));
    assert_eq!(tasks(&host), (0, 1, 0));
    drop(worker);
    assert!(host.stop().await.is_clean());
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_the_task_only_and_is_counted() {
    let (host, worker) = start().await;
    let broken = worker.tasks.spawn(async { panic!("no such number") }).unwrap();
    let Err(TaskError::Panicked(panic)) = broken.join().await else { panic!("it panicked") };
    assert_eq!(panic.message(), "no such number");
    assert_eq!(tasks(&host), (0, 0, 1));
    assert_eq!(worker.tasks.spawn(async { "well" }).unwrap().join().await, Ok("well"));
    drop(worker);
    host.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_asks_first_waits_for_what_the_plugin_waits_for_and_cancels_the_rest() {
    let (host, worker) = start().await;
    let (told, was_told) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (seen, tasks_of) = (Arc::clone(&was_told), worker.tasks.clone());
    let orderly = worker.tasks.spawn(async move {
        while tasks_of.pause(SECOND).await {}
        assert!(tasks_of.is_stopping());
        // What it has to finish takes a while.
        tasks_of.sleep(SECOND).await;
        seen.store(true, Ordering::SeqCst);
    });
    *worker.last.lock().unwrap() = Some(orderly.unwrap());
    let held = Arc::clone(&told);
    let endless = worker.tasks.spawn(async move {
        std::future::pending::<()>().await;
        held.store(true, Ordering::SeqCst);
    });
    let (endless, later) = (endless.unwrap(), worker.tasks.clone());
    drop(worker);
    assert!(host.stop().await.is_clean());
    assert!(was_told.load(Ordering::SeqCst) && !told.load(Ordering::SeqCst));
    assert_eq!(Arc::strong_count(&told), 1, "the work was dropped");
    assert_eq!(endless.join().await, Err(TaskError::Stopped));
    assert_eq!(tasks(&host), (0, 0, 0));
    let refused = later.spawn(async {}).unwrap_err();
    assert!(
        matches!(refused, SpawnError::Stopped(_)) && refused.to_string().starts_with("KW0665 plugin `test.worker` has stopped")
    );
}

#[tokio::test(start_paused = true)]
async fn a_failed_init_leaves_no_task_behind() {
    let before = DROPPED.load(Ordering::SeqCst);
    let host = TestHost::new().plugin::<Worker>().config("fail_init = true").adjust(|builder| builder.optional("test.worker"));
    let host = host.start().await.unwrap();
    assert_eq!(DROPPED.load(Ordering::SeqCst), before + 1);
    assert_eq!(tasks(&host).0, 0);
    host.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_blocks_its_thread_is_left_behind_and_told() {
    let (host, worker) = start().await;
    let (release, wait) = mpsc::channel::<()>();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    drop(worker.tasks.spawn(async move {
        let _ = begun.send(());
        // At most a minute, whatever becomes of the test.
        let _ = wait.recv_timeout(Duration::from_mins(1));
    }));
    has_begun.await.unwrap();
    drop(worker);
    let report = host.stop().await;
    let errors: Vec<_> = report.errors().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        ["KW0667 plugin `test.worker 1.0.0` has left 1 task behind, blocking a thread each, which cannot be cancelled"]
    );
    assert_eq!(tasks(&host).0, 1);
    release.send(()).unwrap();
}

#[tokio::test(start_paused = true)]
async fn work_that_blocks_runs_beside_and_counts_as_a_task() {
    let (host, worker) = start().await;
    let here = std::thread::current().id();
    let (release, wait) = mpsc::channel::<()>();
    let blocking = worker
        .tasks
        .spawn_blocking(move || {
            let _ = wait.recv_timeout(Duration::from_mins(1));
            std::thread::current().id()
        })
        .unwrap();
    let second = worker.tasks.spawn(std::future::pending::<()>()).unwrap();
    let refused = worker.tasks.spawn_blocking(|| ()).unwrap_err();
    assert!(refused.to_string().starts_with("KW0661 plugin `test.worker` has 2 tasks of the 2 that it may have"), "{refused}");
    // This thread is the only one of the runtime, and goes on.
    assert_eq!((tasks(&host), blocking.is_finished()), ((2, 1, 0), false));
    second.stop();
    assert_eq!(second.join().await, Err(TaskError::Stopped));
    release.send(()).unwrap();
    assert_ne!(blocking.join().await.unwrap(), here);
    assert_eq!(tasks(&host), (0, 1, 0));

    let broken = worker.tasks.spawn_blocking(|| panic!("no such number")).unwrap();
    let Err(TaskError::Panicked(panic)) = broken.join().await else { panic!("it panicked") };
    assert_eq!(panic.message(), "no such number");
    assert_eq!(tasks(&host), (0, 1, 1));
    let later = worker.tasks.clone();
    drop(worker);
    assert!(host.stop().await.is_clean());
    assert!(matches!(later.spawn_blocking(|| ()).unwrap_err(), SpawnError::Stopped(_)));
}

#[tokio::test]
async fn blocking_work_that_goes_on_after_the_stop_is_told() {
    let (host, worker) = start().await;
    let (release, wait) = mpsc::channel::<()>();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let endless = worker.tasks.spawn_blocking(move || {
        let _ = begun.send(());
        let _ = wait.recv_timeout(Duration::from_mins(1));
    });
    has_begun.await.unwrap();
    drop(worker);
    let report = host.stop().await;
    let errors: Vec<_> = report.errors().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        ["KW0667 plugin `test.worker 1.0.0` has left 1 task behind, blocking a thread each, which cannot be cancelled"]
    );
    release.send(()).unwrap();
    assert_eq!(endless.unwrap().join().await, Ok(()), "what it answers still arrives");
}

#[tokio::test(start_paused = true)]
async fn a_future_is_waited_for_so_long_and_no_longer() {
    let (host, worker) = start().await;
    let held = Arc::new(());
    let (kept, begun) = (Arc::clone(&held), tokio::time::Instant::now());
    let endless = async move {
        std::future::pending::<()>().await;
        drop(kept);
    };
    let late = worker.tasks.timeout(2 * SECOND, endless).await.unwrap_err();
    assert_eq!(late.to_string(), "it was not done within 2s");
    assert_eq!((begun.elapsed(), Arc::strong_count(&held)), (2 * SECOND, 1), "the future is dropped");
    assert_eq!(worker.tasks.timeout(2 * SECOND, worker.tasks.sleep(SECOND)).await, Ok(()));
    assert_eq!(worker.tasks.timeout(Duration::ZERO, async { 7 }).await, Ok(7), "what is ready is in time");
    drop(worker);
    host.stop().await;
}

/// Two futures on one thread take turns.
#[tokio::test]
async fn who_yields_lets_others_run() {
    let order = Mutex::new(String::new());
    let count = async |name: char| {
        for _ in 0..3 {
            order.lock().unwrap().push(name);
            keyway::task::yield_now().await;
        }
    };
    tokio::join!(biased; count('a'), count('b'));
    assert_eq!(*order.lock().unwrap(), "ababab");
}
