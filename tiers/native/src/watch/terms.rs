//! How folders are watched.

use std::time::Duration;

/// How folders of plugins are watched. `Default` is what the guide says: a second without a change, ten seconds between two reloads of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchTerms {
    /// How long the files of a plugin must stay as they are before they are read, and again between two readings.
    pub debounce: Duration,
    /// How long nothing is done about a plugin after its last reload.
    pub cool_down: Duration,
    /// A reload that takes longer is slow.
    pub slow: Duration,
    /// After so many slow reloads in a row the plugin is no longer watched.
    pub slow_in_a_row: u32,
    /// How many files are read in one pass at most.
    pub files: u32,
    /// How many bytes are read in one pass at most.
    pub bytes: u64,
    /// How often folders are looked through that the system does not watch.
    pub poll: Duration,
    /// How often folders are looked through all the same that the system does watch: it tells nothing of network file systems, nor of a
    /// symbolic link above the folder that leads elsewhere.
    pub sweep: Duration,
    /// Whether the system is not asked to watch at all.
    pub only_poll: bool,
}

impl Default for WatchTerms {
    fn default() -> Self {
        Self {
            debounce: Duration::from_secs(1),
            cool_down: Duration::from_secs(10),
            slow: Duration::from_secs(10),
            slow_in_a_row: 3,
            files: 100,
            bytes: 64 << 20,
            poll: Duration::from_secs(2),
            sweep: Duration::from_secs(60),
            only_poll: false,
        }
    }
}
