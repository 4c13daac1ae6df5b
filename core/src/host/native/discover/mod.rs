//! Looks through folders for libraries, and reads what each says about itself. Nothing of a library runs here.

use std::collections::BTreeMap;
use std::env::consts::DLL_SUFFIX;
use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::path::{Path, PathBuf};

use keyway_manifest::parse::id_problem;
use keyway_manifest::record::Record;
use keyway_manifest::{Descriptor, PluginId};
use keyway_native::{Beside, EntryKind, FileRules, Folder, Refusal, Refusals, Sealed, read_record, shown};

use crate::host::failure::Problem;
use crate::host::library::LibraryInfo;

/// A library of a plugin, read once: whatever is done with it is done with these bytes.
#[derive(Debug)]
pub(in crate::host) struct Found {
    pub(in crate::host) descriptor: &'static Descriptor,
    pub(super) sealed: Sealed,
    pub(super) record: Record,
    pub(super) beside: Beside,
}

/// What looked like a plugin and cannot be one.
#[derive(Debug)]
pub(in crate::host) struct Unusable {
    /// The plugin that it is meant to be, when its folder is named by the id; what the library itself says could not be read.
    pub(in crate::host) id: Option<PluginId>,
    pub(in crate::host) problem: Problem,
}

/// What lies in the folders.
#[derive(Debug, Default)]
pub(in crate::host) struct Discovery {
    /// One library for each id, in the order of ids.
    pub(in crate::host) found: Vec<Found>,
    pub(in crate::host) unusable: Vec<Unusable>,
    /// What the operator should know.
    pub(in crate::host) notes: Vec<Problem>,
    /// What keeps the host from starting.
    pub(in crate::host) problems: Vec<Problem>,
}

/// Looks through folders; what is found in an earlier one goes before what is found in a later one.
///
/// In each folder, libraries lie side by side or each in a folder of its own, with what belongs to it beside it: `plugin.toml`,
/// `SHA256SUMS`, and the signature. At most `files` libraries are read in one folder.
pub(in crate::host) fn discover(folders: &[PathBuf], rules: &FileRules, files: u32) -> Discovery {
    let mut discovery = Discovery::default();
    let mut by_id: BTreeMap<PluginId, Found> = BTreeMap::new();
    for path in folders {
        if matches!(path.try_exists(), Ok(false)) {
            let message = format!("the folder of plugins `{}` does not exist", shown(path));
            discovery.notes.push(Problem::new("KW0758", message, "create it, or do not name it"));
            continue;
        }
        match Folder::open(path, rules.clone()) {
            Ok(folder) => {
                let looked = look_through(&folder, files, &mut discovery.unusable);
                discovery.take(looked, path, files, &mut by_id);
            }
            // Whoever can write to the folder could have put anything into it: that is not a plugin less, but a folder that is not safe.
            Err(refusals) => discovery.problems.extend(problems_of(&refusals)),
        }
    }
    discovery.found = by_id.into_values().collect();
    discovery
}

impl Discovery {
    /// Puts the libraries of one folder behind those of the folders before it.
    fn take(&mut self, looked: Looked, path: &Path, files: u32, by_id: &mut BTreeMap<PluginId, Found>) {
        if looked.too_many {
            let message = format!("the folder of plugins `{}` holds more than {files} libraries", shown(path));
            let help = "take out what is no plugin of this host, or raise `files` in `[native]` of its policy";
            self.problems.push(Problem::new("KW0762", message, help));
        }
        let mut here: BTreeMap<PluginId, Vec<Found>> = BTreeMap::new();
        for found in looked.found {
            here.entry(found.descriptor.id).or_default().push(found);
        }
        for (id, mut found) in here {
            if let [first, .., last] = found.as_slice() {
                let (one, other) = (shown(first.path()), shown(last.path()));
                let message = format!("two libraries in `{}` are the plugin `{id}`: `{one}` and `{other}`", shown(path));
                self.problems.push(Problem::new("KW0760", message, "remove one of them"));
            }
            let Some(first) = found.drain(..).next() else { continue };
            match by_id.get(&id) {
                Some(earlier) => self.notes.push(Problem::new(
                    "KW0759",
                    format!(
                        "plugin `{id}` is in more than one folder: `{}` ({}) is used, and `{}` ({}) is not",
                        shown(earlier.path()),
                        earlier.descriptor.version,
                        shown(first.path()),
                        first.descriptor.version
                    ),
                    "remove the one that is not meant; what is in a folder that was named earlier goes first",
                )),
                None => {
                    by_id.insert(id, first);
                }
            }
        }
    }
}

/// What one folder holds.
#[derive(Default)]
struct Looked {
    found: Vec<Found>,
    /// Whether there are more libraries than may be read.
    too_many: bool,
}

