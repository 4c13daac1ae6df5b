//! `cargo keyway approve`, `deny`, `revoke` and `approvals`.

use cargo_keyway::answer::{Approvals, Decided};

use crate::sandbox::Sandbox;

const ADA: [&str; 2] = ["--by", "ada@example.org"];

fn decide(site: &Sandbox, arguments: &[&str]) -> Decided {
    site.json(&[arguments, &ADA].concat())
}

fn standing(site: &Sandbox) -> Vec<(String, String)> {
    let approvals: Approvals = site.json(&["approvals"]);
    approvals.plugins.into_iter().map(|plugin| (plugin.id, plugin.standing)).collect()
}

fn standing_of(site: &Sandbox, id: &str) -> String {
    standing(site).into_iter().find(|(of, _)| of == id).map(|(_, standing)| standing).unwrap_or_default()
}

#[test]
fn all_that_waits_is_told_and_approved_at_once() {
    let site = Sandbox::site();
    let ran = site.run(&["approvals"]);
    ran.snapshot("approvals_of_a_host_without_a_lock");
    assert!(!site.folder().join("host/keyway.lock").exists(), "looking writes nothing");
    site.run(&["approve", "--all", "--reason", "reviewed in #12", "--by", "ada@example.org"]).snapshot("approve_all");
    assert!(standing(&site).iter().all(|(_, standing)| standing == "approved"), "{:?}", standing(&site));
    assert_eq!(site.run(&["approvals"]).code(), 0);
    let again = decide(&site, &["approve", "--all"]);
    assert!(again.plugins.is_empty() && !again.written);
}

#[test]
fn an_approval_is_about_what_was_asked_for_then() {
    let site = Sandbox::site();
    decide(&site, &["approve", "--all"]);
    site.edit("plugins/pages/plugin.toml", "\"/**\"", "\"/**\", \"/admin\"");
    // What a scope covers that was approved is no more.
    assert_eq!(standing_of(&site, "site.pages"), "approved");
    site.edit("plugins/files/plugin.toml", "content/**", "secret/**");
    let ran = site.run(&["approvals", "--pending"]);
    assert_eq!(ran.code(), 1);
    assert_eq!(standing_of(&site, "site.files"), "wider");
    let decided = decide(&site, &["approve", "site.files"]);
    assert!(decided.plugins[0].changes[0].contains("secret/**"), "{decided:?}");
    assert_eq!(standing_of(&site, "site.files"), "approved");
}

#[test]
fn an_end_is_a_day_or_a_number_of_days() {
    let site = Sandbox::site();
    let decided = decide(&site, &["approve", "site.pages", "--expires", "9999-12-31"]);
    assert_eq!(decided.plugins[0].until.as_deref(), Some("9999-12-31"));
    site.run(&["approve", "site.pages", "--expires", "soon", "--by", "ada"]).snapshot("approve_until_no_day");
    let lock = site.read("host/keyway.lock").replace("9999-12-31", "2020-01-31");
    site.write("host/keyway.lock", lock);
    assert_eq!(standing_of(&site, "site.pages"), "expired");
}

#[test]
fn what_was_denied_or_taken_back_is_not_approved_with_all() {
    let site = Sandbox::site();
    site.run(&["revoke", "site.pages", "--reason", "no longer needed", "--by", "ada"]).snapshot("revoke_what_is_pending");
    decide(&site, &["approve", "--all"]);
    decide(&site, &["revoke", "site.pages", "--reason", "its author left"]);
    decide(&site, &["deny", "site.files", "--reason", "reads too much"]);
    site.run(&["revoke", "site.files", "--reason", "reads too much", "--by", "ada"]).snapshot("revoke_what_is_denied");
    site.run(&["revoke", "site.pages", "--reason", "its author left", "--by", "ada"]).snapshot("revoke_what_is_revoked");
    assert_eq!((standing_of(&site, "site.pages"), standing_of(&site, "site.files")), ("revoked".to_owned(), "denied".to_owned()));
    assert!(decide(&site, &["approve", "--all"]).plugins.is_empty());
    decide(&site, &["approve", "site.pages"]);
    assert_eq!(standing_of(&site, "site.pages"), "approved");
}

