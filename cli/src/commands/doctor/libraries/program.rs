//! What the host's own program says of libraries, beyond what could be told without it.

use std::path::{Path, PathBuf};

use super::super::Subject;
use super::super::finding::{DoctorCheck, DoctorFinding};
use super::{Library, REFUSED};
use crate::commands::verify::ask;

/// Asks a program about libraries; what the `checks` before have told already is left out. Nothing where there is no library to ask about.
pub(super) fn look(subject: &Subject<'_>, program: &Path, libraries: &[Library], checks: &[DoctorCheck]) -> Option<DoctorCheck> {
    const NAME: &str = "program";
    let files: Vec<PathBuf> = libraries.iter().map(|library| library.path.clone()).collect();
    if files.is_empty() {
        return None;
    }
    let answer = match ask(program, &files) {
        Ok(answer) => answer,
        Err(failure) => {
            let finding = DoctorFinding::failure(&failure, "what only the program knows of libraries was not asked");
            return Some(DoctorCheck::found(NAME, finding));
        }
    };
    let told = |code: &str, message: &str| {
        let mut findings = checks.iter().flat_map(|check| &check.findings);
        findings.any(|finding| finding.code.as_deref() == Some(code) && finding.found == message)
    };
    let mut findings: Vec<DoctorFinding> = Vec::new();
    for problem in answer.libraries.iter().flat_map(|library| &library.answers).flat_map(|answer| &answer.problems) {
        let finding = DoctorFinding::problem(&problem.message, REFUSED, &problem.help).code(&problem.code);
        if !told(&problem.code, &problem.message) && !findings.contains(&finding) {
            findings.push(finding);
        }
    }
    let (shown, taken) = (subject.shown(program), answer.libraries.iter().filter(|library| library.taken).count());
    let holds = match answer.libraries.len() - taken {
        0 => format!("`{shown}` takes {}", if taken == 1 { "it".to_owned() } else { format!("all {taken}") }),
        _ => format!("`{shown}` says nothing else of what it does not take"),
    };
    Some(DoctorCheck::of(NAME, holds, findings))
}
