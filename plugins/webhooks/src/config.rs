//! The plugin's settings.

use std::collections::BTreeSet;
use std::time::Duration;

use keyway::Error;
use keyway::manifest::{ScopeKind, scope_matches};
use serde::Deserialize;

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WebhooksConfig {
    /// Who is told of what.
    pub endpoints: Vec<Endpoint>,
    /// How often a delivery is tried before it is given up.
    pub attempts: u32,
    /// Seconds until the second attempt; each further one waits four times as long.
    pub first_retry_seconds: u64,
    /// The most seconds between two attempts.
    pub longest_retry_seconds: u64,
    /// Seconds that an endpoint has to answer.
    pub timeout_seconds: u64,
    /// An endpoint that has failed for so many days is sent nothing any more.
    pub give_up_days: u64,
}

/// One address that is told of events.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Endpoint {
    /// Its name: small letters, digits and `-`.
    pub name: String,
    /// Where to send: an `https` URL.
    pub url: String,
    /// The topics, as patterns: `content.*`, `**`.
    pub topics: Vec<String>,
    /// Name of the secret with which requests are signed; `webhook-<name>` when it is not given.
    pub secret: Option<String>,
}

impl Endpoint {
    /// The name of its secret.
    pub(crate) fn secret(&self) -> String {
        self.secret.clone().unwrap_or_else(|| format!("webhook-{}", self.name))
    }

    /// Whether it wants to know of a topic.
    pub(crate) fn wants(&self, topic: &str) -> bool {
        self.topics.iter().any(|pattern| scope_matches(ScopeKind::Topic, pattern, topic))
    }

    /// The part of its URL that may be shown; what follows may be a secret.
    pub(crate) fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().unwrap_or(rest)
    }

    fn check(&self) -> Result<(), Error> {
        let name = &self.name;
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > 64 || !name.bytes().all(is_name) {
            return Err(Error::message(format!(
                "an endpoint is called `{}`; use small letters, digits and `-`, 64 at most",
                name.escape_debug()
            )));
        }
        if !self.url.starts_with("https://") || self.host().is_empty() || self.host().contains('@') {
            return Err(Error::message(format!(
                "the endpoint `{name}` has no `https` address; write `url = \"https://hooks.example/…\"`"
            )));
        }
        if self.topics.is_empty() {
            return Err(Error::message(format!("the endpoint `{name}` has no topics; write `topics = [\"comment.posted\"]`")));
        }
        Ok(())
    }
}

impl WebhooksConfig {
    /// # Errors
    /// When something in it makes no sense; the message says what to write.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let mut names = BTreeSet::new();
        for endpoint in &self.endpoints {
            endpoint.check()?;
            if !names.insert(&endpoint.name) {
                return Err(Error::message(format!(
                    "two endpoints are called `{}`; give one of them another name",
                    endpoint.name
                )));
            }
        }
        for (key, value) in [
            ("attempts", u64::from(self.attempts)),
            ("timeout-seconds", self.timeout_seconds),
            ("give-up-days", self.give_up_days),
        ] {
            if value == 0 {
                return Err(Error::message(format!("`{key}` is 0; write at least 1")));
            }
        }
        Ok(())
    }

    pub(crate) const fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }

    pub(crate) const fn give_up(&self) -> Duration {
        Duration::from_secs(self.give_up_days.saturating_mul(24 * 3600))
    }
}
