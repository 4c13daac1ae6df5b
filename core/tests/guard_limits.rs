//! What a guard does with extensions that fail again and again, and with plugins that are called too often.
//!
//! The clock of these tests is moved by hand, so no test waits. All share it, so those that a jump would disturb run one by one.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use keyway::__private::{BoxFuture, Carries, Slot};
use keyway::guard::{Aggregate, Breaker, BreakerChange, BreakerOptions, CallObserver, Rate, SlotOptions, Timer, Traffic, clock};
use keyway::manifest::{Descriptor, PluginId};
use keyway::{CallError, CallErrorKind, extension_point};

/// Only panics and deadlines count.
#[extension_point(id = "test.work", version = "1.0.0", on_failure = "closed")]
trait Work {
    fn work(&self, what: u32) -> Result<u32, CallError>;
    async fn wait(&self, what: u32) -> Result<u32, Oops>;
}

/// Own errors count too.
#[extension_point(id = "test.strict", version = "1.0.0", on_failure = "open", break_on = "errors")]
trait Strict {
    fn check(&self, good: bool) -> Result<u32, String>;
}

/// Nothing counts.
#[extension_point(id = "test.patient", version = "1.0.0", on_failure = "open", break_on = "nothing")]
trait Patient {
    fn poke(&self) -> u32;
}

/// A point whose panics switch the plugin off.
#[extension_point(id = "test.brittle", version = "1.0.0", on_failure = "open", after_panic = "disable")]
trait Brittle {
    fn knock(&self, hard: bool) -> u32;
}

/// One method counts, the other is the host's own question.
#[extension_point(id = "test.door", version = "1.0.0", on_failure = "open", uncounted(is_mine, describe))]
trait Door {
    fn is_mine(&self) -> u32;
    fn open(&self) -> u32;
    async fn describe(&self) -> u32;
}

/// Nothing counts.
#[extension_point(id = "test.news", version = "1.0.0", on_failure = "open", uncounted)]
trait News {
    fn tell(&self) -> u32;
    async fn tell_slowly(&self) -> u32;
}

#[derive(Debug)]
enum Oops {
    Call(CallError),
    Own,
}

impl From<CallError> for Oops {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

#[derive(Default)]
struct Worker {
    inside: AtomicU32,
    most: AtomicU32,
    gate: Option<Barrier>,
}

const PANIC: u32 = 1;
const MEET: u32 = 2;
const HANG: u32 = 3;
const OWN: u32 = 4;

impl Work for Worker {
    fn work(&self, what: u32) -> Result<u32, CallError> {
        assert_ne!(what, PANIC, "as asked");
        let inside = self.inside.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(inside, Ordering::SeqCst);
        if let (MEET, Some(gate)) = (what, &self.gate) {
            gate.wait();
        }
        self.inside.fetch_sub(1, Ordering::SeqCst);
        Ok(what)
    }

    async fn wait(&self, what: u32) -> Result<u32, Oops> {
        match what {
            PANIC => panic!("as asked"),
            HANG => std::future::pending().await,
            OWN => Err(Oops::Own),
            _ => Ok(what),
        }
    }
}

impl Strict for Worker {
    fn check(&self, good: bool) -> Result<u32, String> {
        if good { Ok(7) } else { Err("no".to_owned()) }
    }
}

impl Patient for Worker {
    fn poke(&self) -> u32 {
        panic!("always")
    }
}

impl Door for Worker {
    fn is_mine(&self) -> u32 {
        1
    }

    fn open(&self) -> u32 {
        2
    }

    async fn describe(&self) -> u32 {
        3
    }
}

impl News for Worker {
    fn tell(&self) -> u32 {
        4
    }

    async fn tell_slowly(&self) -> u32 {
        5
    }
}

impl Brittle for Worker {
    fn knock(&self, hard: bool) -> u32 {
        assert!(!hard, "too hard");
        1
    }
}

struct Sleep;

impl Timer for Sleep {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

#[derive(Default)]
struct Seen(Mutex<Vec<String>>);

impl CallObserver for Seen {
    fn failed(&self, _: &CallError) {}

    fn breaker_moved(&self, slot: &Slot, change: BreakerChange) {
        self.0.lock().expect("not poisoned").push(format!("{} {change:?}", slot.point().id));
    }

