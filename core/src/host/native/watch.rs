//! Follows the files of native plugins: when a library has changed, its plugin is reloaded.
//!
//! The watching (`keyway_native::watch`) only says where to look. A changed library goes through the same reading, verifying and comparing
//! as one that somebody asks to be reloaded, and what is wrong with it is told once, while the old one serves on.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keyway_manifest::{PluginId, shown};
use keyway_native::FileRules;
use keyway_native::watch::{Answer, Place, Seen, Told, Watcher};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::Instant;

use super::WatchSettings;
use super::admit::is_linked;
use super::discover::Found;
use crate::host::failure::Problem;
use crate::host::inner::Inner;
use crate::host::release::Reason;
use crate::host::reload::{Reload, ReloadError};
use crate::host::switch::SwitchError;
use crate::host::tell::tell;

/// The watching of one host; it ends when this is dropped.
#[derive(Debug)]
pub(in crate::host) struct Watching {
    watcher: Watcher,
    folders: Vec<PathBuf>,
}

impl Watching {
    fn resume(&self, library: &Path) {
        for place in self.folders.iter().filter_map(|folder| Place::of(folder, library)) {
            self.watcher.resume(place);
        }
    }
}

impl Inner {
    /// Follows the files of native plugins from now on.
    pub(in crate::host) fn watch_native(self: &Arc<Self>, folders: Vec<PathBuf>, rules: FileRules, settings: WatchSettings) {
        let (sender, mut told) = unbounded_channel();
        let tell = move |told| {
            // The task below ends before this only when the host is gone.
            let _ = sender.send(told);
        };
        let watcher = match Watcher::start(folders.clone(), rules, settings.terms(), tell) {
            Ok(watcher) => watcher,
            Err(error) => {
                tell!(warn, {} "{}", not_followed(&error));
                return;
            }
        };
        if self.watching.set(Watching { watcher, folders }).is_err() {
            return;
        }
        let host = Arc::downgrade(self);
        self.runtime.spawn(async move {
            // Ends when the host is dropped, and the watcher with it.
            while let Some(told) = told.recv().await {
                let Some(host) = host.upgrade() else { return };
                host.follow(told).await;
            }
        });
    }

    /// Somebody reloads a plugin by hand: a pause of its watching ends.
    pub(in crate::host) fn resume_watching(&self, id: &str) {
        let library = self.rank_of(id).and_then(|rank| self.members[rank].release().library.clone());
        if let Some((watching, library)) = self.watching.get().zip(library) {
            watching.resume(&library.path);
        }
    }

    async fn follow(self: &Arc<Self>, told: Told) {
        match told {
            Told::Changed { place, seen, is_first } => {
                let answer = self.take_up(&place, &seen, is_first).await;
                if let Some(watching) = self.watching.get() {
                    watching.watcher.answer(place, answer);
                }
            }
            Told::Gone { place } => {
                let Some((id, _)) = self.served_from(&place) else { return };
                let message =
                    format!("the library of plugin `{id}` is gone from `{}`; the plugin serves on", shown(&place.path()));
                let help = "put it back, or the plugin will be missing when the program is started anew; to take it out of service, \
                            disable it";
                let problem = Problem::new("KW0795", message, help);
                tell!(warn, { plugin = id.as_str(), } "{problem}");
            }
            Told::Note(note) => tell!(warn, {} "{note}"),
            told => tracing::debug!(?told, "the watching told something that this version does not know"),
        }
    }

    /// Does what a change asks for.
    async fn take_up(self: &Arc<Self>, place: &Place, seen: &Seen, is_first: bool) -> Answer {
        if let Some((id, digest)) = self.served_from(place) {
            let is_same = seen.library().is_some_and(|library| library.to_string() == digest);
            return if is_same { Answer::Nothing } else { self.reload_changed(id, place, seen).await };
        }
        let Some(tier) = self.native.clone() else { return Answer::Nothing };
        let at = place.clone();
        // A library is read and copied as a whole, which takes its time.
        let reading = self.runtime.spawn_blocking(move || tier.library_at(&at.folder, &at.name));
        let problem = match reading.await {
            Ok(Some(Ok(found))) => {
                let id = found.descriptor.id;
                match self.rank_of(id.as_str()).map(|rank| self.members[rank].release()) {
                    Some(release) if release.library.is_some() => return self.reload_changed(id, place, seen).await,
                    Some(release) => is_linked(&found, release.descriptor()),
                    None => not_loaded(&found),
                }
            }
            Ok(Some(Err(problem))) => problem,
            Ok(None) | Err(_) => return Answer::Nothing,
        };
        // What lay there when the host started was told then.
        if !is_first {
            tell!(warn, {} "{problem}");
        }
        Answer::Nothing
    }

    async fn reload_changed(self: &Arc<Self>, id: PluginId, place: &Place, seen: &Seen) -> Answer {
        let begun = Instant::now();
        let turn = self.turn().await;
        let (rank, mut candidate) = match self.candidate(&Reload::of(id.as_str())).await {
            Ok(candidate) => candidate,
            Err(error) => {
                self.note_refused(&error, Reason::Changed);
                if !matches!(error, ReloadError::Library { .. }) {
                    tell!(error, { plugin = id.as_str(), } "{error}");
                }
                return Answer::Tried { took: begun.elapsed() };
            }
        };
        if let Some(library) = &candidate.library {
            if self.members[rank].release().library.as_ref().is_some_and(|serving| serving.digest == library.digest) {
                // Another folder, which goes before this one, has the library that serves.
                return Answer::Nothing;
            }
            let is_what_was_seen = seen.library().is_some_and(|seen| seen.to_string() == library.digest);
            if place.holds(&library.path) && !is_what_was_seen {
                return Answer::Unsteady;
            }
        }
        candidate.reason = Reason::Changed;
        match self.reload(rank, candidate, &turn).await {
            // Told by the reload itself, or of no interest any more.
            Ok(_) | Err(ReloadError::Failed { .. } | ReloadError::Library { .. }) => {}
            Err(ReloadError::Unknown(SwitchError::Stopped { .. })) => {}
            Err(error) => tell!(error, { plugin = id.as_str(), } "{error}"),
        }
        Answer::Tried { took: begun.elapsed() }
    }

    /// The plugin whose library was read at this place, and the digest of what was read.
    fn served_from(&self, place: &Place) -> Option<(PluginId, String)> {
        self.members.iter().find_map(|member| {
            let release = member.release();
            let library = release.library.as_ref().filter(|library| place.holds(&library.path))?;
            Some((member.id(), library.digest.clone()))
        })
    }
}

fn not_loaded(found: &Found) -> Problem {
    let (id, version, path) = (found.descriptor.id, found.descriptor.version, shown(found.path()));
    let message = format!("there is a new plugin, `{id} {version}` in `{path}`; it is not loaded");
    Problem::new("KW0796", message, "start the program anew: which plugins it has is decided when it starts")
}

fn not_followed(error: &io::Error) -> Problem {
    let message = format!("changes of native plugins are not followed: no thread can be started: {error}");
    Problem::new("KW0798", message, "see to what the system says, and start the program anew")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_host_without_a_thread_for_it_says_what_is_not_done() {
        let error = std::io::Error::other("Resource temporarily unavailable (os error 11)");
        assert_eq!(
            super::not_followed(&error).to_string(),
            "KW0798 changes of native plugins are not followed: no thread can be started: Resource temporarily unavailable (os error 11)\n  \
             help: see to what the system says, and start the program anew"
        );
    }
}
