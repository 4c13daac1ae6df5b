//! The identifier of a plugin, service or extension point, with its hash computed once.

use crate::text;

/// A reverse-DNS style identifier such as `site.sitemap`, with a 64-bit hash for constant-time look-ups.
///
/// Equality compares the hash first and then the text, so a hash collision is never an equality.
#[derive(Clone, Copy, Eq)]
pub struct PluginId {
    text: &'static str,
    hash: u64,
}

impl PluginId {
    /// Where its text and its hash lie, in bytes from its start: for the layouts of what crosses to a library.
    #[doc(hidden)]
    pub const OFFSETS: [usize; 2] = [core::mem::offset_of!(Self, text), core::mem::offset_of!(Self, hash)];

    /// Makes an identifier and its hash (FNV-1a, 64 bits, <http://www.isthe.com/chongo/tech/comp/fnv/>); the form is not checked here.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self { text, hash: Self::hash_text(text) }
    }

    /// The 64-bit FNV-1a hash of any text.
    #[must_use]
    pub const fn hash_text(text: &str) -> u64 {
        let bytes = text.as_bytes();
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        let mut index = 0;
        while index < bytes.len() {
            hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0100_0000_01b3);
            index += 1;
        }
        hash
    }

    /// Puts together an identifier whose hash was computed before, as the derive does to spare rustc the loop.
    #[must_use]
    pub const fn from_parts(text: &'static str, hash: u64) -> Self {
        Self { text, hash }
    }

    /// The identifier as written.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        self.text
    }

    /// The 64-bit FNV-1a hash of the text.
    #[must_use]
    pub const fn hash(&self) -> u64 {
        self.hash
    }

    /// Equality that also runs inside rustc.
    #[must_use]
    pub const fn same(&self, other: &Self) -> bool {
        self.hash == other.hash && text::equal(self.text, other.text)
    }
}

impl PartialEq for PluginId {
    fn eq(&self, other: &Self) -> bool {
        self.same(other)
    }
}

impl core::hash::Hash for PluginId {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl core::fmt::Display for PluginId {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.text)
    }
}

impl core::fmt::Debug for PluginId {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Debug::fmt(self.text, formatter)
    }
}

impl Ord for PluginId {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.text.cmp(other.text)
    }
}

impl PartialOrd for PluginId {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::PluginId;

    #[test]
    fn both_forms_show_the_text_alone() {
        let id = PluginId::new("site.sitemap");
        assert_eq!(format!("{id} {id:?}"), "site.sitemap \"site.sitemap\"");
    }
}
