//! Folders of libraries: who may write there, whether each library is one that the host takes, and what has been left over.
//!
//! Nothing of a library runs. What only the program knows, how its types are laid out for example, it is asked when it is named.

mod library;
mod program;

use std::env::consts::DLL_SUFFIX;
use std::ffi::OsStr;
use std::path::Path;

use keyway_manifest::{Graph, NativePolicy, PluginId, resolve_slice};
use keyway_native::{EntryKind, FileRules, Folder, Policy, Refusals, Versions};

use super::Subject;
use super::finding::{DoctorCheck, DoctorFinding, names};
use library::{Library, Terms};

/// What becomes of a host whose library fails a check.
const REFUSED: &str = "a host that needs the plugin does not start";

pub(super) fn look(subject: &Subject<'_>) -> Vec<DoctorCheck> {
    let folders = &subject.arguments.native;
    if folders.is_empty() {
        let found = "no folder of libraries was looked at";
        let why = "the program alone names them, so no file tells which they are";
        let finding = DoctorFinding::note(found, why, "`cargo keyway doctor --native FOLDER`");
        return subject.takes_libraries().then(|| DoctorCheck::found("folder", finding)).into_iter().collect();
    }
    let native = subject.project.and_then(|project| project.policy().native);
    let (mut checks, trust) = rules(subject, native.as_ref());
    let versions = subject.arguments.data.as_ref().and_then(|folder| Versions::open(folder.join("native-versions.json")).ok());
    let terms = Terms { subject, trust: &trust, versions: versions.as_ref() };
    let file_size = native.unwrap_or(NativePolicy::DEFAULT).file_size;
    let rules = FileRules { largest: file_size, largest_is: "`file-size` in `[native]` of `host.toml`", owners: Vec::new() };
    let mut libraries: Vec<Library> = Vec::new();
    for path in folders {
        let before = libraries.len();
        let mut look = Look { terms: &terms, left: Vec::new(), checks: Vec::new(), libraries: &mut libraries };
        let opened = Folder::open(path, rules.clone()).and_then(|folder| look.through(&folder, true));
        let Look { left, checks: of_libraries, .. } = look;
        let mut findings = opened.err().map_or_else(Vec::new, |refusals| refused(&refusals));
        findings.extend(left);
        findings.extend(twice(subject, &libraries, before));
        let holds = format!("nobody else may write to `{}`, and nothing is left over in it", subject.shown(path));
        checks.push(DoctorCheck::of("folder", holds, findings));
        checks.extend(of_libraries);
    }
    checks.extend(together(subject, &libraries));
    if let Some(program) = &subject.arguments.program {
        checks.extend(program::look(subject, program, &libraries, &checks));
    }
    checks
}

/// What the host asks of libraries, and what is wrong with that.
fn rules(subject: &Subject<'_>, native: Option<&NativePolicy>) -> (Vec<DoctorCheck>, Policy) {
    let Some(native) = native else {
        let finding = DoctorFinding::problem(
            "the host takes no libraries: its policy has no table `[native]`",
            "a host that names a folder of libraries does not start without it",
            "write `[native]` into `host.toml`, with the publishers whose libraries are taken",
        );
        let check = DoctorCheck::found("policy", finding.code("KW0755"));
        // A policy with mistakes was not read.
        let is_read = subject.project.is_some_and(|project| project.mistakes().is_empty());
        return (is_read.then_some(check).into_iter().collect(), Policy::default());
    };
    match Policy::of(native) {
        Ok(trust) => (Vec::new(), trust),
        Err(refusals) => {
            let findings =
                refusals.iter().map(|refusal| DoctorFinding::refusal(refusal, "the host does not start with such a key"));
            (vec![DoctorCheck::of("policy", "", findings.collect())], Policy::default())
        }
    }
}

/// What is found in one folder of libraries.
struct Look<'l, 'a> {
    terms: &'l Terms<'a>,
    /// What does not belong there.
    left: Vec<DoctorFinding>,
    checks: Vec<DoctorCheck>,
    libraries: &'l mut Vec<Library>,
}

