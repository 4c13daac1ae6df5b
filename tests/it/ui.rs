//! Compile errors: every file of `tests/ui/fail` is refused with the text beside it, every file of `tests/ui/pass` compiles and runs.
//!
//! `TRYBUILD=overwrite cargo test -p keyway-tests compile_errors` writes the texts anew; read the difference as a user would.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::workspace;

#[test]
fn compile_errors_say_what_their_files_say() {
    if !workspace::is_pinned_compiler("the texts of compile errors differ between versions") {
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/fail/*.rs");
    cases.pass("ui/pass/*.rs");
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(workspace::root().join(folder)).expect("the folder is there").flatten();
    let mut files: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|found| found == ending)).collect();
    files.sort();
    files
}

#[test]
fn every_text_has_its_case_and_every_case_its_text() {
    let names =
        |ending| -> BTreeSet<_> { files("tests/ui/fail", ending).into_iter().map(|path| path.with_extension("")).collect() };
    let (cases, texts) = (names("rs"), names("stderr"));
    let alone: Vec<_> = cases.symmetric_difference(&texts).collect();
    assert!(alone.is_empty(), "without its partner: {alone:?}");
    for (prefix, least) in
        [("graph_", 12), ("host_", 8), ("manifest_", 35), ("permission_", 10), ("plugin_", 20), ("point_", 25), ("policy_", 10)]
    {
        let named = |path: &&PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix));
        let count = cases.iter().filter(named).count();
        assert!(count >= least, "only {count} cases are called `{prefix}…`");
    }
}

/// Each rule about manifests has a fixture, and each fixture is also seen through the derive.
#[test]
fn every_fixture_of_a_manifest_is_a_case() {
    let sources: String = ["tests/ui/fail", "tests/ui/pass"]
        .into_iter()
        .flat_map(|folder| files(folder, "rs"))
        .map(|path| std::fs::read_to_string(path).expect("a case can be read"))
        .collect();
    let fixtures = files("tests/fixtures/manifest", "toml").into_iter().map(|path| path.file_name().expect("a file").to_owned());
    let unused: Vec<_> = fixtures.filter(|name| !sources.contains(&format!("fixtures/manifest/{}\"", name.display()))).collect();
    assert!(unused.is_empty(), "no case names {unused:?}");
}

/// What a line says of a mistake, without the `error: ` or `error[E0277]: ` before it.
fn message(line: &str) -> Option<&str> {
    let said = line.trim_start();
    let said = match said.strip_prefix("error") {
        Some(rest) => rest.split_once(": ")?.1.trim_start_matches("evaluation panicked: "),
        None => said,
    };
    said.starts_with("KW02").then_some(said)
}

/// The messages of the derive and of `#[extension_point]`, by their codes: what the compiler says, without the places.
fn messages_of_macros() -> BTreeMap<String, BTreeSet<String>> {
    let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for text in
        files("tests/ui/fail", "stderr").into_iter().map(|path| std::fs::read_to_string(path).expect("a text can be read"))
    {
        for line in text.lines().filter_map(message) {
            messages.entry(line[..6].to_owned()).or_default().insert(line.to_owned());
        }
    }
    messages
}

/// What a page of an error quotes is what the compiler says, and every code that it says has a page.
#[test]
fn pages_of_macro_errors_quote_real_messages() {
    let messages = messages_of_macros();
    assert!(messages.len() >= 18, "only {} codes are shown by cases: {:?}", messages.len(), messages.keys());
    let pages: BTreeMap<String, String> = files("docs/errors", "md")
        .into_iter()
        .filter_map(|path| {
            let name = path.file_stem()?.to_string_lossy().into_owned();
            name.starts_with("KW02").then(|| (name, std::fs::read_to_string(&path).expect("a page can be read")))
        })
        .collect();
    assert_eq!(pages.keys().collect::<Vec<_>>(), messages.keys().collect::<Vec<_>>(), "pages and codes shown by cases");
    for (code, page) in &pages {
        let quoted: BTreeSet<String> = page.lines().filter_map(message).map(str::to_owned).collect();
        assert!(!quoted.is_empty(), "docs/errors/{code}.md quotes no message");
        let invented: Vec<_> = quoted.difference(&messages[code]).collect();
        assert!(invented.is_empty(), "docs/errors/{code}.md quotes what no case shows: {invented:?}");
    }
}
