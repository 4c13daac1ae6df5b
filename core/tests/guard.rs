//! What a guard does: panics, deadlines, switched-off plugins, the two failure policies, counts.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyway::__private::{BoxFuture, Carries, Hold, Slot};
use keyway::guard::{CallObserver, SlotOptions, Timer};
use keyway::manifest::Descriptor;
use keyway::{CallError, ExtensionPoint, extension_point};

#[derive(Debug)]
struct AskError(String);

impl From<CallError> for AskError {
    fn from(error: CallError) -> Self {
        Self(error.to_string())
    }
}

/// A point of which errors go up.
#[extension_point(id = "test.ask", version = "1.2.3", on_failure = "closed", deadline = "50ms")]
trait Ask {
    /// Answers in its own time.
    async fn ask(&self, question: &str, who: &mut Vec<String>) -> Result<String, AskError>;
    /// Answers at once; the default says so.
    fn now(&self, question: &str) -> Result<usize, AskError> {
        Ok(question.len())
    }
    /// Borrows from the plugin.
    fn name(&self) -> Result<&str, AskError>;
}

/// A point of which errors are skipped.
#[extension_point(id = "test.hint", version = "1.0.0", on_failure = "open", deadline = "none")]
trait Hint {
    fn hint(&self, topic: &str) -> Option<String>;
    fn tell(&self, _: u8);
    fn check(&self) -> Result<Vec<u8>, String> {
        Err("no idea".to_owned())
    }
    async fn later(&self) -> bool {
        panic!("not today")
    }
}

struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("in drop");
    }
}

struct Oracle;

impl Ask for Oracle {
    async fn ask(&self, question: &str, who: &mut Vec<String>) -> Result<String, AskError> {
        who.push("oracle".to_owned());
        match question {
            "boom" => panic!("boom"),
            "late boom" => {
                tokio::task::yield_now().await;
                panic!("late boom");
            }
            "hang" => {
                let _bomb = PanicsOnDrop;
                std::future::pending().await
            }
            "refuse" => Err(AskError("own".to_owned())),
            other => Ok(other.to_uppercase()),
        }
    }

    fn name(&self) -> Result<&str, AskError> {
        Ok("Oracle")
    }
}

impl Hint for Oracle {
    fn hint(&self, topic: &str) -> Option<String> {
        assert_ne!(topic, "boom");
        Some(topic.to_owned())
    }

    fn tell(&self, _: u8) {
        panic!("told")
    }
}

struct Sleep;

impl Timer for Sleep {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        ARMED.fetch_add(1, Ordering::Relaxed);
        Box::pin(tokio::time::sleep(duration))
    }
}

static ARMED: AtomicUsize = AtomicUsize::new(0);

#[derive(Default)]
struct Seen(Mutex<Vec<String>>);

impl CallObserver for Seen {
    fn failed(&self, error: &CallError) {
        self.0.lock().expect("no test panics while it holds this").push(error.to_string());
    }
}

static DESCRIPTOR: Descriptor = Descriptor {
    id: keyway::manifest::PluginId::new("test.oracle"),
    version: keyway::manifest::Version { major: 3, minor: 1, patch: 4, pre: "", build: "" },
    ..Descriptor::EMPTY
};

fn guarded<P>(deadline: Option<Duration>) -> (P::Guard, Arc<Slot>, Arc<Seen>)
where
    P: Carries<Oracle> + ?Sized,
{
    let seen = Arc::new(Seen::default());
    let options = SlotOptions { deadline, ..SlotOptions::new(Arc::new(Sleep), Arc::<Seen>::clone(&seen)) };
    let slot = Arc::new(Slot::new(&DESCRIPTOR, P::INFO, options));
    let guard = P::guard(Arc::clone(&slot), P::shield(&Arc::new(Oracle)));
    (guard, slot, seen)
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime can be made");
    runtime.block_on(work)
}

#[test]
fn the_point_knows_itself() {
    let info = <dyn Ask>::INFO;
    assert_eq!((info.id.as_str(), info.version.to_string().as_str(), info.deadline_millis), ("test.ask", "1.2.3", Some(50)));
    assert_eq!(info.methods.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["ask", "now", "name"]);
    assert_eq!(<dyn Hint>::INFO.deadline_millis, None);
}

