//! Files and folders: who may write to those that decide what plugins may do, who may read secret keys, and what the data folder is like.

mod keys;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use keyway_manifest::lock::LOCK_FILE;
use keyway_native::shell_command;

use super::Subject;
use super::finding::{DoctorCheck, DoctorFinding};
use crate::access::Access;
use crate::project::Project;

pub(super) fn look(subject: &Subject<'_>) -> Vec<DoctorCheck> {
    let mut checks = Vec::new();
    checks.extend(subject.project.map(|project| project_files(subject, project)));
    checks.extend(subject.arguments.data.as_deref().map(|folder| data_folder(subject, folder)));
    checks.extend(keys::look(subject));
    checks
}

/// Whether everybody may write to what decides about plugins, and whether those who work on it may.
fn project_files(subject: &Subject<'_>, project: &Project) -> DoctorCheck {
    let mut files = vec![project.folder().to_owned(), project.folder().join("Cargo.toml"), project.lock_file()];
    files.extend(project.policy_file().map(Path::to_owned));
    files.extend([project.root().to_owned(), project.root().join("Cargo.toml"), project.root().join("Cargo.lock")]);
    files.sort();
    files.dedup();
    let owner = Access::of(project.folder()).and_then(|access| access.owner);
    let (mut findings, mut looked) = (Vec::new(), 0);
    for file in &files {
        let Some(access) = Access::of(file) else { continue };
        looked += 1;
        let shown = match subject.shown(file) {
            shown if shown.is_empty() => ".".to_owned(),
            shown => shown,
        };
        if access.everybody_writes {
            let what = if access.is_folder { "put files into it" } else { "write to it" };
            findings.push(DoctorFinding::problem(
                format!("every user may {what}: `{shown}` (mode {:04o})", access.mode),
                "who can change it decides what the host is made of, and what plugins may do",
                shell_command("chmod o-w", file),
            ));
        }
        if access.is_read_only && (access.is_folder || file.ends_with(LOCK_FILE)) {
            findings.push(DoctorFinding::note(
                format!("`{shown}` is read-only"),
                "`cargo keyway lock` and `approve` write there",
                shell_command("chmod u+w", file),
            ));
        }
        if let (Some(owner), Some(other)) = (owner, access.owner.filter(|other| Some(*other) != owner && !access.is_folder)) {
            findings.push(DoctorFinding::note(
                format!("`{shown}` belongs to user {other}, and the folder of the host to user {owner}"),
                "a command that ran as another user most likely made it, and now its owner cannot change it",
                shell_command(&format!("chown {owner}"), file),
            ));
        }
    }
    DoctorCheck::of(
        "project-files",
        format!("of the {looked} files and folders that say what the host is, none is open to every user"),
        findings,
    )
}

/// Whether a host can use its data folder, and nobody else.
fn data_folder(subject: &Subject<'_>, folder: &Path) -> DoctorCheck {
    const NAME: &str = "data-folder";
    let shown = subject.shown(folder);
    let metadata = match fs::metadata(folder) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let help = "name the folder that the program has with `--data`; when it has never run, there is nothing to do";
            return DoctorCheck::found(
                NAME,
                DoctorFinding::note(format!("`{shown}` is not there"), "a host makes it when it first keeps something", help),
            );
        }
        Err(error) => {
            let found = format!("`{shown}` cannot be read: {error}");
            return DoctorCheck::found(
                NAME,
                DoctorFinding::problem(found, "a host keeps nothing then", "let the user of the host read it").code("KW0682"),
            );
        }
    };
    if !metadata.is_dir() {
        let help = "name a folder with `--data`, or remove the file";
        return DoctorCheck::found(
            NAME,
            DoctorFinding::problem(format!("`{shown}` is not a folder"), "a host keeps nothing then", help).code("KW0682"),
        );
    }
    let mut findings = Vec::new();
    if let Some(access) = Access::of(folder) {
        let help = shell_command("chmod 700", folder);
        if access.everybody_writes || access.is_sticky {
            let found = format!("every user may put files into `{shown}` (mode {:04o})", access.mode);
            findings.push(DoctorFinding::problem(found, "a host does not start with it", help).code("KW0682"));
        } else if access.others_read {
            let found = format!("other users may read `{shown}` (mode {:04o})", access.mode);
            findings.push(DoctorFinding::note(found, "what plugins keep of visitors lies there", help));
        }
    }
    if let Err(refusal) = keyway_native::Versions::open(folder.join("native-versions.json")) {
        findings.push(DoctorFinding::refusal(&refusal, "no host with libraries starts on it"));
    }
    DoctorCheck::of(NAME, format!("the data folder `{shown}` is for one user alone"), findings)
}
