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
    assert!(checked.expired.is_empty() && checked.denied.is_empty() && checked.revoked.is_empty(), "{checked:?}");

    // The approval stays about what it was made about.
    let changed: Locked = site.json(&["lock"]);
    assert_eq!((changed.written.as_str(), &changed.differences), ("changed", &checked.differences));
    let files = &lock(&site).plugins["site.files"];
    let approval = files.approval.as_ref().expect("it was approved");
    assert!(approval.permissions != files.permissions && !approval.permissions.by_name["filesystem.write"].scopes.is_empty());
    assert!(site.read(FILE).contains("[plugin.\"site.files\".approval.scopes]"));
    assert_eq!(site.run(&["lock", "--check"]).code(), 0);
}

/// What `approvals` calls approved is what a build takes, and `lock --check --approved` fails for all the rest.
#[test]
fn what_was_decided_is_told_and_fails_where_that_is_asked_for() {
    let site = locked();
    let ada = ["--by", "ada@example.org"];
    let run = |arguments: &[&str]| assert_eq!(site.run(&[arguments, &ada].concat()).code(), 0, "{arguments:?}");
    run(&["approve", "--all"]);
    site.run(&["lock", "--check", "--approved"]).snapshot("lock_check_approved");
    let approved = site.read(FILE);
    let fails = |what: &str| {
        let (alone, strict) = (site.run(&["lock", "--check"]), site.run(&["lock", "--check", "--approved"]));
        assert_eq!((alone.code(), strict.code()), (0, 1), "{what}");
        for ran in [alone, strict] {
            assert!(ran.stdout().contains(&format!("; {what}: site.clock")), "{}", ran.stdout());
        }
        assert_ne!(site.run(&["check"]).code(), 0, "{what}: a build says the same");
        site.write(FILE, &approved);
    };
    run(&["deny", "site.clock", "--reason", "it ticks"]);
    fails("denied");
    run(&["revoke", "site.clock", "--reason", "it ticks"]);
    fails("revoked");
    run(&["approve", "site.clock", "--expires", "9999-12-31"]);
    site.edit(FILE, "9999-12-31", "2020-01-31");
    fails("approval ended");
    site.edit("host/host.toml", "[permissions.deny]", "[lock]\nversion = \"ask\"\n\n[permissions.deny]");
    site.edit(FILE, "version = \"1.2.0\"\nby =", "version = \"1.1.0\"\nby =");
    fails("approved in another version");

    run(&["deny", "site.files", "--reason", "reads too much"]);
    run(&["revoke", "site.pages", "--reason", "its author left"]);
    run(&["approve", "site.mail", "--expires", "9999-12-31"]);
    site.edit(FILE, "9999-12-31", "2020-01-31");
    site.run(&["lock", "--check"]).snapshot("lock_check_decided_otherwise");
    site.run(&["lock", "--check", "--approved"]).snapshot("lock_check_not_approved");
    assert_eq!(site.run(&["lock", "--approved"]).code(), 2, "what is written is not judged");
}

#[test]
fn a_plugin_that_is_only_a_library_is_decided_about_by_its_id() {
    let site = locked();
    site.write("arm/libacme_feed.so", library::feed_for_arm());
    assert_eq!(site.run(&["lock", "--native", "arm"]).code(), 0);
    let approved = site.run(&["approve", "acme.feed", "--by", "ada@example.org"]);
    assert_eq!(approved.code(), 0, "{}", approved.stderr());
    assert!(lock(&site).plugins["acme.feed"].approval.is_some());
    let denied = site.run(&["deny", "acme.feed", "--reason", "no feeds", "--by", "ada@example.org"]);
    assert_eq!(denied.code(), 0, "{}", denied.stderr());
}

