//! A fault in each step: the old instance goes on serving, with its state.

use keyway::Host;
use keyway::host::{ReloadError, State, Step};
use keyway::testing::TestHost;

use crate::plugins::counter::Counter;
use crate::plugins::{Count, journal};
use crate::{Site, until};

fn config(test: &str, name: &str, more: &str) -> String {
    format!(
        "[host]\ndeadlines = {{ init = '200ms', start = '200ms', stop = '200ms' }}\nreload = {{ state = '200ms' }}\n\
         [plugin.'test.counter']\ntest = '{test}'\nname = '{name}'\n{more}\n"
    )
}

fn step(error: &ReloadError) -> Option<Step> {
    match error {
        ReloadError::Failed { step, .. } => Some(*step),
        _ => None,
    }
}

/// Reloads with a fault; what comes back is the error, after it was seen that the old instance serves.
async fn with_fault(test: &'static str, old: &str, new: &str) -> ReloadError {
    let site = Site::start(TestHost::new().plugin::<Counter>(), &config(test, "old", old)).await;
    let host: &Host = site.host.host();
    for count in 1..=3 {
        assert_eq!(host.extensions::<dyn Count>()[0].count().unwrap(), count);
    }
    let before = host.releases("test.counter");
    site.write(&config(test, "new", new));
    let error = host.reload("test.counter").await.unwrap_err();
    let counter = &host.extensions::<dyn Count>()[0];
    assert_eq!((counter.name().unwrap().as_str(), counter.count().unwrap()), ("old", 4), "the old one serves, with its state");
    let info = host.plugin("test.counter").unwrap();
    assert_eq!((info.state, info.generation), (State::Ok, 1));
    assert_eq!(host.releases("test.counter"), before);
    assert!(!journal(test).contains(&"stop old".to_owned()), "and was not stopped");
    // A call may keep the new one alive for a moment.
    let is_gone = || !journal(test).contains(&"start new".to_owned()) || journal(test).contains(&"drop new".to_owned());
    until("the new instance is gone", is_gone).await;
    // What failed once need not fail again.
    site.write(&config(test, "newer", ""));
    if !old.contains("save") {
        host.reload("test.counter").await.unwrap();
        let counter = &host.extensions::<dyn Count>()[0];
        assert_eq!((counter.name().unwrap().as_str(), counter.count().unwrap()), ("newer", 5));
    }
    assert!(host.stop().await.is_clean());
    error
}

#[tokio::test]
async fn init_fails() {
    let error = with_fault("init_fails", "", "init = 'fail'").await;
    assert_eq!(step(&error), Some(Step::Init));
    assert_eq!(
        error.to_string(),
        "KW0774 plugin `test.counter` goes on as it was: `init` of the reload to version 1.0.0 failed\n  KW0605 plugin `test.counter 1.0.0` \
         failed in `init`: no such luck\n  help: mend the cause and reload again"
    );
}

#[tokio::test]
async fn init_panics() {
    assert_eq!(step(&with_fault("init_panics", "", "init = 'panic'").await), Some(Step::Init));
}

#[tokio::test]
async fn init_hangs() {
    let error = with_fault("init_hangs", "", "init = 'hang'").await;
    assert!(
        error.to_string().contains("KW0606 plugin `test.counter 1.0.0` did not finish `init` within its limit of 200ms"),
        "{error}"
    );
}

#[tokio::test]
async fn a_configuration_does_not_fit() {
    let error = with_fault("config", "", "nam = 'misspelt'").await;
    assert_eq!(step(&error), Some(Step::Init));
    assert!(error.to_string().contains("KW0609"), "{error}");
}

#[tokio::test]
async fn the_state_is_not_saved() {
    for (test, save, code) in [
        ("save_fails", "save = 'fail'", "KW0605"),
        ("save_panics", "save = 'panic'", "KW0607"),
        ("save_blocks", "save = 'block'", "KW0606"),
    ] {
        let error = with_fault(test, save, "").await;
        assert_eq!(step(&error), Some(Step::State), "{error}");
        assert!(error.to_string().contains(code), "{error}");
        assert!(!journal(test).contains(&"start new".to_owned()), "nothing was begun with a state that is not there");
    }
}

#[tokio::test]
async fn the_state_is_not_restored() {
    for (test, restore, code) in [
        ("restore_fails", "restore = 'fail'", "KW0605"),
        ("restore_panics", "restore = 'panic'", "KW0607"),
        ("restore_blocks", "restore = 'block'", "KW0606"),
    ] {
        let error = with_fault(test, "", restore).await;
        assert_eq!(step(&error), Some(Step::State), "{error}");
        assert!(error.to_string().contains(code), "{error}");
    }
}

