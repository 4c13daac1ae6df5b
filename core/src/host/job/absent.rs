//! In a build without the feature `data`, when jobs were last due is known as long as the host runs.

use std::time::SystemTime;

use super::last_times::{Key, Times};
use crate::host::data::DataFolder;
use crate::host::failure::Problem;

/// What keeps nothing, and is never made.
pub(super) enum Database {}

impl Database {
    #[expect(clippy::unnecessary_wraps, reason = "the same signature as with the feature `data`")]
    pub(super) const fn open(_: &DataFolder, _: SystemTime) -> Result<Option<(Self, Times)>, Problem> {
        Ok(None)
    }

    pub(super) const fn keep(&self, _: &Key, _: SystemTime, _: SystemTime) {
        match *self {}
    }
}
