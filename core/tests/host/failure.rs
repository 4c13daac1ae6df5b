//! Failures of plugins: errors, panics and deadlines in each phase, and whom they take along.

use std::time::Duration;

use keyway::CallErrorKind;
use keyway::host::{Phase, PluginErrorKind, State};

use crate::fixture::{Greet, Play, descriptor, providing, table, visible};

#[tokio::test]
async fn an_optional_plugin_takes_only_its_dependents_along() {
    let plugins: &[(&str, &[&str])] = &[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("d", &["a?"]), ("e", &[])];
    for (phase, action, code) in [
        ("init", "fail", "KW0605"),
        ("init", "panic", "KW0607"),
        ("start", "fail", "KW0605"),
        ("start", "panic", "KW0607"),
        ("start", "panic-early", "KW0607"),
    ] {
        let play = Play::new(plugins).script("a", phase, action);
        let host = play.builder().all_optional().start().await.unwrap();
        assert_eq!(visible(&host), ["e", "d"], "{phase} {action}");
        let report = host.start_report();
        let error = report.plugin("site.a").unwrap().error.as_ref().unwrap();
        assert_eq!(error.code(), code);
        assert_eq!(report.plugin("site.a").unwrap().state, State::PermanentError);
        let errors: Vec<_> =
            ["b", "c"].map(|name| report.plugin(&format!("site.{name}")).unwrap().error.clone().unwrap().to_string()).into();
        assert_eq!(
            errors,
            [
                format!("KW0608 plugin `site.b 1.2.0` was not started: it requires `site.a *`, which failed ({code})"),
                "KW0608 plugin `site.c 1.2.0` was not started: it requires `site.b *`, which was not started either".to_owned(),
            ]
        );
        assert_eq!(report.plugin("site.b").unwrap().state, State::Idle);
        host.stop().await;
        // A plugin whose `start` failed is stopped and dropped; one whose `init` failed never existed.
        let expected: &[&str] = if phase == "start" { &["a", "d", "e"] } else { &["d", "e"] };
        let mut stopped = play.did("stop");
        stopped.sort();
        assert_eq!(stopped, expected, "{phase} {action}");
        let mut dropped = play.did("drop");
        dropped.sort();
        assert_eq!(dropped, expected, "{phase} {action}");
    }
}

#[tokio::test]
async fn a_required_plugin_ends_the_start_and_everything_is_listed() {
    let play = Play::new(&[("a", &[]), ("b", &[]), ("c", &["a"]), ("d", &["b"])])
        .script("b", "init", "fail")
        .script("a", "stop", "panic");
    let error = play.builder().start().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the host did not start\n  \
         KW0605 plugin `site.b 1.2.0` failed in `init`: no such luck\n    \
         help: mend the cause, or run without it: add `\"site.b\"` to `disabled` in `[host]` of the configuration\n  \
         while stopping: KW0607 plugin `site.a 1.2.0` panicked in `stop`: boom in stop"
    );
    assert_eq!(format!("{error:?}"), error.to_string(), "a `main` that returns it prints the `Debug` form");
    assert_eq!(error.report().unwrap().plugin("site.b").unwrap().state, State::FatalError);
    assert_eq!(play.journal(), ["init a", "init b", "start a", "stop a", "drop a"], "levels behind the failure are not reached");
}

#[tokio::test]
async fn a_required_plugin_fails_with_the_optional_one_that_it_requires() {
    let play = Play::new(&[("a", &[]), ("b", &["a"]), ("c", &["b"]), ("z", &[])]).script("a", "init", "fail");
    let error = play.builder().optional("site.a").optional("site.b").start().await.unwrap_err();
    let codes: Vec<_> = error.failures().map(|failure| (failure.plugin(), failure.code())).collect();
    assert_eq!(codes, [("site.a", "KW0605"), ("site.b", "KW0608"), ("site.c", "KW0608")]);
    assert!(
        error.to_string().contains(
            "  KW0608 plugin `site.b 1.2.0` was not started: it requires `site.a *`, which failed (KW0605)\n    \
             --> plugins/test/plugin.toml:7:1\n    \
             |\n  \
             7 | \"site.a\" = \"*\"\n    \
             | ^^^\n    \
             help: start `site.a` first, or disable `site.b` too"
        ),
        "{error}"
    );
    assert_eq!(play.did("stop"), ["z"]);
}

