//! `host!` and `keyway-build` driven by the Cargo.toml of real hosts: the crates of `tests/fixtures/hosts`.
//!
//! The folder is copied below `target/`, at the same depth, so that its paths hold and nothing is ever written into a source folder.
//! Every refused case has an `expected.txt` with the compiler's whole text; `KEYWAY_UPDATE=1 cargo test -p keyway-tests host_macro`
//! writes them anew.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

use crate::workspace;

/// The copy of `tests/fixtures/hosts`; made once for all tests of this process.
fn hosts() -> &'static Path {
    static HOSTS: OnceLock<PathBuf> = OnceLock::new();
    HOSTS.get_or_init(|| {
        let copy = workspace::copy_of_fixtures("hosts");
        workspace::copy_lock_file(&copy);
        copy
    })
}

fn cargo(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(hosts());
    workspace::clean_environment(&mut command);
    command.env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", hosts().with_file_name("build"));
    command.output().expect("cargo can be started")
}

/// The compiler's errors of each package that did not compile.
fn errors(output: &Output) -> BTreeMap<String, String> {
    let mut errors: BTreeMap<String, String> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
        let (level, rendered) = (message["message"]["level"].as_str(), message["message"]["rendered"].as_str());
        let (Some("error"), Some(rendered), Some(package)) = (level, rendered, message["target"]["name"].as_str()) else {
            continue;
        };
        if !rendered.starts_with("error: aborting due to") && !rendered.starts_with("error: could not compile") {
            errors.entry(package.to_owned()).or_default().push_str(rendered);
        }
    }
    errors
}

/// The text of a file in a fixture's source folder.
fn expected_file(case: &str) -> PathBuf {
    workspace::root().join("tests/fixtures/hosts/cases").join(case).join("expected.txt")
}

