//! `cargo keyway lock`.

use std::fs;
use std::time::{Duration, SystemTime};

use cargo_keyway::answer::Locked;
use keyway_manifest::lock::{Decision, LockFile, Permissions, Verdict, parse_lock};

use crate::library;
use crate::sandbox::Sandbox;

const FILE: &str = "host/keyway.lock";

fn lock(site: &Sandbox) -> LockFile {
    parse_lock(&site.read(FILE), FILE).unwrap_or_else(|report| panic!("{report}")).file
}

/// Approves what a plugin asks for now.
fn approve(site: &Sandbox, id: &str) {
    let mut lock = lock(site);
    let entry = lock.plugins.get_mut(id).expect("it is locked");
    entry.approval = Some(Decision {
        verdict: Verdict::Approved,
        permissions: entry.permissions.clone(),
        version: entry.version.clone(),
        by: "ada@example.org".to_owned(),
        on: "2026-11-21T18:00:00Z".parse().expect("a moment"),
        reason: None,
        until: None,
    });
    site.write(FILE, lock.to_text());
}

/// A site with a lock.
fn locked() -> Sandbox {
    let site = Sandbox::site();
    assert_eq!(site.run(&["lock"]).code(), 0);
    site
}

#[test]
fn the_first_lock_has_every_plugin_and_waits_for_approval() {
    let site = Sandbox::site();
    let cargo_toml = fs::File::options().append(true).open(site.folder().join("host/Cargo.toml")).expect("it is there");
    let before = SystemTime::now() - Duration::from_secs(3600);
    cargo_toml.set_modified(before).expect("it is our own file");
    site.run(&["lock"]).snapshot("lock");
    site.run_file(FILE).snapshot("lock_file");
    assert!(cargo_toml.metadata().and_then(|metadata| metadata.modified()).expect("it is there") > before, "Cargo looks again");
    site.run(&["lock"]).snapshot("lock_again");
    site.run(&["lock", "--check"]).snapshot("lock_check");
    assert_eq!(lock(&site).plugins.len(), 9);
}

#[test]
fn check_writes_nothing_and_tells_what_differs() {
    let site = Sandbox::site();
    site.run(&["lock", "--check"]).snapshot("lock_check_without");
    assert!(!site.folder().join(FILE).exists());
    assert_eq!(site.run(&["lock"]).code(), 0);
    approve(&site, "site.files");
    assert_eq!(site.run(&["lock", "--check"]).code(), 0);
    let before = site.read(FILE);

    site.edit("plugins/files/plugin.toml", "[\"content/**\"], reason", "[\"content/**\", \"secret/*\"], reason");
    site.edit("plugins/files/plugin.toml", "optional = true, ", "");
    site.edit("plugins/pages/plugin.toml", "[\"/**\"]", "[\"/pages/**\"]");
    site.edit("plugins/pages/plugin.toml", "after = [\"site.theme\"]", "before = [\"site.theme\"]");
    site.edit("plugins/theme/plugin.toml", "host = ", "version = \"1.3.0\"\nhost = ");
    site.edit("host/Cargo.toml", "default = [\"files\", ", "default = [\"files\", \"mail\", ");
    site.run(&["lock", "--check"]).snapshot("lock_check_differs");
    assert_eq!(site.read(FILE), before);
    let checked: Locked = site.json(&["lock", "--check"]);
    assert_eq!((checked.written.as_str(), checked.existed, checked.canonical), ("checked", true, true));
    let extents: Vec<(&str, &str)> =
        checked.differences.plugins.iter().map(|plugin| (plugin.id.as_str(), plugin.extent.as_str())).collect();
    assert_eq!(extents, [("site.files", "wider"), ("site.pages", "narrower"), ("site.theme", "same")]);
    assert_eq!(checked.differences.plugins[0].changes[0].gained, ["secret/*"]);
    assert_eq!((checked.pending.len(), checked.widened.as_slice()), (8, &["site.files".to_owned()][..]));

    // The approval stays about what it was made about.
    let changed: Locked = site.json(&["lock"]);
    assert_eq!((changed.written.as_str(), &changed.differences), ("changed", &checked.differences));
    let files = &lock(&site).plugins["site.files"];
    let approval = files.approval.as_ref().expect("it was approved");
    assert!(approval.permissions != files.permissions && !approval.permissions.by_name["filesystem.write"].scopes.is_empty());
    assert!(site.read(FILE).contains("[plugin.\"site.files\".approval.scopes]"));
    assert_eq!(site.run(&["lock", "--check"]).code(), 0);
}

