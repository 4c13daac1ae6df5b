//! `cargo keyway check`.

use cargo_keyway::answer::Check;

use crate::sandbox::Sandbox;

#[test]
fn one_build() {
    let site = Sandbox::site();
    site.run(&["check"]).snapshot("check");
    site.run(&["check", "-F", "memory"]).snapshot("check_one_refused");
    site.run(&["check", "--no-default-features", "--features", "pages search"]).snapshot("check_missing");
    let check: Check = site.json(&["check"]);
    assert_eq!(check.features.as_deref(), Some(&["default", "files", "pages", "theme"].map(str::to_owned)[..]));
    assert_eq!((check.builds, check.refused, check.unclear, check.possible), (1, 0, 0, 1));
    // `full` lists `default`, so leaving that out makes no difference.
    let check: Check = site.json(&["check", "--no-default-features", "-F", "full"]);
    assert_eq!(check.features.expect("it was one build").len(), 7);
}

#[test]
fn many_builds_and_the_smallest_with_each_problem() {
    let site = Sandbox::site();
    site.run(&["check", "--each-feature"]).snapshot("check_each_feature");
    site.run(&["check", "--pairs", "--features", "files"]).snapshot("check_pairs");
    site.run(&["check", "--all-combinations"]).snapshot("check_all_combinations");
    site.run(&["check", "--all-combinations", "--at-most", "20"]).snapshot("check_bound");
    let check: Check = site.json(&["check", "--all-combinations"]);
    // Seven features bring in a plugin each; `site.clock` and `site.welcome` are always there.
    assert_eq!((check.builds, check.possible, check.features), (128, 128, None));
    let of = |code: &str| check.problems.iter().find(|problem| problem.code == code).map(|problem| problem.features.join(","));
    assert_eq!(of("KW0304").as_deref(), Some("theme,theme-plain"));
    assert_eq!(of("KW0307").as_deref(), Some("files,memory"));
    assert_eq!(of("KW0308").as_deref(), Some("pages"));
    assert_eq!(of("KW0302").as_deref(), Some("search"));
}

/// A problem's features are the smallest set: the build with them has it, and none with one of them less has it. Each is looked at alone.
#[test]
fn no_feature_of_a_smallest_build_can_be_left_out() {
    let site = Sandbox::site();
    let check: Check = site.json(&["check", "--each-feature"]);
    assert!(check.problems.len() >= 4, "{check:?}");
    for problem in &check.problems {
        let has = |features: &[String]| {
            let one: Check = site.json(&["check", "--no-default-features", "--features", &features.join(",")]);
            one.problems.iter().any(|other| (&other.code, &other.message) == (&problem.code, &problem.message))
        };
        assert!(has(&problem.features), "{problem:?}");
        for left_out in 0..problem.features.len() {
            let mut fewer = problem.features.clone();
            fewer.remove(left_out);
            assert!(!has(&fewer), "{problem:?} without {}", problem.features[left_out]);
        }
    }
}

#[test]
fn wrong_manifests_are_told_and_builds_without_them_are_judged() {
    let site = Sandbox::site();
    site.edit("plugins/mail/plugin.toml", "reason", "raeson");
    site.run(&["check"]).snapshot("check_manifest_elsewhere");
    site.run(&["check", "-F", "mail"]).snapshot("check_manifest_in_the_build");
    let check: Check = site.json(&["check", "--all-combinations"]);
    assert_eq!((check.builds, check.unclear), (128, 64));
    let first = check.mistakes.first().expect("the manifest is wrong");
    assert_eq!((first.level.as_str(), first.file.as_str(), first.line), ("error", "plugins/mail/plugin.toml", 11));
    site.run(&["check", "--each-feature"]).snapshot("check_manifest_each_feature");
}

#[test]
fn a_policy_that_is_wrong_hides_the_graph_as_it_does_from_the_compiler() {
    let site = Sandbox::site();
    site.edit("host/host.toml", "process.execute", "process.exec");
    site.run(&["check", "--all-features"]).snapshot("check_policy_mistake");
}

#[test]
fn the_policy_is_part_of_the_verdict() {
    let site = Sandbox::site();
    site.edit("host/host.toml", "https://mail.example", "https://post.example");
    site.edit("host/host.toml", "site.pages", "site.paegs");
    site.run(&["check", "-F", "mail"]).snapshot("check_policy_refuses");
}

#[test]
fn what_contradicts_itself_is_refused_by_the_command_line() {
    let site = Sandbox::site();
    for arguments in [
        &["--each-feature", "--pairs"][..],
        &["--each-feature", "--all-features"],
        &["--pairs", "--no-default-features"],
        &["--at-most", "3"],
        &["--all-combinations", "--at-most", "many"],
    ] {
        assert_eq!(site.run(&[&["check"], arguments].concat()).code(), 2, "{arguments:?}");
    }
}

/// Which permissions an SDK has only code tells; that other lines of the same manifest are wrong too does not hide a name that is misspelt.
#[test]
fn a_misspelt_permission_is_told_beside_other_mistakes() {
    let site = Sandbox::site();
    let codes = |site: &Sandbox| -> Vec<String> {
        let check: Check = site.json(&["check"]);
        check.mistakes.iter().map(|mistake| format!("{} {}", mistake.code, mistake.line)).collect()
    };
    let manifest = site.read("plugins/pages/plugin.toml");
    let lines = manifest.lines().count();
    let more =
        "\"fs.read\" = { scope = [\"content/**\"] }\n\"filesystem.write\" = { scope = [\"/etc\"], reason = \"keeps pages\" }\n";
    site.write("plugins/pages/plugin.toml", format!("{manifest}{more}"));
    let (first, second) = (lines + 1, lines + 2);
    assert_eq!(codes(&site), [format!("KW0140 {first}"), format!("KW0142 {first}"), format!("KW0144 {second}")]);
    site.write("plugins/pages/plugin.toml", manifest);
    // What the code declares is known, whatever else is wrong.
    let mail = site.read("plugins/mail/plugin.toml");
    site.write("plugins/mail/plugin.toml", format!("{mail}\"jobs.schedule\" = {{ scope = [\"tell\"] }}\n"));
    assert_eq!(codes(&site), [format!("KW0142 {}", mail.lines().count() + 1)]);
    site.edit("plugins/mail/plugin.toml", "mail.send", "mail.sned");
    assert_eq!(codes(&site).iter().filter(|told| told.starts_with("KW0140")).count(), 1);
}
