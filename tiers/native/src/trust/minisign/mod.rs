//! Keys and signatures in the formats of the program minisign: what it signs verifies here, and the reverse.
//!
//! A signature is Ed25519 over the BLAKE2b-512 hash of the file, and a second one over the first and the trusted comment. The older form
//! over the file itself (`Ed`) is refused: minisign has not made it by default since 2020. Secret keys are read and written without a
//! password (`minisign -G -W`), and with one by the feature `password`.

#[cfg(feature = "password")]
mod password;
mod public_key;
mod secret_key;
mod signature;
mod text;

pub use public_key::{KeyId, PublicKey};
pub use secret_key::SecretKey;
pub use signature::Signature;