#[tokio::test]
async fn a_service_stays_while_one_of_its_providers_runs() {
    let plugins = || {
        table(vec![
            providing(descriptor("one", &[]), &["service.store"]),
            providing(descriptor("two", &[]), &["service.store"]),
            descriptor("user", &["service.store"]),
        ])
    };
    let play = Play::of(plugins()).script("one", "init", "fail");
    let host = play.builder().all_optional().start().await.unwrap();
    assert_eq!(visible(&host), ["two", "user"]);
    host.stop().await;

    let play = Play::of(plugins()).script("one", "init", "fail").script("two", "init", "fail");
    let host = play.builder().all_optional().start().await.unwrap();
    assert_eq!(visible(&host), [""; 0]);
    let error = host.plugin("site.user").unwrap().error.unwrap().to_string();
    assert!(error.contains("it requires the service `service.store *`, which failed (KW0605)"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_phase_that_hangs_is_given_up_at_its_limit() {
    for (phase, named) in [("init", Phase::Init), ("start", Phase::Start)] {
        let play = Play::new(&[("a", &[]), ("b", &[])]).script("a", phase, "hang");
        let begun = tokio::time::Instant::now();
        let host = play.builder().optional("site.a").phase_deadline(named, Duration::from_secs(3)).start().await.unwrap();
        assert_eq!(begun.elapsed().as_secs(), 3);
        let error = host.plugin("site.a").unwrap().error.unwrap();
        assert_eq!(error.to_string(), format!("KW0606 plugin `site.a 1.2.0` did not finish `{phase}` within its limit of 3s"));
        assert!(
            matches!(error.kind(), PluginErrorKind::DeadlineExceeded { phase, limit, .. } if *phase == named && limit.as_secs() == 3)
        );
        let help = error.help();
        assert!(help.starts_with("raise what the program gives to `phase_deadline`, or set `"), "{help}");
        assert_eq!(visible(&host), ["b"]);
        host.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_hangs_is_given_up_and_reported() {
    let play = Play::new(&[("a", &[]), ("b", &["a"])]).script("b", "stop", "hang");
    let host = play.builder().start().await.unwrap();
    let begun = tokio::time::Instant::now();
    let report = host.stop().await;
    assert_eq!(begun.elapsed().as_secs(), 5, "the default limit");
    let errors: Vec<_> = report.errors().map(ToString::to_string).collect();
    assert_eq!(errors, ["KW0606 plugin `site.b 1.2.0` did not finish `stop` within its limit of 5s"]);
    assert_eq!(host.plugin("site.b").unwrap().state, State::PermanentError);
    assert_eq!(host.plugin("site.a").unwrap().state, State::Stopped);
    assert_eq!(play.did("drop"), ["b", "a"], "it is dropped all the same");
}

#[tokio::test(start_paused = true)]
async fn the_stricter_limit_of_manifest_and_host_holds() {
    let mut strict = descriptor("strict", &[]);
    strict.limits.start_millis = Some(500);
    strict.limits.stop_millis = Some(250);
    let mut lax = descriptor("lax", &[]);
    lax.limits.start_millis = Some(60_000);
    let play = Play::of(table(vec![strict, lax])).script("strict", "init", "hang").script("lax", "init", "hang");
    let host = play.builder().all_optional().start().await.unwrap();
    let text = |id: &str| host.plugin(id).unwrap().error.unwrap().to_string();
    let help = |id: &str| host.plugin(id).unwrap().error.unwrap().help();
    assert!(help("site.strict").starts_with("raise `start` in `[limits]` of its manifest"), "{}", help("site.strict"));
    assert!(help("site.lax").starts_with("give it more with `init = \"60s\"` in `[host.deadlines]`"), "{}", help("site.lax"));
    assert!(text("site.strict").ends_with("within its limit of 500ms"), "{}", text("site.strict"));
    assert!(text("site.lax").ends_with("within its limit of 10s"), "{}", text("site.lax"));
}

#[tokio::test]
async fn a_panic_in_drop_is_reported_and_does_not_keep_others_from_stopping() {
    let play = Play::new(&[("a", &[]), ("b", &["a"])]).script("b", "drop", "panic");
    let host = play.builder().start().await.unwrap();
    let report = host.stop().await;
    let errors: Vec<_> = report.errors().map(ToString::to_string).collect();
    assert_eq!(errors, ["KW0607 plugin `site.b 1.2.0` panicked in `drop`: boom in drop"]);
    assert_eq!(play.did("stop"), ["b", "a"]);
}

#[tokio::test]
async fn a_panic_in_the_drop_of_a_plugin_that_a_reader_still_holds_stays_with_the_plugin() {
    let play = Play::new(&[("a", &[])]).script("a", "drop", "panic");
    let host = play.builder().start().await.unwrap();
    let held = host.extensions::<dyn Greet>();
    assert!(host.stop().await.is_clean());
    assert!(play.did("drop").is_empty());
    drop(held);
    assert_eq!(play.did("drop"), ["a"]);
}

#[tokio::test]
async fn a_panic_in_a_call_is_an_error_that_names_the_plugin() {
    let play = Play::new(&[("a", &[])]).script("a", "greet", "panic");
    let host = play.builder().start().await.unwrap();
    let extensions = host.extensions::<dyn Greet>();
    let error = extensions[0].greet().unwrap_err();
    // A panic hook that prints a backtrace takes time, and that is told.
    let error = error.to_string();
    assert!(error.starts_with("KW0601 plugin `site.a 1.2.0` panicked in `test.greet::greet`"), "{error}");
    assert!(error.ends_with(": boom in greet"), "{error}");
    assert_eq!((extensions[0].counts().calls, extensions[0].counts().panics), (1, 1));
    host.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_strictest_deadline_of_a_call_holds() {
    let mut strict = descriptor("strict", &[]);
    strict.limits.call_millis = Some(100);
    let play = Play::of(table(vec![strict, descriptor("usual", &[])]));
    let host = play.builder().start().await.unwrap();
    let limits = |host: &keyway::Host| {
        let extensions = host.extensions::<dyn Greet>();
        async move {
            let mut limits = Vec::new();
            for extension in extensions {
                match extension.wait(60_000).await.unwrap_err().kind() {
                    CallErrorKind::DeadlineExceeded { limit } => limits.push(limit.as_millis()),
                    other => panic!("{other:?}"),
                }
            }
            limits
        }
    };
    assert_eq!(limits(&host).await, [100, 2_000]);
    let play = Play::of(table(vec![strict, descriptor("usual", &[])]));
    let host = play.builder().call_deadline(Duration::from_millis(700)).start().await.unwrap();
    assert_eq!(limits(&host).await, [100, 700]);
}
