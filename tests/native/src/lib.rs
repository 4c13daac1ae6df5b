//! The SDK of the plugins below this folder: a point through which a test says what is to go wrong, and what two releases of a plugin extend.

use keyway::{CallError, Error};

keyway::sdk!();

/// Does what it is told.
#[keyway::extension_point(id = "test.trial", version = "1.0.0", on_failure = "closed", break_on = "nothing")]
pub trait Trial {
    /// Does it now.
    ///
    /// # Errors
    /// If it was told so.
    fn now(&self, act: &str) -> Result<String, Error>;

    /// Does it in a future.
    ///
    /// # Errors
    /// If it was told so.
    async fn later(&self, act: &str) -> Result<String, Error>;
}

/// Counts.
#[keyway::extension_point(id = "service.count", version = "1.0.0", on_failure = "closed")]
pub trait Count {
    /// How often this was called, over all releases of the plugin.
    ///
    /// # Errors
    /// When the plugin cannot be called.
    fn count(&self) -> Result<u64, CallError>;

    /// Which release answers.
    ///
    /// # Errors
    /// When the plugin cannot be called.
    fn release(&self) -> Result<String, CallError>;
}

/// What only a later release has.
#[keyway::extension_point(id = "test.extra", version = "1.0.0", on_failure = "closed")]
pub trait Extra {
    /// How often the state was upgraded.
    ///
    /// # Errors
    /// When the plugin cannot be called.
    fn upgrades(&self) -> Result<u64, CallError>;
}
