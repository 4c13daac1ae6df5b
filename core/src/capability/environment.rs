//! Environment variables by name.

use std::fmt;
use std::sync::Arc;

use super::Denied;

/// Looks up environment variables for one plugin, within its grant; the host provides it.
#[keyway::boundary]
pub trait EnvironmentSource: Send + Sync {
    /// The value of a variable.
    ///
    /// # Errors
    /// See [`EnvironmentError`].
    fn get(&self, name: &str) -> Result<String, EnvironmentError>;
}

/// Why a variable could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnvironmentError {
    /// The grant does not cover this variable.
    Denied(Denied),
    /// The variable is not set.
    NotSet(String),
    /// The variable's value is no Unicode text.
    NotUnicode(String),
}

impl fmt::Display for EnvironmentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(denied) => denied.fmt(formatter),
            Self::NotSet(name) => write!(formatter, "the environment variable `{name}` is not set"),
            Self::NotUnicode(name) => write!(formatter, "the environment variable `{name}` holds no Unicode text"),
        }
    }
}

impl std::error::Error for EnvironmentError {}

/// The environment variables that `env.read` grants.
#[derive(Clone)]
pub struct Environment(Arc<dyn EnvironmentSource>);

impl Environment {
    pub(crate) fn new(source: Arc<dyn EnvironmentSource>) -> Self {
        Self(source)
    }

    /// The value of a variable.
    ///
    /// # Errors
    /// When the grant does not cover it, it is not set, or its value is no Unicode text.
    pub fn get(&self, name: &str) -> Result<String, EnvironmentError> {
        self.0.get(name)
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Environment")
    }
}
