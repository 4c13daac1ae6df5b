//! Programs without a log: warnings and errors go to stderr. Each case is a process of its own, because a log is set for all of one.

use std::process::Command;

use tracing::subscriber::NoSubscriber;

use crate::fixture::{Greet, Play};

/// What this program writes to stderr when it runs one of the ignored tests below.
fn stderr_of(test: &str) -> String {
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program).args([test, "--exact", "--ignored", "--nocapture"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// A line without the time: a panic hook that prints a backtrace takes some, and that is told.
fn untimed(line: &str) -> String {
    match (line.split_once(" after "), line.split_once(" ms: ")) {
        (Some((what, _)), Some((_, why))) => format!("{what}: {why}"),
        _ => line.to_owned(),
    }
}

async fn run_a_bad_evening() {
    let play = Play::new(&[("a", &[]), ("b", &["a"]), ("c", &[])])
        .script("a", "init", "fail")
        .script("c", "start", "warn")
        .script("c", "greet", "panic")
        .script("c", "stop", "fail");
    let host = play.builder().all_optional().start().await.unwrap();
    host.extensions::<dyn Greet>()[0].greet().unwrap_err();
    host.stop().await;
}

#[tokio::test]
#[ignore = "run by the test below, in a process of its own"]
async fn without_a_log() {
    run_a_bad_evening().await;
}

#[tokio::test]
#[ignore = "run by the test below, in a process of its own"]
async fn with_a_log() {
    tracing::subscriber::set_global_default(NoSubscriber::new()).unwrap();
    run_a_bad_evening().await;
}

#[test]
fn what_an_operator_has_to_see_goes_to_stderr_where_there_is_no_log() {
    let text = stderr_of("unheard::without_a_log");
    for line in [
        "error: KW0605 plugin `site.a 1.2.0` failed in `init`: no such luck",
        "warning: KW0608 plugin `site.b 1.2.0` was not started: it requires `site.a *`, which failed (KW0605)",
        "warning: plugin `site.c`: the oven is cold",
        "error: KW0601 plugin `site.c 1.2.0` panicked in `test.greet::greet`: boom in greet",
        "error: KW0605 plugin `site.c 1.2.0` failed in `stop`: no such luck",
    ] {
        assert_eq!(text.lines().filter(|found| untimed(found) == line).count(), 1, "{line}\n{text}");
    }
    assert!(!text.contains("is ready"), "what is no warning needs a log: {text}");
    let text = stderr_of("unheard::with_a_log");
    assert!(!text.contains("KW06") && !text.contains("oven"), "{text}");
}

#[tokio::test(start_paused = true)]
#[ignore = "run by the test below, in a process of its own"]
async fn failing_at_every_call() {
    let play = Play::new(&[("a", &[]), ("b", &[])]).script("a", "greet", "panic").script("b", "greet", "panic");
    let host = play.builder().breaker(None).start().await.unwrap();
    let minute = std::time::Duration::from_secs(60);
    let greet = |times: usize| {
        for _ in 0..times {
            host.extensions::<dyn Greet>().iter().for_each(|extension| drop(extension.greet().unwrap_err()));
        }
    };
    greet(1_000);
    tokio::time::sleep(minute + minute / 2).await;
    eprintln!("the next minute");
    greet(2);
    tokio::time::sleep(minute).await;
    eprintln!("a quiet minute");
    tokio::time::sleep(minute).await;
    greet(2);
    eprintln!("the end");
    host.stop().await;
}

#[test]
fn a_plugin_that_fails_at_every_call_writes_two_lines_a_minute_at_most() {
    let text = stderr_of("unheard::failing_at_every_call");
    let is_told = |line: &&str| {
        line.starts_with("error: ") && line.contains("`site.a ")
            || ["the next minute", "a quiet minute", "the end"].contains(line)
    };
    let told: Vec<_> = text.lines().filter(is_told).map(untimed).collect();
    let once = "error: KW0601 plugin `site.a 1.2.0` panicked in `test.greet::greet`: boom in greet";
    let more = |times: &str| {
        format!(
            "error: KW0601 plugin `site.a 1.2.0` panicked in `test.greet::greet` {times} within a minute; the last time: boom in greet"
        )
    };
    let expected = [
        once,
        &more("999 more times"),
        "the next minute",
        &more("2 more times"),
        "a quiet minute",
        once,
        "the end",
        &more("once more"),
    ];
    assert_eq!(told, expected, "{text}");
}
