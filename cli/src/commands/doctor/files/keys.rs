//! Secret keys: whether others can read them, or find them in a repository.

use std::path::{Path, PathBuf};

use keyway_manifest::parse::read_bounded_text;
use keyway_native::{SecretKey, shell_command};
use zeroize::Zeroizing;

use super::super::Subject;
use super::super::finding::{DoctorCheck, DoctorFinding, count};
use super::super::git::{Standing, standing};
use crate::access::Access;

/// More than a file of a key has.
const LARGEST: usize = 4096;
/// What somebody can do who has the key.
const WHY: &str = "whoever has the key signs libraries that hosts take";

/// The check of the keys that are named or found; nothing when there is none.
pub(super) fn look(subject: &Subject<'_>) -> Option<DoctorCheck> {
    let (mut findings, mut keys) = (Vec::new(), 0);
    for file in &subject.arguments.key {
        if is_key(file) {
            continue;
        }
        let found = format!("`{}` is no file of a secret key", subject.shown(file));
        findings.push(DoctorFinding::problem(
            found,
            "nothing can be signed with it",
            "name the file that `cargo keyway keygen` has made",
        ));
    }
    let named = subject.arguments.key.iter().filter(|file| is_key(file));
    let mut files: Vec<PathBuf> = named.filter_map(|file| std::path::absolute(file).ok()).collect();
    files.extend(found(subject));
    files.sort();
    files.dedup();
    for file in &files {
        keys += 1;
        findings.extend(problems(subject, file));
    }
    let holds =
        format!("{} can be read by {} alone", count(keys, "secret key"), if keys == 1 { "its owner" } else { "their owners" });
    (keys > 0 || !findings.is_empty()).then(|| DoctorCheck::of("keys", holds, findings))
}

/// The keys beside the host's Cargo.toml, that of the workspace, and in the current folder.
fn found(subject: &Subject<'_>) -> Vec<PathBuf> {
    let folders = [Some(Path::new(".")), Some(subject.folder), subject.project.map(|project| project.root())];
    let entries = folders.into_iter().flatten().filter_map(|folder| std::fs::read_dir(std::path::absolute(folder).ok()?).ok());
    let files = entries.flatten().filter_map(|entry| Some(entry.ok()?.path()));
    files.filter(|file| file.extension().is_some_and(|extension| extension == "key") && is_key(file)).collect()
}

/// Whether a file is that of a secret key, with or without a password.
fn is_key(file: &Path) -> bool {
    let text = read_bounded_text(file, LARGEST).map(Zeroizing::new);
    text.is_ok_and(|text| SecretKey::has_password(&text) || SecretKey::parse(&text).is_ok())
}

fn problems(subject: &Subject<'_>, file: &Path) -> Vec<DoctorFinding> {
    let shown = subject.shown(file);
    let mut findings = Vec::new();
    if let Some(access) = Access::of(file).filter(|access| access.others_read) {
        let found = format!("the secret key `{shown}` is open to other users (mode {:04o})", access.mode);
        findings.push(DoctorFinding::problem(found, WHY, shell_command("chmod 600", file)));
    }
    match standing(file) {
        Some(Standing::Tracked) => findings.push(DoctorFinding::problem(
            format!("the secret key `{shown}` is in Git"),
            "whoever has the repository, at any commit that holds it, signs libraries that hosts take",
            format!(
                "{}, make a new key with `cargo keyway keygen`, and revoke this one in `revoked-keys` of `[native]`",
                shell_command("git rm --cached", file)
            ),
        )),
        Some(Standing::Untracked) => findings.push(DoctorFinding::note(
            format!("`git add .` would take the secret key `{shown}`"),
            WHY,
            "write `*.key` into `.gitignore`, or keep it elsewhere",
        )),
        Some(Standing::Ignored) | None => {}
    }
    findings
}
