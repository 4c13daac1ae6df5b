//! The host's side of the native tier: from folders of libraries to plugins that the host uses like linked ones.
//!
//! A library is [found](discover) and read once; the [policy's rules](trust) say whether it may be used, the
//! [lock](held) whether it was approved, and the gate whether it fits; then the [resolver](lineup) orders it among the others. Only when all plugins of the
//! host have come so far is the first of them loaded.
//!
//! A library has its own copy of the standard library, of `keyway` and of the SDK, and so its own statics, thread-local variables and
//! `TypeId`s. After the gate has compared both, values cross under the name that the receiving image has for their type, and nothing
//! `'static` of the library is kept.

mod admit;
mod bridge;
mod compared;
mod discover;
mod held;
mod known;
mod library;
mod lineup;
#[cfg(test)]
mod made_up;
mod remote;
mod settings;
mod source;
#[cfg(test)]
mod tests;
mod tier;
mod translate;
mod trust;
mod verify;
#[cfg(feature = "native-watch")]
mod watch;
mod watch_settings;

use std::path::PathBuf;
use std::sync::Arc;

use keyway_manifest::{NativePolicy, shown};
use keyway_native::FileRules;

use super::data::DataFolder;
use super::failure::Problem;
#[cfg(feature = "native-watch")]
use super::inner::Inner;
use super::lineup::Lineup;
use super::settings::Settings;
use crate::capability::ClockSource;
use discover::Most;
use held::Held;
use tier::Places;

pub use known::{KnownEvent, KnownPoint};

pub(in crate::host) use admit::{Candidates, Ordered, Terms};
pub(in crate::host) use library::NativeLibrary;
pub(in crate::host) use settings::NativeSettings;
pub(in crate::host) use tier::NativeTier;
#[cfg(feature = "native-watch")]
pub(in crate::host) use watch::Watching;
pub(in crate::host) use watch_settings::WatchSettings;

/// What the program says about native plugins.
#[derive(Debug, Default)]
pub(in crate::host) struct NativeOptions {
    /// Where they lie; what is in an earlier folder goes first.
    pub(in crate::host) folders: Vec<PathBuf>,
    /// A library that is asked about, and looked at as if it lay before all that is in the folders.
    pub(in crate::host) wanted: Option<PathBuf>,
    /// The rules, when the program says them in place of `host.toml`.
    pub(in crate::host) policy: Option<NativePolicy>,
    /// Users whose files are taken, besides root and the host's own.
    pub(in crate::host) owners: Vec<u32>,
    /// Plugins that may go back to an older signed version.
    pub(in crate::host) older: Vec<String>,
    /// Whether the program wants changed libraries to be taken up by themselves.
    #[cfg(feature = "native-watch")]
    pub(in crate::host) watch: bool,
}

impl NativeOptions {
    /// Looks for native plugins. None of their code runs, and nothing is written. A `preview` by a user who may not read what the host keeps
    /// does without it.
    ///
    /// `None` when there is nothing to look for, or when a problem says why nothing was looked for.
    pub(in crate::host) fn find(
        &self,
        lineup: &Lineup,
        clock: &Arc<dyn ClockSource>,
        settings: &Settings,
        data: &DataFolder,
        preview: bool,
        problems: &mut Vec<Problem>,
    ) -> Option<Candidates> {
        let first = self.wanted.as_ref().or(self.folders.first())?;
        let policy = match (&lineup.policy.native, &self.policy) {
            (Some(policy), None) | (None, Some(policy)) => policy,
            (Some(_), Some(_)) => {
                let message = "both the policy, under `[native]`, and the program, with `native_policy`, say which native plugins are loaded";
                problems.push(Problem::new("KW0766", message, "remove one of the two"));
                return None;
            }
            (None, None) => {
                let folder = shown(first);
                let message = format!("the host is to load native plugins from `{folder}`, and its policy has no `[native]`");
                let help = "write into host.toml who may sign them, `[native.publisher.\"Acme\"]` with `keys` and `ids`, or `[native]` with \
                            `require-signature = false`; without a host.toml call `native_policy`";
                problems.push(Problem::new("KW0755", message, help));
                return None;
            }
        };
        if settings.native.is_off {
            return None;
        }
        #[cfg(not(feature = "native-watch"))]
        settings.native.watch.refuse(&settings.origins, problems);
        let policy = settings.native.tighten(policy, &settings.origins, problems);
        let limits = settings.native.limits_set_by(self.policy.is_some());
        let rules = FileRules { largest: policy.file_size, largest_is: limits.file_size, owners: self.owners.clone() };
        let most = Most { libraries: policy.files, set_by: limits.files };
        let places = Places { folders: self.folders.clone(), rules, most };
        let held = lineup.lock.map(|lock| Held::new(lock, &lineup.policy, lineup.policy_file, Arc::clone(clock)));
        let data_folder = data.require_named().ok();
        let unknown = data_folder.filter(|_| preview).and_then(trust::versions_unknown);
        let tier = match NativeTier::new(policy, places, data_folder.filter(|_| unknown.is_none()), held) {
            Ok(tier) => tier,
            Err(found) => {
                problems.extend(found);
                return None;
            }
        };
        tier.allow_older(&self.older);
        let mut discovery = tier.discover();
        discovery.notes.extend(unknown);
        let asked = self.wanted.as_ref().and_then(|library| discovery.put_first(tier.library_at_path(library), library));
        Some(Candidates::new(discovery, tier, asked))
    }

    /// Follows the files of the plugins, if the program or the operator says so; the operator's word counts.
    #[cfg(feature = "native-watch")]
    pub(in crate::host) fn watch(&self, inner: &Arc<Inner>, tier: &NativeTier, settings: WatchSettings) {
        if settings.enabled.unwrap_or(self.watch) {
            let Places { folders, rules, .. } = tier.places();
            inner.watch_native(folders.clone(), rules.clone(), settings);
        }
    }
}
