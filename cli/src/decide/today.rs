//! What time it is.

use std::time::{SystemTime, UNIX_EPOCH};

use keyway_manifest::lock::Moment;

/// This second, by the clock of the system. A clock before 1970 or after 9999 is wrong, and counts as 1970.
pub(crate) fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Moment::new(since).unwrap_or(Moment::EPOCH)
}
