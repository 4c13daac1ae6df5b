//! `cargo keyway diff`.

use std::process::Command;

use cargo_keyway::answer::Diff;

use crate::sandbox::Sandbox;

fn git(site: &Sandbox, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"]).args(arguments);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null").current_dir(site.folder());
    let output = git.output().expect("git can be started: the sources are in one of its repositories");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A site whose lock was committed, and then changed.
fn changed() -> Sandbox {
    let site = Sandbox::site();
    assert_eq!(site.run(&["lock"]).code(), 0);
    git(&site, &["init", "--quiet"]);
    git(&site, &["add", "."]);
    git(&site, &["commit", "--quiet", "--message", "first"]);
    site.edit("plugins/mail/plugin.toml", "https://mail.example", "https://*.example");
    site.edit(
        "plugins/files/plugin.toml",
        "\"filesystem.read\" = { scope = [\"content/**\"]",
        "\"filesystem.read\" = { scope = [\"content/*\"]",
    );
    assert_eq!(site.run(&["lock"]).code(), 0);
    site
}

#[test]
fn the_lock_is_compared_with_that_of_a_revision() {
    let site = changed();
    site.run(&["diff", "HEAD"]).snapshot("diff_revision");
    git(&site, &["commit", "--quiet", "--all", "--message", "second"]);
    assert_eq!(site.run(&["diff", "HEAD"]).code(), 0);
    site.run(&["diff", "HEAD", "HEAD~1"]).snapshot("diff_revisions");
    let diff: Diff = site.json(&["diff", "HEAD~1"]);
    assert_eq!((diff.kind.as_str(), diff.extent.as_str(), diff.differences.plugins.len()), ("lock", "wider", 2));
    site.run(&["diff", "HEAD~1:plugins/mail/plugin.toml", "plugins/mail"]).snapshot("diff_manifest_of_a_revision");
    site.run(&["diff", "no-such-revision"]).snapshot("diff_revision_absent");
}

#[test]
fn locks_and_manifests_are_compared_as_files() {
    let site = Sandbox::site();
    assert_eq!(site.run(&["lock"]).code(), 0);
    site.write("old.lock", site.read("host/keyway.lock"));
    site.run(&["diff", "old.lock", "host"]).snapshot("diff_same");
    site.write("old.toml", site.read("plugins/pages/plugin.toml"));
    site.edit("plugins/pages/plugin.toml", "[\"/**\"]", "[\"/pages/**\"]");
    site.run(&["diff", "old.toml", "plugins/pages/plugin.toml"]).snapshot("diff_manifests");
    let diff: Diff = site.json(&["diff", "plugins/pages", "old.toml"]);
    assert_eq!((diff.kind.as_str(), diff.extent.as_str()), ("manifest", "wider"));
    // Without a project files can be compared too.
    let elsewhere = Sandbox::empty();
    elsewhere.write("a.toml", site.read("old.toml"));
    elsewhere.write("b.toml", site.read("plugins/pages/plugin.toml"));
    assert_eq!(elsewhere.run(&["diff", "a.toml", "b.toml"]).code(), 1);
    assert_eq!(elsewhere.run(&["diff", "a.toml"]).code(), 3, "there is no host whose lock could be meant");
}

#[test]
fn what_cannot_be_compared_is_told() {
    let site = Sandbox::site();
    site.run(&["diff", "plugins/pages"]).snapshot("diff_without_lock");
    assert_eq!(site.run(&["lock"]).code(), 0);
    site.run(&["diff", "plugins/pages"]).snapshot("diff_of_two_kinds");
    site.run(&["diff", "plugins", "host"]).snapshot("diff_folder_with_neither");
    site.write("broken.lock", "lock-version = 1\norder = [\"site.gone\"]\n");
    site.run(&["diff", "broken.lock"]).snapshot("diff_broken");
    site.write("binary", b"\x7fELF\xff\xff");
    site.run(&["diff", "binary"]).snapshot("diff_no_text");
}
