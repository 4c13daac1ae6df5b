//! A plugin in a library fails in every place where a plugin can, and each time the host has an error and goes on.

use std::time::Duration;

use keyway::Host;
use keyway_tests_native::{Trial, TrialGuard};

use crate::library::start;

async fn faulty(panic_in: &str) -> Result<Host, String> {
    let config = format!("[plugin.\"test.faulty\"]\npanic-in = \"{panic_in}\"");
    start("keyway-tests-faulty", &config).await.map_err(|error| error.to_string())
}

async fn running() -> (Host, TrialGuard) {
    let host = faulty("nothing").await.unwrap();
    let trial = host.extensions::<dyn Trial>()[0].guard().clone();
    (host, trial)
}

/// The plugin still does its work after whatever it was told before.
async fn check(host: &Host, trial: &TrialGuard) {
    assert_eq!(trial.now("this").unwrap(), "did this");
    assert_eq!(trial.later("that").await.unwrap(), "did that later");
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn a_library_is_started_called_and_stopped() {
    let (host, trial) = running().await;
    let plugin = host.plugin("test.faulty").unwrap();
    assert_eq!(plugin.tier, "native");
    check(&host, &trial).await;
    let refused = trial.now("anything").unwrap_err().to_string();
    assert!(refused.contains("test.faulty"), "{refused}");
}

#[tokio::test]
async fn it_returns_errors() {
    let (host, trial) = running().await;
    assert_eq!(trial.now("fail").unwrap_err().to_string(), "as it was told");
    check(&host, &trial).await;
}

#[tokio::test]
async fn it_panics_in_a_method() {
    let (host, trial) = running().await;
    for (act, message) in [("panic", "in a method"), ("panic with a value", "a value that is no text")] {
        let error = trial.now(act).unwrap_err().to_string();
        assert!(error.contains(message) && error.contains("test.faulty"), "{error}");
    }
    check(&host, &trial).await;
}

#[tokio::test]
async fn it_panics_in_a_poll() {
    let (host, trial) = running().await;
    let acts = [("panic at once", "in the first poll"), ("panic", "in a later poll"), ("end with a bomb", "while it is dropped")];
    for (act, message) in acts {
        let error = trial.later(act).await.unwrap_err().to_string();
        assert!(error.contains(message) && error.contains("test.faulty"), "{error}");
    }
    check(&host, &trial).await;
}

#[tokio::test]
async fn its_future_panics_when_it_is_given_up() {
    let (host, trial) = running().await;
    let given_up = tokio::time::timeout(Duration::from_millis(10), trial.later("hold a bomb")).await;
    assert!(given_up.is_err());
    check(&host, &trial).await;
}

#[tokio::test]
async fn its_future_panics_when_its_deadline_has_passed() {
    let (host, trial) = running().await;
    tokio::time::pause();
    let error = trial.later("hold a bomb").await.unwrap_err().to_string();
    assert!(error.starts_with("KW0602 ") && error.contains("deadline of 2000 ms"), "{error}");
    tokio::time::resume();
    check(&host, &trial).await;
}

#[tokio::test]
async fn its_error_panics_when_it_is_shown_and_dropped() {
    let (host, trial) = running().await;
    for error in [trial.now("fail with a bomb").unwrap_err(), trial.later("fail with a bomb").await.unwrap_err()] {
        assert_eq!(error.to_string(), "an error that cannot be shown: while it is shown");
        drop(error);
    }
    check(&host, &trial).await;
}

#[tokio::test]
async fn its_task_panics() {
    let (host, trial) = running().await;
    let told = trial.later("run a task that panics").await.unwrap();
    assert!(told.contains("KW0666") && told.contains("in a task"), "{told}");
    check(&host, &trial).await;
}

#[tokio::test]
async fn the_answer_of_its_task_panics_when_it_is_dropped() {
    let (host, trial) = running().await;
    assert_eq!(trial.later("leave a task with a bomb").await.unwrap(), "left");
    while host.plugin("test.faulty").unwrap().usage.tasks.used > 0 {
        tokio::task::yield_now().await;
    }
    check(&host, &trial).await;
}

#[tokio::test]
async fn it_panics_before_it_runs() {
    for (phase, message) in [("config", "while the settings are read"), ("init", "in init"), ("start", "in start")] {
        let error = faulty(phase).await.unwrap_err();
        assert!(error.contains("test.faulty") && error.contains(message), "{phase}: {error}");
    }
}

#[tokio::test]
async fn it_panics_when_it_ends() {
    for (phase, message) in [("stop", "in stop"), ("drop", "in drop")] {
        let host = faulty(phase).await.unwrap();
        let report = host.stop().await;
        assert!(!report.is_clean());
        assert!(report.to_string().contains(message), "{phase}: {report}");
    }
}

#[tokio::test]
async fn it_panics_in_its_drop_on_the_thread_of_whoever_holds_it_last() {
    let host = faulty("drop").await.unwrap();
    let trial = host.extensions::<dyn Trial>()[0].guard().clone();
    assert_eq!(trial.now("this").unwrap(), "did this");
    host.stop().await;
    std::thread::spawn(move || drop(trial)).join().unwrap();
}

#[tokio::test]
async fn its_settings_are_wrong() {
    let error = faulty("everything").await.unwrap_err();
    assert!(error.contains("panic-in") && error.contains("everything"), "{error}");
}