#[test]
fn answers_pass_through() {
    let (ask, slot, seen) = guarded::<dyn Ask>(Some(Duration::from_millis(50)));
    let mut who = Vec::new();
    assert_eq!(run(ask.ask("hello", &mut who)).unwrap(), "HELLO");
    assert_eq!(who, ["oracle"]);
    assert_eq!(ask.now("four").unwrap(), 4);
    assert_eq!(ask.name().unwrap(), "Oracle");
    assert_eq!(slot.counts().calls, 3);
    assert!(seen.0.lock().unwrap().is_empty());
}

#[test]
fn the_guard_is_an_implementation_of_the_point() {
    async fn generic<A: Ask>(ask: &A) -> usize {
        ask.ask("abc", &mut Vec::new()).await.unwrap().len()
    }
    let (ask, ..) = guarded::<dyn Ask>(None);
    assert_eq!(run(generic(&ask)), 3);
}

#[test]
fn panics_are_errors_that_name_the_plugin() {
    let (ask, slot, seen) = guarded::<dyn Ask>(None);
    let early = run(ask.ask("boom", &mut Vec::new())).unwrap_err().0;
    assert!(early.starts_with("KW0601 plugin `test.oracle 3.1.4` panicked in `test.ask::ask`"), "{early}");
    assert!(early.ends_with(": boom"), "{early}");
    let late = run(ask.ask("late boom", &mut Vec::new())).unwrap_err().0;
    assert!(late.ends_with("late boom"), "{late}");
    assert_eq!(slot.counts().panics, 2);
    assert_eq!(*seen.0.lock().unwrap(), [early, late]);
}

#[test]
fn a_deadline_ends_an_async_call_even_when_its_drop_panics() {
    let (ask, slot, _) = guarded::<dyn Ask>(Some(Duration::from_millis(50)));
    let error = run(ask.ask("hang", &mut Vec::new())).unwrap_err().0;
    assert!(
        error.starts_with("KW0602 plugin `test.oracle 3.1.4` did not answer `test.ask::ask` within its deadline of 50 ms"),
        "{error}"
    );
    assert_eq!(slot.counts().deadlines, 1);
}

#[test]
fn own_errors_of_a_closed_point_pass_and_count() {
    let (ask, slot, seen) = guarded::<dyn Ask>(None);
    assert_eq!(run(ask.ask("refuse", &mut Vec::new())).unwrap_err().0, "own");
    assert_eq!(slot.counts().errors, 1);
    assert!(seen.0.lock().unwrap().is_empty(), "the caller has the error already");
}

#[test]
fn a_switched_off_plugin_is_not_called() {
    let (ask, slot, _) = guarded::<dyn Ask>(None);
    slot.set_active(false);
    let error = run(ask.ask("hello", &mut Vec::new())).unwrap_err().0;
    assert_eq!(error, "KW0603 plugin `test.oracle 3.1.4` is disabled or stopped; `test.ask::ask` was not called");
    assert!(ask.now("x").is_err());
    assert_eq!((slot.counts().calls, slot.counts().refused), (0, 2));
    slot.set_active(true);
    assert!(ask.now("x").is_ok());
}

#[test]
fn an_open_point_skips_what_fails_and_tells_it() {
    let (hint, slot, seen) = guarded::<dyn Hint>(None);
    assert_eq!(hint.hint("tea").as_deref(), Some("tea"));
    assert_eq!(hint.hint("boom"), None);
    hint.tell(1);
    assert_eq!(hint.check(), Ok(Vec::new()));
    assert!(!run(hint.later()));
    let counts = slot.counts();
    assert_eq!((counts.calls, counts.panics, counts.errors), (5, 3, 1));
    assert_eq!(
        seen.0.lock().unwrap()[2],
        "KW0604 plugin `test.oracle 3.1.4` failed in `test.hint::check`, which was skipped: no idea"
    );
}

#[test]
fn an_answer_that_is_ready_arms_no_timer() {
    let before = ARMED.load(Ordering::Relaxed);
    let (hint, ..) = guarded::<dyn Hint>(Some(Duration::from_secs(1)));
    run(hint.later());
    assert_eq!(ARMED.load(Ordering::Relaxed), before);
}

