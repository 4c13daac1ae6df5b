//! What an operator reads in the log of calls and phases that take too long: whose they are, which, how long, and what was allowed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use keyway::prelude::*;
use keyway::testing::TestHost;
use keyway::{CallError, CallErrorKind, extension_point};
use tracing::field::{Field, Visit};
use tracing::span;

/// The fields of what was logged, `message` among them.
static LOG: Mutex<Vec<BTreeMap<&'static str, String>>> = Mutex::new(Vec::new());

struct Collector;

impl tracing::Subscriber for Collector {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Fields(BTreeMap::new());
        event.record(&mut fields);
        LOG.lock().expect("nobody panics with it").push(fields.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

/// What was logged with a code about a method or phase.
fn logged(code: &str, method: &str) -> Option<BTreeMap<&'static str, String>> {
    let is = |fields: &&BTreeMap<_, String>| fields.get("code").is_some_and(|has| has == code) && fields["method"] == method;
    LOG.lock().expect("nobody panics with it").iter().find(is).cloned()
}

/// Holds this thread until the watchdog has told of it.
fn hang(method: &str) {
    let begun = Instant::now();
    while logged("KW0633", method).is_none() {
        assert!(begun.elapsed() < Duration::from_secs(20), "nobody noticed `{method}`");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A point whose plugin is slow.
#[extension_point(id = "test.slow", version = "1.0.0", on_failure = "closed", deadline = "50ms")]
trait Slow {
    async fn wait(&self) -> Result<(), CallError>;
    fn hold(&self) -> Result<(), CallError>;
}

/// A point of its own, with a breaker of its own: to print a panic may take so long that it counts as a hang.
#[extension_point(id = "test.asleep", version = "1.0.0", on_failure = "closed")]
trait Asleep {
    fn fall(&self) -> Result<(), CallError>;
}

/// Slow in everything.
#[derive(Debug, Plugin)]
#[plugin(
    provides(Slow, Asleep),
    manifest_text = "manifest-version = 1\n[plugin]\nid = \"test.sloth\"\nversion = \"1.2.0\"\nhost = \"*\""
)]
pub struct Sloth;

impl Lifecycle for Sloth {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        hang("init");
        Ok(Self)
    }

    async fn start(&self, _: &Context<Self>) -> Result<(), Error> {
        hang("start");
        Ok(())
    }

    async fn stop(&self) -> Result<(), Error> {
        hang("stop");
        Ok(())
    }
}

impl Drop for Sloth {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            hang("drop");
        }
    }
}

impl Slow for Sloth {
    async fn wait(&self) -> Result<(), CallError> {
        std::future::pending().await
    }

    fn hold(&self) -> Result<(), CallError> {
        hang("hold");
        Ok(())
    }
}

impl Asleep for Sloth {
    fn fall(&self) -> Result<(), CallError> {
        panic!("asleep")
    }
}

#[track_caller]
fn check(code: &str, point: &str, method: &str, limit_ms: Option<u64>) -> String {
    let fields = logged(code, method)
        .unwrap_or_else(|| panic!("{code} of `{method}` is in the log: {:?}", LOG.lock().expect("nobody panics with it")));
    let field = |name: &str| fields.get(name).map(String::as_str);
    assert_eq!((field("plugin"), field("version"), field("point")), (Some("test.sloth"), Some("1.2.0"), Some(point)));
    assert_eq!(field("limit_ms"), limit_ms.map(|limit| limit.to_string()).as_deref());
    let elapsed: u64 = field("elapsed_ms").expect("the time is told").parse().expect("in milliseconds");
    assert!(elapsed >= limit_ms.unwrap_or_default(), "{elapsed}");
    let message = field("message").expect("there is a text").to_owned();
    let place = format!("`{point}::{method}`");
    assert!(message.starts_with(&format!("{code} plugin `test.sloth 1.2.0` ")) && message.contains(&place), "{message}");
    message
}

/// On one thread, which every hang holds.
#[tokio::test]
async fn what_takes_too_long_is_told_with_all_there_is_to_know() {
    tracing::subscriber::set_global_default(Collector).expect("this program has one test");
    let settings = |builder: keyway::host::HostBuilder| builder.config("[host.deadlines]\nhang = '40ms'".parse().unwrap());
    let host = TestHost::new().plugin::<Sloth>().adjust(settings).start().await.unwrap();
    let slow = host.extensions::<dyn Slow>()[0].clone();

    let late = slow.wait().await.unwrap_err();
    let limit = Duration::from_millis(50);
    assert_eq!((late.plugin(), late.version().to_string().as_str(), late.method()), ("test.sloth", "1.2.0", "wait"));
    assert_eq!((late.limit(), late.kind()), (Some(limit), &CallErrorKind::DeadlineExceeded { limit }));
    assert!(late.elapsed() >= limit, "{:?}", late.elapsed());
    assert_eq!(check("KW0602", "test.slow", "wait", Some(50)), late.to_string());

    let fell = host.extensions::<dyn Asleep>()[0].fall().unwrap_err();
    assert_eq!(fell.limit(), None, "nothing ends a synchronous call");
    assert_eq!(check("KW0601", "test.asleep", "fall", None), fell.to_string());

    slow.hold().unwrap();
    let told = check("KW0633", "test.slow", "hold", Some(40));
    let thread = std::thread::current();
    let thread = format!("has held the thread `{}` ({:?}) in", thread.name().unwrap_or_default(), thread.id());
    assert!(
        told.contains(&thread) && told.ends_with("; it cannot be ended, and is left out there until it comes back"),
        "{told}"
    );
    drop(slow);
    host.stop().await;
    for phase in ["init", "start", "stop", "drop"] {
        let told = check("KW0633", "Lifecycle", phase, Some(40));
        assert!(told.contains(&thread) && told.ends_with("; it cannot be ended"), "{told}");
    }
}
