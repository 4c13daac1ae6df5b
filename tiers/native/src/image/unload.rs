//! Unmapping an image where that is possible, and telling from the memory map whether it was.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::sync::Arc;

use crate::file::Digest;

use super::map::{self, Memory};
use super::threads::Threads;
use super::{HAS_MAP, Image, Known, known, mapped, variables};

/// What became of an image that was to be unmapped.
#[derive(Debug)]
pub enum Unloaded {
    /// The memory map does not show it any more. Its sealed copy is closed.
    Unmapped,
    /// It is still mapped, and stays so.
    Pinned(Pin),
}

/// Why an image stays mapped.
#[derive(Debug)]
#[non_exhaustive]
pub enum Pin {
    /// Values of it, or handles of it, are still in use. It was not given back.
    Held {
        /// How many handles there are besides the one that was given away.
        handles: usize,
    },
    /// Threads run in it, or may do so. It was not given back.
    Threads(Threads),
    /// The threads of this process, or its memory map, cannot be looked at. It was not given back.
    Unknown(io::Error),
    /// The file says that it must stay.
    NotUnloadable,
    /// Values that were given out may lead to its code, and nobody knows where they are: what they are, as a phrase. It was not given back.
    Values(String),
    /// Others may call a function of it at any time. It was not given back.
    Callback(Callback),
    /// It was given back and kept by the linker, most likely for threads that called it: values of its thread-local variables are dropped when
    /// such a thread ends, and only then can it go.
    ThreadDestructors,
    /// It was given back and kept by the linker, for another library that uses it, or a symbol that must be unique.
    Linker,
}

/// Who may call a function of an image though nobody holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Callback {
    /// Variables of the program or of another library lead to its code. Most often it is the C library, which calls a destructor at the end of
    /// each thread that has used a key of `pthread_key_create`; the standard library of Rust makes one as soon as something asks for the current
    /// thread.
    Variable,
    /// It binds functions that install handlers of signals.
    Signal,
}

impl Image {
    /// Tries to unmap an image, and tells from the memory map what came of it.
    ///
    /// It is given back to the linker only if `image` is the last handle and no thread is in it. Whoever uses an address of [`Image::address`]
    /// keeps a handle beside what he got from it, and drops it last: then an image that is in use is told as [`Pin::Held`]. The same content may
    /// be [opened](Self::open) again afterwards.
    #[must_use]
    pub fn unload(image: Arc<Self>) -> Unloaded {
        // Until the end: nobody opens the same content meanwhile.
        let mut known = known();
        let digest = image.digest();
        // One handle is `image`, one is among the known.
        let handles = Arc::strong_count(&image).saturating_sub(2);
        if handles > 0 {
            return Unloaded::Pinned(Pin::Held { handles });
        }
        if image.audit.not_unloadable {
            return Unloaded::Pinned(Pin::NotUnloadable);
        }
        if !HAS_MAP {
            return Unloaded::Pinned(Pin::Unknown(io::ErrorKind::Unsupported.into()));
        }
        match image.threads() {
            Ok(threads) if threads.is_empty() => {}
            Ok(threads) => return Unloaded::Pinned(Pin::Threads(threads)),
            Err(problem) => return Unloaded::Pinned(Pin::Unknown(problem)),
        }
        match image.callback(&known) {
            Ok(None) => {}
            Ok(Some(callback)) => return Unloaded::Pinned(Pin::Callback(callback)),
            Err(problem) => return Unloaded::Pinned(Pin::Unknown(problem)),
        }
        drop(known.remove(&digest));
        let image = match Arc::try_unwrap(image) {
            Ok(image) => image,
            Err(image) => {
                // Nobody can have got a handle since they were counted: handles are made under the lock, or from handles.
                known.insert(digest, Known::Loaded(image));
                return Unloaded::Pinned(Pin::Held { handles: 1 });
            }
        };
        let Self { link, sealed, audit, .. } = image;
        match (link.close(), mapped(&sealed)) {
            (Ok(()), Ok(segments)) if segments.is_empty() => Unloaded::Unmapped,
            _ => {
                known.insert(digest, Known::Pinned(sealed));
                Unloaded::Pinned(if audit.thread_destructors() { Pin::ThreadDestructors } else { Pin::Linker })
            }
        }
    }
}

impl Image {
    /// Who may call a function of this image though nobody holds it.
    fn callback(&self, known: &BTreeMap<Digest, Known>) -> io::Result<Option<Callback>> {
        const HANDLERS: [&str; 4] = ["sigaction", "signal", "bsd_signal", "sysv_signal"];
        if self.audit.imports.iter().any(|name| HANDLERS.contains(&name.trim_start_matches('_'))) {
            return Ok(Some(Callback::Signal));
        }
        // What other plugins have of this image came through the host, with a handle beside it.
        let mut images = BTreeSet::new();
        for known in known.values() {
            images.insert(map::id_of(known.sealed().file())?);
        }
        let memory = Memory::of_this_process()?;
        for variables in variables::of_all_but(&images, &map::read()?, &memory)? {
            // Another library may be unmapped meanwhile, and its variables with it.
            let Ok(words) = memory.words(variables) else { continue };
            if words.into_iter().any(|word| self.is_code(word)) {
                return Ok(Some(Callback::Variable));
            }
        }
        Ok(None)
    }
}

impl fmt::Display for Unloaded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unmapped => formatter.write_str("unmapped"),
            Self::Pinned(pin) => write!(formatter, "pinned: {pin}"),
        }
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held { handles: 1 } => formatter.write_str("something of it is still in use"),
            Self::Held { handles } => write!(formatter, "{handles} things of it are still in use"),
            Self::Threads(threads) => threads.fmt(formatter),
            Self::Unknown(problem) => write!(formatter, "the threads of this process cannot be looked at ({problem})"),
            Self::Callback(Callback::Variable) => formatter.write_str(
                "the C library or another one may call it: it has made a key for values of threads, as Rust code does that asks for the current thread, or has \
                 left a function pointer",
            ),
            Self::Callback(Callback::Signal) => formatter.write_str("it may have installed a handler of signals"),
            Self::Values(values) => write!(formatter, "{values}, and who has such a value needs the code"),
            Self::NotUnloadable => formatter.write_str("the file says that it must stay mapped"),
            Self::ThreadDestructors => formatter.write_str(
                "threads that called it have values of its thread-local variables, which are dropped when these threads end",
            ),
            Self::Linker => {
                formatter.write_str("the system's linker keeps it, for another library or for a symbol that must be unique")
            }
        }
    }
}
