//! Secrets by name: values that do not show in logs.

use std::fmt;
use std::sync::Arc;

use keyway_manifest::shown_text;

use super::Denied;

/// Looks up secrets for one plugin, within its grant; the host provides it.
#[keyway::boundary]
pub trait SecretSource: Send + Sync {
    /// The value of a secret.
    ///
    /// # Errors
    /// See [`SecretError`].
    fn get(&self, name: &str) -> Result<Secret, SecretError>;
}

/// Keeps the text of a secret; the host provides it, and with it what happens to the memory at the end.
#[keyway::boundary]
pub trait SecretText: Send + Sync {
    /// The text.
    fn expose(&self) -> &str;
}

/// The value of a secret. Its `Debug` and `Display` forms do not show it.
///
/// The host overwrites the memory when the last clone is dropped. What was made of [`expose`](Self::expose), a header or a URL, is a
/// copy that nobody overwrites.
///
/// ```
/// # fn example(secret: &keyway::capability::Secret) {
/// assert_eq!(format!("{secret} {secret:?}"), "[secret] [secret]");
/// let header = format!("Bearer {}", secret.expose());
/// # }
/// ```
#[derive(Clone)]
pub struct Secret(Arc<dyn SecretText>);

impl Secret {
    /// Wraps a text that a host keeps.
    #[must_use]
    pub fn new(text: Arc<dyn SecretText>) -> Self {
        Self(text)
    }

    /// The text itself. Do not log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

/// Why a secret could not be read. No message holds any of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretError {
    /// The grant does not cover this name.
    Denied(Denied),
    /// The host has no secret of this name.
    Missing {
        /// The name.
        name: String,
        /// Where the host looked, as a phrase.
        looked: String,
    },
    /// The host has a secret of this name and does not hand it out.
    Unusable {
        /// The name.
        name: String,
        /// Why, and what to do about it.
        reason: String,
    },
}

impl fmt::Display for SecretError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(denied) => denied.fmt(formatter),
            Self::Missing { name, looked } => write!(formatter, "KW0673 the host has no secret `{}`: {looked}", shown_text(name)),
            Self::Unusable { name, reason } => {
                write!(formatter, "KW0672 the secret `{}` is not used: {reason}", shown_text(name))
            }
        }
    }
}

impl std::error::Error for SecretError {}

/// The secrets that `secrets.read` grants. Cloning is cheap.
#[derive(Clone)]
pub struct Secrets(Arc<dyn SecretSource>);

impl Secrets {
    pub(crate) fn new(source: Arc<dyn SecretSource>) -> Self {
        Self(source)
    }

    /// The value of a secret, as it is now: a file that was replaced is read anew. It reads a small file and may block for a moment.
    ///
    /// # Errors
    /// When the grant does not cover it, the host has none of that name, or its file can be read by other users.
    pub fn get(&self, name: &str) -> Result<Secret, SecretError> {
        self.0.get(name)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secrets")
    }
}