    fn poisoned(&self, slot: &Slot) {
        self.0.lock().expect("not poisoned").push(format!("{} poisoned", slot.point().id));
    }
}

static DESCRIPTOR: Descriptor = Descriptor {
    id: PluginId::new("test.worker"),
    version: keyway::manifest::Version { major: 1, minor: 0, patch: 0, pre: "", build: "" },
    ..Descriptor::EMPTY
};

const COOL_DOWN: Duration = Duration::from_secs(30);

fn guarded<P: Carries<Worker> + ?Sized>(worker: &Arc<Worker>, traffic: Traffic) -> (P::Guard, Arc<Slot>, Arc<Seen>) {
    let seen = Arc::new(Seen::default());
    let options = SlotOptions {
        deadline: Some(Duration::from_millis(50)),
        breaker: Some(BreakerOptions { failures: 3, ..BreakerOptions::default() }),
        traffic: Arc::new(traffic),
        ..SlotOptions::new(Arc::new(Sleep), Arc::<Seen>::clone(&seen))
    };
    let slot = Arc::new(Slot::new(&DESCRIPTOR, P::INFO, options));
    (P::guard(Arc::clone(&slot), P::shield(worker)), slot, seen)
}

fn lone<P: Carries<Worker> + ?Sized>() -> (P::Guard, Arc<Slot>, Arc<Seen>) {
    guarded::<P>(&Arc::default(), Traffic::default())
}

/// Keeps other tests from moving the clock.
fn alone_with_the_clock() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn let_pass(time: Duration) {
    clock::advance_to(clock::now() + time);
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime can be made").block_on(work)
}

/// A call of `Work::work`, as the code of its error.
fn code(guard: &WorkGuard, what: u32) -> &'static str {
    guard.work(what).map_or_else(|error| error.code(), |_| "ok")
}

#[test]
fn failures_in_a_row_open_the_breaker_and_a_probe_closes_it() {
    let _alone = alone_with_the_clock();
    let (work, slot, seen) = lone::<dyn Work>();
    assert_eq!([PANIC, PANIC, 0, PANIC, PANIC].map(|what| code(&work, what)), ["KW0601", "KW0601", "ok", "KW0601", "KW0601"]);
    assert_eq!(slot.breaker(), Breaker::Closed, "a success begins the row anew");
    assert_eq!(code(&work, PANIC), "KW0601");
    assert_eq!(slot.breaker(), Breaker::Open);
    let calls = slot.counts().calls;
    let error = work.work(0).unwrap_err();
    assert!(error.was_refused());
    assert!(
        error.to_string().starts_with(
            "KW0630 plugin `test.worker 1.0.0` failed too often; `test.work::work` was not called and will be tried again in "
        ),
        "{error}"
    );
    assert_eq!((slot.counts().calls, slot.counts().shed), (calls, 1), "it was not called");
    let_pass(COOL_DOWN);
    assert_eq!(code(&work, PANIC), "KW0601", "the probe reaches the plugin");
    let_pass(COOL_DOWN);
    assert_eq!(code(&work, 0), "KW0630", "and when it fails, the time is twice as long");
    let_pass(COOL_DOWN);
    assert_eq!((code(&work, 0), slot.breaker()), ("ok", Breaker::Closed));
    assert_eq!([PANIC, PANIC, 0].map(|what| code(&work, what)), ["KW0601", "KW0601", "ok"], "it counts from the beginning");
    let told = seen.0.lock().unwrap().clone();
    assert_eq!(told, ["test.work Opened(30s)", "test.work Opened(60s)", "test.work Closed"]);
}

#[test]
fn only_one_call_tries_and_when_it_is_given_up_the_next_one_does() {
    let _alone = alone_with_the_clock();
    let (work, slot, _) = lone::<dyn Work>();
    (0..3).for_each(|_| drop(work.work(PANIC)));
    let_pass(COOL_DOWN);
    let mut context = Context::from_waker(Waker::noop());
    run(async {
        let mut probe = Box::pin(work.wait(HANG));
        assert!(matches!(probe.as_mut().poll(&mut context), Poll::Pending));
        assert_eq!(slot.breaker(), Breaker::HalfOpen);
        let error = work.work(0).unwrap_err();
        assert_eq!(*error.kind(), CallErrorKind::BreakerOpen { retry_in: Duration::ZERO, hanging: None });
        assert!(error.to_string().ends_with("was not called, because another call is trying it"), "{error}");
        drop(probe);
    });
    assert_eq!((slot.breaker(), code(&work, 0), slot.breaker()), (Breaker::Open, "ok", Breaker::Closed));
}

#[test]
fn missed_deadlines_count_and_own_errors_count_where_the_point_says_so() {
    let _alone = alone_with_the_clock();
    let (work, slot, _) = lone::<dyn Work>();
    run(async {
        for _ in 0..20 {
            assert!(matches!(work.wait(OWN).await, Err(Oops::Own)));
        }
        assert_eq!(slot.breaker(), Breaker::Closed, "an error is an answer");
        for _ in 0..3 {
            let Err(Oops::Call(error)) = work.wait(HANG).await else { panic!("it hangs") };
            assert_eq!((error.code(), error.limit()), ("KW0602", Some(Duration::from_millis(50))));
        }
    });
    assert_eq!(slot.breaker(), Breaker::Open);

    let (strict, slot, _) = lone::<dyn Strict>();
    assert_eq!(
        [false, false, true, false, false, false].map(|good| strict.check(good)),
        [Ok(0), Ok(0), Ok(7), Ok(0), Ok(0), Ok(0)]
    );
    assert_eq!(slot.breaker(), Breaker::Open);
    assert_eq!((strict.check(true), slot.counts().shed), (Ok(0), 1), "an open point skips what the breaker refuses");

    let (patient, slot, _) = lone::<dyn Patient>();
    assert!((0..50).all(|_| patient.poke() == 0));
    assert_eq!((slot.breaker(), slot.counts().panics), (Breaker::Closed, 50));
}

#[test]
fn an_operator_closes_the_breaker_before_its_time() {
    let _alone = alone_with_the_clock();
    let (work, slot, seen) = lone::<dyn Work>();
    (0..3).for_each(|_| drop(work.work(PANIC)));
    assert_eq!(code(&work, 0), "KW0630");
    slot.close_breaker();
    assert_eq!(code(&work, 0), "ok");
    slot.close_breaker();
    assert_eq!(seen.0.lock().unwrap().len(), 2, "closing what is closed is no news");
}

#[test]
fn a_panic_at_a_brittle_point_ends_the_calls_at_once_and_is_told_once() {
    let (brittle, slot, seen) = lone::<dyn Brittle>();
    assert_eq!([false, true, false].map(|hard| brittle.knock(hard)), [1, 0, 0]);
    assert!(!slot.is_active());
    assert_eq!((slot.counts().panics, slot.counts().refused), (1, 1));
    assert_eq!(*seen.0.lock().unwrap(), ["test.brittle poisoned"]);
}

#[test]
fn no_more_calls_than_allowed_run_at_the_same_time() {
    const THREADS: usize = 3;
    let worker = Arc::new(Worker { gate: Some(Barrier::new(THREADS + 1)), ..Worker::default() });
    let (work, slot, _) = guarded::<dyn Work>(&worker, Traffic::new(Some(3), None));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| work.work(MEET).expect("there is room"));
        }
        while worker.inside.load(Ordering::SeqCst) < 3 {
            std::thread::yield_now();
        }
        let error = work.work(0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "KW0631 plugin `test.worker 1.0.0` is busy with 3 calls, which is its limit; `test.work::work` was not called"
        );
        worker.gate.as_ref().expect("it was made with one").wait();
    });
    assert_eq!(code(&work, 0), "ok", "the others have left");
    assert_eq!((slot.counts().calls, slot.counts().shed, slot.breaker()), (4, 1, Breaker::Closed), "being busy is no failure");
}