#[test]
fn another_spelling_is_told_and_put_right() {
    let site = locked();
    let text = site.read(FILE);
    site.write(FILE, format!("{text}\n# a remark\n"));
    site.run(&["lock", "--check"]).snapshot("lock_check_spelling");
    assert_eq!(site.run(&["lock"]).code(), 0);
    assert_eq!(site.read(FILE), text);
    site.write(FILE, text.replace('\n', "\r\n"));
    assert_eq!(site.run(&["lock", "--check"]).code(), 0, "a checkout may write other line ends");
}

#[test]
fn a_lock_that_cannot_be_read_is_not_written_over() {
    let site = locked();
    let broken = site.read(FILE).replacen("[plugin.", "<<<<<<< HEAD\n[plugin.", 1);
    site.write(FILE, &broken);
    site.run(&["lock"]).snapshot("lock_broken");
    assert_eq!(site.run(&["lock", "--check"]).code(), 4);
    assert_eq!(site.read(FILE), broken);
    let refusal = site.run(&["lock", "--json"]).refusal();
    assert_eq!((refusal.command.as_str(), refusal.error.code.as_str()), ("lock", "KW0860"));
    site.write(FILE, b"lock-version = \xff");
    assert_eq!(site.run(&["lock"]).code(), 4);
    site.remove(FILE);
    fs::create_dir(site.folder().join(FILE)).expect("a folder can be made");
    site.run(&["lock"]).snapshot("lock_is_a_folder");
}

#[cfg(unix)]
#[test]
fn links_and_folders_that_cannot_be_written_are_one_clear_line() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let site = locked();
    fs::rename(site.folder().join(FILE), site.folder().join("elsewhere.lock")).expect("it is our own file");
    symlink("../elsewhere.lock", site.folder().join(FILE)).expect("a link can be made");
    site.edit("plugins/pages/plugin.toml", "[\"/**\"]", "[\"/pages/**\"]");
    site.run(&["lock"]).snapshot("lock_is_a_link");
    site.remove(FILE);
    let host = site.folder().join("host");
    fs::set_permissions(&host, fs::Permissions::from_mode(0o555)).expect("it is our own folder");
    // Root writes where nobody may.
    if fs::write(host.join("probe"), "").is_err() {
        let refused = site.run(&["lock"]);
        assert_eq!(refused.code(), 5, "{}", refused.stderr());
        assert!(
            refused
                .stderr()
                .starts_with("error: KW0855 the guard of the lock `[project]/host/.keyway.lock.guard` cannot be written: ")
        );
    }
    fs::set_permissions(&host, fs::Permissions::from_mode(0o755)).expect("it is our own folder");
}

#[test]
fn what_cannot_be_locked_is_told() {
    let site = Sandbox::site();
    site.edit("plugins/theme/plugin.toml", "host = ", "[conflicts]\n\"site.pages\" = \"*\"\n[plugin]\nhost = ");
    assert_eq!(site.run(&["lock"]).code(), 3, "a manifest that is wrong");
    let site = Sandbox::site();
    site.edit("host/Cargo.toml", "\"theme\"]", "\"theme\", \"theme-plain\"]");
    site.run(&["lock"]).snapshot("lock_without_order");
    assert!(!site.folder().join(FILE).exists());
}