fn look_through(folder: &Folder, files: u32, unusable: &mut Vec<Unusable>) -> Looked {
    let mut looked = Looked::default();
    let mut left = files;
    let entries = match folder.entries() {
        Ok(entries) => entries,
        Err(refusals) => {
            unusable.extend(problems_of(&refusals).map(|problem| Unusable { id: None, problem }));
            return looked;
        }
    };
    for (name, kind) in entries {
        let read = match kind {
            _ if is_hidden(&name) => continue,
            EntryKind::Folder => own_folder(folder, &name),
            // A link or a pipe under the name of a library is refused like one that cannot be read.
            _ if is_library(&name) => Some(read_library(folder, &name)),
            _ => None,
        };
        let Some(read) = read else { continue };
        if left == 0 {
            looked.too_many = true;
            break;
        }
        left -= 1;
        match read {
            Ok(found) => looked.found.push(found),
            Err(problem) => {
                let id = (kind == EntryKind::Folder).then(|| id_of(&name)).flatten();
                unusable.push(Unusable { id, problem });
            }
        }
    }
    looked
}

/// The library of a plugin that lies by itself in a folder of plugins, or in a folder of its own there; `None` when there is none.
#[cfg(feature = "native-watch")]
pub(in crate::host) fn library_at(folder: &Path, name: &OsStr, rules: &FileRules) -> Option<Result<Found, Problem>> {
    let opened = Folder::open(folder, rules.clone()).and_then(|folder| folder.entries().map(|entries| (folder, entries)));
    match opened {
        Ok((folder, entries)) => match entries.into_iter().find(|(entry, _)| entry == name)? {
            (_, EntryKind::Folder) => own_folder(&folder, name),
            _ => is_library(name).then(|| read_library(&folder, name)),
        },
        Err(refusals) => Some(Err(no_plugin(&folder.join(name), &refusals))),
    }
}

/// The plugin in a folder of its own; `None` for a folder without a library that is not named like a plugin.
fn own_folder(parent: &Folder, name: &OsStr) -> Option<Result<Found, Problem>> {
    let path = parent.path().join(name);
    let opened = parent.subfolder(name).and_then(|folder| folder.entries().map(|entries| (folder, entries)));
    let (folder, entries) = match opened {
        Ok(opened) => opened,
        Err(refusals) => return Some(Err(no_plugin(&path, &refusals))),
    };
    let libraries: Vec<OsString> =
        entries.into_iter().map(|(name, _)| name).filter(|name| is_library(name) && !is_hidden(name)).collect();
    match libraries.as_slice() {
        [library] => Some(read_library(&folder, library)),
        [] if id_of(name).is_none() => None,
        [] => Some(Err(no_plugin(&path, &format!("it holds no library, no file that ends in `{DLL_SUFFIX}`")))),
        several => {
            let names: Vec<_> = several.iter().map(|name| format!("`{}`", shown(name.as_ref()))).collect();
            Some(Err(no_plugin(&path, &format!("it holds {} libraries: {}", several.len(), names.join(", ")))))
        }
    }
}

fn read_library(folder: &Folder, name: &OsStr) -> Result<Found, Problem> {
    let path = folder.path().join(name);
    let refused = |refusals: Refusals| no_plugin(&path, &refusals);
    let sealed = folder.seal(name).map_err(refused)?;
    let record = read_record(&sealed).map_err(|error| no_plugin(&path, &error))?;
    let descriptor = record.descriptor().map_err(|error| no_plugin(&path, &error))?;
    let beside = Beside::read(folder, name).map_err(refused)?;
    Ok(Found { descriptor, sealed, record, beside })
}

impl Found {
    /// Where the library lay.
    pub(in crate::host) fn path(&self) -> &Path {
        self.sealed.origin()
    }

    /// The library as operators see it, as far as it is known without a signature.
    pub(super) fn library(&self) -> LibraryInfo {
        LibraryInfo { path: self.path().to_owned(), digest: self.sealed.digest().to_string(), publisher: None }
    }
}

/// What looks like a plugin is none, for a reason that may have a code and a help of its own.
fn no_plugin(path: &Path, why: &dyn Display) -> Problem {
    let why = why.to_string();
    // The reason most often says what to do.
    let help = if why.contains("\n  help: ") { "" } else { "mend or remove it" };
    Problem::new("KW0756", format!("`{}` is not used as a plugin: {why}", shown(path)), help)
}

/// A refusal of a file as a problem of the host.
pub(super) fn problem_of(refusal: &Refusal) -> Problem {
    Problem::new(refusal.code(), refusal.message(), refusal.help())
}

/// Several refusals.
pub(super) fn problems_of(refusals: &Refusals) -> impl Iterator<Item = Problem> {
    refusals.iter().map(problem_of)
}

fn is_library(name: &OsStr) -> bool {
    name.to_string_lossy().ends_with(DLL_SUFFIX)
}

fn is_hidden(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with('.')
}

/// The name of a folder as the id of a plugin, when it is one.
fn id_of(name: &OsStr) -> Option<PluginId> {
    let name = name.to_str().filter(|name| id_problem(name).is_none())?;
    // An id lives as long as the process; there are no more of these than folders.
    Some(PluginId::new(name.to_owned().leak()))
}

#[cfg(test)]
mod tests;
