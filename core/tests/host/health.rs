//! What a host makes of the breakers of its plugins, of panics at brittle points, and of calls that hang.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use keyway::guard::Breaker;
use keyway::host::{Dependents, HostBuilder, State};
use keyway::prelude::*;
use keyway::testing::{RunningTestHost, TestHost};
use keyway::{Host, extension_point};

/// A point that goes on after panics.
#[extension_point(id = "test.dance", version = "1.0.0", on_failure = "open")]
trait Dance {
    fn step(&self, millis: u64) -> u32;
}

/// A point after whose panics there is a new instance.
#[extension_point(id = "test.fragile", version = "1.0.0", on_failure = "open", after_panic = "restart")]
trait Fragile {
    fn touch(&self, hard: bool) -> u32;
}

/// A point after whose panics there is none.
#[extension_point(id = "test.fatal", version = "1.0.0", on_failure = "open", after_panic = "disable")]
trait Fatal {
    fn poke(&self) -> u32;
}

/// Tells its instances apart.
#[derive(Plugin)]
#[expect(unreachable_pub, reason = "the derive asks for it")]
#[plugin(
    provides(Dance, Fragile, Fatal),
    manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "test.dancer"
    version = "1.0.0"
    host = "*"
"#
)]
pub struct Dancer(u32);

mod fan {
    use keyway::prelude::*;

    /// Requires the dancer.
    #[derive(Plugin)]
    #[plugin(manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.fan"
        version = "1.0.0"
        host = "*"
        [requires]
        "test.dancer" = "*"
    "#)]
    #[expect(unreachable_pub, reason = "the derive asks for it")]
    pub struct Fan;

    impl Lifecycle for Fan {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }
}

impl Lifecycle for Dancer {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        static INSTANCES: AtomicU32 = AtomicU32::new(1);
        Ok(Self(INSTANCES.fetch_add(1, Ordering::Relaxed)))
    }
}

impl Dance for Dancer {
    fn step(&self, millis: u64) -> u32 {
        assert_ne!(millis, 0, "stumbled");
        std::thread::sleep(Duration::from_millis(millis));
        self.0
    }
}

impl Fragile for Dancer {
    fn touch(&self, hard: bool) -> u32 {
        assert!(!hard, "broken");
        self.0
    }
}

impl Fatal for Dancer {
    fn poke(&self) -> u32 {
        panic!("dead")
    }
}

async fn start(adjust: fn(HostBuilder) -> HostBuilder) -> RunningTestHost {
    TestHost::new().plugin::<Dancer>().plugin::<fan::Fan>().adjust(adjust).start().await.unwrap()
}

fn with_settings(builder: HostBuilder, text: &str) -> HostBuilder {
    builder.config(text.parse().unwrap())
}

fn state(host: &Host) -> State {
    host.plugin("test.dancer").unwrap().state
}

/// Waits until something is so, which takes a moment because another thread or task does it.
async fn until(what: &str, so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "not so in time: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn an_open_breaker_is_a_recoverable_error_until_an_operator_enables_the_plugin() {
    static MOVES: Mutex<Vec<(State, State)>> = Mutex::new(Vec::new());
    let host = start(|builder| {
        let builder = builder.on_state(|change| {
            if change.plugin.as_str() == "test.dancer" {
                MOVES.lock().unwrap().push((change.from, change.to));
            }
        });
        with_settings(builder, "[host.breaker]\nfailures = 2\ncool-down = '5m'")
    })
    .await;
    let dance = &host.extensions::<dyn Dance>()[0];
    assert_eq!([dance.step(0), dance.step(0), dance.step(1)], [0, 0, 0]);
    assert_eq!(state(&host), State::RecoverableError);
    let info = host.plugin("test.dancer").unwrap();
    let of = |point: &str| info.extensions.iter().find(|extension| extension.point.as_str() == point).unwrap();
    assert_eq!((of("test.dance").breaker, of("test.fragile").breaker), (Breaker::Open, Breaker::Closed));
    assert_eq!((of("test.dance").counts.calls, of("test.dance").counts.shed), (2, 1));
    let json = serde_json::to_value(&info).unwrap();
    assert_eq!(json["state"], "recoverable error");
    assert_eq!(json["extensions"][0]["breaker"], "open");
    assert_eq!(json["extensions"][0]["shed"], 1);
    assert_eq!(json["extensions"][0]["latency"]["samples"], 1);
    assert!(json["extensions"][0]["latency"]["p99_us"].as_f64().unwrap() > 0.0);
    assert_ne!(host.extensions::<dyn Fragile>()[0].touch(false), 0, "its other extensions are called");

    let switched = host.enable("test.dancer", Dependents::Refuse).await.unwrap();
    assert_eq!(switched.plugins.len(), 1);
    assert_eq!(state(&host), State::Ok);
    assert_ne!(dance.step(1), 0, "it is the same instance");
    assert!(MOVES.lock().unwrap().ends_with(&[(State::Ok, State::RecoverableError), (State::RecoverableError, State::Ok)]));
    host.stop().await;
}

