//! State that a plugin keeps when it is reloaded: handed from the instance that serves to the one that takes its place.
//!
//! A plugin says in its attribute in which form it keeps its state, and implements [`Stateful`]. When the form changes, the version goes
//! up by one and an [`Upgrade`] says how the older form becomes the newer one. The attribute names the oldest form that is still taken;
//! a step that is missing between both is an error of the compiler, which names it.
//!
//! ```
//! use std::sync::atomic::{AtomicU64, Ordering};
//!
//! use keyway::prelude::*;
//! use keyway::state::{Stateful, Upgrade};
//!
//! /// Counts requests, also across reloads.
//! #[derive(Plugin)]
//! #[plugin(state(version = 2, migrates_from = 1), manifest_text = r#"
//!     manifest-version = 1
//!     [plugin]
//!     id = "doc.hits"
//!     version = "1.1.0"
//!     host = "*"
//! "#)]
//! pub struct Hits {
//!     served: AtomicU64,
//!     refused: AtomicU64,
//! }
//! # impl Lifecycle for Hits {
//! #     type Config = ();
//! #     async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
//! #         Ok(Self { served: AtomicU64::new(0), refused: AtomicU64::new(0) })
//! #     }
//! # }
//!
//! impl Stateful for Hits {
//!     /// Served, refused. Version 1 had the first one only.
//!     type State = (u64, u64);
//!
//!     fn save_state(&self) -> Result<(u64, u64), Error> {
//!         Ok((self.served.load(Ordering::Relaxed), self.refused.load(Ordering::Relaxed)))
//!     }
//!
//!     fn restore_state(&self, (served, refused): (u64, u64)) -> Result<(), Error> {
//!         self.served.store(served, Ordering::Relaxed);
//!         self.refused.store(refused, Ordering::Relaxed);
//!         Ok(())
//!     }
//! }
//!
//! impl Upgrade<1> for Hits {
//!     type Old = u64;
//!     type New = (u64, u64);
//!
//!     fn upgrade(served: u64) -> Result<(u64, u64), Error> {
//!         Ok((served, 0))
//!     }
//! }
//! # fn main() {}
//! ```

mod carry;
mod step;

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Plugin};

#[doc(hidden)]
pub use carry::{Carried, StateReader, StateWriter, downgraded, no_such_version, read_at, restored, saved, upgraded, write_at};
pub use step::{Downgrade, Upgrade};

/// Says that the attribute of a plugin has `state(…)`: written by `#[derive(Plugin)]`, not by hand.
#[diagnostic::on_unimplemented(
    message = "KW0261 the attribute of the plugin `{Self}` says nothing of the state that it keeps",
    label = "`state(…)` is missing in the attribute of this plugin",
    note = "write `#[plugin(state(version = 1))]`, so that the host hands the state over"
)]
pub trait KeepsState: Plugin {}

/// A plugin that keeps a state when it is reloaded. Its attribute says `state(version = …)`.
///
/// The host takes the state from the instance that serves and gives it to the one that takes its place. It does so twice: once while the
/// old one still serves, so that whatever is wrong is found before anything happens, and once more after the last call of the old one
/// has ended, so that nothing is lost. The state travels as bytes, which the host writes and reads.
///
/// Not everything belongs here: what must outlive the program goes into [storage](crate::capability::KeyValue).
#[diagnostic::on_unimplemented(
    message = "KW0264 the attribute of the plugin `{Self}` says that it keeps a state, and the plugin does not say which",
    label = "`Stateful` is not implemented for this plugin",
    note = "write `impl Stateful for {Self}`, or remove `state(…)` from the attribute"
)]
pub trait Stateful: KeepsState {
    /// What is handed over: a form of its own, because it must be read by later versions of the plugin.
    type State: Serialize + DeserializeOwned;

    /// Takes a copy of the state. The plugin goes on serving, and keeps what it has: a reload may yet fail.
    ///
    /// It must not wait, and not block its thread for long: at its second call, the calls of the plugin wait for it.
    ///
    /// # Errors
    /// Whatever keeps the state from being handed over. The reload fails then, and the plugin goes on as it is.
    fn save_state(&self) -> Result<Self::State, Error>;

    /// Puts a state in place of what is there. Called after `init` and before `start`, and once more, with the newest state, before the
    /// first call.
    ///
    /// # Errors
    /// Whatever is wrong with the state. The reload fails then, and the older instance goes on serving.
    fn restore_state(&self, state: Self::State) -> Result<(), Error>;
}

/// Whether a plugin gives its state to an older version of itself, which knows only an older form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, keyway::Boundary)]
pub enum Downgrades {
    /// It does, and nothing is lost: `downgrade = "supported"`.
    Supported,
    /// It does, and something is lost, which the host tells the operator: `downgrade = "lossy"`.
    Lossy,
    /// It does not; this is so unless said otherwise: `downgrade = "refused"`.
    Refused,
}

impl Downgrades {
    /// As the attribute has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Lossy => "lossy",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for Downgrades {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The forms of a plugin's state: what its attribute says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, keyway::Boundary)]
pub struct StateInfo {
    /// The form that it saves.
    pub version: u32,
    /// The oldest form that it takes.
    pub migrates_from: u32,
    /// Whether it also saves the older ones down to that.
    pub downgrade: Downgrades,
}

impl StateInfo {
    /// The form in which this one, which serves, is to save its state for `next`; `None` when they have no form in common.
    #[must_use]
    pub const fn version_for(self, next: Self) -> Option<u32> {
        if next.version >= self.version {
            return if is_taken_by(self.version, next) { Some(self.version) } else { None };
        }
        if matches!(self.downgrade, Downgrades::Refused) || !is_taken_by(next.version, self) {
            return None;
        }
        Some(next.version)
    }
}

const fn is_taken_by(version: u32, by: StateInfo) -> bool {
    by.migrates_from <= version && version <= by.version
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn info(version: u32, migrates_from: u32, downgrade: Downgrades) -> StateInfo {
        StateInfo { version, migrates_from, downgrade }
    }

    #[test]
    fn the_older_of_both_forms_is_handed_over() {
        use Downgrades::{Lossy, Refused, Supported};
        let cases = [
            (info(2, 1, Refused), info(2, 2, Refused), Some(2), "the same form"),
            (info(1, 1, Refused), info(3, 1, Refused), Some(1), "the new one migrates"),
            (info(1, 1, Refused), info(3, 2, Refused), None, "too old for the new one"),
            (info(3, 1, Refused), info(2, 1, Refused), None, "the old one does not go back"),
            (info(3, 1, Supported), info(2, 1, Refused), Some(2), "the old one goes back"),
            (info(3, 1, Lossy), info(1, 1, Refused), Some(1), "and so far"),
            (info(3, 2, Supported), info(1, 1, Refused), None, "but not further than it knows"),
        ];
        for (serving, next, expected, what) in cases {
            assert_eq!(serving.version_for(next), expected, "{what}");
        }
    }
}
