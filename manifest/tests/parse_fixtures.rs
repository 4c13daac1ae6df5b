//! One fixture for each rule, `tests/fixtures/<manifest, policy or lock>/<rule>.toml`, with the complete text it is answered with beside it.
//!
//! After a change of words: `KEYWAY_UPDATE=1 cargo test -p keyway-manifest --features lock --test parse_fixtures`, then read the
//! difference. The same command puts the texts into the pages of `docs/errors/`.
#![cfg(feature = "parse")]

use std::path::{Path, PathBuf};

use keyway_manifest::parse::{CargoFacts, Diagnostic, Report, parse_manifest, parse_policy, read_file};
use keyway_manifest::rules::{RULES, Rule};

const UPDATE: &str = "KEYWAY_UPDATE=1 cargo test -p keyway-manifest --features lock --test parse_fixtures";

fn rules() -> impl Iterator<Item = &'static Rule> {
    #[cfg(feature = "lock")]
    let about_locks = keyway_manifest::lock::rules::LOCK_RULES;
    #[cfg(not(feature = "lock"))]
    let about_locks: &[Rule] = &[];
    RULES.iter().chain(about_locks)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn folder(rule: &Rule) -> &'static str {
    match rule.code {
        code if code < "KW0400" => "manifest",
        code if code <= "KW0800" => "policy",
        _ => "lock",
    }
}

fn fixture(rule: &Rule) -> PathBuf {
    root().join(format!("tests/fixtures/{}/{}.toml", folder(rule), rule.name))
}

fn facts() -> CargoFacts {
    CargoFacts { package: "cms-plugin-sitemap".into(), version: "0.3.0".into(), ..CargoFacts::default() }
}

fn shown_as(rule: &Rule) -> &'static str {
    match folder(rule) {
        "manifest" => "plugin.toml",
        "policy" => "host.toml",
        _ => "keyway.lock",
    }
}

#[cfg(feature = "lock")]
fn read_and_parse_lock(path: &Path, shown_as: &str) -> Result<Vec<Diagnostic>, Report> {
    use keyway_manifest::lock::{LARGEST_LOCK, parse_lock, read_lock};
    if path.ends_with("lock_too_large.toml") {
        // Nobody wants to check out four megabytes.
        return parse_lock(&" ".repeat(LARGEST_LOCK + 1), shown_as).map(|_| Vec::new());
    }
    let text = read_lock(path, shown_as)?.expect("the fixture is there");
    parse_lock(&text, shown_as).map(|_| Vec::new())
}

#[cfg(not(feature = "lock"))]
fn read_and_parse_lock(_: &Path, _: &str) -> Result<Vec<Diagnostic>, Report> {
    unreachable!("without the feature no rule is about locks")
}

/// Everything that is said about a fixture, warnings included.
fn diagnostics(rule: &Rule) -> Vec<Diagnostic> {
    let (path, shown_as) = (fixture(rule), shown_as(rule));
    let result = match folder(rule) {
        "manifest" => read_file(&path, shown_as).and_then(|text| Ok(parse_manifest(&text, shown_as, &facts(), &[])?.warnings)),
        "policy" => read_file(&path, shown_as).and_then(|text| parse_policy(&text, shown_as, &[]).map(|_| Vec::new())),
        _ => read_and_parse_lock(&path, shown_as),
    };
    result.unwrap_or_else(|report| report.into_diagnostics())
}

fn rendered(rule: &Rule) -> String {
    diagnostics(rule).iter().map(|diagnostic| format!("{diagnostic}\n")).collect()
}

fn updating() -> bool {
    std::env::var_os("KEYWAY_UPDATE").is_some()
}

#[test]
fn each_fixture_is_answered_with_its_text() {
    let mut wrong = Vec::new();
    for rule in rules() {
        let expected = fixture(rule).with_extension("txt");
        let text = rendered(rule);
        if updating() {
            std::fs::write(&expected, &text).expect("the fixture's folder is writable");
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != text {
            wrong.push(format!("{}:\n{text}", expected.display()));
        }
    }
    assert!(wrong.is_empty(), "texts changed; if that is right, run\n  {UPDATE}\n\n{}", wrong.join("\n"));
}

#[test]
fn each_fixture_has_the_one_mistake_of_its_rule() {
    for rule in rules() {
        let codes: Vec<&str> = diagnostics(rule).iter().map(|diagnostic| diagnostic.code).collect();
        assert_eq!(codes, [rule.code], "{}", rule.name);
    }
}

#[test]
fn no_fixture_without_a_rule() {
    for folder_name in ["manifest", "policy", "lock"].into_iter().take(if cfg!(feature = "lock") { 3 } else { 2 }) {
        for entry in std::fs::read_dir(root().join("tests/fixtures").join(folder_name)).expect("the fixtures are there") {
            let path = entry.expect("an entry").path();
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            assert!(rules().any(|rule| rule.name == name && folder(rule) == folder_name), "{} has no rule", path.display());
        }
    }
}

#[test]
fn each_page_shows_its_fixture_and_its_text() {
    for rule in rules() {
        let page = root().join(format!("docs/errors/{}.md", rule.code));
        let text = std::fs::read_to_string(&page).expect("rules/mod.rs checks that the page is there");
        let wanted = example(rule);
        let (before, rest) = text.split_once("## Example\n").unwrap_or_else(|| panic!("{} has no `## Example`", page.display()));
        let (shown, after) = rest.split_once("\n## ").unwrap_or_else(|| panic!("{} ends with its example", page.display()));
        if updating() {
            std::fs::write(&page, format!("{before}## Example\n{wanted}\n## {after}")).expect("the page is writable");
        } else {
            assert_eq!(shown, wanted, "{} differs from its fixture; run\n  {UPDATE}", page.display());
        }
    }
}

/// The part of a page that shows the mistake and the message, as Markdown.
fn example(rule: &Rule) -> String {
    let fixture = std::fs::read_to_string(fixture(rule)).ok().filter(|text| text.len() < 2_000 && !text.starts_with('\u{feff}'));
    let shown = fixture.map_or_else(String::new, |text| format!("\n```toml\n{text}```\n"));
    format!("{shown}\n```text\n{}```\n", rendered(rule))
}
