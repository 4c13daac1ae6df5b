//! What a check finds: mistakes in files, and problems of builds.

use keyway_manifest::parse::{Diagnostic, Severity};
use serde::{Deserialize, Serialize};

use crate::project::Project;

/// Something wrong or odd in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckMistake {
    /// `KW` and four digits.
    pub code: String,
    /// `error` or `warning`.
    pub level: String,
    /// What was found.
    pub message: String,
    /// What to do; empty when the message says it all.
    pub help: String,
    /// The file, from the workspace's folder.
    pub file: String,
    /// The line, counted from 1; 0 when the file as a whole is meant.
    pub line: u32,
    /// The column in characters, counted from 1.
    pub column: u32,
    /// All of it as text, with the line of the file.
    pub text: String,
}

/// Something wrong with a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckProblem {
    /// `KW` and four digits.
    pub code: String,
    /// What was found, in one line.
    pub message: String,
    /// All of it as text, as the compiler says it of the smallest build that has it.
    pub text: String,
    /// The features of the smallest build that has it. None of them can be left out.
    pub features: Vec<String>,
    /// How many of the builds that were looked at have it.
    pub builds: u64,
}

impl CheckProblem {
    /// The arguments for Cargo that make the smallest build with the problem.
    pub(super) fn arguments(&self) -> String {
        match self.features.as_slice() {
            [] => "`--no-default-features`".to_owned(),
            features => format!("`--no-default-features --features {}`", features.join(",")),
        }
    }
}

/// All mistakes of a project, warnings included, as a build would tell them.
pub(super) fn mistakes(project: &Project) -> Vec<CheckMistake> {
    let lock = project.lock_mistakes();
    project.mistakes().into_iter().chain(lock).chain(project.warnings()).map(mistake).collect()
}

fn mistake(diagnostic: &Diagnostic) -> CheckMistake {
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    CheckMistake {
        code: diagnostic.code.to_owned(),
        level: level.to_owned(),
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
        file: diagnostic.place.file.clone(),
        line: diagnostic.place.line,
        column: diagnostic.place.column,
        text: diagnostic.to_string(),
    }
}

/// `1 mistake`, `2 mistakes`.
pub(super) fn count(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// `a`, `b` and `c`, each in backticks.
pub(super) fn names(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        several => several.concat(),
    }
}
