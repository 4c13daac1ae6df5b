//! The native tier of one host: its rules, and the images of its plugins.

use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keyway_manifest::{Descriptor, NativePolicy, Unload};
use keyway_native::retire::{Generations, Unloading};
use keyway_native::{Sealed, probe, shown};

use super::bridge::{Disconnected, Fitting, Misfit};
use super::discover::Found;
use super::trust::{Examined, Rules};
use crate::context::Seed;
use crate::host::failure::Problem;
use crate::host::library::LibraryInfo;
use crate::native::Hold;
use crate::plugin::{Create, Creation, Failure, Library, Registration};

/// The code of a library that does not fit the program.
const MISFIT: &str = "KW0706";

/// Verifies and loads libraries by the rules of one host.
pub(in crate::host) struct NativeTier {
    rules: Mutex<Rules>,
    policy: NativePolicy,
    generations: Generations,
}

/// A library that was verified and fits the program. Nothing of it has run.
pub(super) struct Admitted {
    sealed: Sealed,
    fitting: Fitting,
    pub(super) library: LibraryInfo,
    /// What is to be told without refusing it.
    pub(super) notes: Vec<Problem>,
}

impl NativeTier {
    /// Takes up the policy; `data_folder` keeps which versions ran before.
    ///
    /// # Errors
    /// Keys that cannot be used, and a file of versions that cannot be read.
    pub(super) fn new(policy: NativePolicy, data_folder: Option<&Path>) -> Result<Arc<Self>, Vec<Problem>> {
        let unloading = if policy.unload == Unload::Try { Unloading::Try } else { Unloading::Never };
        let cap = usize::try_from(policy.generations).ok().and_then(NonZero::new).unwrap_or(NonZero::<usize>::MIN);
        let rules = Mutex::new(Rules::new(policy, data_folder)?);
        Ok(Arc::new(Self { rules, policy, generations: Generations::new(cap, unloading) }))
    }

    pub(super) const fn policy(&self) -> &NativePolicy {
        &self.policy
    }

    /// Verifies a library and compares it with the program. Nothing of it runs.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(super) fn examine(&self, found: Found) -> Result<Admitted, Vec<Problem>> {
        let examined = self.rules().examine(&found);
        let Found { descriptor, sealed, record, .. } = found;
        let fits = Fitting::of(record).map_err(|misfit| {
            let (code, text) = match misfit {
                Misfit::Record(error) => (error.code(), error.to_string()),
                Misfit::Verdict(verdict) => (MISFIT, verdict.to_string()),
            };
            let text = text.strip_prefix(code).unwrap_or(&text);
            Problem::told(code, &format!("`{}`:{text}", shown(sealed.origin())))
        });
        match (examined, fits) {
            (Ok(Examined { library, notes }), Ok((fitting, verdict))) => {
                if !verdict.notes().is_empty() || !verdict.unknown().is_empty() {
                    tracing::info!(plugin = descriptor.id.as_str(), "{verdict}");
                }
                Ok(Admitted { sealed, fitting, library, notes })
            }
            (examined, fits) => Err(examined.err().into_iter().flatten().chain(fits.err()).collect()),
        }
    }

    /// Loads a library that was admitted. Its constructors run, in a process of their own before if the policy asks for it.
    ///
    /// # Errors
    /// Why it cannot be loaded.
    pub(super) fn open(&self, admitted: Admitted) -> Result<Registration, Problem> {
        let Admitted { sealed, fitting, .. } = admitted;
        if self.policy.probe {
            probe::open(&sealed, probe::DEFAULT_LIMIT).map_err(|error| Problem::told(error.code(), &error))?;
        }
        let plugin = fitting.descriptor().id;
        let generation = self.generations.open(plugin.as_str(), sealed).map_err(|error| Problem::told(error.code(), &error))?;
        fitting.connect(Arc::clone(generation.image())).map_err(|error| Problem::told(Disconnected::CODE, &error))
    }

    /// Remembers that a signed plugin runs, so that no older version of it is taken afterwards.
    ///
    /// # Errors
    /// KW0739 when that cannot be kept.
    pub(in crate::host) fn accept(&self, plugin: &Descriptor) -> Result<(), Problem> {
        self.rules().accept(plugin)
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        // What they hold is changed as a whole, so a panic leaves nothing half done.
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A plugin whose place is known, and whose library is not loaded yet.
    pub(super) fn unopened(descriptor: &'static Descriptor) -> Registration {
        Self::broken(descriptor, "its library was not loaded".to_owned())
    }

    /// A plugin that fails with this text whenever it is to be initialised.
    pub(super) fn broken(descriptor: &'static Descriptor, why: String) -> Registration {
        Registration { descriptor, create: Create::Loaded(Arc::new(Broken(why))), state: None }
    }

    /// A plugin whose library is loaded when somebody enables it.
    pub(super) fn when_enabled(self: &Arc<Self>, admitted: Admitted) -> Registration {
        let descriptor = admitted.fitting.descriptor();
        let waiting = Waiting { tier: Arc::clone(self), state: Mutex::new(WaitingState::Closed(Box::new(admitted))) };
        Registration { descriptor, create: Create::Loaded(Arc::new(waiting)), state: None }
    }
}

struct Broken(String);

impl Library for Broken {
    fn create(&self, _seed: Seed) -> Creation {
        failed(self.0.clone())
    }

    fn hold(&self) -> Hold {
        Hold::default()
    }
}

fn failed(why: String) -> Creation {
    Box::pin(std::future::ready(Err(Failure::Error(why))))
}

/// A library that is verified, and not loaded before it is needed.
struct Waiting {
    tier: Arc<NativeTier>,
    state: Mutex<WaitingState>,
}

enum WaitingState {
    Closed(Box<Admitted>),
    Opened(Registration),
    Failed(String),
}

impl Waiting {
    /// Loads the library when that was not done yet.
    fn opened(&self) -> Result<Registration, String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before =
            std::mem::replace(&mut *state, WaitingState::Failed("loading its library did not come to an end".to_owned()));
        *state = match before {
            WaitingState::Closed(admitted) => match self.tier.open(*admitted) {
                Ok(registration) => WaitingState::Opened(registration),
                Err(problem) => WaitingState::Failed(problem.to_string()),
            },
            tried => tried,
        };
        match &*state {
            WaitingState::Opened(registration) => Ok(registration.clone()),
            WaitingState::Failed(why) => Err(why.clone()),
            WaitingState::Closed(_) => unreachable!("it was opened above"),
        }
    }
}

impl Library for Waiting {
    fn create(&self, seed: Seed) -> Creation {
        self.opened().map_or_else(failed, |registration| registration.create(seed))
    }

    fn hold(&self) -> Hold {
        self.opened().map(|registration| registration.hold()).unwrap_or_default()
    }
}
