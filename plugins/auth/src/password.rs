//! Whether a password is right, and hashes of new ones.
//!
//! A check costs the same whether there is such a user or not, so that its time does not tell.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use keyway::task::Tasks;
use serde::Deserialize;
use tokio::sync::Semaphore;

/// Bytes that a password may have. Hashing a longer one would only be work for the server.
pub(crate) const LONGEST: usize = 1024;

/// How many checks may wait for their turn.
const WAITING: usize = 64;

/// A hash in the place of one that there is not: of the parameters that OWASP recommends.
const STAND_IN: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// How much a hash costs to make, and so to guess. The defaults are what OWASP recommends for Argon2id.
///
/// ```
/// use cms_plugin_auth::Hashing;
/// let cheap = Hashing { memory_kib: 64, passes: 1, lanes: 1 };
/// assert!(cheap.hash("correct horse")?.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
/// # Ok::<(), cms_plugin_auth::HashError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Hashing {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// How often the memory is gone through.
    pub passes: u32,
    /// How many parts of the memory could be filled at the same time.
    pub lanes: u32,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1 }
    }
}

/// Why there is no hash of a password.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HashError {
    /// The password is empty, or longer than 1024 bytes.
    Length(usize),
    /// The settings of `hashing` are not ones that Argon2 takes.
    Settings(String),
    /// The hash could not be made.
    Failed(String),
}

impl fmt::Display for HashError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(0) => formatter.write_str("the password is empty"),
            Self::Length(bytes) => write!(formatter, "the password has {bytes} bytes, and {LONGEST} are taken"),
            Self::Settings(why) => write!(formatter, "no password can be hashed with these settings of `hashing`: {why}"),
            Self::Failed(why) => write!(formatter, "the password cannot be hashed: {why}"),
        }
    }
}

impl std::error::Error for HashError {}

impl Hashing {
    /// The hash of a password, with a salt of its own, as it stands in the settings of a user.
    ///
    /// # Errors
    /// See [`HashError`].
    pub fn hash(&self, password: &str) -> Result<String, HashError> {
        if password.is_empty() || password.len() > LONGEST {
            return Err(HashError::Length(password.len()));
        }
        let params = Params::new(self.memory_kib, self.passes, self.lanes, None)
            .map_err(|error| HashError::Settings(error.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hash: PasswordHash =
            argon2.hash_password(password.as_bytes()).map_err(|error| HashError::Failed(error.to_string()))?;
        Ok(hash.to_string())
    }
}

/// Reads a hash out of the settings; the error says what is wrong, without any of it.
pub(crate) fn read(text: &str) -> Result<PasswordHash, &'static str> {
    let hash = PasswordHash::new(text.trim()).map_err(|_| "it is no password hash")?;
    if hash.algorithm.as_str() != "argon2id" {
        return Err("it is no hash of Argon2id");
    }
    if hash.salt.is_none() || hash.hash.is_none() || Params::try_from(&hash).is_err() {
        return Err("it is no whole password hash");
    }
    Ok(hash)
}

/// Whether a hash is cheaper to guess than OWASP recommends.
pub(crate) fn is_weak(hash: &PasswordHash) -> bool {
    let least = Hashing::default();
    cost(hash) < u64::from(least.memory_kib) * u64::from(least.passes)
}

/// What a check costs: how much memory is written.
fn cost(hash: &PasswordHash) -> u64 {
    Params::try_from(hash).map_or(0, |params| u64::from(params.m_cost()) * u64::from(params.t_cost()))
}

/// Too many checks wait already.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Busy;

/// Checks passwords, a few at a time and never on a thread that answers requests.
#[derive(Debug)]
pub(crate) struct Checker {
    tasks: Tasks,
    turns: Arc<Semaphore>,
    waiting: Semaphore,
    /// What is checked in the place of the hash of a user who does not exist.
    stand_in: PasswordHash,
    checks: Arc<AtomicU64>,
}

impl Checker {
    /// Checks at most `parallel` passwords at a time. A name that nobody has costs as much as the dearest of `hashes`. `random` is the
    /// output that its stand-in has, so that no password fits.
    pub(crate) fn new<'a>(
        tasks: Tasks,
        parallel: usize,
        hashes: impl Iterator<Item = &'a PasswordHash>,
        random: &[u8; 32],
    ) -> Self {
        let mut stand_in = match hashes.max_by_key(|hash| cost(hash)) {
            Some(dearest) => dearest.clone(),
            None => PasswordHash::new(STAND_IN).expect("the stand-in is a hash"),
        };
        stand_in.hash = Output::new(random).ok();
        Self {
            tasks,
            turns: Arc::new(Semaphore::new(parallel)),
            waiting: Semaphore::new(WAITING),
            stand_in,
            checks: Arc::default(),
        }
    }

