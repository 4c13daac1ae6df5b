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
fn the_policy_is_written_when_that_is_said() {
    let sandbox = demo();
    let (cargo_toml, policy) = (sandbox.read("demo/host/Cargo.toml"), sandbox.read("demo/host/host.toml"));
    run(&sandbox, &["add", "demo.ticker", "--policy", "--dry-run"]).snapshot("add_policy");
    assert_eq!(sandbox.read("demo/host/host.toml"), policy, "it was to be shown only");
    let add: Add = json(&sandbox, &["add", "demo.ticker", "--policy", "--default", "--yes"]);
    assert!(add.written && add.writes_policy);
    let rule = "\n[plugin.\"demo.ticker\".permissions.allow]\n\"jobs.schedule\" = [\"tell\"]\n";
    assert_eq!(sandbox.read("demo/host/host.toml"), format!("{policy}{rule}"));
    assert_eq!(run(&sandbox, &["check"]).code(), 0);
    // Left in the policy, the rule would keep the host from compiling.
    sandbox.write("demo/host/keyway-audit.toml", "[[allow]]\npackage = \"x\"\nclasses = [\"fs\"]\nreason = \"r\"\n\n[[allow]]\nplugin = \"demo.ticker\"\npackage = \"ticker\"\nclasses = [\"fs\"]\nreason = \"r\"\n");
    assert_eq!(run(&sandbox, &["lock"]).code(), 0);
    run(&sandbox, &["remove", "demo.ticker", "--dry-run"]).snapshot("remove_what_stays");
    let remove: Remove = json(&sandbox, &["remove", "demo.ticker", "--policy", "--yes"]);
    assert!(remove.written && remove.writes_policy && remove.has_settings && !remove.may_be_native);
    assert_eq!(
        (remove.policy.as_slice(), remove.audit.as_slice()),
        (&["host/host.toml:12-13".to_owned()][..], &["host/keyway-audit.toml:7".to_owned()][..])
    );
    assert_eq!(remove.lock.as_deref(), Some("host/keyway.lock"));
    assert_eq!((sandbox.read("demo/host/Cargo.toml"), sandbox.read("demo/host/host.toml")), (cargo_toml, policy));
    assert_eq!(run(&sandbox, &["approve", "--all", "--by", "ada@example.org"]).code(), 0);
    assert_eq!(run(&sandbox, &["check"]).code(), 0);
    let add: Add = json(&sandbox, &["add", "demo.ticker", "--default", "--dry-run"]);
    assert_eq!(add.problems, [""; 0], "that it is not in the lock is told in words about the lock");
    let ran = run(&sandbox, &["add", "demo.ticker", "--yes"]);
    assert!(ran.stdout().contains("\nhost/keyway.lock does not know it yet;"), "{}", ran.stdout());
}

#[test]
fn a_policy_that_is_not_for_a_program_to_edit_is_left_alone() {
    let sandbox = demo();
    let before = sandbox.read("demo/host/Cargo.toml");
    let rule = "\n[plugin.demo.ticker.permissions.deny]\n\"jobs.schedule\" = [\"other\"]\n";
    sandbox.write("demo/host/host.toml", rule);
    run(&sandbox, &["add", "ticker", "--policy", "--yes"]).snapshot("add_policy_odd");
    sandbox.edit("demo/host/src/main.rs", "policy = \"host.toml\"", "policy_text = \"\"");
    run(&sandbox, &["add", "ticker", "--policy", "--yes"]).snapshot("add_policy_in_code");
    assert_eq!(sandbox.read("demo/host/Cargo.toml"), before);
}

#[test]
fn a_plugin_of_the_workspace_is_known_by_its_package_and_its_id() {
    let sandbox = demo();
    for name in ["demo-plugin-loud", "demo.loud"] {
        let add: Add = json(&sandbox, &["add", name, "--dry-run"]);
        assert_eq!((add.plugin.as_str(), add.package.as_str()), ("demo.loud", "demo-plugin-loud"));
        assert!(
            added(&add.changes)
                .contains(&"[dependencies] demo-plugin-loud = { path = \"../plugins/loud\", optional = true }".to_owned())
        );
    }
    sandbox.edit(
        "demo/Cargo.toml",
        "[workspace.dependencies]\n",
        "[workspace.dependencies]\ndemo-plugin-loud = { path = \"plugins/loud\" }\n",
    );
    let add: Add = json(&sandbox, &["add", "demo-plugin-loud", "--dry-run"]);
    assert!(
        added(&add.changes).contains(&"[dependencies] demo-plugin-loud = { workspace = true, optional = true }".to_owned()),
        "{add:?}"
    );
}

#[test]
fn plugins_that_are_called_by_one_word_have_features_of_their_own() {
    let sandbox = demo();
    for name in ["one", "two"] {
        let ran = sandbox.run(&["new", "plugin", name, "--path", &format!("demo/{name}")]);
        assert_eq!(ran.code(), 0, "{}", ran.stderr());
        let add: Add = json(&sandbox, &["add", name, "--policy", "--default", "--yes"]);
        assert_eq!((add.plugin, add.feature.as_str()), (format!("{name}.plugin"), name));
    }
    assert_eq!(enabled(&sandbox), ["demo.hello", "one.plugin", "two.plugin"]);
    assert_eq!(run(&sandbox, &["check"]).code(), 0);
}

