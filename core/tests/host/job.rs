//! Jobs: scheduled, made up for, asked for, stopped and misbehaving, on a wall clock that each test sets.

#![expect(unreachable_pub, reason = "plugins are `pub`, and no host outside names those of a test")]

use std::cell::RefCell;
use std::sync::{Condvar, LazyLock, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use keyway::capability::ClockSource;
use keyway::host::{Dependents, JobInfo, JobOutcome, State};
use keyway::job::Schedule;
use keyway::testing::{RunningTestHost, TestClock, TestHost};
use tokio::time::Instant;

use worker::Worker;

/// Midnight of a Monday.
pub(crate) static MIDNIGHT: LazyLock<SystemTime> = LazyLock::new(|| UNIX_EPOCH + Duration::from_secs(1_767_571_200));

/// Whether a job that blocks its thread still does.
static BLOCKED: (Mutex<bool>, Condvar) = (Mutex::new(true), Condvar::new());

thread_local! {
    // Each test has a runtime of one thread, and so a journal of its own.
    static JOURNAL: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

pub(crate) async fn pass(minutes: u64) {
    tokio::time::sleep(Duration::from_mins(minutes)).await;
}

/// What ran so far: `name cause HH:MM` with the time for which it was due.
pub(crate) fn journal() -> Vec<String> {
    JOURNAL.with_borrow(Clone::clone)
}

pub(crate) fn take_journal() -> Vec<String> {
    JOURNAL.take()
}

/// A plugin with the jobs that its configuration lists, each a name, a schedule and words for its options and behaviour.
pub(crate) mod worker {
    use super::*;
    use keyway::job::{Job, JobRun, JobSpec, Missed, Overlap};
    use keyway::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Plugin)]
    #[plugin(
        provides(Job),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.worker"
        version = "1.0.0"
        host = "*"
        [permissions]
        "jobs.schedule" = { scope = ["a-*", "b"], reason = "works at night", optional = true }
    "#
    )]
    pub struct Worker(Vec<String>);

    impl Lifecycle for Worker {
        type Config = BTreeMap<String, Vec<String>>;

        async fn init(_: &Context<Self>, mut config: Self::Config) -> Result<Self, Error> {
            Ok(Self(config.remove("jobs").unwrap_or_default()))
        }

        async fn stop(&self) -> Result<(), Error> {
            JOURNAL.with_borrow_mut(|journal| journal.push("stop".to_owned()));
            Ok(())
        }
    }

    impl Job for Worker {
        fn jobs(&self) -> Result<Vec<JobSpec>, Error> {
            let spec = |line: &String| {
                let mut parts = line.split(" | ");
                let (name, schedule) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                assert!(name != "panic", "boom in jobs");
                let mut spec = JobSpec::new(name, schedule.parse::<Schedule>()?);
                for option in parts.next().unwrap_or_default().split(' ') {
                    spec = match option {
                        "queue" => spec.overlap(Overlap::Queue),
                        "once" => spec.missed(Missed::RunOnce),
                        "all" => spec.missed(Missed::RunAll { at_most: 3 }),
                        "start" => spec.at_start(),
                        "jitter" => spec.jitter(Duration::from_mins(5)),
                        "brief" => spec.within(Duration::from_mins(1)),
                        "long" => spec.within(Duration::from_mins(10)),
                        "random" => spec.random_jitter(Duration::from_mins(5)),
                        _ => spec,
                    };
                }
                Ok(spec)
            };
            self.0.iter().map(spec).collect()
        }

        async fn run(&self, run: &JobRun) -> Result<(), Error> {
            let minutes = run.due().duration_since(*MIDNIGHT)?.as_secs() / 60;
            let line = format!("{} {} {:02}:{:02}", run.job(), run.cause().as_str(), minutes / 60, minutes % 60);
            JOURNAL.with_borrow_mut(|journal| journal.push(line));
            let does = |what: &str| run.job().ends_with(what);
            assert!(!does("-panics"), "boom in run");
            if does("-fails") {
                return Err(Error::message("no such luck"));
            }
            if does("-slow") {
                tokio::time::sleep(Duration::from_mins(4)).await;
                JOURNAL.with_borrow_mut(|journal| journal.push("slow end".to_owned()));
            }
            if does("-polite") {
                run.stopping().await;
                JOURNAL.with_borrow_mut(|journal| journal.push(format!("polite end {}", run.is_stopping())));
            }
            if does("-blocks") {
                // Until the one test that asks for it lets it go; in any case not for ever.
                let gate = BLOCKED.0.lock().unwrap();
                drop(BLOCKED.1.wait_timeout_while(gate, Duration::from_secs(30), |blocked| *blocked).unwrap());
            }
            if does("-hangs") {
                std::future::pending::<()>().await;
            }
            Ok(())
        }
    }
}