#[test]
fn guards_can_be_sent_to_other_threads() {
    let (ask, ..) = guarded::<dyn Ask>(None);
    let answer = run(async { tokio::spawn(async move { ask.ask("x", &mut Vec::new()).await.unwrap() }).await });
    assert_eq!(answer.unwrap(), "X");
}

/// rustc forgets the lifetime of `dyn Ask` when it asks whether this future is `Send`; the point must not mind.
#[cfg(feature = "host")]
#[test]
fn a_future_that_holds_extensions_is_send() {
    fn send<F: Future + Send>(_: F) {}
    async fn all(host: &keyway::Host) {
        for ask in host.extensions::<dyn Ask>() {
            let _ = ask.ask("x", &mut Vec::new()).await;
        }
    }
    let _ = |host: keyway::Host| send(async move { all(&host).await });
}

/// An error that carries whatever a plugin puts in, as the error types of SDKs do.
#[derive(Debug)]
struct Carrier {
    panics_when_shown: bool,
    panics_when_dropped: bool,
}

impl std::fmt::Display for Carrier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        assert!(!self.panics_when_shown, "boom in Display");
        formatter.write_str("a carrier")
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        assert!(!self.panics_when_dropped, "boom in Drop");
    }
}

/// A point whose errors run the plugin's code when they are shown and dropped.
#[extension_point(id = "test.carry", version = "1.0.0", on_failure = "open")]
trait Carry {
    fn carry(&self, panics_when_shown: bool, panics_when_dropped: bool) -> Result<u8, Carrier>;
}

impl Carry for Oracle {
    fn carry(&self, panics_when_shown: bool, panics_when_dropped: bool) -> Result<u8, Carrier> {
        Err(Carrier { panics_when_shown, panics_when_dropped })
    }
}

#[test]
fn skipped_errors_that_panic_are_skipped_all_the_same() {
    let (carry, slot, seen) = guarded::<dyn Carry>(None);
    for (shown, dropped) in [(false, false), (true, false), (false, true), (true, true)] {
        assert!(matches!(carry.carry(shown, dropped), Ok(0)), "{shown} {dropped}");
    }
    assert_eq!((slot.counts().calls, slot.counts().errors), (4, 4));
    let seen = seen.0.lock().expect("no other thread panics while it holds this");
    assert!(seen[0].ends_with("which was skipped: a carrier"), "{seen:?}");
    assert!(seen[1].ends_with("which was skipped: an error that cannot be shown: boom in Display"), "{seen:?}");
}

/// Writes down when it is dropped.
struct Noted(&'static str, Arc<Mutex<Vec<&'static str>>>);

impl Drop for Noted {
    fn drop(&mut self) {
        self.1.lock().expect("no test panics while it holds this").push(self.0);
    }
}

impl Ask for Noted {
    async fn ask(&self, _: &str, _: &mut Vec<String>) -> Result<String, AskError> {
        let _held = Self("future", Arc::clone(&self.1));
        std::future::pending().await
    }

    fn name(&self) -> Result<&str, AskError> {
        Ok(self.0)
    }
}

#[test]
fn a_library_goes_after_the_extension_that_came_out_of_it() {
    let order = Arc::default();
    let library = Hold::on(Arc::new(Noted("library", Arc::clone(&order))));
    let deadline = Some(Duration::from_millis(50));
    let options = SlotOptions { deadline, library, ..SlotOptions::new(Arc::new(Sleep), Arc::<Seen>::default()) };
    let slot = Arc::new(Slot::new(&DESCRIPTOR, <dyn Ask>::INFO, options));
    let plugin = Arc::new(Noted("plugin", Arc::clone(&order)));
    let guard = <dyn Ask>::guard(slot, <dyn Ask as Carries<Noted>>::shield(&plugin));
    drop(plugin);
    let other = guard.clone();
    let mut who = Vec::new();
    assert!(run(other.ask("", &mut who)).is_err());
    drop(other);
    assert_eq!(order.lock().expect("no test panics while it holds this")[..], ["future"]);
    drop(guard);
    assert_eq!(order.lock().expect("no test panics while it holds this")[..], ["future", "plugin", "library"]);
}
