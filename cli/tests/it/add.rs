//! `cargo keyway add` and `remove`.

use cargo_keyway::answer::{Add, EditedLine, List, Remove};

use crate::sandbox::{Ran, Sandbox};

const KEYWAY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The host `demo` with its SDK and a first plugin, and the plugins `loud` and `ticker` beside them, not yet added.
fn demo() -> Sandbox {
    let sandbox = Sandbox::empty();
    let new = |arguments: &[&str]| {
        let ran = sandbox.run(&[&["new"], arguments, &["--keyway-path", KEYWAY]].concat());
        assert_eq!(ran.code(), 0, "{}", ran.stderr());
    };
    new(&["host", "demo"]);
    new(&["plugin", "demo-plugin-loud", "--path", "demo/plugins/loud", "--sdk", "demo/sdk"]);
    new(&["plugin", "ticker", "--path", "demo/plugins/ticker", "--id", "demo.ticker"]);
    std::fs::copy(format!("{KEYWAY}/Cargo.lock"), sandbox.folder().join("demo/Cargo.lock")).expect("a file can be copied");
    sandbox
}

fn run(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    sandbox.run(&[arguments, &["--manifest-path", "demo/host"]].concat())
}

fn json<T: serde::de::DeserializeOwned>(sandbox: &Sandbox, arguments: &[&str]) -> T {
    sandbox.json(&[arguments, &["--manifest-path", "demo/host"]].concat())
}

fn enabled(sandbox: &Sandbox) -> Vec<String> {
    let list: List = json(sandbox, &["list", "--enabled"]);
    list.plugins.into_iter().map(|plugin| plugin.id).collect()
}

fn added(changes: &[EditedLine]) -> Vec<String> {
    changes.iter().filter(|edit| edit.added).map(|edit| format!("[{}] {}", edit.table, edit.line)).collect()
}

#[test]
fn a_plugin_is_shown_before_it_is_written() {
    let sandbox = demo();
    let before = sandbox.read("demo/host/Cargo.toml");
    run(&sandbox, &["add", "demo/plugins/loud", "--dry-run"]).snapshot("add_dry_run");
    run(&sandbox, &["add", "demo/plugins/ticker"]).snapshot("add_asks_nobody");
    assert_eq!(sandbox.read("demo/host/Cargo.toml"), before, "nothing was said that would change it");

    let add: Add = json(&sandbox, &["add", "demo/plugins/loud", "--yes", "--default"]);
    assert!(add.written && add.problems.is_empty() && add.policy_lines.is_empty() && add.by_hand.is_none(), "{add:?}");
    assert_eq!(
        added(&add.changes),
        [
            "[dependencies] demo-plugin-loud = { path = \"../plugins/loud\", optional = true }",
            "[features] default = [\"hello\", \"loud\"]",
            "[features] loud = [\"dep:demo-plugin-loud\"]",
        ]
    );
    let names: Vec<_> = add.packages.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(names, ["demo-plugin-loud"], "all that it is built from is there");
    assert!(add.built_from > 10, "{}", add.built_from);
    assert_eq!(enabled(&sandbox), ["demo.hello", "demo.loud"]);
    assert!(run(&sandbox, &["check"]).stdout().contains("is right"));
    run(&sandbox, &["add", "demo/plugins/loud", "--yes"]).snapshot("add_twice");
}

#[test]
fn what_a_plugin_asks_for_is_told_with_the_lines_of_the_policy() {
    let sandbox = demo();
    let add: Add = json(&sandbox, &["add", "demo/plugins/ticker", "--yes"]);
    assert_eq!(add.feature, "ticker");
    assert_eq!(add.policy_lines, ["[plugin.\"demo.ticker\".permissions.allow]", "\"jobs.schedule\" = [\"tell\"]"]);
    assert_eq!(add.policy_file.as_deref(), Some("host/host.toml"));
    assert_eq!(add.permissions[0].allowed, [""; 0]);
    assert!(
        added(&add.changes).contains(&"[package.metadata.keyway] plugins = [\"demo-plugin-*\", \"ticker\"]".to_owned()),
        "{add:?}"
    );
    assert_eq!(run(&sandbox, &["check", "--features", "ticker"]).code(), 1, "the policy does not allow it yet");
    let policy = sandbox.read("demo/host/host.toml") + "\n" + &add.policy_lines.join("\n") + "\n";
    sandbox.write("demo/host/host.toml", policy);
    let checked = run(&sandbox, &["check", "--features", "ticker"]);
    assert_eq!(checked.code(), 0, "{}", checked.stdout());
}

#[test]
fn features_are_turned_on_for_what_is_required_and_kept() {
    let sandbox = demo();
    let manifest = sandbox.read("demo/plugins/loud/plugin.toml")
        + "\n[requires]\n\"demo.hello\" = \"^0.1\"\n\"service.absent\" = \"^1\"\n\n[permissions]\n\"storage.keys\" = { scope = [\"greeted/**\"], reason = \"knows whom it has greeted\" }\n";
    sandbox.write("demo/plugins/loud/plugin.toml", manifest);
    let add: Add = json(&sandbox, &["add", "demo/plugins/loud", "--dry-run", "--feature", "noise"]);
    assert!(
        added(&add.changes).contains(&"[features] noise = [\"dep:demo-plugin-loud\", \"hello\", \"keyway/data\"]".to_owned()),
        "{add:?}"
    );
    let met: Vec<_> = add.requires.iter().map(|required| (required.id.as_str(), required.met_by.as_slice())).collect();
    assert_eq!(met, [("demo.hello", &["demo.hello".to_owned()][..]), ("service.absent", &[])]);
    assert!(add.problems[0].contains("service.absent"), "{add:?}");
    assert_eq!(run(&sandbox, &["add", "demo/plugins/loud", "--dry-run"]).code(), 1, "a build with it is refused");
}