/// What is right in the lock is refused in some builds, so it is named.
#[test]
fn a_plugin_that_is_locked_as_a_library_is_named() {
    let site = locked();
    site.write("x86/libsite_plugin_search.so", library::search_for_x86());
    assert_eq!(site.run(&["lock", "--native", "x86"]).code(), 0);
    assert_eq!(site.run(&["approve", "--all", "--by", "ada@example.org"]).code(), 0);
    site.run(&["lock", "--check"]).snapshot("lock_check_library");
    let linked = site.run(&["check", "--features", "search"]);
    assert!(linked.code() == 1 && linked.stdout().contains("KW0829"), "{}", linked.stdout());
    site.run(&["list"]).snapshot("list_library");
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
    let whole = library::search_for_x86();
    site.write("odd/libodd.so", &whole[..whole.len() - 1]);
    assert_eq!(site.run(&["lock", "--native", "odd"]).code(), 6);
    #[cfg(unix)]
    assert_eq!(site.run(&["lock", "--checksums", "/dev/zero", "--target", "x86_64-unknown-linux-gnu"]).code(), 5);
    site.write("SHA256SUMS", "no digest\n");
    site.run(&["lock", "--checksums", "SHA256SUMS", "--target", "x86_64-unknown-linux-gnu"]).snapshot("lock_checksums_odd");
    site.write("SHA256SUMS", format!("{}  libother.so\n", "0".repeat(64)));
    assert_eq!(site.run(&["lock", "--checksums", "SHA256SUMS", "--target", "x86_64-unknown-linux-gnu"]).code(), 6);
    assert_eq!(lock(&site).plugins["site.search"].permissions, Permissions::default());
}

/// What a lock is damaged by, what the help says literally, and that this leads to a lock that is right.
mod helps {
    use keyway_manifest::lock::LockFile;

    use super::{FILE, locked};
    use crate::sandbox::Sandbox;

    fn approved() -> Sandbox {
        let site = locked();
        assert_eq!(site.run(&["approve", "--all", "--by", "ada@example.org"]).code(), 0);
        site
    }

    /// The codes that `check` tells.
    fn codes(site: &Sandbox) -> Vec<String> {
        let check = site.run(&["check"]);
        let found = check.stdout();
        let codes = found.lines().filter_map(|line| line.strip_prefix("error: ")?.split(' ').next());
        codes.map(str::to_owned).collect()
    }

    fn delete_tables(site: &Sandbox, of: &str) {
        let text = site.read(FILE);
        let mut keeps = true;
        let lines = text.split_inclusive('\n').filter(|line| {
            if line.starts_with('[') {
                keeps = !line.starts_with(&format!("[plugin.\"{of}\""));
            }
            keeps
        });
        site.write(FILE, lines.collect::<String>());
    }

    /// `lock` succeeds, the lock is right then, and these wait for approval.
    fn arrives(site: &Sandbox, waits: &[&str]) {
        let ran = site.run(&["lock"]);
        assert_eq!(ran.code(), 0, "{}", ran.stderr());
        assert_eq!(site.run(&["lock", "--check"]).code(), 0);
        let lock: LockFile = super::lock(site);
        let pending = lock.plugins.iter().filter(|(_, entry)| entry.approval.is_none()).map(|(id, _)| id.as_str());
        assert_eq!(pending.collect::<Vec<_>>(), waits);
    }

    #[test]
    fn deleting_the_tables_of_a_plugin_leads_to_a_lock() {
        let manifest = "manifest = \"sha256:";
        let damages: [(&str, &str, &str); 5] = [
            ("KW0808", manifest, "manifest = \"sha257"),
            ("KW0809", "source = \"path:plugins/clock\"", "source = \"plugins/clock\""),
            ("KW0805", "package = \"site-plugin-clock\"\n", ""),
            ("KW0810", "package = \"site-plugin-clock\"", "package = \" \""),
            ("KW0807", "tier = \"static\"", "tier = \"wasm\""),
        ];
        for (code, from, to) in damages {
            let site = approved();
            site.edit(FILE, from, to);
            assert_eq!(codes(&site), [code]);
            assert!(
                code == "KW0807" || site.run(&["check"]).stdout().contains("or delete the plugin's tables and run"),
                "{code}"
            );
            delete_tables(&site, "site.clock");
            arrives(&site, &["site.clock"]);
        }
    }

    #[test]
    fn what_is_to_be_edited_leads_to_a_lock() {
        let until = "version = \"1.2.0\"\nby = \"ada@example.org\"";
        // What is damaged, with its code; then the edit that the help names.
        let edits: [(&str, [(&str, &str); 2]); 8] = [
            ("KW0804", [("tier =", "digest = \"\"\ntier ="), ("digest = \"\"\n", "")]),
            ("KW0804", [(until, "version = \"1.2.0\"\nutnil = \"2099-01-31\"\nby = \"ada@example.org\""), ("utnil", "until")]),
            ("KW0806", [("\"http.routes\" =", "http.routes = [\"/a\"]\n\"http.routes\" ="), ("http.routes = [\"/a\"]\n", "")]),
            ("KW0807", [("tier = \"static\"", "tier = \"statik\""), ("\"statik\"", "\"static\"")]),
            ("KW0811", [(until, "version = \"1.2.0\"\nuntil = \"31.1.\"\nby = \"ada@example.org\""), ("31.1.", "2099-01-31")]),
            ("KW0812", [("decision = \"approved\"", "decision = \"denied\""), ("by =", "reason = \"why\"\nby =")]),
            ("KW0805", [("lock-version = 1\n", ""), ("# Made", "lock-version = 1\n# Made")]),
            ("KW0814", [("order = [\n", "order = [\n    \"site.gone\",\n    \"site.clock\",\n"), ("", "")]),
        ];
        for (code, [(from, to), (wrong, right)]) in edits {
            let site = approved();
            site.edit(FILE, from, to);
            let told = codes(&site);
            assert!(!told.is_empty() && told.iter().all(|told| told == code), "{code}: {told:?}");
            site.edit(FILE, wrong, right);
            arrives(&site, &[]);
        }
    }