#[test]
fn calls_that_panic_or_are_given_up_leave_too() {
    let (work, ..) = guarded::<dyn Work>(&Arc::default(), Traffic::new(Some(1), None));
    assert_eq!([PANIC, PANIC, 0].map(|what| code(&work, what)), ["KW0601", "KW0601", "ok"]);
    run(async {
        let mut context = Context::from_waker(Waker::noop());
        let mut call = Box::pin(work.wait(HANG));
        assert!(call.as_mut().poll(&mut context).is_pending());
        assert_eq!(code(&work, 0), "KW0631");
        drop(call);
        assert_eq!(code(&work, 0), "ok");
    });
}

#[test]
fn a_plugin_that_is_called_too_fast_says_when_to_come_again() {
    let rate = Rate::parse("2/h").unwrap();
    let (work, slot, _) = guarded::<dyn Work>(&Arc::default(), Traffic::new(None, Some(rate)));
    assert_eq!([0, 0, 0].map(|what| code(&work, what)), ["ok", "ok", "KW0632"]);
    let error = work.work(0).unwrap_err();
    let CallErrorKind::RateExceeded { limit, retry_in } = *error.kind() else { panic!("{error}") };
    assert_eq!(limit, rate);
    assert!(retry_in > Duration::from_secs(1_700) && retry_in <= Duration::from_secs(1_800), "{retry_in:?}");
    assert!(
        error
            .to_string()
            .starts_with("KW0632 plugin `test.worker 1.0.0` is called more often than 2/h; `test.work::work` was not"),
        "{error}"
    );
    assert_eq!((slot.counts().calls, slot.counts().shed), (2, 2));
}

