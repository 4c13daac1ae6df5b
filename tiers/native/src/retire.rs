//! Taking images out of service: what stays in memory, how many of them, and what a plugin has left behind.
//!
//! A library that was replaced is **retired**: it is not called any more, its instances are dropped, and it stays mapped. Unmapping native code
//! cannot be promised. A value of a thread-local variable that a thread has not dropped, a thread that was left behind, a function pointer that
//! somebody kept: each of them would run into memory that is not there. So images are kept, each content once, and counted: a plugin that was
//! replaced as often as its cap allows is not replaced again before the program is restarted.
//!
//! [`Unloading::Try`] unmaps what can be unmapped, and tells what came of it. It helps hosts that call plugins from threads that end. A thread
//! that lives as long as the host and has called a Rust library keeps it mapped, most likely, for the thread-local variables of its standard
//! library.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::num::NonZero;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::file::{Digest, Sealed};
use crate::image::{Image, LoadError, Pin, Threads, Unloaded};

/// How many different libraries of a plugin may be in memory unless a policy says otherwise, the one in service counted.
pub const DEFAULT_CAP: NonZero<usize> = NonZero::new(16).expect("not zero");

/// Whether retired images are to be unmapped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unloading {
    /// They stay mapped.
    #[default]
    Never,
    /// They are unmapped where nothing is in the way.
    Try,
}

/// The images of each plugin: in service, and retired.
#[derive(Debug)]
pub struct Generations {
    cap: NonZero<usize>,
    unloading: Unloading,
    plugins: Mutex<BTreeMap<String, Plugin>>,
}

#[derive(Debug, Default)]
struct Plugin {
    /// The number of the last generation.
    last: u64,
    /// What is in memory: the content, and how many generations of it are in service.
    contents: BTreeMap<Digest, usize>,
}

/// A plugin's image in service. What was taken from the image is dropped before this is [retired](Generations::retire).
#[derive(Debug)]
pub struct Generation {
    plugin: String,
    number: u64,
    image: Arc<Image>,
}

impl Generation {
    /// The number: 1 for the first image of a plugin, and one more for each that is opened later, whatever its content.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The plugin.
    #[must_use]
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// The image. Keep a clone of it beside each value that was made by its code.
    #[must_use]
    pub const fn image(&self) -> &Arc<Image> {
        &self.image
    }
}

/// What became of a generation.
#[derive(Debug)]
pub struct Retired {
    /// The plugin.
    pub plugin: String,
    /// The number of the generation.
    pub number: u64,
    /// Its content.
    pub digest: Digest,
    /// Where its image is now.
    pub remains: Remains,
    /// The threads in it, unless the system does not tell.
    pub threads: io::Result<Threads>,
    /// How many different images of the plugin are in memory.
    pub in_memory: usize,
    /// How many there may be.
    pub cap: NonZero<usize>,
}

/// Where an image is after its generation was retired.
#[derive(Debug)]
pub enum Remains {
    /// Mapped, as nobody asked to unmap it, or as another generation of the same content is in service.
    Mapped,
    /// Gone.
    Unmapped,
    /// To be unmapped, but still there.
    Pinned(Pin),
}

impl Generations {
    /// Plugins of which at most `cap` different images are in memory at a time, see [`DEFAULT_CAP`].
    #[must_use]
    pub const fn new(cap: NonZero<usize>, unloading: Unloading) -> Self {
        Self { cap, unloading, plugins: Mutex::new(BTreeMap::new()) }
    }

    /// Loads a plugin's next image. A content that is in memory already costs nothing, and counts once.
    ///
    /// # Errors
    /// The plugin has as many images in memory as it may have (KW0750), or the image [cannot be loaded](Image::open).
    pub fn open(&self, plugin: &str, sealed: Sealed) -> Result<Generation, LoadError> {
        let mut plugins = self.plugins();
        let known = plugins.entry(plugin.to_owned()).or_default();
        let in_memory = Image::in_memory();
        known.contents.retain(|digest, _| in_memory.contains(digest));
        let digest = sealed.digest();
        if !known.contents.contains_key(&digest) && known.contents.len() >= self.cap.get() {
            return Err(LoadError::TooMany { plugin: plugin.to_owned(), cap: self.cap.get() });
        }
        let image = Image::open(sealed)?;
        *known.contents.entry(digest).or_default() += 1;
        known.last += 1;
        Ok(Generation { plugin: plugin.to_owned(), number: known.last, image })
    }

