//! Sessions: whose a cookie is, for how long, and how it ends.
//!
//! The cookie is a random number of 256 bits. Only its hash is kept, so that whoever reads the storage cannot use it. What is kept has two
//! parts: the session itself, which is written once, and when it was last seen, which is written again and again. Both must be there; so a
//! request that is being answered while somebody signs out cannot bring their session back.

use std::time::Duration;

use keyway::capability::DataError;
use keyway::prelude::*;
use keyway_cms_sdk::hexadecimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How long sessions last, and how many of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) idle: Duration,
    pub(crate) longest: Duration,
    pub(crate) per_user: usize,
}

/// The sessions of all users.
#[derive(Debug)]
pub(crate) struct Sessions {
    kv: KeyValue,
    limits: Limits,
}

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// The name of the user.
    pub(crate) user: String,
    /// Which password it was begun with: with another one, the sessions of the former end.
    pub(crate) password: String,
    /// When it began, in milliseconds since 1970.
    pub(crate) begun: u64,
}

/// Why it cannot be told whose a cookie is.
#[derive(Debug)]
pub(crate) enum SessionError {
    /// The storage failed.
    Data(DataError),
    /// What is kept is no session.
    Damaged,
}

impl std::fmt::Display for SessionError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Data(error) => write!(formatter, "the storage of sessions failed: {error}"),
            Self::Damaged => formatter.write_str("a session in the storage is damaged, so it is not used"),
        }
    }
}

impl std::error::Error for SessionError {}

impl From<DataError> for SessionError {
    fn from(error: DataError) -> Self {
        Self::Data(error)
    }
}

impl Sessions {
    pub(crate) const fn new(kv: KeyValue, limits: Limits) -> Self {
        Self { kv, limits }
    }

    /// How long a session lasts at most.
    pub(crate) const fn longest(&self) -> Duration {
        self.limits.longest
    }

    /// Begins a session and answers its cookie. When the user has too many, the oldest end. `number` is random, and `now` in
    /// milliseconds since 1970.
    pub(crate) async fn begin(&self, session: &Session, number: [u8; 32], now: u64) -> Result<String, SessionError> {
        self.make_room(&session.user).await?;
        let cookie = format!("{}.{}", tag(&session.user), hexadecimal(&number));
        // The cookie was just made to be one.
        let Some(key) = Key::of(&cookie) else { return Err(SessionError::Damaged) };
        let text = serde_json::to_vec(session).map_err(|_| SessionError::Damaged)?;
        self.kv.set_for(self.limits.longest, &key.session(), text).await?;
        self.see(&key, now).await?;
        Ok(cookie)
    }

    /// The session of a cookie, if it is one and has not ended; it is seen then.
    pub(crate) async fn find(&self, cookie: &str, now: u64) -> Result<Option<Session>, SessionError> {
        let Some(key) = Key::of(cookie) else { return Ok(None) };
        let Some(session) = self.read(&key.session()).await? else { return Ok(None) };
        let Some(seen) = self.kv.get(&key.seen()).await? else { return Ok(None) };
        let seen: u64 = std::str::from_utf8(&seen).ok().and_then(|text| text.parse().ok()).ok_or(SessionError::Damaged)?;
        if is_over(session.begun, self.limits.longest, now) || is_over(seen, self.limits.idle, now) {
            self.end(cookie).await?;
            return Ok(None);
        }
        // Written for a small part of the requests only: a write waits for the disk.
        if is_over(seen, self.limits.idle / 20, now) {
            self.see(&key, now).await?;
        }
        Ok(Some(session))
    }

    /// Ends the session of a cookie, if there is one.
    pub(crate) async fn end(&self, cookie: &str) -> Result<(), SessionError> {
        let Some(key) = Key::of(cookie) else { return Ok(()) };
        self.kv.delete(&key.session()).await?;
        self.kv.delete(&key.seen()).await?;
        Ok(())
    }

