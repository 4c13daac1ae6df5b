//! Whether a library that was found may be used at all, by the rules of the host's policy.

use std::fs::File;
use std::io;
use std::path::Path;

use keyway_manifest::{Descriptor, NativePolicy, UndefinedSymbols, shown, shown_text};
use keyway_native::audit::Audit;
use keyway_native::{Claim, Evidence, Inspection, Locked, Policy, Refusal, Verified, Versions, inspect};

use super::discover::{Found, problem_of, problems_of};
use crate::host::failure::Problem;
use crate::host::library::LibraryInfo;
use crate::host::verification::Question;

/// The name of the file in the data folder that keeps the highest signed version of each plugin.
pub(super) const VERSIONS_FILE: &str = "native-versions.json";

/// Tells that a user who is not the host's may not read which versions ran before; `None` when it is known, and when something else is
/// wrong, which is told where the file is read.
pub(super) fn versions_unknown(data_folder: &Path) -> Option<Problem> {
    let path = data_folder.join(VERSIONS_FILE);
    let opened = File::open(&path);
    unknown_by(&path, &opened.err()?)
}

fn unknown_by(path: &Path, error: &io::Error) -> Option<Problem> {
    let message = format!(
        "which signed versions ran before is not known, because this user may not read `{}`: a library that is older than they are is not told",
        shown(path)
    );
    let is_denied = error.kind() == io::ErrorKind::PermissionDenied;
    is_denied.then(|| Problem::new("KW0739", message, "look as the user of the host, to see what it would refuse"))
}

/// The policy as libraries are verified with it.
pub(super) struct Rules {
    policy: NativePolicy,
    trust: Policy,
    versions: Option<Versions>,
}

impl Rules {
    /// Takes the policy's keys into a keyring, and reads which versions ran before from the data folder.
    ///
    /// # Errors
    /// Keys that cannot be used (KW0732, KW0737), and a file of versions that cannot be read (KW0739).
    pub(super) fn new(policy: NativePolicy, data_folder: Option<&Path>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let trust = Policy::of(&policy).unwrap_or_else(|refusals| {
            problems.extend(problems_of(&refusals));
            Policy::default()
        });
        let versions = data_folder.map(|folder| Versions::open(folder.join(VERSIONS_FILE))).transpose();
        let versions = versions.unwrap_or_else(|refusal| {
            problems.push(problem_of(&refusal));
            None
        });
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self { policy, trust, versions })
    }

    /// Remembers that a signed version runs, so that no older one is taken after it. One that is `older` than another that ran before, because
    /// somebody asked for it, is from now on the highest.
    ///
    /// # Errors
    /// KW0739 when that cannot be kept.
    pub(super) fn accept(&mut self, plugin: &Descriptor, older: bool) -> Result<(), Problem> {
        let Some(versions) = &mut self.versions else { return Ok(()) };
        let id = plugin.id.as_str();
        let forgotten = if older || self.trust.older.contains(id) { versions.forget(id) } else { Ok(()) };
        let accepted = forgotten.and_then(|()| versions.accept(id, &plugin.version.to_string()));
        accepted.map_err(|refusal| problem_of(&refusal))
    }

    /// Lets these plugins go back to an older version than the highest that ran before.
    pub(super) fn allow_older(&mut self, ids: &[String]) {
        self.trust.older.extend(ids.iter().cloned());
    }

    /// Verifies a library: its files, checksums, the digests that are `locked`, signature, version, and what it imports. Nothing of it has run.
    pub(super) fn examine(&self, found: &Found, locked: &Locked, older: bool) -> Examined {
        let version = found.descriptor.version.to_string();
        let claim = Claim {
            id: found.descriptor.id.as_str(),
            version: &version,
            target: found.record.build().target.as_str(),
            // What differs is told line by line below.
            manifest: None,
        };
        let versions = self.versions.as_ref().filter(|_| !older);
        let evidence = Evidence { claim, beside: &found.beside, locked, versions };
        let Inspection { verified, lock, checksums, signature, .. } = inspect(&found.sealed, &evidence, &self.trust);
        let of =
            |question, refusals: &[Refusal]| refusals.iter().map(|refusal| (question, problem_of(refusal))).collect::<Vec<_>>();
        let mut problems: Vec<_> = manifest_differs(found).map(|problem| (Question::Checksum, problem)).into_iter().collect();
        problems.extend(of(Question::Lock, &lock));
        problems.extend(of(Question::Checksum, &checksums));
        problems.extend(of(Question::Signature, &signature));
        if self.policy.undefined_symbols == UndefinedSymbols::Check {
            problems.extend(undeclared(found).into_iter().map(|problem| (Question::Policy, problem)));
        }
        let Verified { signer, listed, locked, notes, .. } = verified;
        let library = LibraryInfo { publisher: signer.map(|signer| signer.publisher), ..found.library() };
        Examined { library, listed, locked, notes: notes.iter().map(problem_of).collect(), problems }
    }
}

