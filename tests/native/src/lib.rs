//! The SDK of the plugins below this folder: one extension point, through which a test says what is to go wrong.

use keyway::Error;

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
