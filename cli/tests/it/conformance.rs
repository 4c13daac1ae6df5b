//! `cargo keyway test`. The tests of real plugins take minutes to build; here a script answers in Cargo's place what they say.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;

use cargo_keyway::answer::{Answer, Test};

use crate::sandbox::{Ran, Sandbox};

/// The site, and a `cargo` that knows what the tests of its plugins say.
fn site() -> Sandbox {
    let site = Sandbox::site();
    let line = |plugin: &str, check: &str, findings: &str| {
        format!(
            "keyway-conformance: {{\"plugin\":\"{plugin}\",\"version\":\"1.0.0\",\"check\":\"{check}\",\"did\":\"start and stop\",\"findings\":[{findings}]}}"
        )
    };
    let finding = r#"{"did":"start, reload","saw":"the address is taken\nby itself","help":"open it in a task"}"#;
    let clock = format!(
        "running 2 tests\ntest keyway_conformance::lifecycle ... ok\ntest keyway_conformance::limits ... ok\n{}\n{}\ntest result: ok. 2 passed\n",
        line("site.clock", "lifecycle", ""),
        line("site.clock", "limits", "")
    );
    let theme = format!(
        "running 2 tests\ntest keyway_conformance::lifecycle ... FAILED\ntest keyway_conformance::limits ... FAILED\n{}\ntest result: FAILED. 0 passed\n",
        line("site.theme", "lifecycle", finding)
    );
    site.write("answers/site-plugin-clock", clock);
    site.write("answers/site-plugin-theme", theme);
    site.write("answers/site-plugin-files", "running 0 tests\n\ntest result: ok. 0 passed\n");
    let script = "#!/bin/sh\nif [ \"$1\" = metadata ]; then exec \"$REAL_CARGO\" \"$@\"; fi\nwhile [ \"$1\" != --package ]; do shift; done\n\
                  if ! cat \"$ANSWERS/$2\" 2>/dev/null; then echo 'error: it does not compile' >&2; exit 101; fi\n\
                  ! grep -q FAILED \"$ANSWERS/$2\"\n";
    site.write("answers/cargo", script);
    let file = site.folder().join("answers/cargo");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).expect("it is our own file");
    site
}

fn run(site: &Sandbox, arguments: &[&str]) -> Ran {
    let mut command = site.command(&[&["test"], arguments].concat());
    let real = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    command
        .env("REAL_CARGO", real)
        .env("CARGO", site.folder().join("answers/cargo"))
        .env("ANSWERS", site.folder().join("answers"));
    let output = command.output().expect("it can be started");
    site.ran(&[&["test"], arguments].concat(), output)
}

#[test]
fn one_plugin_is_told_in_full() {
    let site = site();
    run(&site, &["site.clock"]).snapshot("test_passes");
    run(&site, &["site-plugin-theme"]).snapshot("test_fails");
    run(&site, &["plugins/files"]).snapshot("test_not_wired_in");
    run(&site, &["site-plugin-pages"]).snapshot("test_not_built");
    run(&site, &["site.absent"]).snapshot("test_absent");
}

#[test]
fn several_plugins_make_a_table() {
    let site = site();
    let all = run(&site, &["site.clock", "site.theme", "site.files"]);
    all.snapshot("test_several");
    let json = run(&site, &["site.clock", "site.theme", "site.files", "--json"]);
    assert_eq!((json.code(), all.code()), (7, 7));
    let answer: Answer<Test> = serde_json::from_str(&json.stdout()).expect("it is JSON");
    let plugins: Vec<_> = answer.data.plugins.iter().map(|plugin| (plugin.package.as_str(), plugin.checks.len())).collect();
    assert_eq!(plugins, [("site-plugin-clock", 2), ("site-plugin-theme", 2), ("site-plugin-files", 0)]);
}

#[test]
fn the_line_of_the_kit_is_the_one_that_is_read() {
    let kit = include_str!("../../../core/src/testing/conformance/finding.rs");
    assert!(kit.contains("const MARK: &str = \"keyway-conformance: \";"));
    let checks = include_str!("../../../core/src/testing/conformance/check.rs");
    for check in ["lifecycle", "restart", "state", "leftovers", "settings", "permissions", "limits"] {
        assert!(checks.contains(&format!("=> \"{check}\"")), "{check}");
    }
    assert_eq!(checks.matches("=> \"").count(), 7, "the table has a column for each check");
}
