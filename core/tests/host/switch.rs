//! Switching plugins off and on while the host runs.

use keyway::host::{Dependents, State, SwitchError};
use keyway::manifest::{Available, PluginId};
use keyway::{CallErrorKind, Host};

use crate::fixture::{Greet, Play, descriptor, providing, table, version, visible};

fn chain() -> Play {
    Play::new(&[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("d", &["a?"])])
}

fn names(plugins: &[PluginId]) -> Vec<&'static str> {
    plugins.iter().map(|id| id.as_str().trim_start_matches("site.")).collect()
}

async fn refused(host: &Host, id: &str) -> SwitchError {
    host.disable(id, Dependents::Refuse).await.unwrap_err()
}

#[tokio::test]
async fn disabling_what_others_require_is_refused_and_names_them() {
    let play = chain();
    let host = play.builder().start().await.unwrap();
    let before = play.journal();
    assert_eq!(
        refused(&host, "site.a").await.to_string(),
        "KW0614 plugin `site.a` cannot be disabled: others require it\n  \
         `site.b` requires `site.a *` (plugins/test/plugin.toml:7)\n  \
         `site.c` requires `site.b *` (plugins/test/plugin.toml:7)\n  \
         help: disable these too, with `Dependents::Cascade`"
    );
    assert_eq!(play.journal(), before, "nothing was touched");
    assert_eq!(visible(&host), ["a", "b", "d", "c"]);
    host.stop().await;
}

#[tokio::test]
async fn a_cascade_goes_dependents_first_and_comes_back_whole() {
    let play = chain();
    let host = play.builder().start().await.unwrap();
    let switched = host.disable("site.a", Dependents::Cascade).await.unwrap();
    assert_eq!(names(&switched.plugins), ["c", "b", "a"]);
    assert_eq!(visible(&host), ["d"]);
    assert_eq!(play.did("stop"), ["c", "b", "a"]);
    assert_eq!(play.did("drop"), ["c", "b", "a"]);
    assert_eq!(host.plugin("site.b").unwrap().state, State::Stopped);

    let switched = host.enable("site.a", Dependents::Cascade).await.unwrap();
    assert_eq!(names(&switched.plugins), ["a", "b", "c"]);
    assert_eq!(visible(&host), ["a", "b", "d", "c"]);
    assert_eq!(play.did("init"), ["a", "b", "d", "c", "a", "b", "c"], "a switch on makes new instances");
    host.stop().await;
    assert_eq!(play.did("drop").len(), 7);
}

#[tokio::test]
async fn without_cascade_only_the_plugin_itself_comes_back() {
    let play = chain();
    let host = play.builder().start().await.unwrap();
    host.disable("site.a", Dependents::Cascade).await.unwrap();
    let error = host.enable("site.c", Dependents::Refuse).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "KW0615 plugin `site.c` cannot be enabled: it requires what does not run\n  \
         `site.c` requires `site.b *` (plugins/test/plugin.toml:7)\n  \
         `site.b` requires `site.a *` (plugins/test/plugin.toml:7)\n  \
         help: enable these too, with `Dependents::Cascade`"
    );
    assert_eq!(names(&host.enable("site.a", Dependents::Refuse).await.unwrap().plugins), ["a"]);
    assert_eq!(visible(&host), ["a", "d"]);
    assert_eq!(names(&host.enable("site.c", Dependents::Cascade).await.unwrap().plugins), ["b", "c"]);
    host.stop().await;
}

#[tokio::test]
async fn a_provider_may_go_while_another_one_stays() {
    let play = Play::of(table(vec![
        providing(descriptor("one", &[]), &["service.store"]),
        providing(descriptor("two", &[]), &["service.store"]),
        descriptor("user", &["service.store"]),
    ]));
    let host = play.builder().start().await.unwrap();
    assert_eq!(names(&host.disable("site.one", Dependents::Refuse).await.unwrap().plugins), ["one"]);
    assert!(matches!(refused(&host, "site.two").await, SwitchError::Required { by, .. } if by.len() == 1));
    assert_eq!(names(&host.disable("site.two", Dependents::Cascade).await.unwrap().plugins), ["user", "two"]);
    host.stop().await;
}

