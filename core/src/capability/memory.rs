//! Where memory is booked that a plugin takes from an arena.

use super::OverLimit;

/// Books memory against the plugin's limit; a host gives it.
#[keyway::boundary]
pub trait MemorySource: Send + Sync {
    /// Books so many bytes.
    ///
    /// # Errors
    /// When the plugin would have more than it may have; nothing is booked then.
    fn take(&self, bytes: u64) -> Result<(), OverLimit>;

    /// Books that so many bytes are free again.
    fn give_back(&self, bytes: u64);
}
