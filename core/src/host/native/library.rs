//! A library that was verified: loaded when its plugin is made, and taken out of service when another release has taken its place.

use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keyway_manifest::Descriptor;
use keyway_native::retire::{Generation, Retired};

use super::known::Known;
use super::tier::{Admitted, NativeTier};
use crate::context::Seed;
use crate::host::failure::Problem;
use crate::host::library::LibraryInfo;
use crate::native::Hold;
use crate::plugin::{Create, Creation, Failure, Library, Registration};

/// A library that fits the program, with its bytes, so that it can be loaded, retired, and loaded again when somebody goes back to it.
pub(in crate::host) struct NativeLibrary {
    tier: Arc<NativeTier>,
    admitted: Admitted,
    opened: Mutex<Option<Opened>>,
}

/// A library in service. What came out of it goes before its generation is retired.
struct Opened {
    registration: Registration,
    generation: Generation,
}

impl NativeLibrary {
    pub(super) fn new(tier: Arc<NativeTier>, admitted: Admitted) -> Arc<Self> {
        Arc::new(Self { tier, admitted, opened: Mutex::new(None) })
    }

    /// The library from which a plugin comes; `None` for one that is linked in, and for one that could not be loaded at the start.
    pub(in crate::host) fn of(registration: &Registration) -> Option<&Self> {
        let Create::Loaded(library) = &registration.create else { return None };
        library.as_any().downcast_ref()
    }

    /// The plugin of a library, which is loaded when the plugin is made.
    pub(in crate::host) fn registration(self: &Arc<Self>) -> Registration {
        let fitting = &self.admitted.fitting;
        let create = Create::Loaded(Arc::clone(self) as Arc<dyn Library>);
        Registration { descriptor: fitting.descriptor(), create, state: fitting.state(), check_config: None }
    }

    /// What operators see of it.
    pub(in crate::host) const fn info(&self) -> &LibraryInfo {
        &self.admitted.library
    }

    /// What is to be told of it, though it is taken.
    pub(in crate::host) fn notes(&self) -> &[Problem] {
        &self.admitted.notes
    }

    /// Loads it, unless it is loaded: from here on code of it runs.
    ///
    /// # Errors
    /// Why it cannot be loaded.
    pub(in crate::host) fn open(&self) -> Result<(), Problem> {
        self.opened_one().map(drop)
    }

    fn opened_one(&self) -> Result<Registration, Problem> {
        let mut opened = self.opened();
        if let Some(opened) = &*opened {
            return Ok(opened.registration.clone());
        }
        let (registration, generation) = self.tier.load(&self.admitted)?;
        *opened = Some(Opened { registration: registration.clone(), generation });
        Ok(registration)
    }

    /// Takes it out of service, when it is loaded. All instances were dropped; whatever is still held of it keeps it mapped.
    pub(in crate::host) fn retire(&self) -> Option<Retired> {
        let Opened { registration, generation } = self.opened().take()?;
        drop(registration);
        Some(self.tier.retire(generation, self.left_behind()))
    }

    /// The values with code of the library that the program may have got and may keep.
    fn left_behind(&self) -> Option<String> {
        let descriptor = self.admitted.fitting.descriptor();
        let known = Known::of_program();
        let points = descriptor.extensions.iter().filter_map(|entry| known.point(entry.point.id));
        let returned = points.flat_map(|point| {
            let methods = point.layout.methods.iter().filter(|method| method.output.carries_code);
            methods.map(|method| format!("`{}` of `{}` returns values that may lead to its code", method.name, point.info.id))
        });
        let asked = descriptor.asks.iter().map(|entry| entry.point.id);
        let used = descriptor.requires.iter().map(|requirement| requirement.id);
        let passed = asked.chain(used).filter_map(|id| known.point(id)).flat_map(|point| {
            let carries = |method: &&keyway_manifest::record::MethodLayout| {
                method.arguments.iter().any(|argument| argument.layout.carries_code)
            };
            let methods = point.layout.methods.iter().filter(carries);
            methods
                .map(|method| format!("it passes values that may lead to its code to `{}` of `{}`", method.name, point.info.id))
        });
        let topics = descriptor.events.iter().filter_map(|entry| known.event(entry.event.topic));
        let published = topics.filter(|event| event.layout.layout.carries_code);
        let published = published.map(|event| format!("events of `{}` may lead to its code", event.info().topic));
        returned.chain(passed).chain(published).next()
    }

    fn opened(&self) -> MutexGuard<'_, Option<Opened>> {
        // A panic while it is loaded leaves it closed.
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Library for NativeLibrary {
    fn create(&self, seed: Seed) -> Creation {
        match self.opened_one() {
            Ok(registration) => registration.create(seed),
            Err(problem) => failed(problem.to_string()),
        }
    }

    /// Nothing while it is not loaded: whoever asks has an instance of it, or will have none.
    fn hold(&self) -> Hold {
        self.opened().as_ref().map(|opened| opened.registration.hold()).unwrap_or_default()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A plugin whose library is not, or cannot be, loaded.
pub(super) struct Broken(String);

impl Broken {
    /// A plugin that fails with this text whenever it is to be initialised.
    pub(super) fn registration(descriptor: &'static Descriptor, why: String) -> Registration {
        Registration { descriptor, create: Create::Loaded(Arc::new(Self(why))), state: None, check_config: None }
    }

    /// A plugin whose place is known, and whose library is not loaded yet.
    pub(super) fn unopened(descriptor: &'static Descriptor) -> Registration {
        Self::registration(descriptor, "its library was not loaded".to_owned())
    }
}

impl Library for Broken {
    fn create(&self, _seed: Seed) -> Creation {
        failed(self.0.clone())
    }

    fn hold(&self) -> Hold {
        Hold::default()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn failed(why: String) -> Creation {
    Box::pin(std::future::ready(Err(Failure::Error(why))))
}