    /// Takes a generation out of service, and tells what is left of it.
    ///
    /// Everything that was taken from its image is to be dropped before. What is not keeps the image mapped: see [`Pin::Held`].
    pub fn retire(&self, generation: Generation) -> Retired {
        self.retire_after(generation, None)
    }

    /// Like [`retire`](Self::retire), for an image of which values may be left that lead to its code and hold no handle: `left` says which, as
    /// a phrase. It stays mapped then.
    pub fn retire_after(&self, generation: Generation, left: Option<String>) -> Retired {
        let Generation { plugin, number, image } = generation;
        let mut plugins = self.plugins();
        let known = plugins.entry(plugin.clone()).or_default();
        let digest = image.digest();
        let threads = image.threads();
        let in_service = known.contents.entry(digest).or_insert(1);
        *in_service = in_service.saturating_sub(1);
        let remains = if *in_service > 0 || self.unloading == Unloading::Never {
            Remains::Mapped
        } else if let Some(left) = left {
            Remains::Pinned(Pin::Values(left))
        } else {
            match Image::unload(image) {
                Unloaded::Pinned(pin) => Remains::Pinned(pin),
                Unloaded::Unmapped => {
                    known.contents.remove(&digest);
                    Remains::Unmapped
                }
            }
        };
        Retired { plugin, number, digest, remains, threads, in_memory: known.contents.len(), cap: self.cap }
    }

    /// The contents of a plugin that are in memory, in service or retired.
    #[must_use]
    pub fn in_memory(&self, plugin: &str) -> BTreeSet<Digest> {
        self.plugins().get(plugin).map(|plugin| plugin.contents.keys().copied().collect()).unwrap_or_default()
    }

    fn plugins(&self) -> MutexGuard<'_, BTreeMap<String, Plugin>> {
        // Each change is complete before anything that could panic.
        self.plugins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Retired {
    /// What an operator should know: threads that were left behind (KW0751), an image that was to be unmapped and was not (KW0752), and that the
    /// next image will be refused (KW0753).
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let Self { plugin, number, cap, .. } = self;
        let mut warnings = Vec::new();
        if let Ok(threads) = &self.threads {
            let begun: Vec<_> = threads.begun().map(|thread| format!("`{}` ({})", thread.name, thread.id)).collect();
            if !begun.is_empty() {
                let (threads, run) = if begun.len() == 1 { ("thread", "runs") } else { ("threads", "run") };
                warnings.push(format!(
                    "KW0751 generation {number} of plugin `{plugin}` has left {} {threads} behind, which {run} its code still: {}\n  help: end threads in \
                     `stop`, or give the work to `ctx.tasks()`, which the host ends",
                    begun.len(),
                    begun.join(", ")
                ));
            }
        }
        if let Remains::Pinned(pin) = &self.remains {
            warnings.push(format!(
                "KW0752 generation {number} of plugin `{plugin}` was to be unmapped and stays in memory: {pin}\n  help: nothing is lost but memory; {} of {cap} \
                 images are in memory",
                self.in_memory
            ));
        }
        if self.in_memory >= cap.get() {
            warnings.push(format!(
                "KW0753 {} images of plugin `{plugin}` are in memory, as many as it may have: it cannot be replaced by another one\n  help: restart the \
                 program when it suits, or raise `generations` in the policy's `[native]` table",
                self.in_memory
            ));
        }
        warnings
    }
}

impl fmt::Display for Retired {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "generation {} of plugin `{}` is retired and ", self.number, self.plugin)?;
        match &self.remains {
            Remains::Mapped => formatter.write_str("stays mapped")?,
            Remains::Unmapped => formatter.write_str("unmapped")?,
            Remains::Pinned(pin) => write!(formatter, "stays mapped ({pin})")?,
        }
        write!(formatter, "; {} of {} images are in memory", self.in_memory, self.cap)
    }
}
