//! `cargo keyway check` says what the compiler says: of every host in `tests/fixtures/hosts`, of every manifest in `tests/fixtures/manifest`
//! and of every policy in `tests/fixtures/policy`. The compiler's texts are checked in beside them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use cargo_keyway::answer::{Check, List};

use crate::sandbox::{Sandbox, copy};

/// The root of the project.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in a folder of the workspace")
}

/// A copy of `tests/fixtures/hosts` at the same depth below `target/`, where its paths lead to the same places; with a Cargo.lock, as
/// a project has one that was built before.
fn hosts() -> &'static Path {
    static HOSTS: OnceLock<PathBuf> = OnceLock::new();
    HOSTS.get_or_init(|| {
        let hosts = root().join("target/cli-fixtures/hosts");
        // What a run before this one has left there may be older.
        let _ = std::fs::remove_dir_all(&hosts);
        copy(&root().join("tests/fixtures/hosts"), &hosts);
        std::fs::copy(root().join("Cargo.lock"), hosts.join("Cargo.lock")).expect("the project has a Cargo.lock");
        metadata(&hosts, &[]);
        hosts
    })
}

/// What `cargo metadata` says; it mends the Cargo.lock with what is on this machine.
fn metadata(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version=1", "--offline"]).args(arguments).current_dir(folder);
    let output = command.env_remove("CARGO_TARGET_DIR").output().expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo prints JSON")
}

/// The first lines of all messages: code and what was found.
fn messages(text: &str) -> BTreeSet<String> {
    let lines = text.lines().map(|line| line.trim_start().trim_start_matches("error: "));
    lines.filter(|line| line.starts_with("KW") && line.get(6..7) == Some(" ")).map(str::to_owned).collect()
}

/// Refused for what is in no file of the host, with the reason.
const NOT_IN_FILES: &[(&str, &str)] = &[
    ("lock_script", "its build script looks at plugins that its `host!` does not list"),
    ("lock_unread", "whether `keyway` has its feature `host` depends on the other packages of the build"),
    ("panic_abort", "a flag of the compiler"),
];

#[test]
fn of_every_host() {
    let hosts = hosts();
    let sandbox = Sandbox::empty();
    let mut cases: Vec<String> = std::fs::read_dir(hosts.join("cases"))
        .expect("the cases are there")
        .map(|entry| entry.expect("an entry can be read").file_name().to_string_lossy().into_owned())
        .collect();
    cases.sort();
    assert!(cases.len() >= 16, "{cases:?}");
    let mut differences = Vec::new();
    for case in cases.iter().filter(|case| NOT_IN_FILES.iter().all(|(name, _)| name != case)) {
        let folder = hosts.join("cases").join(case);
        let expected = messages(&std::fs::read_to_string(folder.join("expected.txt")).unwrap_or_default());
        let path = folder.to_string_lossy();
        let ran = sandbox.run(&["check", "--manifest-path", &path]);
        let mut said = messages(&format!("{}{}", ran.stdout(), ran.stderr()));
        // The line above what is wrong with Cargo.toml, without which there is no host.
        said.retain(|message| !message.starts_with("KW0853"));
        let is_refused = ran.code() != 0;
        if said != expected || is_refused == expected.is_empty() {
            differences.push(format!("{case}: the compiler says {expected:#?}\n{case}: check says {said:#?} ({})", ran.code()));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Cargo is the oracle for what features turn on, also through features of dependencies and implicit ones.
#[test]
fn features_turn_on_what_cargo_says() {
    let hosts = hosts();
    let sandbox = Sandbox::empty();
    for (case, selections) in [
        (
            "all_kinds",
            &[&[][..], &["--no-default-features"], &["-Fstorage"], &["-Ffull"], &["--no-default-features", "-Fpages"]][..],
        ),
        ("feature_to_enable", &[&[], &["--all-features"], &["-Feverything"], &["--no-default-features", "-Ftime"]]),
        ("build_script", &[&[], &["-Fremote"]]),
    ] {
        let folder = hosts.join("cases").join(case);
        for selection in selections {
            let answer = metadata(&folder, selection);
            let nodes = answer["resolve"]["nodes"].as_array().expect("cargo lists nodes");
            let host = nodes.iter().find(|node| node["id"] == answer["resolve"]["root"]).expect("the host is one");
            let path = folder.to_string_lossy();
            let check: Check = sandbox.json(&[&["check", "--manifest-path", &path], *selection].concat());
            assert_eq!(serde_json::json!(check.features), host["features"], "{case} {selection:?}");
        }
    }
}

#[test]
fn targets_decide_as_in_a_build() {
    let path = hosts().join("cases/all_kinds");
    let path = path.to_string_lossy();
    let sandbox = Sandbox::empty();
    let enabled = |target: &str| -> Vec<String> {
        let list: List = sandbox.json(&["list", "--enabled", "--manifest-path", &path, "--target", target]);
        list.plugins.into_iter().map(|plugin| plugin.id).collect()
    };
    assert_eq!(enabled("x86_64-unknown-linux-gnu"), ["site.clock", "site.inside", "site.remote"]);
    assert_eq!(enabled("x86_64-pc-windows-msvc"), ["site.auth", "site.clock", "site.inside"]);
}

/// The files of a folder with this ending, by their names without it.
fn fixtures(folder: &str, ending: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join("tests/fixtures").join(folder)).expect("the fixtures are there").flatten();
    let paths = entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|found| found == ending));
    let mut names: Vec<String> =
        paths.map(|path| path.file_stem().expect("a file has a name").to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// All of a text, not only its first lines.
fn compare(sandbox: &Sandbox, kind: &str, file: &str, shown_as: &str, differences: &mut Vec<String>) {
    for name in fixtures(kind, "toml") {
        let fixture = root().join("tests/fixtures").join(kind).join(&name).with_extension("toml");
        if fixture.is_dir() {
            sandbox.remove(file);
            std::fs::create_dir(sandbox.folder().join(file)).expect("a folder can be made");
        } else {
            sandbox.write(file, std::fs::read(&fixture).expect("a fixture can be read"));
        }
        let expected = std::fs::read_to_string(fixture.with_extension("txt")).expect("a fixture has its text");
        let check: Check = sandbox.json(&["check", "--no-default-features"]);
        let said: String =
            check.mistakes.iter().filter(|mistake| mistake.file == file).map(|mistake| format!("{}\n", mistake.text)).collect();
        let said = said.replace(file, shown_as);
        if said != expected {
            differences.push(format!("{name}: the macro says\n{expected}\n{name}: check says\n{said}"));
        }
        if fixture.is_dir() {
            std::fs::remove_dir(sandbox.folder().join(file)).expect("the folder is empty");
            sandbox.write(file, "");
        }
    }
}

#[test]
fn of_every_manifest_and_every_policy() {
    assert!(fixtures("manifest", "toml").len() >= 35 && fixtures("policy", "toml").len() >= 6);
    let mut differences = Vec::new();
    let site = Sandbox::site();
    site.edit("plugins/mail/Cargo.toml", "version.workspace = true", "version = \"0.3.0\"");
    compare(&site, "manifest", "plugins/mail/plugin.toml", "plugin.toml", &mut differences);
    compare(&Sandbox::site(), "policy", "host/host.toml", "host.toml", &mut differences);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