#[test]
fn what_is_uncounted_neither_uses_limits_up_nor_is_refused_by_them() {
    let traffic = || Traffic::new(Some(1), Rate::parse("1/h"));
    let (door, slot, _) = guarded::<dyn Door>(&Arc::default(), traffic());
    assert_eq!([door.is_mine(), door.is_mine(), run(door.describe())], [1, 1, 3], "nothing is used up");
    assert_eq!([door.open(), door.open()], [2, 0], "the one call of the hour, and one too many");
    assert_eq!([door.is_mine(), run(door.describe()), door.open()], [1, 3, 0], "and nothing else is refused");
    assert_eq!((slot.counts().calls, slot.counts().shed), (6, 2));
    let (news, slot, _) = guarded::<dyn News>(&Arc::default(), traffic());
    assert_eq!([news.tell(), run(news.tell_slowly()), news.tell()], [4, 5, 4]);
    assert_eq!(slot.counts().shed, 0);
    slot.set_active(false);
    assert_eq!([news.tell(), run(news.tell_slowly())], [0, 0], "a plugin that is off is not called at all");
}

#[test]
fn threads_that_hammer_a_broken_plugin_agree_about_the_breaker() {
    let _alone = alone_with_the_clock();
    let (work, slot, seen) = lone::<dyn Work>();
    let refused = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..200 {
                    if code(&work, PANIC) == "KW0630" {
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let counts = slot.counts();
    assert_eq!(counts.calls + counts.shed, 1_600, "no call is lost or counted twice");
    assert_eq!((counts.panics, counts.shed), (counts.calls, u64::from(refused.into_inner())));
    assert!((3..=3 + 8).contains(&counts.calls), "{counts:?}: only calls under way when it opened still failed");
    assert_eq!(seen.0.lock().unwrap().len(), 1, "it opened once");
}

#[test]
fn the_first_call_is_timed_and_waiting_ones_all_are() {
    let (work, slot, _) = lone::<dyn Work>();
    (0..100).for_each(|_| drop(work.work(0)));
    assert_eq!(slot.latency().samples(), 1);
    run(async {
        for _ in 0..3 {
            let _ = work.wait(HANG).await;
        }
    });
    assert_eq!(slot.latency().samples(), 4);
    assert!(slot.latency().quantile(1.0).is_some());
}

#[test]
fn several_calls_share_one_limit() {
    run(async {
        let begun = tokio::time::Instant::now();
        let mut aggregate = Aggregate::new(Duration::from_secs(5), Arc::new(Sleep));
        let nap = |seconds| tokio::time::sleep(Duration::from_secs(seconds));
        assert_eq!(aggregate.ask(async { 1 }).await, Ok(1));
        assert_eq!(aggregate.ask(nap(2)).await, Ok(()));
        assert_eq!(aggregate.ask(nap(2)).await, Ok(()));
        let error = aggregate.ask(nap(2)).await.unwrap_err();
        assert_eq!((error.limit, begun.elapsed().as_secs()), (Duration::from_secs(5), 5));
        assert!(error.to_string().starts_with("the extensions did not answer within 5000 ms together (waited "), "{error}");
        assert!(aggregate.ask(async { unreachable!("nothing is asked any more") }).await.is_err());
    });
}

#[test]
fn a_call_that_is_refused_says_whose_and_where_as_one_that_fails_does() {
    let (guard, slot, _) = lone::<dyn Work>();
    let failed = guard.work(PANIC).expect_err("it panics");
    slot.set_active(false);
    let off = guard.work(0).expect_err("it is off");
    let (full, _, _) = guarded::<dyn Work>(&Arc::default(), Traffic::new(Some(0), None));
    let shed = full.work(0).expect_err("no call is allowed");
    let fast = Traffic::new(None, Rate::new(1, Duration::from_secs(3_600)));
    let (fast, _, _) = guarded::<dyn Work>(&Arc::default(), fast);
    assert!(fast.work(0).is_ok());
    let late = fast.work(0).expect_err("the second within the hour");
    for (error, code, refused) in
        [(failed, "KW0601", false), (off, "KW0603", true), (shed, "KW0631", true), (late, "KW0632", true)]
    {
        assert_eq!(
            (error.plugin(), error.version(), error.point(), error.method()),
            ("test.worker", DESCRIPTOR.version, "test.work", "work")
        );
        assert_eq!((error.code(), error.was_refused()), (code, refused));
        assert_eq!(error.limit(), None, "nothing ends a synchronous call");
        assert!(!refused || error.elapsed().is_zero());
        assert!(error.to_string().starts_with(&format!("{code} plugin `test.worker 1.0.0` ")), "{error}");
    }
}