#[tokio::test]
async fn a_probe_that_succeeds_makes_the_plugin_well_again() {
    let host = start(|builder| with_settings(builder, "[host.breaker]\nfailures = 1\ncool-down = '20ms'")).await;
    let dance = host.extensions::<dyn Dance>()[0].clone();
    dance.step(0);
    assert_eq!(state(&host), State::RecoverableError);
    until("the probe was let through", || dance.step(1) != 0).await;
    assert_eq!(state(&host), State::Ok);
    host.stop().await;
}

#[tokio::test]
async fn a_breaker_can_be_switched_off() {
    let host = start(|builder| with_settings(builder, "[host]\nbreaker = false")).await;
    let dance = &host.extensions::<dyn Dance>()[0];
    (0..50).for_each(|_| assert_eq!(dance.step(0), 0));
    assert_eq!((dance.counts().panics, state(&host)), (50, State::Ok));
    host.stop().await;
}

#[tokio::test]
async fn limits_are_of_a_plugin_not_of_an_extension() {
    let host = start(|builder| with_settings(builder, "[host.limits.'test.dancer']\nrate = '2/h'")).await;
    let (dance, fragile) = (&host.extensions::<dyn Dance>()[0], &host.extensions::<dyn Fragile>()[0]);
    assert!(dance.step(1) != 0 && fragile.touch(false) != 0);
    assert_eq!((dance.step(1), fragile.touch(false)), (0, 0));
    assert_eq!((dance.counts().shed, fragile.counts().shed), (1, 1));
    host.stop().await;
}

#[tokio::test]
async fn the_limit_of_calls_at_the_same_time_is_the_strictest_one() {
    let host =
        start(|builder| with_settings(builder.concurrent_calls(1), "[host.limits.'test.dancer']\nconcurrent-calls = 5")).await;
    let dance = host.extensions::<dyn Dance>()[0].clone();
    let slow = std::thread::spawn({
        let dance = dance.clone();
        move || dance.step(300)
    });
    until("the first call is under way", || dance.counts().calls == 1).await;
    assert_eq!((dance.step(1), dance.counts().shed), (0, 1));
    assert_ne!(slow.join().unwrap(), 0);
    assert_ne!(dance.step(1), 0);
    host.stop().await;
}

#[tokio::test]
async fn mistakes_in_the_settings_are_told_together() {
    let adjust = |builder| {
        let text = "[host.breaker]\nfailures = 0\ncooldown = '1s'\nlongest-cool-down = 3\n[host.limits.'test.dancer']\n\
                    rate = 'fast'\nconcurent-calls = 3\n[host.limits.'test.dancing']\nrate = '1/s'";
        with_settings(builder, text)
    };
    let error = TestHost::new().plugin::<Dancer>().adjust(adjust).start().await.unwrap_err().to_string();
    for part in [
        "KW0612 `host.breaker.failures` in the configuration must be a whole number above zero, not integer `0`",
        "KW0612 the configuration has the unknown key `host.breaker.cooldown`\n    help: a similar name exists: `cool-down`",
        "KW0612 `host.breaker.longest-cool-down` in the configuration must be a time above zero such as `\"10s\"`, not integer `3`",
        "KW0612 `host.limits.\"test.dancer\".rate` in the configuration must be a rate above zero such as `\"100/s\"`, `\"30/min\"` or `\"5/h\"`, not string `\"fast\"`",
        "KW0612 the configuration has the unknown key `host.limits.\"test.dancer\".concurent-calls`",
        "KW0611 `[host.limits.\"test.dancing\"]` is about a plugin `test.dancing`, which this host does not have",
    ] {
        assert!(error.contains(part), "{part}\n{error}");
    }
}

