//! Runs the tests of one plugin, and reads what the kit has told about itself.

use std::io::IsTerminal;

use keyway_build::project::{cargo_output, cargo_said, is_progress};
use serde::Deserialize;

use super::packages::PluginPackage;
use super::report::{CheckedPlugin, ConformanceCheck, ConformanceFinding};
use crate::cargo;
use crate::failure::{Class, Failure, PROGRAM};

/// The module of the kit's tests, by which they are chosen.
const MODULE: &str = "keyway_conformance";

/// What stands before the line of a check: `core/src/testing/conformance/finding.rs`.
const MARK: &str = "keyway-conformance: ";

/// The line of a check.
#[derive(Debug, Deserialize)]
struct Line {
    plugin: String,
    check: String,
    did: String,
    findings: Vec<ConformanceFinding>,
}

/// A message of Cargo's about a compilation.
#[derive(Debug, Deserialize)]
struct CompilerMessage {
    message: Diagnostic,
}

#[derive(Debug, Deserialize)]
struct Diagnostic {
    level: String,
    rendered: Option<String>,
}

pub(super) fn run(package: &PluginPackage, release: bool) -> Result<CheckedPlugin, Failure> {
    let mut command = cargo::command();
    command.args(["test", "--no-fail-fast", "--message-format", "json", "--manifest-path"]).arg(&package.cargo_toml);
    command.arg("--package").arg(&package.name).args(release.then_some("--release")).args([MODULE, "--", "--show-output"]);
    // Somebody at a terminal sees Cargo compile.
    let is_watched = std::io::stderr().is_terminal();
    let output = cargo_output(&mut command, &|line| is_watched && is_progress(line)).map_err(|error| {
        Failure::new(Class::Program, PROGRAM, format!("the tests of `{}` cannot be run: {error}", package.name))
            .help("install Rust with rustup, and put `cargo` on the path")
    })?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    // Without a single test that ran, Cargo has not come to running them.
    let is_built = output.status.success() || stdout.contains("test result: ");
    let mut plugin = CheckedPlugin {
        package: package.name.clone(),
        plugin: package.id.clone(),
        not_built: (!is_built).then(|| compile_error(&stdout).unwrap_or_else(|| cargo_said(&output.stderr))),
        checks: checks(&stdout),
    };
    if plugin.plugin.is_none() {
        plugin.plugin = lines(&stdout).next().map(|line| line.plugin);
    }
    Ok(plugin)
}

/// The first error of the compiler, as it shows it.
fn compile_error(stdout: &str) -> Option<String> {
    let messages = stdout.lines().filter_map(|line| serde_json::from_str::<CompilerMessage>(line).ok());
    let error = messages.map(|message| message.message).find(|message| message.level.starts_with("error"))?;
    error.rendered.map(|rendered| rendered.trim_end().to_owned())
}

fn lines(stdout: &str) -> impl Iterator<Item = Line> {
    stdout.lines().filter_map(|line| serde_json::from_str(line.split_once(MARK)?.1).ok())
}

/// The checks in the order in which the tests are listed; one that has told nothing of itself has failed on the way.
fn checks(stdout: &str) -> Vec<ConformanceCheck> {
    let mut told: Vec<ConformanceCheck> = lines(stdout)
        .map(|Line { check, did, findings, .. }| ConformanceCheck { passed: findings.is_empty(), check, did, findings })
        .collect();
    for (name, has_passed) in stdout.lines().filter_map(outcome) {
        if !has_passed && !told.iter().any(|check| check.check == name) {
            let finding = ConformanceFinding {
                did: "run the test".to_owned(),
                saw: "it ended without an answer".to_owned(),
                help: format!("see what it says: `cargo test {MODULE}::{name}`"),
            };
            told.push(ConformanceCheck { check: name.to_owned(), passed: false, did: String::new(), findings: vec![finding] });
        }
    }
    told.sort_by(|left, right| left.check.cmp(&right.check));
    told
}

/// `test a::keyway_conformance::state ... FAILED`, as the test runner writes it.
fn outcome(line: &str) -> Option<(&str, bool)> {
    let (name, outcome) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let (module, name) = name.rsplit_once("::")?;
    let is_kit = module == MODULE || module.ends_with(&format!("::{MODULE}"));
    is_kit.then_some((name, outcome.trim_end() == "ok"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "running 3 tests\n\
        test keyway_conformance::state ... ok\n\
        test tests::keyway_conformance::limits ... FAILED\n\
        test keyway_conformance::leftovers ... FAILED\n\
        test other::state ... FAILED\n\
        ---- keyway_conformance::state stdout ----\n\
        keyway-conformance: {\"plugin\":\"a.b\",\"version\":\"1.0.0\",\"check\":\"state\",\"did\":\"start\",\"findings\":[]}\n\
        keyway-conformance: {\"plugin\":\"a.b\",\"version\":\"1.0.0\",\"check\":\"limits\",\"did\":\"\",\"findings\":[{\"did\":\"start\",\"saw\":\"x\",\"help\":\"y\"}]}\n\
        test result: FAILED. 1 passed\n";

    #[test]
    fn what_the_kit_tells_and_what_it_could_not_tell_any_more() {
        let found = checks(OUTPUT);
        let told: Vec<_> = found.iter().map(|check| (check.check.as_str(), check.passed, check.findings.len())).collect();
        assert_eq!(told, [("leftovers", false, 1), ("limits", false, 1), ("state", true, 0)]);
        assert_eq!(found[0].findings[0].saw, "it ended without an answer");
        assert!(checks("running 0 tests\n\ntest result: ok. 0 passed\n").is_empty());
    }
}
