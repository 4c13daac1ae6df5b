//! In which order plugins start and stop, and what runs in parallel.

use std::sync::{Arc, Mutex};

use keyway::host::State;

use crate::fixture::{Play, visible};

#[tokio::test]
async fn a_level_is_initialised_before_it_is_started_and_stops_in_reverse() {
    let play = Play::new(&[("top", &["left", "right"]), ("left", &["base"]), ("right", &["base"]), ("base", &[])]);
    let host = play.builder().start().await.unwrap();
    assert_eq!(
        play.journal(),
        ["init base", "start base", "init left", "init right", "start left", "start right", "init top", "start top"]
    );
    assert_eq!(visible(&host), ["base", "left", "right", "top"]);
    let report = host.stop().await;
    assert!(report.is_clean());
    assert_eq!(
        report.plugins.iter().map(|plugin| plugin.id.as_str()).collect::<Vec<_>>(),
        ["site.top", "site.left", "site.right", "site.base"]
    );
    assert_eq!(
        play.journal()[8..],
        ["stop top", "drop top", "stop left", "stop right", "drop left", "drop right", "stop base", "drop base"]
    );
}

#[tokio::test(start_paused = true)]
async fn plugins_of_one_level_wait_at_the_same_time() {
    let mut play = Play::new(&[("a", &[]), ("b", &[]), ("c", &[])]);
    for name in ["a", "b", "c"] {
        play = play.script(name, "init", "wait").script(name, "start", "wait").script(name, "stop", "wait");
    }
    let begun = tokio::time::Instant::now();
    let host = play.builder().start().await.unwrap();
    assert_eq!(begun.elapsed().as_millis() / 50, 2, "50 ms for all inits and 50 ms for all starts: {:?}", begun.elapsed());
    assert_eq!(play.journal()[..3], ["init a", "init b", "init c"]);
    host.stop().await;
    assert_eq!(begun.elapsed().as_millis() / 50, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn plugins_that_block_their_thread_do_not_wait_for_each_other() {
    let mut play = Play::new(&[("a", &[]), ("b", &[]), ("c", &[])]);
    for name in ["a", "b", "c"] {
        play = play.script(name, "init", "meet");
    }
    // One after the other, the first would wait for the second for ever.
    let host = play.builder().start().await.unwrap();
    host.stop().await;
}

#[tokio::test]
async fn every_change_of_state_is_told() {
    let play = Play::new(&[("a", &[]), ("b", &["a"])]).script("b", "start", "fail");
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = {
        let told = Arc::clone(&told);
        move |change: &keyway::host::StateChange| told.lock().unwrap().push((change.plugin.as_str(), change.from, change.to))
    };
    let host = play.builder().optional("site.b").on_state(listener).start().await.unwrap();
    host.stop().await;
    assert_eq!(
        *told.lock().unwrap(),
        [
            ("site.a", State::Idle, State::Starting),
            ("site.a", State::Starting, State::Ok),
            ("site.b", State::Idle, State::Starting),
            ("site.b", State::Starting, State::PermanentError),
            ("site.a", State::Ok, State::Stopping),
            ("site.a", State::Stopping, State::Stopped),
        ]
    );
}

#[tokio::test]
async fn a_listener_that_panics_does_no_harm() {
    let play = Play::new(&[("a", &[])]);
    let host = play.builder().on_state(|_| panic!("broken listener")).start().await.unwrap();
    assert_eq!(host.plugin("site.a").unwrap().state, State::Ok);
    host.stop().await;
}

#[tokio::test]
async fn stopping_twice_stops_once() {
    let play = Play::new(&[("a", &[])]);
    let host = play.builder().start().await.unwrap();
    assert_eq!(host.stop().await.plugins.len(), 1);
    assert_eq!(host.clone().stop().await.plugins.len(), 0);
    assert_eq!(play.did("stop"), ["a"]);
    assert!(visible(&host).is_empty());
}

#[tokio::test]
async fn a_host_that_is_dropped_drops_its_plugins_last_started_first() {
    let play = Play::new(&[("a", &[]), ("b", &["a"])]).script("b", "drop", "panic");
    drop(play.builder().start().await.unwrap());
    assert_eq!(play.did("drop"), ["b", "a"]);
    assert!(play.did("stop").is_empty());
}
