//! Which plugins a host loads as shared libraries: the table `[native]` of `host.toml` as `const` data.

use crate::{Location, PluginId};

/// The rules for native plugins. A host whose policy has none loads none.
#[derive(Debug, Clone, Copy)]
pub struct NativePolicy {
    /// Whether a library must be signed by one of [`publishers`](Self::publishers).
    pub require_signature: bool,
    /// Who may sign.
    pub publishers: &'static [NativePublisher],
    /// Public keys whose signatures no longer count, in minisign's form, whoever they belong to.
    pub revoked_keys: &'static [&'static str],
    /// Whether a library must stand in a `SHA256SUMS` beside it.
    pub checksums: Checksums,
    /// Whether a process of its own opens a library first, so that a constructor which crashes takes that process along and not the host.
    pub probe: bool,
    /// Whether a library may import symbols for what its manifest does not declare.
    pub undefined_symbols: UndefinedSymbols,
    /// What becomes of a library that is no longer used.
    pub unload: Unload,
    /// How many images of one plugin may be mapped in the life of the process.
    pub generations: u32,
    /// Bytes that one file may have.
    pub file_size: u64,
    /// How many libraries are looked at in one folder.
    pub files: u32,
}

/// Whose signatures count, and for which plugins.
#[derive(Debug, Clone, Copy)]
pub struct NativePublisher {
    /// The name that messages show.
    pub name: &'static str,
    /// The publisher's public keys in minisign's form; a signature by any of them counts.
    pub keys: &'static [&'static str],
    /// The ids that the publisher's plugins may have: whole ids, `acme.*` for all that begin with `acme.`, or `*` for all.
    pub ids: &'static [&'static str],
    /// Where it is written.
    pub location: Location,
}

/// When a file of checksums is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Checksums {
    /// What stands in a `SHA256SUMS` must agree; there need not be one.
    IfPresent,
    /// There must be one, and the library must stand in it.
    Required,
}

/// What is done about the symbols that a library imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UndefinedSymbols {
    /// They are not looked at.
    Allow,
    /// A library that imports what its manifest does not declare is refused.
    Check,
}

/// What becomes of a library that is no longer used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unload {
    /// It is unmapped where that can be done, and the host tells what the memory map says afterwards.
    Try,
    /// It stays mapped.
    Never,
}

impl NativePolicy {
    /// What an empty `[native]` means: signatures are asked for, and nobody may sign.
    pub const DEFAULT: Self = Self {
        require_signature: true,
        publishers: &[],
        revoked_keys: &[],
        checksums: Checksums::IfPresent,
        probe: false,
        undefined_symbols: UndefinedSymbols::Allow,
        unload: Unload::Never,
        generations: 16,
        file_size: 64 << 20,
        files: 100,
    };

    /// Whether some native plugin may have this id at all.
    #[must_use]
    pub const fn may_load(&self, id: &PluginId) -> bool {
        let mut index = 0;
        while index < self.publishers.len() {
            if self.publishers[index].covers(id) {
                return true;
            }
            index += 1;
        }
        !self.require_signature
    }
}

impl NativePublisher {
    /// Whether the publisher's plugins may have this id.
    #[must_use]
    pub const fn covers(&self, id: &PluginId) -> bool {
        let mut index = 0;
        while index < self.ids.len() {
            if matches(self.ids[index].as_bytes(), id.as_str().as_bytes()) {
                return true;
            }
            index += 1;
        }
        false
    }
}

/// Whether an id is the pattern, or begins with what stands before the star at its end.
const fn matches(pattern: &[u8], id: &[u8]) -> bool {
    let fixed = match pattern {
        [fixed @ .., b'*'] if fixed.len() < id.len() => fixed,
        [.., b'*'] => return false,
        whole if whole.len() == id.len() => whole,
        _ => return false,
    };
    let mut index = 0;
    while index < fixed.len() {
        if fixed[index] != id[index] {
            return false;
        }
        index += 1;
    }
    true
}

impl Checksums {
    /// The word for it in `host.toml`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IfPresent => "if-present",
            Self::Required => "required",
        }
    }
}

impl UndefinedSymbols {
    /// The word for it in `host.toml`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Check => "check",
        }
    }
}

impl Unload {
    /// The word for it in `host.toml`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Try => "try",
            Self::Never => "never",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publisher_signs_for_its_own_ids() {
        const ACME: NativePublisher =
            NativePublisher { name: "Acme", keys: &[], ids: &["acme.*", "shop.cart"], location: Location::UNKNOWN };
        let covers = |id| ACME.covers(&PluginId::new(id));
        assert!(covers("acme.feed") && covers("acme.feed.extra") && covers("shop.cart"));
        assert!(!covers("acmes.feed") && !covers("shop.cart2") && !covers("evil.acme.feed"));
        let policy = NativePolicy { publishers: &[ACME], ..NativePolicy::DEFAULT };
        assert!(policy.may_load(&PluginId::new("acme.feed")) && !policy.may_load(&PluginId::new("other.feed")));
        let open = NativePolicy { require_signature: false, ..NativePolicy::DEFAULT };
        assert!(open.may_load(&PluginId::new("other.feed")));
    }
}