fn compare(case: &str, actual: &str, differences: &mut Vec<String>) {
    let file = expected_file(case);
    if actual.is_empty() {
        differences.push(format!("{case} was not refused"));
        return;
    }
    if std::env::var_os("KEYWAY_UPDATE").is_some() {
        std::fs::write(&file, actual).expect("expected.txt can be written");
        return;
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    if expected != actual {
        differences.push(format!("{case}: expected\n{expected}\n{case}: actual\n{actual}"));
    }
}

/// Cases that need a command of their own; the others are built by one.
const APART: &[&str] = &["all_kinds", "build_script", "lock_fits", "lock_script", "lock_unread", "panic_abort"];

#[test]
fn every_refused_host_says_what_its_expected_text_says() {
    if !workspace::is_pinned_compiler("the texts of the compiler around the messages differ between versions") {
        return;
    }
    let mut arguments = vec!["check", "--workspace", "--keep-going", "--message-format=json"];
    let apart: Vec<String> = APART.iter().map(|case| format!("--exclude={}", case.replace('_', "-"))).collect();
    arguments.extend(apart.iter().map(String::as_str));
    let output = cargo(&arguments);
    let errors = errors(&output);
    let mut differences = Vec::new();
    for case in workspace::folders(&hosts().join("cases")).iter().filter(|case| !APART.contains(&case.as_str())) {
        compare(case, errors.get(&case.replace('_', "-")).map_or("", String::as_str), &mut differences);
    }
    assert!(differences.is_empty(), "{}\n{}", differences.join("\n"), String::from_utf8_lossy(&output.stderr));
}

#[test]
fn panic_abort_is_refused() {
    if !workspace::is_pinned_compiler("the texts of the compiler around the messages differ between versions") {
        return;
    }
    let output = cargo(&["rustc", "-p", "panic-abort", "--profile=check", "--message-format=json", "--", "-Cpanic=abort"]);
    let mut differences = Vec::new();
    compare("panic_abort", errors(&output).get("panic-abort").map_or("", String::as_str), &mut differences);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Always-on, optional, renamed, inherited and target dependencies; features that enable others; a plugin inside the host.
#[test]
fn the_table_follows_the_features() {
    for (features, expected) in [
        (&["--no-default-features"][..], "site.remote 0\nsite.inside 0\n"),
        (&[], "site.clock 0\nsite.remote 0\nsite.inside 1\n"),
        (&["--features", "storage"], "site.clock 0\nsite.remote 0\nsite.storage 0\nsite.inside 1\n"),
        (&["--features", "full"], "site.clock 0\nsite.remote 0\nsite.storage 0\nsite.pages 1\nsite.inside 2\n"),
    ] {
        let output = cargo(&[&["run", "--quiet", "-p", "all-kinds"], features].concat());
        let stderr = String::from_utf8_lossy(&output.stderr);
        let mut lines: Vec<&str> = expected.lines().collect();
        // Without the target table the order inside a level is by id.
        lines.sort_by_key(|line| (line.rsplit(' ').next(), line.split(' ').next()));
        assert_eq!(String::from_utf8_lossy(&output.stdout).lines().collect::<Vec<_>>(), lines, "{features:?}\n{stderr}");
    }
}

/// The macro cannot find the manifest of a registry plugin, so it cannot name the feature; the build script can.
#[test]
fn the_build_script_names_the_feature_of_a_registry_plugin() {
    let output = cargo(&["check", "-p", "build-script"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let mut differences = Vec::new();
    compare("build_script", &said(&output, "build-script"), &mut differences);
    assert!(differences.is_empty(), "{}\n{stderr}", differences.join("\n"));

    let output = cargo(&["check", "-p", "build-script", "--features", "remote"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let graph = newest_graph();
    assert_eq!(graph["order"], serde_json::json!(["site.remote", "site.radio"]), "{graph:#}");
    assert_eq!(graph["plugins"][0]["requires"][0]["reason"], "is switched by it", "{graph:#}");
}

/// What a build script says goes through Cargo line by line.
fn said(output: &Output, package: &str) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let head = format!("error: {package}@0.1.0: ");
    stderr.lines().filter_map(|line| line.strip_prefix(&head)).map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_build_script_holds_plugins_to_the_lock() {
    let output = cargo(&["check", "-p", "lock-script"]);
    let mut differences = Vec::new();
    compare("lock_script", &said(&output, "lock-script"), &mut differences);
    assert!(differences.is_empty(), "{}\n{}", differences.join("\n"), String::from_utf8_lossy(&output.stderr));
}

/// A macro that was built without the means to read a lock does not build as if there were none.
#[test]
fn a_lock_that_cannot_be_read_is_refused() {
    if !workspace::is_pinned_compiler("the texts of the compiler around the messages differ between versions") {
        return;
    }
    let output = cargo(&["check", "-p", "lock-unread", "--message-format=json"]);
    let mut differences = Vec::new();
    compare("lock_unread", errors(&output).get("lock-unread").map_or("", String::as_str), &mut differences);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// An edit of the lock builds the host again, and so does its end. That a lock has appeared Cargo sees when Cargo.toml is touched.
#[test]
fn the_host_is_built_again_when_its_lock_changes() {
    let run = || {
        let output = cargo(&["run", "--quiet", "-p", "lock-fits"]);
        (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let folder = hosts().join("cases/lock_fits");
    let file = folder.join("keyway.lock");
    let touch = |name: &str| {
        let file = folder.join(name);
        let text = std::fs::read(&file).expect("it is there");
        std::fs::write(&file, text).expect("the copy can be written");
    };
    let whole = std::fs::read_to_string(&file).expect("the copy has its lock");
    touch("keyway.lock");
    assert_eq!(run().0, "site.clock approved\n");

    let (before, _) = whole.split_once("\n[plugin.\"site.clock\".approval]").expect("the plugin is approved");
    let (_, radio) = whole.split_once("\n[plugin.\"site.radio\"]").expect("what a feature leaves out is in the lock");
    std::fs::write(&file, format!("{before}\n[plugin.\"site.radio\"]{radio}")).expect("the copy can be written");
    let (stdout, stderr) = run();
    assert!(stdout.is_empty() && stderr.contains("KW0822 plugin `site.clock 1.4.0` waits for approval"), "{stderr}");

    std::fs::remove_file(&file).expect("the copy can be changed");
    assert_eq!(run().0, "no lock\n");
    std::fs::write(&file, whole).expect("the copy can be written");
    touch("Cargo.toml");
    assert_eq!(run().0, "site.clock approved\n");

    let output = cargo(&["check", "--quiet", "-p", "lock-fits", "--features", "radio"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("KW0822 plugin `site.radio 1.4.0`") && stderr.contains("KW0820 plugin `site.remote 1.4.0`"),
        "{stderr}"
    );
}

/// The graph that the build script of `build_script` wrote last.
fn newest_graph() -> Value {
    let folder = hosts().with_file_name("build").join("debug/build");
    let files = std::fs::read_dir(folder).expect("cargo made the folder").flatten();
    let files = files.map(|entry| entry.path().join("out/keyway-graph.json")).filter(|file| file.exists());
    let newest = files.max_by_key(|file| file.metadata().and_then(|metadata| metadata.modified()).ok());
    let text = std::fs::read_to_string(newest.expect("the build script wrote its graph")).expect("the graph can be read");
    serde_json::from_str(&text).expect("the graph is JSON")
}

/// Each message of a case is told on the page of its code, so that the guide shows what a reader will see.
#[test]
fn the_error_pages_show_the_messages() {
    let mut missing = Vec::new();
    for case in workspace::folders(&workspace::root().join("tests/fixtures/hosts/cases")) {
        let expected = std::fs::read_to_string(expected_file(&case)).unwrap_or_default();
        for line in expected.lines().map(|line| line.trim_start().trim_start_matches("error: ")) {
            let Some(code) = line.get(..6).filter(|code| ["KW043", "KW044", "KW083"].iter().any(|range| code.starts_with(range)))
            else {
                continue;
            };
            let page = std::fs::read_to_string(workspace::root().join(format!("docs/errors/{code}.md"))).unwrap_or_default();
            if !page.contains(line) {
                missing.push(format!("docs/errors/{code}.md does not show `{line}` of {case}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