/// Waits until something is so, with a limit for what never is.
async fn soon(is_so: impl Fn() -> bool) {
    for _ in 0..2_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it did not come to be within 10 seconds");
}

pub(crate) async fn host_with(jobs: &[&str]) -> RunningTestHost {
    host_on(&TestClock::at(*MIDNIGHT), jobs).await
}

pub(crate) async fn host_on(clock: &TestClock, jobs: &[&str]) -> RunningTestHost {
    TestHost::new().plugin::<Worker>().config(&format!("jobs = {jobs:?}")).clock(clock).start().await.unwrap()
}

/// Sets the time of day forward or back; timers know nothing of it.
pub(crate) fn set_clock(clock: &TestClock, by_minutes: i64) {
    let (now, distance) = (clock.now(), Duration::from_mins(by_minutes.unsigned_abs()));
    clock.set(if by_minutes < 0 { now - distance } else { now + distance });
}

pub(crate) fn job(host: &RunningTestHost) -> JobInfo {
    host.jobs().into_iter().next().unwrap()
}

pub(crate) fn minutes(time: Option<SystemTime>) -> Option<u64> {
    Some(time?.duration_since(*MIDNIGHT).ok()?.as_secs() / 60)
}

#[tokio::test(start_paused = true)]
async fn jobs_run_at_their_times_and_are_listed() {
    let host = host_with(&["a-1 | */10 * * * *", "b | every 4m"]).await;
    let infos = host.jobs();
    let listed: Vec<_> = infos.iter().map(|job| (job.name.as_str(), job.schedule.as_str(), minutes(job.next))).collect();
    assert_eq!(listed, [("a-1", "*/10 * * * *", Some(10)), ("b", "every 4m", Some(4))]);
    pass(21).await;
    assert_eq!(
        journal(),
        [
            "b schedule 00:04",
            "b schedule 00:08",
            "a-1 schedule 00:10",
            "b schedule 00:12",
            "b schedule 00:16",
            "a-1 schedule 00:20",
            "b schedule 00:20"
        ]
    );
    let info = job(&host);
    assert_eq!((info.counts.runs, info.counts.failures, minutes(info.next)), (2, 0, Some(30)));
    let last = info.last.clone().unwrap();
    assert_eq!((last.outcome, minutes(Some(last.began))), (JobOutcome::Done, Some(20)));
    let json = serde_json::to_value(&info).unwrap();
    assert_eq!((&json["name"], &json["runs"], &json["last"]["outcome"]), (&"a-1".into(), &2.into(), &"done".into()));
    assert!(host.stop().await.is_clean());
    pass(600).await;
    assert_eq!(journal().len(), 8, "seven runs and a stop");
    assert!(host.jobs().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_job_that_no_scope_covers_does_not_run_and_is_counted() {
    let host = host_with(&["b | @hourly", "c | @hourly", "a- | @hourly", "a b | @hourly", "b | @daily", "a-* | @hourly"]).await;
    assert_eq!(host.jobs().iter().map(|job| job.name.clone()).collect::<Vec<_>>(), ["b", "a-"]);
    let denials = host.plugin("test.worker").unwrap().denials;
    assert_eq!(
        (denials.count, denials.last.unwrap().to_string()),
        (1, "KW0610 plugin `test.worker` was denied `jobs.schedule` for `c`: its grant covers `a-*`, `b`".to_owned())
    );
}

#[tokio::test(start_paused = true)]
async fn without_the_grant_nothing_runs() {
    let host = TestHost::new().plugin::<Worker>().config("jobs = ['b | every 1m']").deny("jobs.schedule").start().await.unwrap();
    pass(5).await;
    assert!(journal().is_empty() && host.jobs().is_empty());
    assert_eq!(host.plugin("test.worker").unwrap().denials.count, 1);
}

#[tokio::test(start_paused = true)]
async fn jobs_that_cannot_be_told_do_not_harm_the_plugin() {
    for jobs in [&["b | 0 25 * * *"][..], &["panic | @daily"]] {
        let host = host_with(jobs).await;
        assert!(host.jobs().is_empty());
        assert_eq!(host.plugin("test.worker").unwrap().state, State::Ok);
        host.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_is_left_out_while_the_former_one_goes_on() {
    let host = host_with(&["a-slow | */3 * * * *"]).await;
    pass(11).await;
    // 00:03 goes on to 00:07, so 00:06 is left out; 00:09 goes on.
    assert_eq!(journal(), ["a-slow schedule 00:03", "slow end", "a-slow schedule 00:09"]);
    let info = job(&host);
    assert_eq!((info.counts.runs, info.counts.skipped, minutes(info.running_since)), (1, 1, Some(9)));
}

#[tokio::test(start_paused = true)]
async fn or_follows_it_once() {
    let host = host_with(&["a-slow | * * * * * | queue"]).await;
    pass(10).await;
    assert_eq!(journal(), ["a-slow schedule 00:01", "slow end", "a-slow schedule 00:05", "slow end", "a-slow schedule 00:09"]);
    assert_eq!(job(&host).counts.skipped, 6, "00:02 to 00:04, 00:06 to 00:08");
}

#[tokio::test(start_paused = true)]
async fn what_was_slept_over_follows_the_policy() {
    for (option, expected, missed) in [
        ("skip", &[][..], 3),
        ("once", &["b missed 03:00"][..], 2),
        ("all", &["b missed 01:00", "b missed 02:00", "b missed 03:00"], 0),
    ] {
        let clock = TestClock::at(*MIDNIGHT);
        let host = host_on(&clock, &[&format!("b | 0 * * * * | {option}")]).await;
        set_clock(&clock, 3 * 60 + 20);
        pass(1).await;
        assert_eq!(take_journal(), expected, "{option}");
        assert_eq!(job(&host).counts.missed, missed, "{option}");
        assert_eq!(minutes(job(&host).next), Some(4 * 60), "{option}");
        host.stop().await;
        take_journal();
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_makes_no_storm() {
    let clock = TestClock::at(*MIDNIGHT + Duration::from_hours(48));
    let host = host_on(&clock, &["a-cron | */10 * * * *", "b | every 10m"]).await;
    pass(11).await;
    assert_eq!(take_journal().len(), 2);
    set_clock(&clock, -60 * 24);
    pass(9).await;
    let after = take_journal();
    assert!(after.len() <= 2, "{after:?}");
    set_clock(&clock, 60 * 24 * 365);
    pass(2).await;
    let after = take_journal();
    assert!(after.len() <= 2, "{after:?}");
    let missed: Vec<_> = host.jobs().iter().map(|job| job.counts.missed).collect();
    assert!(missed.iter().all(|missed| (40_000..60_000).contains(missed)), "{missed:?}");
    pass(30).await;
    assert_eq!(take_journal().len(), 6, "and then each goes on in its turn");
}

#[tokio::test(start_paused = true)]
async fn jitter_delays_every_run_alike_and_keeps_the_distance() {
    let host = host_with(&["b | */10 * * * * | jitter", "a-random | */10 * * * * | random"]).await;
    pass(1).await;
    let next = |index: usize| host.jobs()[index].next.unwrap().duration_since(*MIDNIGHT).unwrap();
    let due = Duration::from_mins(10)..Duration::from_mins(15);
    assert!(due.contains(&next(0)) && due.contains(&next(1)), "{:?} {:?}", next(0), next(1));
    let fixed = next(0);
    pass(14).await;
    assert_eq!(next(0), fixed + Duration::from_mins(10));
    let began = job(&host).last.unwrap().began.duration_since(*MIDNIGHT).unwrap();
    assert!(began >= fixed && began < fixed + Duration::from_secs(1));
    let mut lines = journal();
    lines.sort();
    assert_eq!(lines, ["a-random schedule 00:10", "b schedule 00:10"], "each is told the time for which it was due");
}

#[tokio::test(start_paused = true)]
async fn a_failing_run_is_told_and_the_next_one_comes() {
    let host = host_with(&["a-fails | every 1m", "a-panics | every 1m", "b | every 1m"]).await;
    pass(2).await;
    tokio::task::yield_now().await;
    let infos = host.jobs();
    assert_eq!(infos[0].last.as_ref().unwrap().outcome, JobOutcome::Failed("no such luck".to_owned()));
    let JobOutcome::Failed(panic) = &infos[1].last.as_ref().unwrap().outcome else { panic!("{infos:?}") };
    assert!(panic.starts_with("KW0601 plugin `test.worker 1.0.0` panicked in `keyway.job::run`"), "{panic}");
    assert_eq!(infos.iter().map(|job| (job.counts.runs, job.counts.failures)).collect::<Vec<_>>(), [(2, 2), (2, 2), (2, 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_run_has_five_minutes_and_the_breaker_ends_a_row_of_failures() {
    let host = host_with(&["a-hangs | every 6m"]).await;
    pass(12).await;
    let JobOutcome::Failed(late) = job(&host).last.unwrap().outcome else { panic!() };
    assert!(
        late.starts_with("KW0602 plugin `test.worker 1.0.0` did not answer `keyway.job::run` within its deadline of 300000 ms"),
        "{late}"
    );
    host.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_job_and_the_operator_say_how_long_a_run_may_take() {
    let minutes = |limit: Option<Duration>| limit.map(|limit| limit.as_secs() / 60);
    for (operator, option, expected) in [("2m", "", 2), ("2m", "brief", 1), ("2m", "long", 2), ("7m", "", 7)] {
        let table = format!("[host.deadlines]\njob = '{operator}'\ncall = '1m'").parse().unwrap();
        let jobs = format!("jobs = ['a-hangs | every 1h | {option} start']");
        let host = TestHost::new().plugin::<Worker>().config(&jobs).clock(&TestClock::at(*MIDNIGHT));
        let host = host.adjust(|builder| builder.config(table)).start().await.unwrap();
        assert_eq!(minutes(job(&host).limit), Some(expected), "{operator} {option}");
        pass(expected).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        let last = job(&host).last.unwrap();
        assert_eq!(minutes(Some(last.took)), Some(expected), "{operator} {option}");
        let limit = format!("within its deadline of {} ms", expected * 60_000);
        assert!(matches!(&last.outcome, JobOutcome::Failed(error) if error.contains(&limit)), "{last:?}");
        assert_eq!(host.plugin("test.worker").unwrap().extensions[0].counts.deadlines, 1, "the guard counts it");
        host.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_program_says_it_too_and_the_limit_of_calls_counts_otherwise() {
    for (is_said, expected) in [(true, 7), (false, 1)] {
        let host = TestHost::new().plugin::<Worker>().config("jobs = ['b | @daily']");
        let host = host.adjust(move |builder| {
            let builder = builder.call_deadline(Duration::from_mins(1));
            if is_said { builder.job_deadline(Duration::from_mins(7)) } else { builder }
        });
        let host = host.start().await.unwrap();
        assert_eq!(job(&host).limit, Some(Duration::from_mins(expected)));
        host.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_blocks_its_thread_is_told_and_keeps_neither_others_nor_a_stop_waiting() {
    let host = TestHost::new().plugin::<Worker>().config("jobs = ['a-blocks | @yearly', 'b | @yearly']");
    let host = host.adjust(|builder| {
        let builder = builder.phase_deadline(keyway::host::Phase::Stop, Duration::from_millis(20));
        builder.hang_after(Duration::from_millis(50))
    });
    let host = host.start().await.unwrap();
    let blocked = {
        let host = host.host().clone();
        tokio::spawn(async move { host.run_job("test.worker", "a-blocks").await })
    };
    let is_running = |name: &str| host.jobs().iter().any(|job| job.name == name && job.running_since.is_some());
    soon(|| is_running("a-blocks")).await;
    assert_eq!(host.run_job("test.worker", "b").await, Ok(JobOutcome::Done), "another job has its turn");
    soon(|| host.plugin("test.worker").unwrap().state == State::RecoverableError).await;
    let JobOutcome::Refused(why) = host.run_job("test.worker", "b").await.unwrap() else { panic!("it was called") };
    assert!(why.starts_with("KW0630"), "{why}");
    assert!(host.stop().await.is_clean(), "`stop` is called beside it");
    assert!(!blocked.is_finished(), "nobody can end it, and the host did not wait for it");
    *BLOCKED.0.lock().unwrap() = false;
    BLOCKED.1.notify_all();
    let outcome = blocked.await.unwrap().unwrap();
    assert_eq!(outcome, JobOutcome::Done, "what it answered in the end");
}

#[tokio::test(start_paused = true)]
async fn a_row_of_failures_opens_the_breaker_and_runs_are_refused() {
    let host = host_with(&["a-panics | every 1s"]).await;
    tokio::time::sleep(Duration::from_millis(12_500)).await;
    assert_eq!(host.plugin("test.worker").unwrap().state, State::RecoverableError);
    assert_eq!(journal().len(), 10, "the breaker lets ten failures through");
    let info = job(&host);
    assert_eq!((info.counts.runs, info.counts.failures), (12, 12));
    let JobOutcome::Refused(why) = info.last.unwrap().outcome else { panic!("it was called") };
    assert!(why.starts_with("KW0630 plugin `test.worker 1.0.0` failed too often; `keyway.job::run` was not called"), "{why}");
    host.enable("test.worker", Dependents::Refuse).await.unwrap();
    assert!(matches!(host.run_job("test.worker", "a-panics").await, Ok(JobOutcome::Failed(_))));
}

#[tokio::test(start_paused = true)]
async fn a_job_runs_on_request_and_only_once_at_a_time() {
    let host = host_with(&["a-slow | @yearly", "a-fails | @yearly"]).await;
    assert_eq!(host.run_job("test.worker", "a-fails").await, Ok(JobOutcome::Failed("no such luck".to_owned())));
    let (first, second) = tokio::join!(host.run_job("test.worker", "a-slow"), async {
        pass(1).await;
        host.run_job("test.worker", "a-slow").await
    });
    assert_eq!(first, Ok(JobOutcome::Done));
    assert_eq!(
        second.unwrap_err().to_string(),
        "KW0693 job `a-slow` of plugin `test.worker` was not run: it runs already\n  help: wait for its end"
    );
    let unknown = host.run_job("test.worker", "a-slw").await.unwrap_err();
    assert_eq!(
        format!("{unknown:?}"),
        "KW0693 no running plugin `test.worker` has a job `a-slw`\n  help: it has `a-slow`, `a-fails`"
    );
    host.stop().await;
    assert_eq!(
        host.run_job("test.worker", "a-slow").await.unwrap_err().to_string(),
        "KW0693 no running plugin `test.worker` has a job `a-slow`\n  help: a plugin has jobs while it runs; if it does, is `Job` in `provides(…)` of its \
         `#[plugin(…)]`? `host.jobs()` lists all"
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_goes_on_when_its_caller_gives_up() {
    let host = host_with(&["a-slow | @yearly"]).await;
    let patience = Duration::from_secs(1);
    assert!(tokio::time::timeout(patience, host.run_job("test.worker", "a-slow")).await.is_err());
    pass(5).await;
    assert_eq!(journal(), ["a-slow request 00:00", "slow end"]);
    assert_eq!(job(&host).last.unwrap().outcome, JobOutcome::Done);
}

#[tokio::test(start_paused = true)]
async fn a_disabled_plugin_has_no_runs_and_makes_up_for_them_afterwards() {
    let clock = TestClock::at(*MIDNIGHT);
    let host = host_on(&clock, &["b | */5 * * * * | once start"]).await;
    pass(6).await;
    host.disable("test.worker", Dependents::Refuse).await.unwrap();
    assert!(host.jobs().is_empty());
    set_clock(&clock, 12);
    assert_eq!(take_journal(), ["b start 00:00", "b schedule 00:05", "stop"]);
    host.enable("test.worker", Dependents::Refuse).await.unwrap();
    pass(1).await;
    assert_eq!(take_journal(), ["b missed 00:15", "b start 00:18"]);
    assert_eq!(job(&host).counts.missed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_the_run_and_asks_it_to_end() {
    let host = host_with(&["a-polite | every 1m"]).await;
    pass(2).await;
    let begun = Instant::now();
    assert!(host.stop().await.is_clean());
    assert_eq!(journal(), ["a-polite schedule 00:01", "polite end true", "stop"]);
    assert!(begun.elapsed() < Duration::from_millis(50));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_does_not_end_is_cancelled_after_half_of_the_time() {
    let host = host_with(&["a-hangs | every 1m", "a-slow | every 1m"]).await;
    pass(2).await;
    let begun = Instant::now();
    let report = host.stop().await;
    assert!(report.is_clean(), "its `stop` had its time too: {report}");
    assert_eq!(journal(), ["a-hangs schedule 00:01", "a-slow schedule 00:01", "stop"]);
    assert!((2_500..3_000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    // Nothing of it is left to hold the plugin.
    assert!(host.concrete::<Worker>().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_host_that_is_dropped_runs_nothing_more() {
    drop(host_with(&["b | every 1m"]).await);
    pass(10).await;
    assert!(journal().is_empty());
}