    /// Ends all sessions of a user. Answers how many there were.
    pub(crate) async fn end_all(&self, user: &str) -> Result<usize, SessionError> {
        let mut ended = 0;
        loop {
            let keys = self.kv.list(&Key::all_of(user), 1000).await?;
            if keys.is_empty() {
                return Ok(ended);
            }
            for key in keys {
                ended += usize::from(self.kv.delete(&key).await?);
                self.kv.delete(&key.replacen("sessions/", "seen/", 1)).await?;
            }
        }
    }

    /// How many sessions a user has.
    pub(crate) async fn count(&self, user: &str) -> Result<usize, SessionError> {
        Ok(self.kv.list(&Key::all_of(user).replacen("sessions/", "seen/", 1), 1000).await?.len())
    }

    async fn read(&self, key: &str) -> Result<Option<Session>, SessionError> {
        let Some(bytes) = self.kv.get(key).await? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|_| SessionError::Damaged)
    }

    async fn see(&self, key: &Key<'_>, now: u64) -> Result<(), SessionError> {
        Ok(self.kv.set_for(self.limits.idle, &key.seen(), now.to_string()).await?)
    }

    /// Ends the oldest sessions of a user until there is room for one more.
    async fn make_room(&self, user: &str) -> Result<(), SessionError> {
        let keys = self.kv.list(&Key::all_of(user), 1000).await?;
        let Some(surplus) = (keys.len() + 1).checked_sub(self.limits.per_user).filter(|surplus| *surplus > 0) else {
            return Ok(());
        };
        let mut by_age = Vec::with_capacity(keys.len());
        for key in keys {
            // What is damaged goes first.
            by_age.push((self.read(&key).await.ok().flatten().map_or(0, |session| session.begun), key));
        }
        by_age.sort();
        for (_, key) in by_age.into_iter().take(surplus) {
            self.kv.delete(&key).await?;
            self.kv.delete(&key.replacen("sessions/", "seen/", 1)).await?;
        }
        Ok(())
    }
}

fn is_over(since: u64, limit: Duration, now: u64) -> bool {
    u128::from(now.saturating_sub(since)) > limit.as_millis()
}

/// Where a session is kept: below a tag of its user, so that all of one user can be found, and by the hash of the cookie's number.
#[derive(Debug)]
struct Key<'c> {
    tag: &'c str,
    hash: String,
}

impl<'c> Key<'c> {
    /// The key of a cookie; `None` when no session has such a cookie.
    fn of(cookie: &'c str) -> Option<Self> {
        let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let (tag, number) = cookie.split_once('.')?;
        (tag.len() == 16 && number.len() == 64 && is_hex(tag) && is_hex(number))
            .then(|| Self { tag, hash: hexadecimal(&Sha256::digest(number.as_bytes())) })
    }

    fn all_of(user: &str) -> String {
        format!("sessions/{}/", tag(user))
    }

    fn session(&self) -> String {
        format!("sessions/{}/{}", self.tag, self.hash)
    }

    fn seen(&self) -> String {
        format!("seen/{}/{}", self.tag, self.hash)
    }
}

/// The first bytes of the hash of a text, in hexadecimal digits.
pub(crate) fn tag(text: &str) -> String {
    hexadecimal(&Sha256::digest(text.as_bytes())[..8])
}

#[cfg(test)]
mod tests {
    use super::{Key, tag};

    #[test]
    fn what_is_no_cookie_of_a_session_is_never_looked_up() {
        let good = format!("{}.{}", tag("ada"), "0".repeat(64));
        assert!(Key::of(&good).is_some_and(|key| key.session().starts_with("sessions/") && !key.session().contains("0000000")));
        for bad in [
            String::new(),
            good.replace('.', ""),
            good.replace('.', "/"),
            good.to_uppercase(),
            format!("{good}0"),
            format!("../../x.{}", "0".repeat(64)),
            good.replace("00000000", "../../.."),
        ] {
            assert!(Key::of(&bad).is_none(), "{bad}");
        }
    }
}