impl Look<'_, '_> {
    /// Looks through a folder, and through those in it when it is the one that was named.
    fn through(&mut self, folder: &Folder, is_named: bool) -> Result<(), Refusals> {
        let entries = folder.entries()?;
        for (name, kind) in &entries {
            let is_hidden = name.to_string_lossy().starts_with('.');
            match kind {
                EntryKind::Folder if is_named && !is_hidden => match folder.subfolder(name) {
                    Ok(below) => self.through(&below, false)?,
                    Err(refusals) => self.left.extend(refused(&refusals)),
                },
                EntryKind::File | EntryKind::Link | EntryKind::Other if is_library(name) && !is_hidden => {
                    let (check, library) = Library::look(folder, name, self.terms);
                    self.checks.push(check);
                    self.libraries.extend(library);
                }
                EntryKind::File => {
                    let is_there = |library: &str| entries.iter().any(|(name, _)| name == library);
                    let path = self.terms.subject.shown(&folder.path().join(name));
                    self.left.extend(left_over(&path, &name.to_string_lossy(), is_there));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// What is told of a file that is no library and looks like a rest of one.
fn left_over(path: &str, name: &str, is_there: impl Fn(&str) -> bool) -> Option<DoctorFinding> {
    let note = |what: &str| {
        Some(DoctorFinding::note(format!("`{path}` is {what}"), "no host reads it", "remove it, or keep it elsewhere"))
    };
    if let Some(library) = name.strip_suffix(".minisig") {
        return if is_there(library) { None } else { note("the signature of a library that is not there") };
    }
    if name.starts_with('.') && name.ends_with(DLL_SUFFIX) {
        return note("a copy that was never given its name, and is passed over").map(|finding| finding.code("KW0767"));
    }
    let (_, after) = name.split_once(DLL_SUFFIX)?;
    if after.starts_with(['.', '~', '-']) { note("what is left of another version of a library") } else { None }
}

/// Tells of libraries of the folder looked at last (those from `first` on) that are of one plugin, or of one in an earlier folder.
fn twice(subject: &Subject<'_>, libraries: &[Library], first: usize) -> Vec<DoctorFinding> {
    let (earlier, own) = libraries.split_at(first);
    let shown = |library: &Library| format!("`{}` ({})", subject.shown(&library.path), library.descriptor.version);
    let mut findings = Vec::new();
    for (at, library) in own.iter().enumerate() {
        let id = library.descriptor.id;
        let is_it = |other: &&Library| other.descriptor.id == id;
        if let Some(other) = own[..at].iter().find(is_it) {
            let found = format!("{} and {} are both the plugin `{id}`", shown(other), shown(library));
            let why = "a host does not start with two libraries of one plugin in one folder";
            findings.push(DoctorFinding::problem(found, why, "remove the one that is not meant").code("KW0760"));
        } else if let Some(other) = earlier.iter().find(is_it) {
            let found = format!("{} is not used: {} goes before it", shown(library), shown(other));
            let why = "of one plugin in several folders, the library in the folder that is named first is used";
            findings.push(DoctorFinding::note(found, why, "remove the one that is not meant").code("KW0759"));
        }
    }
    findings
}

/// Whether the libraries fit to the plugins of the build and to the policy, beyond what is wrong with the build itself.
fn together(subject: &Subject<'_>, libraries: &[Library]) -> Option<DoctorCheck> {
    let (project, build) = (subject.project?, subject.build.as_ref()?);
    let is_linked = |id: PluginId| build.plugins().iter().any(|plugin| plugin.id == id);
    let mut added: Vec<&Library> = Vec::new();
    for library in libraries {
        let id = library.descriptor.id;
        if !is_linked(id) && added.iter().all(|known| known.descriptor.id != id) {
            added.push(library);
        }
    }
    if added.is_empty() || !project.host_mistakes().is_empty() || !build.gathered().unknown.is_empty() {
        return None;
    }
    let mut plugins = build.plugins().to_vec();
    plugins.extend(added.iter().map(|library| library.descriptor));
    let ids: Vec<PluginId> = added.iter().map(|library| library.descriptor.id).collect();
    let without = resolve_slice(&build.graph()).err();
    let told = without.as_ref().map(|report| report.texts()).unwrap_or_default();
    let with = resolve_slice(&Graph { plugins: &plugins, libraries: &ids, ..build.graph() }).err();
    let texts = with.as_ref().map(|report| report.texts()).unwrap_or_default();
    let new = texts.into_iter().filter(|text| !told.contains(text));
    let findings = new.map(|text| DoctorFinding::told(text, REFUSED)).collect();
    let fit = if ids.len() == 1 { "fits" } else { "fit" };
    let holds = format!("{} {fit} to the build, to the policy and to the lock", names(ids.iter().map(|id| id.as_str())));
    Some(DoctorCheck::of("together", holds, findings))
}

fn refused(refusals: &Refusals) -> Vec<DoctorFinding> {
    refusals.iter().map(|refusal| DoctorFinding::refusal(refusal, REFUSED)).collect()
}

fn is_library(name: &OsStr) -> bool {
    Path::new(name).extension().is_some_and(|extension| format!(".{}", extension.to_string_lossy()) == DLL_SUFFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_libraries_is_told_from_what_belongs_to_them() {
        let library = format!("libfeed{DLL_SUFFIX}");
        let is_left = |name: &str| left_over("x", name, |name| name == library).is_some();
        for name in [".libfeed.so", "libfeed.so.1", "libfeed.so~", "libfeed.so.old", "libmail.so.minisig", "libfeed.so-1.2.0"] {
            assert!(is_left(&name.replace(".so", DLL_SUFFIX)), "{name}");
        }
        for name in ["libfeed.so.minisig", "plugin.toml", "SHA256SUMS", "README.md", ".gitignore"] {
            assert!(!is_left(&name.replace(".so", DLL_SUFFIX)), "{name}");
        }
    }
}
