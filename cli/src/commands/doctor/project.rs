//! The host as its files tell it: whether there is one, whether manifests and policy are right, and whether the build fits together.

use keyway_manifest::parse::{Diagnostic, Severity};
use keyway_manifest::{Graph, resolve_slice};

use super::Subject;
use super::finding::{DoctorCheck, DoctorFinding, count, names};
use crate::failure::{Class, Failure, NO_CARGO_TOML, NO_HOST};
use crate::project::{Project, lone_plugin};
use crate::session::Session;

const UNBUILT: &str = "the host does not compile";

/// The project, or the check that says why there is none to look at.
///
/// # Errors
/// The arguments name one that is not there.
pub(super) fn find(session: &Session) -> Result<(Option<&Project>, Option<DoctorCheck>), Failure> {
    let failure = match session.project_with_mistakes() {
        Ok(project) => return Ok((Some(project), None)),
        Err(failure) => failure,
    };
    let global = session.global();
    let is_named = global.manifest_path.is_some() || global.package.is_some();
    if failure.class == Class::Arguments || is_named && [NO_CARGO_TOML, NO_HOST].contains(&failure.code) {
        return Err(failure);
    }
    const ONLY: &str = "only what concerns no host was looked at";
    let finding = match lone_plugin(".".as_ref()) {
        Ok(plugin) if failure.code == NO_HOST => {
            let found = format!("`{}` is a plugin, and there is no host here", plugin.facts.name);
            DoctorFinding::note(found, ONLY, failure.help)
        }
        _ if failure.code == NO_CARGO_TOML => DoctorFinding::failure(&failure, ONLY).into_note(),
        _ => DoctorFinding::failure(&failure, ONLY),
    };
    Ok((None, Some(DoctorCheck::found("host", finding))))
}

pub(super) fn look(subject: &Subject<'_>) -> Vec<DoctorCheck> {
    let Some(project) = subject.project else { return Vec::new() };
    let mut checks = vec![manifests(project)];
    checks.extend(resolution(subject, project));
    checks
}

/// Whether Cargo.toml, the policy and the manifests are right.
fn manifests(project: &Project) -> DoctorCheck {
    let mut findings: Vec<DoctorFinding> = project.mistakes().into_iter().map(mistake).collect();
    findings.extend(project.warnings().map(mistake));
    let unknown = project.unknown_plugins();
    if !unknown.is_empty() {
        findings.push(DoctorFinding::problem(
            format!("no manifest was found of {}", names(&unknown)),
            "the build cannot be judged without it",
            "run `cargo fetch` where it comes from a registry; a manifest in the source code must stand in `#[plugin(…)]` itself",
        ));
    }
    let policy = project.policy_file().map(|file| format!(", and none in `{}`", project.shown(file))).unwrap_or_default();
    let holds = format!("no mistake in the manifests of {}{policy}", count(project.plugins().len(), "plugin"));
    DoctorCheck::of("manifests", holds, findings)
}

fn mistake(diagnostic: &Diagnostic) -> DoctorFinding {
    let place = &diagnostic.place;
    let found = format!("{}\n--> {}:{}:{}", diagnostic.message, place.file, place.line, place.column);
    match diagnostic.severity {
        Severity::Error => DoctorFinding::problem(found, UNBUILT, &diagnostic.help).code(diagnostic.code),
        Severity::Warning => DoctorFinding::note(found, "the build warns of it", &diagnostic.help).code(diagnostic.code),
    }
}

/// Whether the plugins of the build fit together, the lock aside; nothing where the compiler would not come to the question.
fn resolution(subject: &Subject<'_>, project: &Project) -> Option<DoctorCheck> {
    let build = subject.build.as_ref()?;
    if !project.mistakes().is_empty() || !build.gathered().unknown.is_empty() {
        return None;
    }
    let rules = keyway_manifest::LockRules { required: false, ..project.policy().lock };
    let policy = keyway_manifest::Policy { lock: rules, ..*project.policy() };
    let findings = match resolve_slice(&Graph { lock: None, policy: &policy, ..build.graph() }) {
        Ok(_) => Vec::new(),
        Err(report) => report.texts().into_iter().map(|text| DoctorFinding::told(text, UNBUILT)).collect(),
    };
    let holds = match build.plugins().len() {
        0 => "the build has no plugins".to_owned(),
        1 => "the plugin of the build gets what it needs".to_owned(),
        several => format!("the {several} plugins of the build fit together, and get what they need"),
    };
    Some(DoctorCheck::of("plugins", holds, findings))
}
