//! Time and randomness as capabilities, and how a test sets them.

use std::time::{Duration, SystemTime};

use keyway::capability::{Clock, Random};
use keyway::manifest::{Descriptor, PluginId};
use keyway::testing::{TestClock, TestHost};
use keyway::{Context, Error, Lifecycle, Plugin};

use std::sync::{Arc, Mutex};

/// Keeps its handles where the test finds them.
struct Keeper<const NAME: char>;

static KEPT: Mutex<Vec<(u64, char, Clock, Random)>> = Mutex::new(Vec::new());

impl<const NAME: char> Lifecycle for Keeper<NAME> {
    type Config = std::collections::BTreeMap<String, u64>;

    async fn init(ctx: &Context<Self>, config: Self::Config) -> Result<Self, Error> {
        KEPT.lock().unwrap().push((config["test"], NAME, ctx.clock(), ctx.random()));
        Ok(Self)
    }
}

impl<const NAME: char> Plugin for Keeper<NAME> {
    const DESCRIPTOR: &'static Descriptor =
        &Descriptor { id: PluginId::new(if NAME == 'a' { "site.a" } else { "site.b" }), ..Descriptor::EMPTY };

    fn __extensions(_: &Arc<Self>) -> Vec<keyway::__private::Extension> {
        Vec::new()
    }
}

/// The handles of the plugins of one test, sorted by their names.
async fn kept(test: u64, host: TestHost) -> Vec<(Clock, Random)> {
    let config = format!("test = {test}");
    let host = host.plugin::<Keeper<'a'>>().config(&config).plugin::<Keeper<'b'>>().config(&config).start().await.unwrap();
    host.stop().await;
    let mut kept = KEPT.lock().unwrap();
    let mut own: Vec<_> = kept.extract_if(.., |(of, ..)| *of == test).collect();
    own.sort_by_key(|(_, name, ..)| *name);
    own.into_iter().map(|(_, _, clock, random)| (clock, random)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_test_sets_the_time_and_lets_it_go_by() {
    let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(12 * 3_600);
    let set = TestClock::at(noon);
    let kept = kept(1, TestHost::new().clock(&set)).await;
    let (clock, other) = (&kept[0].0, &kept[1].0);
    let begun = clock.elapsed();
    assert_eq!((clock.now(), clock.unix_millis()), (noon, 43_200_000));
    tokio::time::advance(Duration::from_secs(5)).await;
    set.advance(Duration::from_secs(2));
    assert_eq!(other.now(), noon + Duration::from_secs(7));
    set.set(noon - Duration::from_secs(60));
    assert_eq!(clock.now(), noon - Duration::from_secs(60));
    assert_eq!(clock.elapsed() - begun, Duration::from_secs(7), "what measures does not see that the day was set");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(clock.now(), noon - Duration::from_secs(59));
    set.set(SystemTime::UNIX_EPOCH - Duration::from_secs(1));
    assert_eq!(clock.unix_millis(), 0);
}

#[tokio::test]
async fn the_clock_of_a_host_is_that_of_the_system() {
    let before = SystemTime::now();
    let kept = kept(2, TestHost::new()).await;
    let now = kept[0].0.now();
    assert!(before <= now && now <= SystemTime::now());
    assert!(kept[0].0.elapsed() <= kept[1].0.elapsed());
}

#[tokio::test]
async fn seeded_numbers_are_the_same_in_each_run_and_differ_between_plugins() {
    let draw = |kept: &[(Clock, Random)]| kept.iter().map(|(_, random)| [random.u64(), random.u64()]).collect::<Vec<_>>();
    let first = draw(&kept(3, TestHost::new().seed(7)).await);
    assert_eq!(first, draw(&kept(4, TestHost::new().seed(7)).await));
    assert_ne!(first, draw(&kept(5, TestHost::new().seed(8)).await));
    assert_ne!(first[0], first[1]);
    assert_ne!(first[0][0], first[0][1]);
}

#[tokio::test]
async fn numbers_without_a_seed_do_not_repeat() {
    let kept = kept(6, TestHost::new()).await;
    let mut tokens: Vec<[u8; 16]> = (0..1_000).map(|turn| kept[turn % 2].1.bytes()).collect();
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 1_000);
    let ones: u32 = tokens.iter().flatten().map(|byte| byte.count_ones()).sum();
    // 128,000 bits: half of them, give or take eleven standard deviations.
    assert!((62_000..66_000).contains(&ones), "{ones}");
    assert!((0..100).all(|_| kept[0].1.below(6) < 6));
}
