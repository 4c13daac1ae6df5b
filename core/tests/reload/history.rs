//! Releases of the past: listed, gone back to, by request and by itself.

use keyway::CallErrorKind;
use keyway::host::Reason;
use keyway::testing::TestHost;

use crate::plugins::Count;
use crate::plugins::counter::Counter;
use crate::{Site, until};

fn config(name: &str) -> String {
    format!(
        "[host]\nbreaker = {{ failures = 2 }}\nreload = {{ history = 2, drain = '50ms', hold = '50ms' }}\n\
         [plugin.'test.counter']\nname = '{name}'\n"
    )
}

fn name(site: &Site) -> String {
    site.host.extensions::<dyn Count>()[0].name().unwrap()
}

fn generations(site: &Site) -> Vec<(u32, Reason)> {
    site.host.releases("test.counter").iter().map(|release| (release.generation, release.reason)).collect()
}

#[tokio::test]
async fn releases_are_kept_and_gone_back_to() {
    let site = Site::start(TestHost::new().plugin::<Counter>(), &config("one")).await;
    for name in ["two", "three", "four"] {
        site.write(&config(name));
        site.host.reload("test.counter").await.unwrap();
        site.host.extensions::<dyn Count>()[0].count().unwrap();
    }
    assert_eq!(generations(&site), [(4, Reason::Reload), (3, Reason::Reload), (2, Reason::Reload)], "two of the past are kept");
    let releases = site.host.releases("test.counter");
    assert!(releases[0].is_current && !releases[1].is_current);
    assert!(releases[0].digest.len() == 71 && releases[0].digest != releases[1].digest);
    site.host.roll_back("test.counter").await.unwrap();
    assert_eq!(name(&site), "three");
    assert_eq!(generations(&site), [(5, Reason::RollBack), (2, Reason::Reload)]);
    assert_eq!(site.host.releases("test.counter")[0].digest, releases[1].digest, "the same configuration");
    site.host.roll_back("test.counter").await.unwrap();
    assert_eq!(name(&site), "two");
    assert!(site.host.roll_back("test.counter").await.unwrap_err().to_string().starts_with("KW0776"));
    assert_eq!(site.host.extensions::<dyn Count>()[0].count().unwrap(), 4, "the state went all the way");
    site.host.stop().await;
}

#[tokio::test]
async fn a_release_that_trips_its_breaker_is_left() {
    let site = Site::start(TestHost::new().plugin::<Counter>(), &config("good")).await;
    site.host.extensions::<dyn Count>()[0].count().unwrap();
    site.write(&config("bad"));
    site.host.reload("test.counter").await.unwrap();
    for _ in 0..2 {
        let error = site.host.extensions::<dyn Count>()[0].fail().unwrap_err();
        assert!(matches!(error.kind(), CallErrorKind::Panicked(_)), "{error}");
    }
    // While its breaker is open, it does not say its name.
    let name = || site.host.extensions::<dyn Count>()[0].name();
    until("it has gone back", || name().is_ok_and(|name| name == "good")).await;
    until("it is written down", || generations(&site) == [(3, Reason::Probation)]).await;
    assert_eq!(site.host.extensions::<dyn Count>()[0].count().unwrap(), 2);
    // What was gone back to is on no probation: there is nothing better.
    for _ in 0..2 {
        let _ = site.host.extensions::<dyn Count>()[0].fail();
    }
    tokio::task::yield_now().await;
    assert_eq!(generations(&site), [(3, Reason::Probation)]);
    site.host.stop().await;
}

#[tokio::test]
async fn without_probation_it_stays() {
    let stay = "[host]\nbreaker = { failures = 2 }\nreload = { probation = false }\n[plugin.'test.counter']\nname = 'bad'\n";
    let site = Site::start(TestHost::new().plugin::<Counter>(), stay).await;
    site.host.reload("test.counter").await.unwrap();
    for _ in 0..2 {
        let _ = site.host.extensions::<dyn Count>()[0].fail();
    }
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(generations(&site), [(2, Reason::Reload), (1, Reason::Start)]);
    site.host.stop().await;
}
