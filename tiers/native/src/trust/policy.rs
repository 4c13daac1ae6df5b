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
            let place = match publisher.location.file {
                "" => String::new(),
                file => format!(" ({file}:{})", publisher.location.line),
            };
            for (index, key) in publisher.keys.iter().enumerate() {
                let whose = || format!("key {} of the publisher `{}`{place}", index + 1, publisher.name);
                PublicKey::parse(key).map_or_else(|refusal| found.push(in_policy(refusal, &whose())), |key| keys.push(key));
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
                Err(refusal) => found.push(in_policy(refusal, &format!("the revoked key `{key}`"))),
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

/// A key that cannot be read, with the place where it stands: the policy is compiled into the program.
fn in_policy(refusal: Refusal, whose: &str) -> Refusal {
    refusal.of(whose).with_help("write the second line of the `.pub` file there, and build the program anew".to_owned())
}

#[cfg(test)]
mod tests {
    use keyway_manifest::{Location, NativePublisher};

    use super::*;

    #[test]
    fn keys_that_cannot_be_read_are_named_with_their_places() {
        const KEY: &str = "RWSzw1cMeKuek0IqjSB9lqkjCr0PklppWUNPKCT7i5rRP16SgQQ2MXGB";
        const PLACE: Location = Location { file: "host.toml", line: 7, ..Location::UNKNOWN };
        let native = NativePolicy {
            publishers: &[NativePublisher { name: "Acme", keys: &[KEY, "RWX"], ids: &["acme.*"], location: PLACE }],
            revoked_keys: &["gone"],
            ..NativePolicy::DEFAULT
        };
        let refusals = Policy::of(&native).expect_err("two keys are none");
        let told: Vec<_> = refusals.iter().map(ToString::to_string).collect();
        assert!(told[0].contains("key 2 of the publisher `Acme` (host.toml:7): a public key cannot be read"), "{told:?}");
        assert!(told[1].contains("the revoked key `gone`: ") && told.len() == 2, "{told:?}");
    }
}
