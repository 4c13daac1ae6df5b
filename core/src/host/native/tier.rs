//! The native tier of one host: its rules, the folders of its libraries, and the images of its plugins.

use std::ffi::OsStr;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keyway_manifest::record::Verdict;
use keyway_manifest::{Descriptor, NativePolicy, PluginId, Unload, shown};
use keyway_native::retire::{Generation, Generations, Retired, Unloading};
use keyway_native::{Copies, FileRules, Sealed, probe};

use super::bridge::{Disconnected, Fitting, Misfit};
use super::compared;
use super::discover::{self, Discovery, Found, Most, Unusable};
use super::held::Held;
use super::library::NativeLibrary;
use super::trust::{Examined, Rules};
use crate::host::data::DataFolder;
use crate::host::failure::Problem;
use crate::host::library::LibraryInfo;
use crate::host::verification::Question;
use crate::plugin::Registration;

/// The code of a library that does not fit the program.
const MISFIT: &str = "KW0706";

/// Where the libraries of a host lie.
pub(super) struct Places {
    /// What is in an earlier one goes first.
    pub(super) folders: Vec<PathBuf>,
    pub(super) rules: FileRules,
    /// How many there may be in each.
    pub(super) most: Most,
}

/// Finds, verifies and loads libraries by the rules of one host.
pub(in crate::host) struct NativeTier {
    places: Places,
    /// Of the libraries in service, so that a reload of one reads only what has changed.
    copies: Arc<Copies>,
    rules: Mutex<Rules>,
    policy: NativePolicy,
    /// The lock of the program; `None` for one that was compiled without.
    held: Option<Held>,
    generations: Generations,
}

/// A library that was verified and fits the program. Nothing of it has run.
pub(super) struct Admitted {
    pub(super) sealed: Sealed,
    pub(super) fitting: Fitting,
    pub(super) library: LibraryInfo,
    /// What is to be told without refusing it.
    pub(super) notes: Vec<Problem>,
}

/// What was found of a library: all that is right with it, and all that is wrong. Nothing of it has run.
pub(super) struct Examination {
    sealed: Sealed,
    pub(super) descriptor: &'static Descriptor,
    pub(super) library: LibraryInfo,
    /// Whether its digest stands in the checksums beside it.
    pub(super) listed: bool,
    /// Whether its digest is one of those that the lock has.
    pub(super) locked: bool,
    notes: Vec<Problem>,
    /// `None` when it does not fit the program.
    fits: Option<(Fitting, Verdict)>,
    /// Why it is not taken, each with the question that it answers.
    pub(super) problems: Vec<(Question, Problem)>,
}

impl Examination {
    /// What is to be told of it without refusing it.
    pub(super) fn notes(&self) -> impl Iterator<Item = &Problem> {
        self.notes.iter()
    }

    /// What differs between library and program without harm, and what could not be compared.
    pub(super) fn compared(&self) -> Vec<String> {
        self.fits.as_ref().map(|(_, verdict)| compared::told(verdict)).unwrap_or_default()
    }

    /// The library, when nothing is wrong with it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(super) fn admit(self) -> Result<Admitted, Vec<Problem>> {
        let Self { descriptor, sealed, library, notes, fits, problems, .. } = self;
        match fits {
            Some((fitting, verdict)) if problems.is_empty() => {
                compared::tell_of(descriptor, &verdict);
                Ok(Admitted { sealed, fitting, library, notes })
            }
            _ => Err(problems.into_iter().map(|(_, problem)| problem).collect()),
        }
    }
}

impl NativeTier {
    /// Takes up the policy; `data_folder` keeps which versions ran before.
    ///
    /// # Errors
    /// Keys that cannot be used, and a file of versions that cannot be read.
    pub(super) fn new(
        policy: NativePolicy,
        places: Places,
        data_folder: Option<&Path>,
        held: Option<Held>,
    ) -> Result<Arc<Self>, Vec<Problem>> {
        let unloading = if policy.unload == Unload::Try { Unloading::Try } else { Unloading::Never };
        let cap = usize::try_from(policy.generations).ok().and_then(NonZero::new).unwrap_or(NonZero::<usize>::MIN);
        let rules = Mutex::new(Rules::new(policy, data_folder)?);
        Ok(Arc::new(Self { places, copies: Arc::default(), rules, policy, held, generations: Generations::new(cap, unloading) }))
    }

