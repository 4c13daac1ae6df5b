//! Files of plugins, read safely: who may have written them, one reading, and a copy that nobody can change.

mod copies;
mod digest;
mod digest_cache;
mod folder;
mod reading;
mod refusal;
mod rules;
mod sealed;
mod stamp;
mod walk;

pub use copies::Copies;
pub use digest::Digest;
pub use digest_cache::DigestCache;
pub use folder::{EntryKind, Folder, Whole};
pub use refusal::{Reason, Refusal, Refusals};
pub use rules::{FileRules, shell_command};
pub use sealed::{Sealed, SealedReader};
pub use stamp::Stamp;

pub(crate) use folder::signature_of;
pub(crate) use reading::blake2b;
#[cfg(unix)]
pub(crate) use rules::Access;
pub(crate) use rules::{Facts, Kind};