#[test]
fn what_cannot_be_added_is_told() {
    let sandbox = demo();
    run(&sandbox, &["add", "demo/plugins/absent", "--yes"]).snapshot("add_absent");
    run(&sandbox, &["add", "demo/plugins/ticker", "--feature", "hello", "--yes"]).snapshot("add_feature_taken");
    run(&sandbox, &["add", "demo/plugins/ticker", "--feature", "a/b", "--yes"]).snapshot("add_feature_malformed");
    sandbox.edit("demo/plugins/ticker/plugin.toml", "stability", "stabilty");
    let ran = run(&sandbox, &["add", "demo/plugins/ticker", "--yes"]);
    assert_eq!(ran.code(), 3, "{}", ran.stderr());
    assert!(ran.stderr().contains("stabilty"), "{}", ran.stderr());
    let contradiction = run(&sandbox, &["add", "demo/plugins/loud", "--yes", "--dry-run"]);
    assert_eq!(contradiction.code(), 2);
}

#[test]
fn what_was_added_goes_without_a_trace() {
    let sandbox = demo();
    let before = sandbox.read("demo/host/Cargo.toml");
    json::<Add>(&sandbox, &["add", "demo/plugins/loud", "--yes", "--default"]);
    run(&sandbox, &["remove", "demo.loud"]).snapshot("remove_asks_nobody");
    let remove: Remove = json(&sandbox, &["remove", "demo-plugin-loud", "--yes"]);
    assert_eq!((remove.plugin.as_str(), remove.features, remove.written), ("demo.loud", vec!["loud".to_owned()], true));
    assert_eq!(sandbox.read("demo/host/Cargo.toml"), before);
    assert_eq!(enabled(&sandbox), ["demo.hello"]);
    let remove: Remove = json(&sandbox, &["remove", "demo.hello", "--yes"]);
    assert!(remove.written);
    let after = sandbox.read("demo/host/Cargo.toml");
    assert!(after.contains("plugins = []") && after.contains("default = []") && !after.contains("hello"), "{after}");
    assert_eq!(run(&sandbox, &["check"]).code(), 0);
}

#[test]
fn who_needs_a_plugin_is_told_before_it_goes() {
    let site = Sandbox::site();
    site.run(&["remove", "site.pages", "--yes"]).snapshot("remove_needed");
    assert!(site.read("host/Cargo.toml").contains("site-plugin-pages"));
    let remove: Remove = site.json(&["remove", "site.pages", "--yes", "--force"]);
    assert!(remove.written && remove.needed_by.iter().any(|needed| !needed.optional), "{remove:?}");
    assert!(!site.read("host/Cargo.toml").contains("site-plugin-pages"));
    site.run(&["remove", "site.absent"]).snapshot("remove_absent");
    site.run(&["remove", "site.welcome"]).snapshot("remove_from_code");
}

/// A build takes minutes; here a script answers in Cargo's place.
#[cfg(unix)]
#[test]
fn time_and_size_are_measured_in_a_copy() {
    use std::os::unix::fs::PermissionsExt;

    let sandbox = demo();
    let before = sandbox.read("demo/host/Cargo.toml");
    let script = "#!/bin/sh\nif [ \"$1\" = metadata ]; then exec \"$REAL_CARGO\" \"$@\"; fi\nwhile [ \"$1\" != --manifest-path ]; do shift; done\n\
                  grep -q demo-plugin-loud \"$2\" && size=3145728 || size=1048576\ngrep -q 'members' \"$(dirname \"$2\")/../Cargo.toml\" || exit 1\n\
                  mkdir -p \"$CARGO_TARGET_DIR\"\nhead -c $size /dev/zero > \"$CARGO_TARGET_DIR/demo\"\n\
                  echo '{\"reason\":\"compiler-artifact\",\"executable\":null}'\necho \"{\\\"executable\\\":\\\"$CARGO_TARGET_DIR/demo\\\"}\"\n";
    sandbox.write("cargo", script);
    std::fs::set_permissions(sandbox.folder().join("cargo"), std::fs::Permissions::from_mode(0o755)).expect("it is our own file");
    let measured = |plugin: &str| {
        let arguments = ["add", plugin, "--dry-run", "--measure", "--json", "--manifest-path", "demo/host"];
        let mut command = sandbox.command(&arguments);
        command
            .env("REAL_CARGO", std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .env("CARGO", sandbox.folder().join("cargo"));
        sandbox.ran(&arguments, command.output().expect("it can be started"))
    };
    let ran = measured("demo/plugins/loud");
    let answer: cargo_keyway::answer::Answer<Add> =
        serde_json::from_str(&ran.stdout()).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr()));
    let measured = answer.data.measured.expect("it was asked for");
    assert_eq!((measured.before.bytes, measured.after.bytes), (1_048_576, 3_145_728));
    assert_eq!(sandbox.read("demo/host/Cargo.toml"), before);
}
