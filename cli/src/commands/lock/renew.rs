//! Puts together what a lock is to say: what the project is made of, which libraries there are, and what the lock before alone knows.

use std::collections::BTreeSet;

use keyway_manifest::lock::{LockEntry, LockFile, PluginSource};
use keyway_manifest::{LockedTier, NativePolicy};

use super::Arguments;
use crate::failure::{Class, Failure, LIBRARY};
use crate::libraries::{Library, read_checksums, read_folder};
use crate::project::Project;
use crate::session::Session;

/// What was found of the host and its libraries.
pub(super) struct Fresh {
    /// What the host depends on, and the libraries that were found.
    lock: LockFile,
    /// The targets of those libraries.
    targets: BTreeSet<String>,
    /// The plugins that are linked in from now on, whatever was locked before.
    linked: Vec<String>,
    /// Digests of before stay beside those of the same target.
    add: bool,
}

impl Fresh {
    /// Looks at the project alone; digests of libraries stay those of before.
    pub(super) fn of_project(project: &Project) -> Result<Self, Failure> {
        Ok(Self { lock: project.unapproved_lock(None)?, targets: BTreeSet::new(), linked: Vec::new(), add: true })
    }

    /// Looks at the project, and at all that the arguments name.
    pub(super) fn gather(arguments: &Arguments, project: &Project, session: &Session) -> Result<Self, Failure> {
        let lock = project.unapproved_lock(arguments.target.as_deref())?;
        let mut fresh = Self { lock, targets: BTreeSet::new(), linked: project.ids(&arguments.linked)?, add: arguments.add };
        let most = project.policy().native.unwrap_or(NativePolicy::DEFAULT).file_size;
        for folder in &arguments.native {
            session.progress(&format!("reading the libraries in {}", folder.display()));
            read_folder(folder, most)?.into_iter().try_for_each(|library| fresh.add(library))?;
        }
        let target = arguments.target.as_deref().unwrap_or_default();
        for file in &arguments.checksums {
            let found = read_checksums(file, fresh.lock.plugins.values().map(|entry| entry.package.clone()))?;
            for entry in fresh.lock.plugins.values_mut() {
                if let Some(digest) = found.get(&entry.package) {
                    entry.artifacts.entry(target.to_owned()).or_default().insert(digest.clone());
                }
            }
        }
        Ok(fresh)
    }

    /// The lock that is to be written in place of `before`.
    pub(super) fn renewed(&self, before: Option<&LockFile>) -> LockFile {
        let linked: BTreeSet<String> = self.lock.order.iter().chain(&self.linked).cloned().collect();
        let mut fresh = self.lock.clone();
        let Some(before) = before else { return with_tiers(fresh, &linked, None) };
        for (id, entry) in &before.plugins {
            if entry.source == PluginSource::Library && !fresh.plugins.contains_key(id) {
                fresh.plugins.extend(self.still_there(entry).map(|entry| (id.clone(), entry)));
            }
            if let Some(now) = fresh.plugins.get_mut(id).filter(|now| self.add && now.is_same_release(entry)) {
                add_artifacts(now, entry);
            }
        }
        let mut lock = with_tiers(before.renewed(fresh), &linked, Some(before));
        for id in &self.linked {
            lock.plugins.get_mut(id).into_iter().for_each(|entry| entry.artifacts.clear());
        }
        lock
    }

    /// A plugin that was only there as a library and was not found now: what remains of it are its libraries for other targets than those
    /// that were looked at.
    fn still_there(&self, entry: &LockEntry) -> Option<LockEntry> {
        let mut entry = entry.clone();
        entry.artifacts.retain(|target, _| !self.targets.contains(target));
        (!entry.artifacts.is_empty()).then_some(entry)
    }

    /// Adds the digests of a library; and its plugin, when the host does not depend on it.
    fn add(&mut self, library: Library) -> Result<(), Failure> {
        let Library { id, file, entry: library } = library;
        self.targets.extend(library.artifacts.keys().cloned());
        let Some(entry) = self.lock.plugins.get_mut(&id) else {
            self.lock.plugins.insert(id, library);
            return Ok(());
        };
        if (&entry.version, &entry.manifest) != (&library.version, &library.manifest) {
            let other = if entry.version == library.version { "another manifest" } else { "another version" };
            let message =
                format!("`{}` is a library of `{id} {}`, {other} than the one to be locked", file.display(), library.version);
            return Err(Failure::new(Class::Verification, LIBRARY, message)
                .help(format!("build it anew from version {} of `{}`", entry.version, entry.package)));
        }
        add_artifacts(entry, &library);
        Ok(())
    }
}

fn add_artifacts(entry: &mut LockEntry, other: &LockEntry) {
    for (target, digests) in &other.artifacts {
        entry.artifacts.entry(target.clone()).or_default().extend(digests.iter().cloned());
    }
}

/// A plugin that the default features link in is static, whatever libraries there are of it; another one is native once its library was locked.
fn with_tiers(mut lock: LockFile, linked: &BTreeSet<String>, before: Option<&LockFile>) -> LockFile {
    for (id, entry) in &mut lock.plugins {
        let was_native = before.and_then(|before| before.plugins.get(id)).is_some_and(|entry| entry.tier == LockedTier::Native);
        let is_native = !linked.contains(id) && (was_native || !entry.artifacts.is_empty());
        entry.tier = if is_native { LockedTier::Native } else { LockedTier::Static };
    }
    lock
}