    #[test]
    fn an_approval_that_was_edited_is_decided_about_again() {
        let site = approved();
        site.edit(FILE, "\"http.routes\" = [\"/**\"]", "\"http.routes\" = [\"/\"]");
        assert_eq!(codes(&site), ["KW0813"]);
        let text = site.read(FILE);
        let (before, after) = text.split_once("[plugin.\"site.pages\".approval]\n").expect("it is approved");
        let (_, rest) = after.split_once("\n\n").expect("others follow");
        site.write(FILE, format!("{before}{rest}"));
        arrives(&site, &["site.pages"]);
        assert_eq!(site.run(&["approve", "site.pages", "--by", "ada@example.org"]).code(), 0);
        assert_eq!(codes(&site), Vec::<String>::new());
    }

    #[test]
    fn a_lock_that_is_empty_or_too_large_begins_anew() {
        for (code, text) in [("KW0805", String::new()), ("KW0801", " ".repeat(5 << 20))] {
            let site = locked();
            site.write(FILE, text);
            assert_eq!(codes(&site), [code]);
            site.remove(FILE);
            assert_eq!(site.run(&["lock"]).code(), 0);
            assert_eq!(super::lock(&site).plugins.len(), 9);
        }
    }

    /// Of each marked piece the lines of one side are kept: what Git has merged by itself stays, a refusal of the other side among it.
    #[test]
    fn a_conflict_of_two_branches_leads_to_a_lock() {
        let site = approved();
        let git = |arguments: &[&str]| {
            let mut git = std::process::Command::new("git");
            git.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "merge.conflictStyle=diff3"]);
            git.args(arguments).current_dir(site.folder()).output().expect("git is there").status.success()
        };
        let run = |arguments: &[&str]| assert_eq!(site.run(arguments).code(), 0, "{arguments:?}");
        assert!(git(&["init", "-q", "-b", "main"]) && git(&["add", "-A"]) && git(&["commit", "-qm", "base"]));
        assert!(git(&["checkout", "-qb", "other"]));
        run(&["approve", "site.pages", "--by", "bob@example.org", "--reason", "on the other branch"]);
        run(&["deny", "site.theme", "--by", "bob@example.org", "--reason", "on the other branch too"]);
        assert!(git(&["commit", "-qam", "other"]) && git(&["checkout", "-q", "main"]));
        run(&["approve", "site.pages", "--by", "ada@example.org", "--reason", "on this branch"]);
        assert!(git(&["commit", "-qam", "main"]));
        assert!(!git(&["merge", "other"]), "both have changed the same lines");
        assert_eq!(codes(&site), ["KW0802"]);
        let (mut kept, mut ours) = (String::new(), true);
        for line in site.read(FILE).split_inclusive('\n') {
            match line.get(..7) {
                Some("<<<<<<<") => {}
                Some("|||||||" | "=======") => ours = false,
                Some(">>>>>>>") => ours = true,
                _ if ours => kept.push_str(line),
                _ => {}
            }
        }
        site.write(FILE, kept);
        arrives(&site, &[]);
        let decided =
            |id: &str| super::lock(&site).plugins[id].approval.clone().expect("it is decided about").reason.unwrap_or_default();
        assert_eq!(
            (decided("site.pages").as_str(), decided("site.theme").as_str()),
            ("on this branch", "on the other branch too")
        );
        let differs = site.run(&["diff", "MERGE_HEAD"]);
        assert!(differs.code() == 1 && differs.stdout().starts_with("site.pages\n"), "{}", differs.stdout());
    }

    #[test]
    fn what_does_not_fit_the_lock_is_mended_by_the_command_of_its_help() {
        // Nothing is in the lock yet.
        let site = Sandbox::site();
        site.write(
            "host/host.toml",
            format!("[lock]\nrequired = true\nversion = \"ask\"\nnarrowing = \"ask\"\n\n{}", site.read("host/host.toml")),
        );
        let told = |site: &Sandbox, code: &str, help: &str| {
            let text = site.run(&["check"]).stdout();
            assert!(text.contains(&format!("error: {code} ")) && text.contains(help), "{code}: {text}");
        };
        let run = |site: &Sandbox, arguments: &[&str]| {
            let ran = site.run(arguments);
            assert_eq!(ran.code(), 0, "{arguments:?}: {}", ran.stderr());
        };
        let approve = |site: &Sandbox, id: &str| run(site, &["approve", id, "--by", "ada@example.org"]);
        told(
            &site,
            "KW0828",
            "`cargo keyway lock`, look at it with `cargo keyway approvals`, approve it with `cargo keyway approve --all`",
        );
        run(&site, &["lock"]);
        told(&site, "KW0822", "`cargo keyway approve site.pages`");
        run(&site, &["approve", "--all", "--by", "ada@example.org"]);
        assert_eq!(codes(&site), Vec::<String>::new());
        // A plugin that is not in it.
        delete_tables(&site, "site.theme");
        site.edit(FILE, "    \"site.theme\",\n", "");
        told(&site, "KW0820", "`cargo keyway approve site.theme`");
        approve(&site, "site.theme");
        // One that asks for more, and then for less.
        site.edit("plugins/pages/plugin.toml", "[\"/**\"]", "[\"/**\", \"/\"]");
        site.edit(
            "plugins/pages/plugin.toml",
            "[permissions]",
            "[permissions]\n\"events.publish\" = { scope = [\"a.b\"], optional = true, reason = \"tells\" }",
        );
        told(&site, "KW0821", "`cargo keyway approve site.pages`");
        approve(&site, "site.pages");
        assert_eq!(codes(&site), Vec::<String>::new());
        site.edit("plugins/pages/plugin.toml", "[\"/**\", \"/\"]", "[\"/a\"]");
        site.edit("host/host.toml", "\"http.routes\" = [\"/**\"]", "\"http.routes\" = [\"/a\"]");
        told(&site, "KW0827", "`cargo keyway approve site.pages`");
        approve(&site, "site.pages");
        // Another version.
        site.edit("Cargo.toml", "version = \"1.2.0\"", "version = \"1.3.0\"");
        told(&site, "KW0826", "`cargo keyway approve site.pages`");
        for id in ["site.clock", "site.files", "site.pages", "site.theme", "site.welcome"] {
            approve(&site, id);
        }
        assert_eq!(codes(&site), Vec::<String>::new());
        // Refused, taken back, ended.
        run(&site, &["deny", "site.theme", "--by", "ada@example.org", "--reason", "why"]);
        told(&site, "KW0823", "`cargo keyway approve site.theme`");
        approve(&site, "site.theme");
        run(&site, &["revoke", "site.theme", "--by", "ada@example.org", "--reason", "why"]);
        told(&site, "KW0824", "`cargo keyway approve site.theme`");
        approve(&site, "site.theme");
        let lock = super::lock(&site);
        let mut ended = lock;
        let decision = ended.plugins.get_mut("site.theme").and_then(|entry| entry.approval.as_mut()).expect("it is approved");
        decision.until = Some("2020-01-31".parse().expect("a day"));
        site.write(FILE, ended.to_text());
        told(&site, "KW0825", "`cargo keyway approve site.theme`");
        approve(&site, "site.theme");
        assert_eq!(codes(&site), Vec::<String>::new());
    }

    #[test]
    fn a_plugin_that_was_a_library_can_be_linked_in() {
        let site = approved();
        site.write("libraries/libsite_plugin_search.so", crate::library::search_for_x86());
        assert_eq!(site.run(&["lock", "--native", "libraries"]).code(), 0);
        let check = || site.run(&["check", "-F", "search"]);
        let help = "lock it so with `cargo keyway lock --linked site.search`";
        assert!(check().stdout().contains("KW0829") && check().stdout().contains(help), "{}", check().stdout());
        assert_eq!(site.run(&["lock", "--linked", "site.serach"]).code(), 2);
        assert_eq!(site.run(&["lock", "--linked", "site.search"]).code(), 0);
        assert_eq!(check().code(), 0, "{}", check().stdout());
        // And stays so.
        assert_eq!(site.run(&["lock", "--check"]).code(), 0);
    }
}