#[tokio::test]
async fn start_fails_panics_and_hangs() {
    for (test, start, code) in [
        ("start_fails", "start = 'fail'", "KW0605"),
        ("start_panics", "start = 'panic'", "KW0607"),
        ("start_hangs", "start = 'hang'", "KW0606"),
    ] {
        let error = with_fault(test, "", start).await;
        assert_eq!(step(&error), Some(Step::Start), "{error}");
        assert!(error.to_string().contains(code), "{error}");
        assert!(journal(test).contains(&"stop new".to_owned()), "what was started is stopped");
    }
}

#[tokio::test]
async fn the_second_handing_over_fails() {
    for (test, old, new) in [
        ("save_again_fails", "save_again = 'fail'", ""),
        ("save_again_panics", "save_again = 'panic'", ""),
        ("restore_again_fails", "", "restore_again = 'fail'"),
        ("restore_again_panics", "", "restore_again = 'panic'"),
    ] {
        let error = with_fault(test, old, new).await;
        assert_eq!(step(&error), Some(Step::Handover), "{error}");
    }
}

#[tokio::test]
async fn a_call_that_waits_when_the_state_is_not_handed_over_has_done_nothing_and_may_be_made_again() {
    let site = Site::start(TestHost::new().plugin::<Counter>(), &config("waits", "old", "")).await;
    let kept = site.host.extensions::<dyn Count>();
    kept[0].count().unwrap();
    site.write(&config("waits", "new", "restore_again = 'fail'"));
    let reloading = site.host.host().clone();
    let reload = tokio::spawn(async move { reloading.reload("test.counter").await });
    // Until the new instance is seen, whose calls wait for those of the old one, which `kept` makes possible.
    while kept.is_same(&site.host.extensions::<dyn Count>()) {
        tokio::task::yield_now().await;
    }
    let new = site.host.extensions::<dyn Count>()[0].clone();
    let waits = tokio::spawn(async move { new.count_later().await });
    tokio::task::yield_now().await;
    drop(kept);
    assert_eq!(step(&reload.await.unwrap().unwrap_err()), Some(Step::Handover));
    let refused = waits.await.unwrap().unwrap_err();
    assert!(matches!(refused.kind(), keyway::CallErrorKind::Unavailable) && refused.was_refused(), "{refused}");
    assert_eq!(site.host.extensions::<dyn Count>()[0].count_later().await.unwrap(), 2, "made again, it reaches the old one");
    assert!(site.host.stop().await.is_clean());
}

#[tokio::test]
async fn a_stop_that_fails_is_told_and_changes_nothing() {
    let site = Site::start(TestHost::new().plugin::<Counter>(), &config("stop", "old", "stop = 'hang'")).await;
    site.host.extensions::<dyn Count>()[0].count().unwrap();
    site.write(&config("stop", "new", ""));
    let reloaded = site.host.reload("test.counter").await.unwrap();
    assert_eq!(reloaded.errors.len(), 1, "{:?}", reloaded.errors);
    assert!(reloaded.errors[0].to_string().starts_with("KW0606"));
    assert_eq!(site.host.extensions::<dyn Count>()[0].count().unwrap(), 2);
    assert_eq!(journal("stop"), ["init old", "start old", "init new", "start new", "stop old", "drop old"]);
    site.host.stop().await;
}

#[tokio::test]
async fn what_cannot_be_reloaded_says_why() {
    let site = Site::start(TestHost::new().plugin::<Counter>(), &config("cannot", "old", "")).await;
    let host = site.host.host();
    let text = |answer: Result<_, ReloadError>| answer.map(|_: keyway::host::Reloaded| ()).unwrap_err().to_string();
    assert_eq!(
        text(host.reload("test.conter").await),
        "KW0617 this host has no plugin `test.conter`\n  help: a similar name exists: `test.counter`"
    );
    assert!(text(host.roll_back("test.counter").await).starts_with("KW0776 plugin `test.counter` cannot go back"));
    site.write("[host]\nreload = { drain = 3 }\nplugins = 1\n");
    let error = text(host.reload("test.counter").await);
    assert!(error.starts_with("KW0771 nothing is reloaded: the configuration, read again, has mistakes\n"), "{error}");
    assert!(error.contains("host.plugins") && error.contains("host.reload.drain"), "all of them: {error}");
    site.write(&config("cannot", "old", ""));
    host.disable("test.counter", keyway::host::Dependents::Refuse).await.unwrap();
    assert_eq!(
        text(host.reload("test.counter").await),
        "KW0770 plugin `test.counter` is not reloaded: it does not run, its state is `stopped`\n  help: enable it; it starts with the \
         configuration of the host's start"
    );
    host.stop().await;
    assert!(text(host.reload("test.counter").await).starts_with("KW0617"));
}