#[test]
fn what_is_written_against_something_else_is_not_added() {
    let sandbox = demo();
    let before = sandbox.read("demo/host/Cargo.toml");
    let new = |name: &str, sdk: &str| {
        let folder = format!("demo/plugins/{name}");
        let ran = sandbox.run(&["new", "plugin", name, "--path", &folder, "--sdk", sdk, "--keyway-path", KEYWAY]);
        assert_eq!(ran.code(), 0, "{}", ran.stderr());
    };
    new("cms-plugin-welcome", "keyway-cms-sdk");
    run(&sandbox, &["add", "cms-plugin-welcome", "--yes"]).snapshot("add_of_another_sdk");
    // Another copy of the host's SDK.
    crate::sandbox::copy(&sandbox.folder().join("demo/sdk"), &sandbox.folder().join("copy"));
    let keyway = format!("keyway = {{ path = \"{KEYWAY}/core\"");
    let cargo_toml = sandbox.read("copy/Cargo.toml").replace("keyway = { workspace = true", &keyway);
    sandbox.write("copy/Cargo.toml", cargo_toml);
    let ran = sandbox.run(&["new", "plugin", "demo-plugin-far", "--path", "far", "--sdk", "copy"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    run(&sandbox, &["add", "far", "--yes"]).snapshot("add_of_another_copy");
    // What the message says to write mends it.
    sandbox.edit("far/Cargo.toml", "demo-sdk = { path = \"../copy\" }", "demo-sdk = { path = \"../demo/sdk\" }");
    assert_eq!(run(&sandbox, &["add", "far", "--dry-run"]).code(), 0);
    // Another Keyway.
    sandbox.write(
        "other/Cargo.toml",
        "[package]\nname = \"keyway\"\nversion = \"0.0.9\"\n\n[features]\ntesting = []\n\n[workspace]\n",
    );
    sandbox.write("other/src/lib.rs", "");
    let cargo_toml = sandbox
        .read("demo/plugins/ticker/Cargo.toml")
        .replace("keyway = { workspace = true", "keyway = { path = \"../../../other\"");
    sandbox.write("demo/plugins/ticker/Cargo.toml", cargo_toml);
    let ran = run(&sandbox, &["add", "ticker", "--yes"]);
    assert_eq!(ran.code(), 2);
    assert!(
        ran.stderr().contains("it takes `keyway 0.0.9` from `[project]/other`, and `demo` takes `keyway 0.1.0` from `"),
        "{}",
        ran.stderr()
    );
    assert!(ran.stderr().contains("  help: write `keyway = { path = \"../../../../"), "{}", ran.stderr());
    // A host that is built on both takes it.
    let sdk = format!("\nkeyway-cms-sdk = {{ path = \"{KEYWAY}/host-app/sdk\" }}\ntokio =");
    sandbox.edit("demo/host/Cargo.toml", "\ntokio =", &sdk);
    let add: Add = json(&sandbox, &["add", "cms-plugin-welcome", "--dry-run"]);
    assert_eq!(add.plugin, "cms.welcome");
    sandbox.edit("demo/host/Cargo.toml", &sdk, "\ntokio =");
    assert_eq!(sandbox.read("demo/host/Cargo.toml"), before);
}

#[test]
fn what_is_no_plugin_or_has_the_id_of_another_is_not_added() {
    let sandbox = demo();
    run(&sandbox, &["add", "demo/sdk", "--yes"]).snapshot("add_sdk");
    run(&sandbox, &["add", "demo", "--yes"]).snapshot("add_host");
    sandbox.edit("demo/plugins/loud/plugin.toml", "\"demo.loud\"", "\"demo.hello\"");
    run(&sandbox, &["add", "demo-plugin-loud", "--yes"]).snapshot("add_id_taken");
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

/// Cargo refuses the workspace because of this very plugin.
#[test]
fn a_plugin_whose_folder_is_gone_can_be_taken_out() {
    let gone = || {
        let site = Sandbox::site();
        assert_eq!(site.run(&["lock"]).code(), 0);
        std::fs::remove_dir_all(site.folder().join("plugins/pages")).expect("it is our own folder");
        site
    };
    let site = gone();
    let at = |arguments: &[&'static str]| [arguments, &["--manifest-path", "host"]].concat();
    let refused = site.run(&at(&["list"]));
    assert_eq!(refused.code(), 3);
    let help =
        "\n  help: put the folder `plugins/pages` back, or take the plugin out with `cargo keyway remove site-plugin-pages`\n";
    assert!(refused.stderr().starts_with("error: KW0854 ") && refused.stderr().ends_with(help), "{}", refused.stderr());
    // Another one is no way out.
    let other = site.run(&at(&["remove", "site.mail", "--yes"]));
    assert_eq!((other.code(), other.stderr()), (3, refused.stderr()));

    site.run(&at(&["remove", "site.pages", "--dry-run"])).snapshot("remove_folder_gone");
    for named in ["site.pages", "site-plugin-pages"] {
        let site = gone();
        let removed = site.run(&at(&["remove", named, "--yes", "--policy", "--force"]));
        assert_eq!(removed.code(), 0, "{}", removed.stderr());
        assert!(!site.read("host/Cargo.toml").contains("pages") && !site.read("host/host.toml").contains("site.pages"));
        assert_eq!(site.run(&at(&["lock"])).code(), 0, "{named}: Cargo takes the workspace again");
    }
    let site = gone();
    site.edit("Cargo.toml", "\"plugins/*\"", "\"plugins/*\", \"plugins/pages\"");
    let said = site.run(&at(&["remove", "site.pages", "--dry-run", "--force"])).stdout();
    assert!(said.contains("\n`members` in Cargo.toml name its folder, which is gone; Cargo refuses"), "{said}");
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
