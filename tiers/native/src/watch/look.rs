//! A look at the files of a plugin, which are read for their digests alone.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

use super::place::{Place, beside, is_hidden, is_library, is_relevant};
use super::schedule::Sight;
use super::terms::WatchTerms;
use crate::file::{Digest, DigestCache, EntryKind, FileRules, Folder, Reason, Refusals};

/// What lies at a [`Place`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    files: BTreeMap<OsString, Content>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Read(Digest),
    /// Why it is not to be read: a mode that changes is a change too.
    Refused(String),
}

impl Seen {
    /// The digest of the library, when there is one library and it can be read.
    #[must_use]
    pub fn library(&self) -> Option<Digest> {
        let mut libraries = self.files.iter().filter(|(name, _)| is_library(name));
        match (libraries.next(), libraries.next()) {
            (Some((_, Content::Read(digest))), None) => Some(*digest),
            _ => None,
        }
    }

    fn refused(name: &OsStr, refusals: &Refusals) -> Self {
        Self { files: [(name.to_owned(), Content::Refused(refusals.to_string()))].into() }
    }
}

/// What one pass may still read.
#[derive(Debug)]
pub(super) struct Budget {
    files: u32,
    bytes: u64,
    is_whole: bool,
}

impl Budget {
    pub(super) const fn new(terms: &WatchTerms) -> Self {
        Self { files: terms.files, bytes: terms.bytes, is_whole: true }
    }

    /// Takes what is needed for some files, or nothing of it.
    fn spend(&mut self, files: usize, bytes: u64) -> bool {
        let files = u32::try_from(files).unwrap_or(u32::MAX);
        let (Some(files), Some(bytes)) = (self.files.checked_sub(files), self.bytes.checked_sub(bytes)) else { return false };
        *self = Self { files, bytes, is_whole: self.is_whole && files == self.files && bytes == self.bytes };
        true
    }
}

/// Looks at a place. Files whose stamp is known are not read again.
pub(super) fn look(place: &Place, rules: &FileRules, cache: &mut DigestCache, budget: &mut Budget) -> Sight<Seen> {
    if matches!(place.folder.try_exists(), Ok(false)) {
        return Sight::Absent;
    }
    let refused = |refusals: &Refusals| Sight::Seen(Seen::refused(&place.name, refusals));
    let opened = Folder::open(&place.folder, rules.clone()).and_then(|folder| folder.entries().map(|entries| (folder, entries)));
    let (folder, entries) = match opened {
        Ok(opened) => opened,
        Err(refusals) => return refused(&refusals),
    };
    let is_there = |wanted: &OsStr| entries.iter().find(|(name, _)| name == wanted).map(|(_, kind)| *kind);
    if place.is_library() && is_there(&place.name).is_some_and(|kind| kind != EntryKind::Folder) {
        let names = [place.name.clone()].into_iter().chain(beside(&place.name)).filter(|name| is_there(name).is_some());
        return read(&folder, names.collect(), cache, budget);
    }
    if is_there(&place.name) != Some(EntryKind::Folder) {
        return Sight::Absent;
    }
    match folder.subfolder(&place.name).and_then(|folder| folder.entries().map(|entries| (folder, entries))) {
        Ok((_, entries)) if !entries.iter().any(|(name, _)| is_library(name) && !is_hidden(name)) => Sight::Absent,
        Ok((folder, entries)) => {
            let names = entries.into_iter().map(|(name, _)| name).filter(|name| is_relevant(name));
            read(&folder, names.collect(), cache, budget)
        }
        Err(refusals) => refused(&refusals),
    }
}

/// Reads the files of a plugin.
fn read(folder: &Folder, names: BTreeSet<OsString>, cache: &mut DigestCache, budget: &mut Budget) -> Sight<Seen> {
    let mut files = BTreeMap::new();
    let mut unknown = Vec::new();
    let mut bytes = 0_u64;
    for name in names {
        let content = match folder.stamp(&name) {
            Err(refusals) => Content::Refused(refusals.to_string()),
            Ok(stamp) => match cache.known(&stamp) {
                Some(digest) => Content::Read(digest),
                None => {
                    bytes = bytes.saturating_add(stamp.len());
                    unknown.push(name);
                    continue;
                }
            },
        };
        files.insert(name, content);
    }
    if !budget.spend(unknown.len(), bytes) {
        return if budget.is_whole { Sight::TooMuch } else { Sight::Later };
    }
    for name in unknown {
        let content = match cache.digest(folder, &name) {
            Ok(digest) => Content::Read(digest),
            Err(refusals) if refusals.has(Reason::NotSealed) => return Sight::Unsteady,
            Err(refusals) => Content::Refused(refusals.to_string()),
        };
        files.insert(name, content);
    }
    Sight::Seen(Seen { files })
}