#[tokio::test]
async fn unknown_and_idle_switches_are_refused() {
    let play = chain();
    let host = play.builder().start().await.unwrap();
    let unknown = refused(&host, "site.e").await.to_string();
    assert_eq!(unknown, "KW0617 this host has no plugin `site.e`\n  help: a similar name exists: `site.a`, `site.b`, `site.c`");
    let running = host.enable("site.d", Dependents::Refuse).await.unwrap_err();
    assert_eq!(format!("{running:?}"), running.to_string());
    let running = running.to_string();
    assert_eq!(running, "KW0617 plugin `site.d` is in the state `ok` already");
    host.disable("site.d", Dependents::Refuse).await.unwrap();
    assert_eq!(refused(&host, "site.d").await.to_string(), "KW0617 plugin `site.d` is in the state `stopped` already");
    host.stop().await;
}

#[tokio::test]
async fn a_plugin_whose_feature_is_off_is_told_with_the_feature() {
    const KNOWN: &[Available] = &[Available {
        id: PluginId::new("site.mask"),
        version: version(1, 0),
        package: "site-mask",
        feature: "mask",
        manifest: "",
        provides: &[],
    }];
    let table = keyway::PluginTable { available: KNOWN, ..table(vec![descriptor("a", &[])]) };
    let host = Play::of(table).builder().start().await.unwrap();
    let error = host.enable("site.mask", Dependents::Refuse).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "KW0617 plugin `site.mask` is not part of this build\n  help: enable feature `mask` and build the program again"
    );
    host.stop().await;
}

#[tokio::test]
async fn a_plugin_that_fails_when_switched_on_is_told_and_stays_off() {
    let play = Play::new(&[("a", &[]), ("b", &["a"])]).script("a", "start", "fail");
    let host = play.builder().all_optional().start().await.unwrap();
    let error = host.enable("site.b", Dependents::Cascade).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "KW0622 plugin `site.b` was not enabled\n  \
         KW0605 plugin `site.a 1.2.0` failed in `start`: no such luck\n  \
         KW0608 plugin `site.b 1.2.0` was not started: it requires `site.a *`, which failed (KW0605)"
    );
    assert_eq!(host.plugin("site.a").unwrap().state, State::PermanentError);
    assert!(visible(&host).is_empty());
}

#[tokio::test]
async fn calls_through_an_old_snapshot_are_refused_and_counted() {
    let play = chain();
    let host = play.builder().start().await.unwrap();
    let old = host.extensions::<dyn Greet>();
    let extension = old.of("site.d").unwrap();
    assert_eq!(extension.greet().unwrap(), "hello from d");
    host.disable("site.d", Dependents::Refuse).await.unwrap();
    assert!(matches!(extension.greet().unwrap_err().kind(), CallErrorKind::Unavailable));
    assert_eq!((extension.counts().calls, extension.counts().refused), (1, 1));
    assert!(play.did("drop").is_empty(), "a reader still holds it");
    drop(old);
    assert_eq!(play.did("drop"), ["d"]);
    host.stop().await;
}

#[tokio::test]
async fn switched_off_by_a_stop_that_fails_it_is_off_all_the_same() {
    let play = Play::new(&[("a", &[])]).script("a", "stop", "fail");
    let host = play.builder().start().await.unwrap();
    let switched = host.disable("site.a", Dependents::Refuse).await.unwrap();
    assert_eq!(switched.errors[0].to_string(), "KW0605 plugin `site.a 1.2.0` failed in `stop`: no such luck");
    assert!(visible(&host).is_empty());
    host.enable("site.a", Dependents::Refuse).await.unwrap();
    assert_eq!(visible(&host), ["a"]);
    host.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_switch_whose_caller_gives_up_goes_on_to_its_end() {
    let play = Play::new(&[("a", &[])]).script("a", "stop", "wait").script("a", "init", "wait");
    let host = play.builder().start().await.unwrap();
    let soon = std::time::Duration::from_millis(10);
    assert!(tokio::time::timeout(soon, host.disable("site.a", Dependents::Refuse)).await.is_err());
    assert_eq!(host.plugin("site.a").unwrap().state, State::Stopping);
    assert!(
        tokio::time::timeout(soon, host.enable("site.a", Dependents::Refuse)).await.is_err(),
        "it waits for the first switch"
    );
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(host.plugin("site.a").unwrap().state, State::Ok);
    assert_eq!(visible(&host), ["a"]);
    assert!(tokio::time::timeout(soon, host.stop()).await.is_err());
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!(host.plugin("site.a").unwrap().state, State::Stopped);
}
