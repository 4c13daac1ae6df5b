//! `cargo keyway diff`.

use std::process::Command;

use cargo_keyway::answer::{Diff, ProgramDiff, Standing};

use crate::sandbox::Sandbox;
use crate::surface::{EMPTY, SITE, program_with};

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
    site.run(&["diff", "host/host.toml"]).snapshot("diff_of_a_policy");
    site.run(&["diff", "plugins/pages", "plugins/mail"]).snapshot("diff_of_two_plugins");
    site.write("broken.lock", "lock-version = 1\norder = [\"site.gone\"]\n");
    site.run(&["diff", "broken.lock"]).snapshot("diff_broken");
    site.write("page", b"\xff\xfe");
    site.run(&["diff", "page"]).snapshot("diff_no_text");
    site.write("binary", b"\x7fELF\xff\xff");
    site.run(&["diff", "binary"]).snapshot("diff_no_program");
    site.write("site", program_with(&[SITE]));
    site.run(&["diff", "site"]).snapshot("diff_of_a_program_and_a_lock");
    site.run(&["diff", "site", "plugins/pages"]).snapshot("diff_of_a_program_and_a_manifest");
}

/// The program of the site after an update: one plugin wants more, one less, one is new, one is gone.
fn updated() -> String {
    SITE.replace("\"version\":\"1.2.0\"}", "\"version\":\"1.3.0\"}")
        .replace("[\"content/**\"]", "[\"content/**\",\"drafts/**\"]")
        .replace("[\"https://a.example\",\"https://b.example\"]", "[\"https://a.example\"]")
        .replace("\"tasks\":4", "\"tasks\":8")
        .replace("\"id\":\"site.pages\"", "\"id\":\"site.leaves\"")
}

#[test]
fn programs_are_compared_by_their_surfaces() {
    let folder = Sandbox::empty();
    folder.write("old", program_with(&[SITE]));
    folder.write("new", program_with(&[&updated()]));
    folder.run(&["diff", "old", "new"]).snapshot("diff_programs");
    folder.run(&["diff", "old", "old"]).snapshot("diff_programs_same");
    let diff: ProgramDiff = folder.json(&["diff", "old", "new"]);
    assert_eq!((diff.kind.as_str(), diff.extent.as_str()), ("program", "wider"));
    let standings: Vec<_> = diff.differences.plugins.iter().map(|plugin| (plugin.id.as_str(), plugin.standing)).collect();
    let expected = [("site.files", Standing::Changed), ("site.leaves", Standing::Added), ("site.pages", Standing::Removed)];
    assert_eq!(standings, expected);
    folder.write("none", program_with(&[&EMPTY.replace("HOST", "site")]));
    let less: ProgramDiff = folder.json(&["diff", "old", "none"]);
    assert_eq!(less.extent, "narrower");
    // Of several hosts in one file one is named.
    folder.write("two", program_with(&[SITE, &EMPTY.replace("HOST", "admin")]));
    assert_eq!(folder.run(&["diff", "old", "two"]).code(), 2);
    assert_eq!(folder.run(&["diff", "old", "two", "--package", "site"]).code(), 0);
    let whole = program_with(&[SITE]);
    folder.write("cut", &whole[..whole.len() - 1]);
    assert_eq!(folder.run(&["diff", "old", "cut"]).code(), 5);
}

#[test]
fn a_program_of_a_revision_is_compared_too() {
    let folder = Sandbox::empty();
    folder.write("site", program_with(&[SITE]));
    git(&folder, &["init", "--quiet"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "--message", "first"]);
    folder.write("site", program_with(&[&updated()]));
    let diff: ProgramDiff = folder.json(&["diff", "HEAD:site", "site"]);
    assert_eq!((diff.extent.as_str(), diff.old.as_str()), ("wider", "HEAD:site"));
    folder.write("page", b"\xff\xfe");
    git(&folder, &["add", "."]);
    assert_eq!(folder.run(&["diff", ":page", "site"]).code(), 5);
}

#[test]
fn paths_are_those_of_the_current_folder_and_of_a_revision_those_of_its_repository() {
    let site = changed();
    let from_plugins = |arguments: &[&str]| {
        let output = site.command(arguments).current_dir(site.folder().join("plugins")).output();
        site.ran(arguments, output.expect("the program can be started"))
    };
    let ran = from_plugins(&["diff", "HEAD:plugins/mail/plugin.toml", "mail"]);
    assert_eq!(ran.code(), 1, "{}", ran.stderr());
    assert_eq!(from_plugins(&["diff", "HEAD:./mail/plugin.toml", "mail/plugin.toml"]).stdout(), {
        ran.stdout().replace("HEAD:plugins/mail/plugin.toml", "HEAD:./mail/plugin.toml")
    });
    assert_eq!(from_plugins(&["diff", "HEAD:mail/plugin.toml", "mail"]).code(), 7, "there is none at the top");
    // The lock of the host, from wherever.
    let of_host = ["diff", "HEAD", "--manifest-path", "../host"];
    assert_eq!(from_plugins(&of_host).stdout(), site.run(&["diff", "HEAD"]).stdout());
}

#[test]
fn what_git_is_asked_is_no_option() {
    let site = changed();
    site.run(&["diff", "--", "--batch"]).snapshot("diff_option");
    site.run(&["diff", "--batch"]).snapshot("diff_unknown_option");
    assert_eq!(site.run(&["diff", "--", "--batch-all-objects:x"]).code(), 2);
    // A file may be called so.
    site.write("--old", site.read("host/keyway.lock"));
    assert_eq!(site.run(&["diff", "--", "--old"]).code(), 0);
    let elsewhere = Sandbox::site();
    elsewhere.run(&["diff", "main"]).snapshot("diff_outside_of_a_repository");
    elsewhere.run(&["diff", "main:a.toml", "plugins/pages"]).snapshot("diff_file_outside_of_a_repository");
}