    /// The lock of the program, for who is to tell of it.
    pub(super) const fn held(&self) -> Option<&Held> {
        self.held.as_ref()
    }

    pub(super) const fn policy(&self) -> &NativePolicy {
        &self.policy
    }

    /// Where the libraries lie.
    #[cfg(feature = "native-watch")]
    pub(super) const fn places(&self) -> &Places {
        &self.places
    }

    /// Looks through all folders.
    pub(super) fn discover(&self) -> Discovery {
        let Places { folders, rules, most } = &self.places;
        discover::discover(folders, rules, &self.copies, *most)
    }

    /// The library that lies in a folder, by itself or in a folder of its own; `None` when there is none.
    pub(super) fn library_at(&self, folder: &Path, name: &OsStr) -> Option<Result<Found, Problem>> {
        discover::library_at(folder, name, &self.places.rules, &self.copies)
    }

    /// The same, by its path.
    pub(super) fn library_at_path(&self, library: &Path) -> Option<Result<Found, Problem>> {
        self.library_at(library.parent()?, library.file_name()?)
    }

    /// Lets these plugins go back to an older signed version than the highest that ran before.
    pub(super) fn allow_older(&self, ids: &[String]) {
        self.rules().allow_older(ids);
    }

    /// Looks for the library of a plugin again, as at the start of the host, and verifies it. Nothing of it runs.
    ///
    /// `serving` is where the library lay that is in service. One that cannot be read does not make way for one in a later folder.
    ///
    /// # Errors
    /// Everything that is wrong with it, or why there is none.
    pub(in crate::host) fn look_again(
        self: &Arc<Self>,
        id: PluginId,
        serving: Option<&Path>,
        older: bool,
    ) -> Result<Arc<NativeLibrary>, Vec<Problem>> {
        let Discovery { found, unusable, problems, .. } = self.discover();
        if !problems.is_empty() {
            return Err(problems);
        }
        let others: Vec<_> = found.iter().filter(|found| Some(found.path()) == serving && found.descriptor.id != id).collect();
        let became = others.first().map(|found| found.descriptor.id);
        let found = found.into_iter().find(|found| found.descriptor.id == id);
        let is_its_place = found.as_ref().is_some_and(|found| Some(found.path()) == serving);
        let mut unreadable: Vec<_> =
            unusable.into_iter().filter(|unusable| unusable.ids.is_empty() || unusable.ids.contains(&id)).collect();
        if found.is_some() {
            unreadable.retain(|unusable| !unusable.ids.is_empty() && !is_its_place);
        }
        match found {
            Some(found) if unreadable.is_empty() => {
                self.examine(found, older).admit().map(|admitted| NativeLibrary::new(Arc::clone(self), admitted))
            }
            _ if !unreadable.is_empty() => Err(unreadable.iter().map(Unusable::problem).collect()),
            _ => Err(vec![self.absent(id, became)]),
        }
    }

    fn absent(&self, id: PluginId, became: Option<PluginId>) -> Problem {
        let folders: Vec<_> = self.places.folders.iter().map(|folder| format!("`{}`", shown(folder))).collect();
        let became = became.map(|other| format!("; the library in its place is the plugin `{other}`")).unwrap_or_default();
        let message = format!("no library of plugin `{id}` is in {}{became}", folders.join(" or in "));
        Problem::new("KW0781", message, "put the library there again; to go on without the plugin, disable it")
    }

    /// Verifies a library and compares it with the program. Nothing of it runs. `older` says that somebody asked for an older version than
    /// the highest that ran before.
    pub(super) fn examine(&self, found: Found, older: bool) -> Examination {
        let locked = self.held.as_ref().map(|held| held.digests(&found)).unwrap_or_default();
        let Examined { library, listed, locked, notes, mut problems } = self.rules().examine(&found, &locked, older);
        let misfits = self.held.as_ref().map(|held| held.check(&found)).unwrap_or_default();
        problems.extend(misfits.into_iter().map(|problem| (Question::Lock, problem)));
        let Found { descriptor, sealed, record, .. } = found;
        let fits = Fitting::of(record).map_err(|misfit| {
            let (code, text) = match misfit {
                Misfit::Record(error) => (error.code(), error.to_string()),
                Misfit::Verdict(verdict) => (MISFIT, verdict.to_string()),
            };
            let text = text.strip_prefix(code).unwrap_or(&text);
            Problem::told(code, &format!("`{}`:{text}", shown(sealed.origin())))
        });
        let fits = fits.map_err(|problem| problems.push((Question::Gate, problem))).ok();
        Examination { descriptor, sealed, library, listed, locked, notes, fits, problems }
    }

