//! The error that a plugin's life-cycle methods return.

use std::fmt;

/// What went wrong in a plugin, with the chain of causes; any [`std::error::Error`] converts into it with `?`. Its `Debug` form is the
/// same text as its `Display` form.
///
/// ```
/// use keyway::Error;
/// fn parse(text: &str) -> Result<u16, Error> {
///     text.parse().map_err(|cause| Error::new(cause).context(format!("`{text}` is no port")))
/// }
/// assert_eq!(parse("x").unwrap_err().to_string(), "`x` is no port: invalid digit found in string");
/// ```
pub struct Error {
    contexts: Vec<String>,
    cause: Box<dyn std::error::Error + Send + Sync>,
}

impl Error {
    /// Wraps another error.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { contexts: Vec::new(), cause: cause.into() }
    }

    /// Makes an error from a message: a lowercase phrase without a full stop.
    pub fn message(message: impl Into<String>) -> Self {
        Self::new(message.into())
    }

    /// Puts a phrase in front of the message that says what was being done.
    #[must_use]
    pub fn context(mut self, phrase: impl Into<String>) -> Self {
        self.contexts.push(phrase.into());
        self
    }

    /// The innermost error, for example to downcast it.
    #[must_use]
    pub fn cause(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        &*self.cause
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for context in self.contexts.iter().rev() {
            write!(formatter, "{context}: ")?;
        }
        write!(formatter, "{}", self.cause)?;
        let mut source = self.cause.source();
        while let Some(error) = source {
            write!(formatter, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

// `Error` itself is no `std::error::Error`, so that this conversion can cover all that are.
impl<E: std::error::Error + Send + Sync + 'static> From<E> for Error {
    fn from(cause: E) -> Self {
        Self::new(cause)
    }
}