    /// Whether a password is that of a hash. Without a hash, it checks as long and answers that it is not.
    pub(crate) async fn matches(&self, hash: Option<&PasswordHash>, password: String) -> Result<bool, Busy> {
        let _waiting = self.waiting.try_acquire().map_err(|_| Busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Busy)?;
        let (is_known, hash, checks) = (hash.is_some(), hash.unwrap_or(&self.stand_in).clone(), Arc::clone(&self.checks));
        let check = self.tasks.spawn_blocking(move || {
            // The turn ends with the work, also when nobody waits for the answer any more.
            let _turn = turn;
            checks.fetch_add(1, Ordering::Relaxed);
            Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
        });
        // A check that panics or is given up is no match.
        Ok(check.map_err(|_| Busy)?.join().await.unwrap_or(false) && is_known)
    }
}

#[cfg(test)]
mod tests {
    use keyway::testing::TestHost;

    use super::*;
    use crate::Auth;

    const CHEAP: Hashing = Hashing { memory_kib: 8, passes: 1, lanes: 1 };

    #[test]
    fn two_hashes_of_one_password_differ() {
        let [one, two] = [(); 2].map(|()| CHEAP.hash("secret").unwrap());
        assert_ne!(one, two);
        assert!(read(&one).is_ok() && is_weak(&read(&one).unwrap()));
        assert!(!is_weak(&read(STAND_IN).unwrap()));
    }

    #[test]
    fn what_is_no_hash_is_told_without_showing_it() {
        for text in ["", "secret", "$argon2id$v=19$m=8,t=1,p=1", "$argon2i$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAA"] {
            let problem = read(text).unwrap_err();
            assert!(problem.starts_with("it is no ") && !problem.contains("secret"), "{text}: {problem}");
        }
    }

    #[test]
    fn passwords_of_no_use_and_settings_of_none_are_refused() {
        assert_eq!(CHEAP.hash(""), Err(HashError::Length(0)));
        assert_eq!(CHEAP.hash(&"x".repeat(LONGEST + 1)), Err(HashError::Length(LONGEST + 1)));
        let nothing = Hashing { memory_kib: 1, ..CHEAP };
        assert!(matches!(nothing.hash("secret"), Err(HashError::Settings(_))));
    }

    #[tokio::test]
    async fn a_name_that_nobody_has_costs_a_check_too() {
        let config = format!("parallel-checks = 1\n[users.ada]\npassword = '{}'", CHEAP.hash("secret").unwrap());
        let host = TestHost::new().plugin::<Auth>().config(&config).start().await.unwrap();
        let auth = host.concrete::<Auth>().unwrap();
        let (checker, hash) = (&auth.checker, &auth.users["ada"].hash);
        assert_eq!(cost(&checker.stand_in), cost(hash));
        for (number, (hash, password, expected)) in
            (1..).zip([(Some(hash), "secret", true), (Some(hash), "Secret", false), (None, "secret", false)])
        {
            assert_eq!(checker.matches(hash, password.to_owned()).await, Ok(expected), "{number}");
            assert_eq!(checker.checks.load(Ordering::Relaxed), number);
        }
        drop(auth);
        assert!(host.stop().await.is_clean());
    }

    /// A plugin that may have no more tasks lets nobody in, and says that it is busy.
    #[tokio::test]
    async fn without_a_task_there_is_no_check() {
        let limits = "[host.limits.\"site.auth\"]\ntasks = 1".parse().unwrap();
        let host = TestHost::new().plugin::<Auth>().adjust(|builder| builder.config(limits)).start().await.unwrap();
        let auth = host.concrete::<Auth>().unwrap();
        let endless = auth.checker.tasks.spawn(std::future::pending::<()>()).unwrap();
        assert_eq!(auth.checker.matches(None, "secret".to_owned()).await, Err(Busy));
        endless.stop();
        assert_eq!(endless.join().await, Err(keyway::task::TaskError::Stopped));
        assert_eq!(auth.checker.matches(None, "secret".to_owned()).await, Ok(false));
        drop(auth);
        assert!(host.stop().await.is_clean());
    }
}