/// What was found of a library by the rules of a policy.
pub(super) struct Examined {
    pub(super) library: LibraryInfo,
    /// Whether its digest stands in the checksums beside it.
    pub(super) listed: bool,
    /// Whether its digest is one of those that are locked.
    pub(super) locked: bool,
    /// What is to be told without refusing it.
    pub(super) notes: Vec<Problem>,
    /// Why it may not be used, each with the question that it answers.
    pub(super) problems: Vec<(Question, Problem)>,
}

/// Lines of a difference that are shown.
const SHOWN_LINES: usize = 5;

/// What tells a plugin.toml beside a library from the manifest that was compiled into it: an operator who reads the one must not be given
/// the other.
fn manifest_differs(found: &Found) -> Option<Problem> {
    let beside = found.beside.manifest.as_ref()?;
    let inside = found.record.manifest();
    if beside.bytes == inside.as_bytes() {
        return None;
    }
    let path = shown(&beside.origin);
    let mut message = format!("`{path}` is not the manifest that was compiled into `{}`", shown(found.path()));
    let outside = String::from_utf8_lossy(&beside.bytes);
    if outside.lines().eq(inside.lines()) {
        message.push_str(": only the ends of lines differ");
        let help = "copy the plugin.toml of the library again, as a file whose line ends are not changed, or remove it";
        return Some(Problem::new("KW0761", message, help));
    }
    let (mut inside, mut outside) = (inside.split('\n'), outside.split('\n'));
    let mut differing = Vec::new();
    let mut number = 0;
    loop {
        number += 1;
        match (outside.next(), inside.next()) {
            (None, None) => break,
            (outside, inside) if outside == inside => {}
            (outside, inside) => differing.push((number, outside, inside)),
        }
    }
    let line_of = |line: Option<&str>| line.map_or_else(|| "(no such line)".to_owned(), shown_text);
    for (number, outside, inside) in differing.iter().take(SHOWN_LINES) {
        message.push_str(&format!("\n  line {number}  file     {}\n          library  {}", line_of(*outside), line_of(*inside)));
    }
    if differing.len() > SHOWN_LINES {
        message.push_str(&format!("\n  and {} lines more", differing.len() - SHOWN_LINES));
    }
    Some(Problem::new("KW0761", message, "put the plugin.toml there that the library was compiled with, or remove it"))
}

/// What the library imports and its manifest does not declare.
fn undeclared(found: &Found) -> Vec<Problem> {
    match Audit::of(&found.sealed) {
        Ok(audit) => {
            let undeclared = audit.undeclared(found.descriptor.permissions.iter().map(|request| request.name));
            undeclared.iter().map(|undeclared| Problem::told("KW0744", undeclared)).collect()
        }
        Err(error) => vec![Problem::told("KW0741", &error)],
    }
}

#[cfg(test)]
mod tests;
