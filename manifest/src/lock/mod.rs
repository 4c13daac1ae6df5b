//! `keyway.lock` as a file: reading it with every mistake at once, writing it in its one spelling, and telling how two of them differ.
//!
//! A host's lock says which plugins it was locked to, what they ask for, and what a person has decided about that. [`parse_lock`] reads
//! one, [`LockFile::to_text`] writes one, [`LockFile::renewed`] brings one up to date, [`differences`] compares two, and
//! [`ParsedLock::to_lock`] makes the `const` form that a build is held to. Nothing here looks at a clock.
//!
//! ```
//! use keyway_manifest::lock::{LockFile, parse_lock};
//!
//! let text = LockFile::default().to_text();
//! assert_eq!(parse_lock(&text, "keyway.lock")?.file, LockFile::default());
//! # Ok::<(), keyway_manifest::parse::Report>(())
//! ```

mod calendar;
mod change;
mod digest;
mod keys;
mod model;
mod order;
mod parsed;
mod permissions;
mod read;
mod renewal;
pub mod rules;
mod source;
mod text;
mod write;

pub use calendar::{Day, Moment, NotInCalendar};
pub use change::{Change, Extent, LockDifferences, PermissionChange, PluginDifferences, differences, permission_changes};
pub use digest::{Digest, DigestProblem};
pub use keys::{DECISIONS, LOCK_VERSION, TIERS};
pub use model::{Decision, LockEntry, LockFile, Verdict};
pub use order::OrderDifferences;
pub use parsed::ParsedLock;
pub use permissions::{Permission, Permissions};
pub use read::{parse_lock, parse_lock_to_renew, read_lock};
pub use rules::lock_too_large::LARGEST as LARGEST_LOCK;
pub use source::{PluginSource, SourceProblem};

/// The name of the file, in the folder of the host's Cargo.toml.
pub const LOCK_FILE: &str = "keyway.lock";
