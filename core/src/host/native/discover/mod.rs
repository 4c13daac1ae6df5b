//! Looks through folders for libraries, and reads what each says about itself. Nothing of a library runs here.

use std::collections::BTreeMap;
use std::env::consts::DLL_SUFFIX;
use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyway_manifest::parse::id_problem;
use keyway_manifest::record::Record;
use keyway_manifest::{Descriptor, PluginId, shown};
use keyway_native::{Beside, Copies, EntryKind, FileRules, Folder, Refusal, Refusals, Sealed, read_record};

use crate::host::failure::Problem;
use crate::host::interned::interned;
use crate::host::library::LibraryInfo;

/// A library of a plugin, read once: whatever is done with it is done with these bytes.
#[derive(Debug)]
pub(in crate::host) struct Found {
    pub(in crate::host) descriptor: &'static Descriptor,
    pub(super) sealed: Sealed,
    pub(super) record: Record,
    pub(super) beside: Beside,
    /// Which of the folders it lies in, counted from the first.
    rank: usize,
}

/// What looked like a plugin and cannot be one.
#[derive(Debug)]
pub(in crate::host) struct Unusable {
    /// The plugins that it may be meant to be: the one that its folder is named by, and the one that its library says it is.
    pub(in crate::host) ids: Vec<PluginId>,
    /// Whether it is a library, or a folder that holds one; otherwise it only looks like a plugin by the way that it lies there.
    pub(in crate::host) is_library: bool,
    unfit: Unfit,
    rank: usize,
    /// Libraries of the same plugins that would have stepped into its place, and do not.
    instead: Vec<String>,
}

/// Why what lies at a path is no plugin, and what to do about it.
#[derive(Debug)]
struct Unfit {
    path: PathBuf,
    why: String,
    /// Empty when the text has a help of its own.
    help: String,
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

/// How many libraries one folder may hold.
#[derive(Debug, Clone, Copy)]
pub(in crate::host) struct Most {
    pub(in crate::host) libraries: u32,
    /// What sets it, as a message names it.
    pub(in crate::host) set_by: &'static str,
}

/// Looks through folders; what is found in an earlier one goes before what is found in a later one.
///
/// In each folder, libraries lie side by side or each in a folder of its own, with what belongs to it beside it: `plugin.toml`,
/// `SHA256SUMS`, and the signature. No more libraries are read in one folder than `most` says; one that is in `copies` and unchanged is not read again.
/// Those are the libraries in service: what is not used is not kept either, and so is read anew each time, as nothing of a file is believed that was not read.
pub(in crate::host) fn discover(folders: &[PathBuf], rules: &FileRules, copies: &Arc<Copies>, most: Most) -> Discovery {
    let mut discovery = Discovery::default();
    let mut by_id: BTreeMap<PluginId, Found> = BTreeMap::new();
    for (rank, path) in folders.iter().enumerate() {
        if matches!(path.try_exists(), Ok(false)) {
            let message = format!("the folder of plugins `{}` does not exist", shown(path));
            discovery.notes.push(Problem::new("KW0758", message, "create it, or do not name it"));
            continue;
        }
        match Folder::open(path, rules.clone()) {
            Ok(folder) => match look_through(&folder.sharing(copies), rank, most.libraries) {
                Ok(looked) => discovery.take(looked, path, most, &mut by_id),
                // What it would have put before the folders after it is not known.
                Err(refusals) => discovery.problems.extend(problems_of(&refusals)),
            },
            // Whoever can write to the folder could have put anything into it: that is not a plugin less, but a folder that is not safe.
            Err(refusals) => discovery.problems.extend(problems_of(&refusals)),
        }
    }
    discovery.withdraw(&mut by_id);
    discovery.found = by_id.into_values().collect();
    discovery
}

impl Discovery {
    /// Puts a library before all that was found in folders, and answers whose it is. What cannot be read is a problem.
    pub(super) fn put_first(&mut self, library: Option<Result<Found, Problem>>, path: &Path) -> Option<PluginId> {
        match library {
            Some(Ok(found)) => {
                let id = found.descriptor.id;
                self.unusable.retain(|unusable| !unusable.ids.contains(&id));
                self.found.retain(|other| other.descriptor.id != id);
                self.found.push(found);
                self.found.sort_by_key(|found| found.descriptor.id);
                return Some(id);
            }
            Some(Err(problem)) => self.problems.push(problem),
            None => {
                let is_absent = matches!(path.try_exists(), Ok(false));
                let why =
                    if is_absent { "it does not exist".to_owned() } else { format!("it is no file that ends in `{DLL_SUFFIX}`") };
                let message = format!("`{}` is not used as a plugin: {why}", shown(path));
                self.problems.push(Problem::new("KW0756", message, "name the library of a plugin"));
            }
        }
        None
    }

