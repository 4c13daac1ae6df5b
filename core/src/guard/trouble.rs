//! What a shield answers in one machine word: nothing, as nearly always, or what went wrong.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Panicked;
use crate::Error;

/// What went wrong in a call that otherwise answers nothing.
#[derive(keyway::Boundary)]
#[doc(hidden)]
pub enum Trouble {
    /// The plugin says so.
    Failed(Error),
    /// It panicked.
    Panicked(Panicked),
}

impl Trouble {
    /// Runs `work` and catches its panic. What went wrong is boxed, so that the answer of a call that went well is handed back in a
    /// register, not written to memory and read again.
    ///
    /// # Errors
    /// What went wrong.
    #[inline]
    pub fn catch(work: impl FnOnce() -> Result<(), Error>) -> Result<(), Box<Self>> {
        match catch_unwind(AssertUnwindSafe(|| work().map_err(Self::failed))) {
            Ok(answer) => answer,
            Err(payload) => Err(Self::panicked(payload)),
        }
    }

    /// The answer as guards of extension points know it.
    #[cfg(feature = "host")]
    pub(crate) fn answer(heard: Result<(), Box<Self>>) -> Result<Result<(), Error>, Panicked> {
        match heard.map_err(|trouble| *trouble) {
            Ok(()) => Ok(Ok(())),
            Err(Self::Failed(error)) => Ok(Err(error)),
            Err(Self::Panicked(panic)) => Err(panic),
        }
    }

    #[cold]
    fn failed(error: Error) -> Box<Self> {
        Box::new(Self::Failed(error))
    }

    #[cold]
    fn panicked(payload: Box<dyn Any + Send>) -> Box<Self> {
        Box::new(Self::Panicked(Panicked::from_payload(payload)))
    }
}

impl fmt::Debug for Trouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Failed(_) => "Failed",
            Self::Panicked(_) => "Panicked",
        })
    }
}
