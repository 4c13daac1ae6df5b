//! What a host asks of libraries, taken from its policy.

use std::collections::BTreeSet;

use keyway_manifest::{Checksums, NativePolicy};

use super::minisign::PublicKey;
use super::publisher::{Keyring, Publisher};
use crate::file::{Refusal, Refusals};

/// What a host asks of the libraries that it loads.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// The publishers whose signatures count. A plugin that one of them may sign must be signed by one of them.
    pub keyring: Keyring,
    /// Whether only plugins of these publishers are taken. Otherwise a plugin that none of them may sign is taken unsigned.
    pub require_signature: bool,
    /// Whether a library must stand in `SHA256SUMS` beside it, or in the lock, which says more.
    pub require_digest: bool,
    /// Ids of plugins that may go back to an older version than the highest that ran before.
    pub older: BTreeSet<String>,
}

impl Policy {
    /// What the table `[native]` of a host's policy asks for.
    ///
    /// # Errors
    /// KW0732 and KW0737 for keys and patterns that cannot be used, all at once.
    pub fn of(native: &NativePolicy) -> Result<Self, Refusals> {
        let mut found: Vec<Refusal> = Vec::new();
        let mut publishers = Vec::new();
        for publisher in native.publishers {
            let mut keys = Vec::new();
            for key in publisher.keys {
                PublicKey::parse(key).map_or_else(|refusal| found.push(refusal), |key| keys.push(key));
            }
            if keys.len() == publisher.keys.len() {
                match Publisher::new(publisher.name, keys, publisher.ids.iter().copied()) {
                    Ok(publisher) => publishers.push(publisher),
                    Err(refusal) => found.push(refusal),
                }
            }
        }
        let mut keyring = Keyring::new(publishers);
        for key in native.revoked_keys {
            match PublicKey::parse(key) {
                Ok(key) => keyring = keyring.revoke_key(key),
                Err(refusal) => found.push(refusal),
            }
        }
        let policy = Self {
            keyring,
            require_signature: native.require_signature,
            require_digest: native.checksums == Checksums::Required,
            ..Self::default()
        };
        Refusals::unless_any(found, policy)
    }
}