    /// Takes back each library for which something else was meant that cannot be used, in the same folder or in an earlier one: to take
    /// what comes next would run another version than the one that was put before it. Where a library does not even tell whose it is, it may
    /// be any plugin's, and so takes the place of each in the folders after it.
    fn withdraw(&mut self, by_id: &mut BTreeMap<PluginId, Found>) {
        let mut withdrawn = Vec::new();
        for unusable in &mut self.unusable {
            for (id, found) in &*by_id {
                let is_replaced = match unusable.ids.as_slice() {
                    [] => unusable.is_library && unusable.rank < found.rank,
                    ids => ids.contains(id) && unusable.rank <= found.rank,
                };
                if is_replaced {
                    unusable.instead.push(format!("`{}` ({id} {})", shown(found.path()), found.descriptor.version));
                    withdrawn.push(*id);
                }
            }
        }
        for id in withdrawn {
            by_id.remove(&id);
        }
    }

    /// Puts the libraries of one folder behind those of the folders before it.
    fn take(&mut self, looked: Looked, path: &Path, most: Most, by_id: &mut BTreeMap<PluginId, Found>) {
        self.unusable.extend(looked.unusable);
        self.notes.extend(looked.notes);
        if looked.too_many {
            let Most { libraries, set_by } = most;
            let libraries = if libraries == 1 { "1 library".to_owned() } else { format!("{libraries} libraries") };
            let message = format!("the folder of plugins `{}` holds more than {libraries}", shown(path));
            let help = format!("take out what is no plugin of this host, or raise {set_by}");
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
    unusable: Vec<Unusable>,
    notes: Vec<Problem>,
    /// Whether there are more libraries than may be read.
    too_many: bool,
}

fn look_through(folder: &Folder, rank: usize, files: u32) -> Result<Looked, Refusals> {
    let mut looked = Looked::default();
    let mut left = files;
    for (name, kind) in folder.entries()? {
        if is_hidden(&name) {
            looked.notes.extend(hidden(folder, &name, kind));
            continue;
        }
        let Some(read) = read_entry(folder, &name, kind, rank, &mut looked.notes) else { continue };
        if left == 0 {
            looked.too_many = true;
            break;
        }
        left -= 1;
        match as_named(folder, &name, kind, read, rank) {
            Ok(found) => looked.found.push(found),
            Err(unusable) => looked.unusable.push(*unusable),
        }
    }
    Ok(looked)
}

/// The plugin that one entry of a folder is or holds; `None` when it looks like none.
fn read_entry(
    folder: &Folder,
    name: &OsStr,
    kind: EntryKind,
    rank: usize,
    notes: &mut Vec<Problem>,
) -> Option<Result<Found, Unfit>> {
    match kind {
        EntryKind::Folder => own_folder(folder, name, rank, notes),
        // A link or a pipe under the name of a library is refused like one that cannot be read.
        _ if is_library(name) => Some(read_library(folder, name, rank)),
        // Whatever it leads to is not looked at; perhaps it is a plugin's folder that somebody put there by a link.
        EntryKind::Link => folder.subfolder(name).err().map(|refusals| Err(Unfit::new(folder.path().join(name), &refusals))),
        _ => None,
    }
}

/// What was read, unless its folder is named by the id of another plugin.
fn as_named(
    folder: &Folder,
    name: &OsStr,
    kind: EntryKind,
    read: Result<Found, Unfit>,
    rank: usize,
) -> Result<Found, Box<Unusable>> {
    let named = if kind == EntryKind::File { None } else { id_of(name) };
    let (ids, unfit) = match (read, named) {
        (Ok(found), Some(named)) if named != found.descriptor.id => {
            (vec![named, found.descriptor.id], other_plugin(folder.path().join(name), named, &found))
        }
        (Ok(found), _) => return Ok(found),
        (Err(unfit), named) => (named.into_iter().collect(), unfit),
    };
    let is_library = kind == EntryKind::Folder || is_library(name);
    Err(Box::new(Unusable { ids, is_library, unfit, rank, instead: Vec::new() }))
}

/// A note about what is passed over because of its name, when it looks like a plugin.
fn hidden(folder: &Folder, name: &OsStr, kind: EntryKind) -> Option<Problem> {
    let holds = match kind {
        EntryKind::Folder => folder.subfolder(name).is_ok_and(|own| holds_library(&own)),
        _ => is_library(name),
    };
    let path = folder.path().join(name);
    holds.then(|| passed_over(&path, "its name begins with a dot", "give it a name without the dot, or remove it"))
}

fn passed_over(path: &Path, why: &str, help: &str) -> Problem {
    Problem::new("KW0767", format!("`{}` looks like a plugin and is passed over: {why}", shown(path)), help)
}

fn holds_library(folder: &Folder) -> bool {
    folder.entries().is_ok_and(|entries| entries.iter().any(|(name, kind)| is_library(name) && *kind != EntryKind::Folder))
}

/// The library of a plugin that lies by itself in a folder of plugins, or in a folder of its own there; `None` when there is none.
pub(in crate::host) fn library_at(
    folder: &Path,
    name: &OsStr,
    rules: &FileRules,
    copies: &Arc<Copies>,
) -> Option<Result<Found, Problem>> {
    let opened = Folder::open(folder, rules.clone())
        .map(|folder| folder.sharing(copies))
        .and_then(|folder| folder.entries().map(|entries| (folder, entries)));
    match opened {
        Ok((folder, entries)) => {
            let (_, kind) = entries.into_iter().find(|(entry, _)| entry == name)?;
            let read = read_entry(&folder, name, kind, 0, &mut Vec::new())?;
            Some(as_named(&folder, name, kind, read, 0).map_err(|unusable| unusable.problem()))
        }
        Err(refusals) => {
            let unfit = Unfit::new(folder.join(name), &refusals);
            Some(Err(Unusable { ids: Vec::new(), is_library: is_library(name), unfit, rank: 0, instead: Vec::new() }.problem()))
        }
    }
}

/// The plugin in a folder of its own; `None` for a folder without a library that is not named like a plugin.
fn own_folder(parent: &Folder, name: &OsStr, rank: usize, notes: &mut Vec<Problem>) -> Option<Result<Found, Unfit>> {
    let path = parent.path().join(name);
    let opened = parent.subfolder(name).and_then(|folder| folder.entries().map(|entries| (folder, entries)));
    let (folder, entries) = match opened {
        Ok(opened) => opened,
        Err(refusals) => return Some(Err(Unfit::new(path, &refusals))),
    };
    let libraries: Vec<&OsString> =
        entries.iter().map(|(name, _)| name).filter(|name| is_library(name) && !is_hidden(name)).collect();
    match libraries.as_slice() {
        [library] => Some(read_library(&folder, library, rank)),
        [] => {
            let folders = entries.iter().filter(|(_, kind)| *kind == EntryKind::Folder).map(|(name, _)| name);
            let deeper = folders.filter(|name| folder.subfolder(name).is_ok_and(|below| holds_library(&below)));
            notes.extend(deeper.map(|name| {
                let help = format!("move it, so that it lies in `{}`", shown(parent.path()));
                passed_over(&folder.path().join(name), "it lies one folder too deep", &help)
            }));
            id_of(name)?;
            let why = format!("it holds no library, no file that ends in `{DLL_SUFFIX}`");
            Some(Err(Unfit { path, why, help: "put the library of the plugin there, or remove the folder".to_owned() }))
        }
        several => {
            let names: Vec<_> = several.iter().map(|name| format!("`{}`", shown(name.as_ref()))).collect();
            let why = format!("it holds {} libraries: {}", several.len(), names.join(", "));
            let help = "leave one library in it: each plugin has a folder of its own".to_owned();
            Some(Err(Unfit { path, why, help }))
        }
    }
}

fn read_library(folder: &Folder, name: &OsStr, rank: usize) -> Result<Found, Unfit> {
    let path = folder.path().join(name);
    let refused = |refusals: Refusals| Unfit::new(path.clone(), &refusals);
    let sealed = folder.seal(name).map_err(refused)?;
    let record = read_record(&sealed).map_err(|error| Unfit::new(path.clone(), &error))?;
    let descriptor = record.descriptor().map_err(|error| Unfit::new(path.clone(), &error))?;
    let beside = Beside::read(folder, name).map_err(refused)?;
    Ok(Found { descriptor, sealed, record, beside, rank })
}

/// A folder says which plugin is meant, and the library in it is another one.
fn other_plugin(folder: PathBuf, named: PluginId, found: &Found) -> Unfit {
    let (id, version) = (found.descriptor.id, found.descriptor.version);
    let why = format!("the folder is named by the id `{named}`, and `{}` in it is plugin `{id} {version}`", shown(found.path()));
    let help = format!("name the folder `{id}`, or put the library of `{named}` there");
    Unfit { path: folder, why, help }
}

impl Unfit {
    /// For a reason that may have a code and a help of its own.
    fn new(path: PathBuf, why: &dyn Display) -> Self {
        let why = why.to_string();
        // The reason most often says what to do.
        let help = if why.contains("\n  help: ") { "" } else { "mend or remove it" };
        Self { path, why, help: help.to_owned() }
    }
}

impl Unusable {
    /// What is told about it.
    pub(in crate::host) fn problem(&self) -> Problem {
        let Unfit { path, why, help } = &self.unfit;
        let message = match self.instead.as_slice() {
            [] => format!("`{}` is not used as a plugin: {why}", shown(path)),
            instead => {
                format!("`{}` is not used as a plugin, and neither is {} in its place: {why}", shown(path), instead.join(", "))
            }
        };
        Problem::new("KW0756", message, help.as_str())
    }
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
    name.to_str().filter(|name| id_problem(name).is_none()).map(interned)
}

#[cfg(test)]
mod tests;