#[test]
fn libraries_of_several_targets_are_locked_without_all_of_them_being_there() {
    let site = locked();
    site.write("x86/libsite_plugin_search.so", library::search_for_x86());
    site.write("arm/search/libsite_plugin_search.so", library::search_for_arm());
    site.write("arm/libacme_feed.so", library::feed_for_arm());
    site.run(&["lock", "--native", "x86", "--native", "arm"]).snapshot("lock_native");
    let both = lock(&site);
    let search = &both.plugins["site.search"];
    assert_eq!(search.artifacts.keys().collect::<Vec<_>>(), ["aarch64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"]);
    assert_eq!((search.tier.as_str(), both.plugins["acme.feed"].tier.as_str()), ("native", "native"));
    // What is not looked at stays.
    assert_eq!(site.run(&["lock", "--check"]).code(), 0);
    assert_eq!(site.run(&["lock", "--check", "--native", "x86"]).code(), 0);
    // Another build of the same release takes the place of the one before, or stands beside it.
    site.write("x86/libsite_plugin_search.so", [library::search_for_x86(), vec![0]].concat());
    site.run(&["lock", "--check", "--native", "x86"]).snapshot("lock_native_check");
    assert_eq!(site.run(&["lock", "--native", "x86", "--add"]).code(), 0);
    let count = |target: &str| lock(&site).plugins["site.search"].artifacts[target].len();
    assert_eq!((count("x86_64-unknown-linux-gnu"), count("aarch64-unknown-linux-gnu")), (2, 1));
    // Checksums do instead of libraries.
    let digest = lock(&site).plugins["site.clock"].manifest.as_str()["sha256:".len()..].to_owned();
    site.write("SHA256SUMS", format!("{digest}  libsite_plugin_mail.so\n{digest}  libother.so\n"));
    assert_eq!(site.run(&["lock", "--checksums", "SHA256SUMS", "--target", "x86_64-unknown-linux-gnu"]).code(), 0);
    assert_eq!(lock(&site).plugins["site.mail"].artifacts.len(), 1);
    // A plugin that is only a library is gone once its folder is looked at and it is not in it.
    site.remove("arm/libacme_feed.so");
    assert_eq!(site.run(&["lock", "--native", "arm"]).code(), 0);
    assert!(!lock(&site).plugins.contains_key("acme.feed"));
    // Another release has other libraries.
    site.edit("Cargo.toml", "version = \"1.2.0\"", "version = \"1.3.0\"");
    site.run(&["lock", "--native", "x86"]).snapshot("lock_native_of_another_release");
    assert_eq!(site.run(&["lock"]).code(), 0);
    assert!(lock(&site).plugins["site.search"].artifacts.is_empty());
}

#[test]
fn what_is_no_library_is_told() {
    let site = locked();
    site.run(&["lock", "--native", "absent"]).snapshot("lock_native_absent");
    site.write("empty/readme.txt", "");
    site.run(&["lock", "--native", "empty"]).snapshot("lock_native_empty");
    site.write("odd/libodd.so", "no library");
    site.run(&["lock", "--native", "odd"]).snapshot("lock_native_odd");
    assert_eq!(site.run(&["lock", "--checksums", "SHA256SUMS"]).code(), 2, "checksums are of one target");
    site.write("SHA256SUMS", "no digest\n");
    site.run(&["lock", "--checksums", "SHA256SUMS", "--target", "x86_64-unknown-linux-gnu"]).snapshot("lock_checksums_odd");
    site.write("SHA256SUMS", format!("{}  libother.so\n", "0".repeat(64)));
    assert_eq!(site.run(&["lock", "--checksums", "SHA256SUMS", "--target", "x86_64-unknown-linux-gnu"]).code(), 6);
    assert_eq!(lock(&site).plugins["site.search"].permissions, Permissions::default());
}