#[test]
fn approvals_of_another_project_are_taken_over_where_they_fit() {
    let theirs = Sandbox::site();
    decide(&theirs, &["approve", "--all", "--reason", "audited"]);
    let ours = Sandbox::site();
    ours.edit("plugins/files/plugin.toml", "content/**", "secret/**");
    let import = |path: &str, dry: &[&str]| -> Decided {
        let path = theirs.folder().join(path);
        let path = path.to_str().expect("a path in UTF-8");
        ours.json(&[&["approve", "--import", path, "--by", "bob@example.org"], dry].concat())
    };
    // The file, its folder, or a workspace with one host.
    let imported = import("host/keyway.lock", &["--dry-run"]);
    for folder in ["host", ""] {
        assert_eq!(import(folder, &["--dry-run"]).plugins.len(), imported.plugins.len(), "{folder}");
    }
    let imported = import("", &[]);
    assert!(imported.plugins[0].reason.as_deref().is_some_and(|reason| reason.ends_with("host/keyway.lock: audited")));
    assert!(imported.plugins.iter().all(|plugin| plugin.id != "site.files" && plugin.by == "bob@example.org"));
    let pages = imported.plugins.iter().find(|plugin| plugin.id == "site.pages").expect("they asked for the same");
    assert!(pages.reason.as_deref().is_some_and(|reason| reason.starts_with("as approved by ada@example.org on ")), "{pages:?}");
    assert_eq!(standing_of(&ours, "site.files"), "pending");
    ours.write("empty/readme.txt", "");
    ours.run(&["approve", "--import", "empty", "--by", "bob"]).snapshot("approve_import_absent");
}

/// What `[lock]` of the policy asks for, a build asks for too.
#[test]
fn another_version_and_less_wait_where_the_policy_asks() {
    let site = Sandbox::site();
    decide(&site, &["approve", "--all"]);
    site.edit("host/host.toml", "[permissions.deny]", "[lock]\nversion = \"ask\"\nnarrowing = \"ask\"\n\n[permissions.deny]");
    assert_eq!(site.run(&["approvals"]).code(), 0);
    for file in ["plugins/pages/plugin.toml", "host/host.toml"] {
        site.edit(file, "\"/**\"", "\"/pages/**\"");
    }
    site.edit("plugins/theme/plugin.toml", "host = ", "version = \"1.3.0\"\nhost = ");
    assert_eq!(
        (standing_of(&site, "site.pages"), standing_of(&site, "site.theme")),
        ("narrower".to_owned(), "other-version".to_owned())
    );
    assert_eq!((site.run(&["approvals"]).code(), site.run(&["check"]).code()), (1, 1));
    assert_eq!(decide(&site, &["approve", "--all"]).plugins.len(), 2);
    assert_eq!((site.run(&["approvals"]).code(), site.run(&["check"]).code()), (0, 0));
}

#[test]
fn an_id_is_similar_when_more_than_its_beginning_is() {
    let site = Sandbox::site();
    let help = |id: &str| site.run(&["deny", id, "--reason", "no", "--by", "ada", "--json"]).refusal().error.help;
    assert_eq!(help("site.serch"), "a similar id exists: `site.search`");
    assert_eq!(help("sit.search"), "a similar id exists: `site.search`");
    for other in ["site.tracker", "site.file-store", "site.abc", "other.abc"] {
        assert_eq!(help(other), "`cargo keyway list` shows the plugins that the host knows", "{other}");
    }
}

#[test]
fn a_dry_run_writes_nothing() {
    let site = Sandbox::site();
    let decided = decide(&site, &["approve", "--all", "--dry-run"]);
    assert!(!decided.plugins.is_empty() && !decided.written);
    assert!(!site.folder().join("host/keyway.lock").exists());
}

#[test]
fn who_and_why_stand_on_one_line() {
    let site = Sandbox::site();
    site.run(&["approve", "site.pages", "--by", " "]).snapshot("approve_by_nobody");
    site.run(&["approve", "site.pages", "--by", "ada", "--reason", "a\nb"]).snapshot("approve_reason_of_two_lines");
    site.run(&["approve", "site.pagez", "--by", "ada"]).snapshot("approve_absent");
    site.run(&["approve", "--by", "ada"]).snapshot("approve_nothing");
    site.run(&["deny", "site.pages", "--by", "ada"]).snapshot("deny_without_reason");
}
