//! Opening a library in another process first: a constructor that crashes there does not crash the host.
//!
//! Constructors run while a library is loaded, before anything of it is called, and nothing can catch one that writes to a wrong address,
//! aborts, exits or never returns. [`open`] has a child do it: the host's own program, started once more from `/proc/self/exe`, which loads the
//! sealed copy and reports before `main` is reached. So it is the same program with the same libraries, no further file has to be installed, and
//! the host's code need not know of it. A fork without a new start would not do: in a program with threads the child may only use what is safe
//! in a signal handler, and a constructor that exits would run the host's own destructors.
//!
//! A probe is no sandbox and no verification: the child has the rights of the host, so only a library that was verified is probed. It finds what
//! happens in every process, not what depends on the state of this one. It takes about as long as the start of the program up to `main` and the
//! loading together.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod child;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod parent;

use std::fmt;
use std::io;
use std::time::Duration;

use crate::file::Sealed;
use crate::image::LoadError;

/// How long a library may take to open in a probe unless something else is said.
pub const DEFAULT_LIMIT: Duration = Duration::from_secs(10);

/// Why a library must not be loaded, or could not be probed.
#[derive(Debug)]
#[non_exhaustive]
pub enum ProbeError {
    /// The linker refuses it, as it would in the host.
    Refused(LoadError),
    /// Loading it ended the process. KW0747.
    Ended {
        /// The file it came from.
        origin: String,
        /// How the process ended, as a phrase: `was ended by the signal SIGSEGV`.
        how: String,
        /// The beginning of what it wrote to its standard error, in one line and without control characters.
        said: String,
    },
    /// Loading it took longer than the limit, and the process was ended. KW0748.
    Hung {
        /// The file it came from.
        origin: String,
        /// The limit.
        limit: Duration,
        /// The beginning of what it wrote to its standard error, in one line and without control characters.
        said: String,
    },
    /// Libraries cannot be probed here. KW0749.
    Unavailable {
        /// What is in the way, as a phrase.
        what: String,
    },
}

/// Loads a sealed library in a child process and ends it again.
///
/// Blocks until the child has reported, at most for `limit`.
///
/// # Errors
/// The library cannot be loaded without harm, or no child can be started.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn open(sealed: &Sealed, limit: Duration) -> Result<(), ProbeError> {
    parent::open(sealed, limit)
}

/// Libraries are not probed on this system.
///
/// # Errors
/// Always [`ProbeError::Unavailable`].
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn open(_sealed: &Sealed, _limit: Duration) -> Result<(), ProbeError> {
    Err(ProbeError::Unavailable { what: "this system has no sealed copies that a child could be given".to_owned() })
}

impl ProbeError {
    /// Its code, for example `KW0747`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(err) => err.code(),
            Self::Ended { .. } => "KW0747",
            Self::Hung { .. } => "KW0748",
            Self::Unavailable { .. } => "KW0749",
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn system(doing: &str, problem: impl Into<io::Error>) -> Self {
        Self::Unavailable { what: format!("{doing}: {}", problem.into()) }
    }
}

impl fmt::Display for ProbeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match self {
            Self::Refused(err) => return err.fmt(formatter),
            Self::Unavailable { what } => {
                return write!(
                    formatter,
                    "KW0749 libraries cannot be probed here: {what}\n  help: see to it, or set `probe = false` in the policy's `[native]` table: \
                     a library whose constructors crash then takes the program with it"
                );
            }
            Self::Ended { origin, how, said } => {
                write!(formatter, "KW0747 a process that loaded `{origin}` {how} before anything of the library was called")?;
                said
            }
            Self::Hung { origin, limit, said } => {
                write!(formatter, "KW0748 loading `{origin}` had not come to an end after {limit:?}")?;
                said
            }
        };
        formatter.write_str(
            "\n  help: this is a constructor of the library or of one that it needs (`readelf -d FILE` lists INIT_ARRAY and NEEDED); it was loaded in a process of its \
             own, and the program goes on without it",
        )?;
        if said.is_empty() { Ok(()) } else { write!(formatter, "\n  it wrote: {said}") }
    }
}

impl std::error::Error for ProbeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if let Self::Refused(err) = self { Some(err) } else { None }
    }
}
