//! Whether a library is the one that was meant: digests, signatures, publishers, and versions that were seen before.

mod checksums;
mod evidence;
mod minisign;
mod policy;
mod publisher;
mod statement;
mod verify;
mod versions;

pub use checksums::Checksums;
pub use evidence::{Beside, Claim, Evidence, Locked, MANIFEST};
pub use minisign::{KeyId, PublicKey, SecretKey, Signature};
pub use policy::Policy;
pub use publisher::{Keyring, Publisher};
pub use statement::Statement;
pub use verify::{Inspection, Signer, Verified, inspect, verify};
pub use versions::Versions;