    /// Loads a library that was admitted. Its constructors run, in a process of their own before if the policy asks for it.
    ///
    /// # Errors
    /// Why it cannot be loaded.
    pub(super) fn load(&self, admitted: &Admitted) -> Result<(Registration, Generation), Problem> {
        let Admitted { sealed, fitting, .. } = admitted;
        // A constructor that crashes takes the program with it: this line is all that is left to say whose it was.
        let Descriptor { id: plugin, version, .. } = fitting.descriptor();
        tracing::info!(plugin = plugin.as_str(), "loading `{plugin} {version}` from `{}`", shown(sealed.origin()));
        // What was approved, probed and loaded in this process is loaded again without another question.
        let is_known = self.generations.in_memory(plugin.as_str()).contains(&sealed.digest());
        if let Some(held) = &self.held
            && !is_known
        {
            held.is_approved(*plugin)?;
        }
        if self.policy.probe && !is_known {
            probe::open(sealed, probe::DEFAULT_LIMIT).map_err(|error| Problem::told(error.code(), &error))?;
        }
        let opened = self.generations.open(plugin.as_str(), sealed.clone());
        let generation = opened.map_err(|error| Problem::told(error.code(), &error))?;
        match fitting.connect(Arc::clone(generation.image())) {
            Ok(registration) => Ok((registration, generation)),
            Err(error) => {
                self.generations.retire(generation);
                Err(Problem::told(Disconnected::CODE, &error))
            }
        }
    }

    /// Takes an image out of service; `left` says what it has left behind that leads to its code.
    pub(super) fn retire(&self, generation: Generation, left: Option<String>) -> Retired {
        self.generations.retire_after(generation, left)
    }

    /// Remembers that a signed plugin runs, so that no older version of it is taken afterwards. Where somebody asked for an `older` one, it
    /// is now the highest.
    ///
    /// # Errors
    /// KW0680 to KW0682 without a data folder that can be used, KW0739 when it cannot be kept there.
    pub(in crate::host) fn remember(&self, data: &DataFolder, plugin: &Descriptor, older: bool) -> Result<(), Problem> {
        match data.open() {
            Ok(_) => self.rules().accept(plugin, older),
            Err(problem) => {
                let Descriptor { id, version, .. } = plugin;
                let lost =
                    format!("it cannot remember that the signed plugin `{id} {version}` ran, and an older one would be taken");
                Err(Problem::new(problem.code(), format!("{}: {lost}", problem.message()), problem.help()))
            }
        }
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        // What they hold is changed as a whole, so a panic leaves nothing half done.
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use keyway_manifest::Version;

    use super::*;

    #[test]
    fn without_a_data_folder_it_is_told_what_that_is_for() {
        let places = Places { folders: Vec::new(), rules: FileRules::default(), most: Most { libraries: 1, set_by: "`files`" } };
        let tier = NativeTier::new(NativePolicy::DEFAULT, places, None, None).unwrap_or_else(|problems| panic!("{problems:?}"));
        let version = Version { major: 0, minor: 2, patch: 0, pre: "", build: "" };
        let plugin = Descriptor { id: PluginId::new("shop.mood"), version, ..Descriptor::EMPTY };
        let problem = tier.remember(&DataFolder::new(None), &plugin, false).unwrap_err();
        assert_eq!(
            problem.to_string(),
            "KW0680 the host has no data folder: it cannot remember that the signed plugin `shop.mood 0.2.0` ran, and an older one would be \
             taken\n  help: add `.data_folder(\"path/of/the/folder\")` to `Host::builder`, or set `data-folder` in `[host]` of the configuration"
        );
    }
}