#[tokio::test]
async fn after_a_panic_a_brittle_point_gets_a_new_instance_a_few_times() {
    let host = start(|builder| builder).await;
    let touch = |hard| host.extensions::<dyn Fragile>().iter().map(|fragile| fragile.touch(hard)).max().unwrap_or_default();
    for _ in 0..5 {
        let before = touch(false);
        assert_eq!(touch(true), 0);
        until("there is a new instance", || ![0, before].contains(&touch(false))).await;
        until("what requires it runs too", || host.plugin("test.fan").unwrap().state == State::Ok).await;
    }
    touch(true);
    until("it is given up", || host.plugin("test.dancer").unwrap().error.is_some()).await;
    assert_eq!((state(&host), touch(false)), (State::Stopped, 0));
    assert_eq!(
        host.plugin("test.dancer").unwrap().error.unwrap().to_string(),
        "KW0634 plugin `test.dancer 1.0.0` was switched off, because it panicked at `test.fragile` again after 5 restarts"
    );
    host.enable("test.dancer", Dependents::Cascade).await.unwrap();
    assert_ne!(touch(false), 0, "an operator may try");
    host.stop().await;
}

#[tokio::test]
async fn a_plugin_that_is_disabled_while_it_is_restarted_stays_off() {
    let host = start(|builder| builder).await;
    let first = host.extensions::<dyn Fragile>()[0].touch(false);
    host.extensions::<dyn Fragile>()[0].touch(true);
    let fragile = host.point::<dyn Fragile>();
    let switched = host.disable("test.dancer", Dependents::Cascade).await.unwrap();
    assert_eq!(switched.plugins.len(), 2, "the restart was asked for before, so it ran again: {switched:?}");
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!((state(&host), fragile.extensions().len()), (State::Stopped, 0));
    host.enable("test.dancer", Dependents::Cascade).await.unwrap();
    assert!(fragile.extensions()[0].touch(false) >= first + 2, "there was an instance between the two");
    host.stop().await;
}

#[tokio::test]
async fn after_a_panic_a_fatal_point_loses_the_plugin_and_its_dependents() {
    let host = start(|builder| builder).await;
    let fatal = host.extensions::<dyn Fatal>()[0].clone();
    fatal.poke();
    fatal.poke();
    assert_eq!((fatal.counts().panics, fatal.counts().refused), (1, 1), "it is not called again");
    until("it is off", || host.plugin("test.dancer").unwrap().error.is_some()).await;
    assert_eq!(
        host.plugin("test.dancer").unwrap().error.unwrap().to_string(),
        "KW0634 plugin `test.dancer 1.0.0` was switched off, because it panicked at `test.fatal`"
    );
    assert_eq!(host.plugin("test.fan").unwrap().state, State::Stopped);
    host.stop().await;
}

/// On one thread, so that the hung call holds the very thread that everything else would run on.
#[tokio::test]
async fn a_call_that_hangs_is_noticed_and_left_out_until_it_comes_back() {
    let host = start(|builder| {
        with_settings(builder, "[host.deadlines]\nhang = '60ms'\n[host.breaker]\nfailures = 3\ncool-down = '10ms'")
    })
    .await;
    let dance = host.extensions::<dyn Dance>()[0].clone();
    let (hung, seen) = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let begun = Instant::now();
            while state(&host) == State::Ok {
                assert!(begun.elapsed() < Duration::from_secs(20), "nobody noticed");
                std::thread::sleep(Duration::from_millis(1));
            }
            (dance.step(1), host.plugin("test.dancer").unwrap())
        });
        (dance.step(1_500), watcher.join().unwrap())
    });
    assert_ne!(hung, 0, "it cannot be ended, and its answer counts");
    assert_eq!((seen.0, seen.1.state), (0, State::RecoverableError));
    assert_eq!(seen.1.extensions[0].breaker, Breaker::Open);
    let error = seen.1.error.unwrap();
    assert_eq!(error.code(), "KW0633");
    let text = "KW0633 plugin `test.dancer 1.0.0` is left out at `test.dance`, because a call of `step` has hung for ";
    assert!(error.to_string().starts_with(text), "{error}");
    until("it is tried again", || dance.step(1) != 0).await;
    assert_eq!(state(&host), State::Ok);
    assert!(host.plugin("test.dancer").unwrap().error.is_none(), "it came back");
    host.stop().await;
}
