//! One library: its files, its record, what verifies it, and whether it was built as a host of this compiler takes it.

use std::ffi::OsStr;
use std::path::PathBuf;

use keyway_manifest::Descriptor;
use keyway_manifest::record::{Allocator, BuildFacts, Difference, DifferenceKind, HostFacts, PanicStrategy, Record, compare};
use keyway_native::{
    Beside, Claim, Digest, Evidence, Folder, Locked, Policy, Verified, Versions, read_record_of_any_machine, verify,
};

use super::super::Subject;
use super::super::finding::{DoctorCheck, DoctorFinding};
use super::{REFUSED, refused};

/// What libraries are held to.
pub(super) struct Terms<'a> {
    pub(super) subject: &'a Subject<'a>,
    pub(super) trust: &'a Policy,
    /// The versions that ran before, where the data folder was named.
    pub(super) versions: Option<&'a Versions>,
}

/// A library that was read.
pub(super) struct Library {
    pub(super) path: PathBuf,
    pub(super) descriptor: &'static Descriptor,
}

impl Library {
    /// Looks at the library of a name in a folder; it is answered when it says whose it is.
    pub(super) fn look(folder: &Folder, name: &OsStr, terms: &Terms<'_>) -> (DoctorCheck, Option<Self>) {
        let path = folder.path().join(name);
        let shown = terms.subject.shown(&path);
        let unusable = |findings| (DoctorCheck::of("library", "", findings), None);
        let sealed = match folder.seal(name) {
            Ok(sealed) => sealed,
            Err(refusals) => return unusable(refused(&refusals)),
        };
        let bytes = match sealed.bytes() {
            Ok(bytes) => bytes,
            Err(refusals) => return unusable(refused(&refusals)),
        };
        let unreadable = |said: String| {
            let finding = DoctorFinding::told(&said, "a host that finds it does not start (KW0756)");
            DoctorFinding { found: format!("`{shown}` is no library of a plugin: {}", finding.found), ..finding }
        };
        let record = match read_record_of_any_machine(&bytes) {
            Ok(record) => record,
            Err(error) => return unusable(vec![unreadable(error.to_string())]),
        };
        let descriptor = match record.descriptor() {
            Ok(descriptor) => descriptor,
            Err(error) => return unusable(vec![unreadable(error.to_string())]),
        };
        let (id, version) = (descriptor.id.as_str(), descriptor.version.to_string());
        let mut findings = Vec::new();
        let mut signer = String::new();
        match Beside::read(folder, name) {
            Err(refusals) => findings.extend(refused(&refusals)),
            Ok(beside) => {
                let manifest = beside.manifest.as_ref().map(|_| Digest::of(record.manifest().as_bytes()));
                let claim = Claim { id, version: &version, target: &record.build().target, manifest };
                // Whether its digest is the one that is locked is told of the lock.
                let evidence = Evidence { claim, beside: &beside, locked: &Locked::default(), versions: terms.versions };
                match verify(&sealed, &evidence, terms.trust) {
                    Ok(verified) => {
                        signer = signed_by(&verified);
                        let note = |refusal| DoctorFinding::refusal(refusal, "the host takes it all the same").into_note();
                        findings.extend(verified.notes.iter().map(note));
                    }
                    Err(refusals) => findings.extend(refused(&refusals)),
                }
            }
        }
        findings.extend(build(&record, terms.subject).iter().map(|difference| misfit(&shown, difference)));
        findings.extend(linked(terms.subject, &shown, id));
        let holds = format!("`{shown}` is `{id} {version}`, {signer}, for {} and this compiler", record.build().target);
        (DoctorCheck::of("library", holds, findings), Some(Self { path, descriptor }))
    }
}

fn signed_by(verified: &Verified) -> String {
    match &verified.signer {
        Some(signer) => format!("signed by `{}`", keyway_manifest::shown_text(&signer.publisher)),
        None => "not signed".to_owned(),
    }
}

/// In what the library was built otherwise than a host of this compiler, for the target looked at.
fn build(record: &Record, subject: &Subject<'_>) -> Vec<Difference> {
    let compiler = subject.compiler.as_ref().ok();
    // A compiler of a distribution does not tell its commit.
    let commit = compiler.map(|compiler| compiler.commit.as_str()).filter(|commit| *commit != "unknown");
    let keyway = subject.linked().into_iter().find(|package| package.name == "keyway").map(|package| package.version.clone());
    let leaked = |text: Option<&str>| -> &'static str { text.unwrap_or_default().to_owned().leak() };
    let host = BuildFacts {
        rustc: leaked(compiler.map(|compiler| compiler.release.as_str())),
        commit: leaked(commit),
        target: leaked(Some(&subject.target)),
        // What the profiles say of it is a check of its own.
        panic: PanicStrategy::Unwind,
        allocator: Allocator::Host,
        keyway: leaked(keyway.as_deref()),
        debug_assertions: record.build().debug_assertions,
    };
    let verdict = compare(&HostFacts { build: host, points: &[], events: &[], boundary: &[] }, record);
    let is_known_here = |difference: &&Difference| {
        use DifferenceKind::{Allocator, Compiler, Keyway, Panic, Target};
        matches!(difference.kind, Compiler | Target | Panic | Allocator | Keyway)
    };
    verdict.differences().iter().filter(is_known_here).cloned().collect()
}

fn misfit(shown: &str, difference: &Difference) -> DoctorFinding {
    let rows = difference.rows.iter().map(|row| format!("\n{}: {} here, {} there", row.label, row.host, row.plugin));
    let found = format!("`{shown}`: {}{}", difference.message, rows.collect::<String>());
    DoctorFinding::problem(found, REFUSED, difference.help.as_str()).code(difference.kind.code())
}

/// A library never takes the place of a plugin that is linked in.
fn linked(subject: &Subject<'_>, shown: &str, id: &str) -> Option<DoctorFinding> {
    let build = subject.build.as_ref().filter(|build| build.plugins().iter().any(|plugin| plugin.id.as_str() == id))?;
    let known = build.project().plugin(id).ok()?;
    let help = match known.dependency.as_ref().map(|dependency| dependency.feature()).filter(|feature| !feature.is_empty()) {
        Some(feature) => format!("remove the library, or build the host without the feature `{feature}`"),
        None => "remove the library".to_owned(),
    };
    let found = format!("`{shown}` is the plugin `{id}`, which is linked into this build");
    Some(DoctorFinding::problem(found, REFUSED, help).code("KW0763"))
}
