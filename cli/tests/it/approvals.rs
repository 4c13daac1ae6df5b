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
    let lock = theirs.folder().join("host/keyway.lock");
    let imported: Decided =
        ours.json(&["approve", "--import", lock.to_str().expect("a path in UTF-8"), "--by", "bob@example.org"]);
    assert!(imported.plugins.iter().all(|plugin| plugin.id != "site.files" && plugin.by == "bob@example.org"));
    let pages = imported.plugins.iter().find(|plugin| plugin.id == "site.pages").expect("they asked for the same");
    assert!(pages.reason.as_deref().is_some_and(|reason| reason.starts_with("as approved by ada@example.org on ")), "{pages:?}");
    assert_eq!(standing_of(&ours, "site.files"), "pending");
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
