//! One plugin, linked into a program and loaded by it: both do the same with services, hooks, events, jobs, tasks and capabilities.
//!
//! The program and its plugins are in `tests/fixtures/together`. They are built in the project's own target folder, because most of what
//! they consist of lies there already.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::workspace;

/// The copy of the fixtures below `target/`.
fn fixtures() -> &'static Path {
    static FIXTURES: OnceLock<PathBuf> = OnceLock::new();
    FIXTURES.get_or_init(|| {
        let copy = workspace::copy_of_fixtures("together");
        workspace::copy_lock_file(&copy);
        copy
    })
}

/// Builds the program, and copies it to where the next build does not replace it.
fn program(name: &str, arguments: &[&str]) -> PathBuf {
    let target = workspace::root().join("target");
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--package", "together-host"]).args(arguments).current_dir(fixtures());
    workspace::clean_environment(&mut command);
    command.env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", &target);
    let output = command.output().expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let copy = fixtures().join(name);
    std::fs::copy(target.join("debug/together-host"), &copy).expect("the program was built");
    copy
}

/// Builds the plugin as a library, into a folder of its own.
fn extensions(name: &str, features: &[&str]) -> PathBuf {
    let folder = fixtures().join(name);
    let library = keyway_build::native("together-visitor").in_folder(fixtures()).target_dir(workspace::root().join("target"));
    let library = library.env("CARGO_NET_OFFLINE", "true").features(features.iter().copied());
    library.install(&folder).unwrap_or_else(|error| panic!("{error}"));
    folder
}

/// Runs a program in a fresh folder; answers what it prints.
fn run(program: &Path, name: &str, extensions: Option<&Path>) -> String {
    let folder = fixtures().join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("content")).expect("a folder below target/ can be made");
    std::fs::write(folder.join("content/page.txt"), "the page").expect("a file below target/ can be written");
    let mut command = Command::new(program);
    command.arg(&folder).args(extensions).env("TOGETHER_WHERE", "here").env_remove("RUST_BACKTRACE");
    let output = command.output().expect("the program can be started");
    let (printed, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{printed}\n{said}", output.status);
    printed.into_owned()
}

/// The lines that only one of both has.
fn differences<'a>(one: &'a str, other: &'a str) -> Vec<&'a str> {
    let (one, other): (BTreeSet<_>, BTreeSet<_>) = (one.lines().collect(), other.lines().collect());
    one.symmetric_difference(&other).copied().collect()
}

#[test]
fn a_loaded_plugin_does_what_a_linked_one_does() {
    let linked = run(&program("linked", &["--features", "visitor"]), "of-linked", None);
    let expected = include_str!("../fixtures/together/expected.txt");
    assert!(linked == expected, "expected\n{expected}\nprinted\n{linked}");

    // An observer sees the type of an event only where both sides were compared; of this one the plugin's attribute says nothing.
    let seen = ["log: INFO message=sees nothing plugin=together.visitor", "log: INFO message=sees psst plugin=together.visitor"];
    let program = program("loading", &[]);
    let loaded = run(&program, "of-loaded", Some(&extensions("extensions", &[])));
    assert_eq!(differences(&linked, &loaded), seen);

    // As a plugin is built whose tests turn a host on: the library has a host in it, which must not get in the way.
    let loaded = run(&program, "of-hosting", Some(&extensions("hosting", &["keyway/data", "keyway/native"])));
    assert_eq!(differences(&linked, &loaded), seen);
}
