//! The settings of the plugin.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use keyway::Error;
use serde::Deserialize;

use crate::Hashing;
use crate::session::Limits;

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AuthConfig {
    /// Who can sign in, by the name that they type.
    #[serde(default)]
    pub users: BTreeMap<String, UserConfig>,
    /// Minutes without a request after which a session ends.
    pub idle_minutes: u64,
    /// Hours after which a session ends, however much it is used.
    pub longest_hours: u64,
    /// How many sessions one user has at most; a new one ends the oldest.
    pub sessions_per_user: usize,
    /// How many passwords are checked at the same time; each check takes the memory that its hash says.
    pub parallel_checks: usize,
    /// What `keyway-cms hash-password` makes new hashes with.
    #[serde(default)]
    pub hashing: Hashing,
}

impl AuthConfig {
    /// How long sessions last, if the settings make sense.
    pub(crate) fn limits(&self) -> Result<Limits, Error> {
        let numbers = [
            ("idle-minutes", self.idle_minutes),
            ("longest-hours", self.longest_hours),
            ("sessions-per-user", self.sessions_per_user as u64),
            ("parallel-checks", self.parallel_checks as u64),
        ];
        for (key, number) in numbers {
            if !(1..=100_000).contains(&number) {
                return Err(Error::message(format!("`{key}` is {number}; set a number from 1 to 100000")));
            }
        }
        let longest = Duration::from_secs(self.longest_hours * 60 * 60);
        // A session does not rest for longer than it lasts.
        let idle = Duration::from_secs(self.idle_minutes * 60).min(longest);
        Ok(Limits { idle, longest, per_user: self.sessions_per_user })
    }
}

/// One user.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UserConfig {
    /// The hash of the password, as `keyway-cms hash-password` prints it.
    pub password: Option<String>,
    /// The name of a secret that holds the hash, in place of `password`.
    pub password_secret: Option<String>,
    /// What the user may do, such as `editor` and `admin`.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The name to show; without it, the one that the user types.
    pub name: Option<String>,
}

impl fmt::Debug for UserConfig {
    /// Without the hash, which may end in a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("UserConfig").field("roles", &self.roles).field("name", &self.name).finish_non_exhaustive()
    }
}
