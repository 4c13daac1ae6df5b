//! The error that a plugin's life-cycle methods return.

use std::fmt;
use std::panic::AssertUnwindSafe;

use crate::guard::catch;

/// What went wrong in a plugin, with the chain of causes; any [`std::error::Error`] converts into it with `?`. Its `Debug` form is the
/// same text as its `Display` form.
///
/// It is no [`std::error::Error`] itself, because then it could not be made from all that are. Where one is wanted, `?` and `into` make
/// a `Box<dyn std::error::Error>` of it, with or without `Send + Sync`.
///
/// ```
/// use keyway::Error;
/// fn parse(text: &str) -> Result<u16, Error> {
///     text.parse().map_err(|cause| Error::new(cause).context(format!("`{text}` is no port")))
/// }
/// assert_eq!(parse("x").unwrap_err().to_string(), "`x` is no port: invalid digit found in string");
/// ```
#[derive(keyway::Boundary)]
pub struct Error {
    contexts: Vec<String>,
    cause: Box<dyn Cause>,
}

/// The error that was put in. A host may show and drop what a plugin made, so both catch panics, and are reached through a vtable: they
/// are compiled where the error was made.
#[keyway::boundary]
trait Cause: Send + Sync {
    /// Its message with those of its sources.
    fn text(&self) -> String;

    fn error(&self) -> &(dyn std::error::Error + Send + Sync + 'static);

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync>;
}

/// The one implementation of [`Cause`]; `None` when the error was taken out.
struct Held(Option<Box<dyn std::error::Error + Send + Sync>>);

const TAKEN: &str = "only `into_error` and `drop` take the error out, which own the value";

impl Error {
    /// Wraps another error.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { contexts: Vec::new(), cause: Box::new(Held(Some(cause.into()))) }
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
        self.cause.error()
    }
}

impl Cause for Held {
    fn text(&self) -> String {
        let show = || {
            let mut text = self.error().to_string();
            let mut source = self.error().source();
            while let Some(error) = source {
                text.push_str(": ");
                text.push_str(&error.to_string());
                source = error.source();
            }
            text
        };
        catch(AssertUnwindSafe(show)).unwrap_or_else(|panic| format!("an error that cannot be shown: {}", panic.message()))
    }

    fn error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self.0.as_deref().expect(TAKEN)
    }

    fn into_error(mut self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync> {
        self.0.take().expect(TAKEN)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let error = self.0.take();
        // The error is what is to be told, not that its destructor fails too.
        let _ = catch(AssertUnwindSafe(|| drop(error)));
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for context in self.contexts.iter().rev() {
            write!(formatter, "{context}: ")?;
        }
        formatter.write_str(&self.cause.text())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// What [`Error`] becomes as a boxed [`std::error::Error`]: what was being done, and then the error that was met.
#[derive(Debug)]
struct InContext {
    contexts: String,
    cause: Box<dyn std::error::Error + Send + Sync>,
}

impl fmt::Display for InContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.contexts, self.cause)
    }
}

impl std::error::Error for InContext {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.source()
    }
}

/// The error that was put in, so that it can be downcast; with [contexts](Error::context), one that shows them in front of it.
impl From<Error> for Box<dyn std::error::Error + Send + Sync> {
    fn from(error: Error) -> Self {
        if error.contexts.is_empty() {
            return error.cause.into_error();
        }
        let contexts = error.contexts.iter().rev().map(|context| format!("{context}: ")).collect();
        Box::new(InContext { contexts, cause: error.cause.into_error() })
    }
}

/// As the conversion into `Box<dyn std::error::Error + Send + Sync>`, for a `main` or a test.
impl From<Error> for Box<dyn std::error::Error> {
    fn from(error: Error) -> Self {
        Box::<dyn std::error::Error + Send + Sync>::from(error)
    }
}

// `Error` itself is no `std::error::Error`, so that this conversion can cover all that are.
impl<E: std::error::Error + Send + Sync + 'static> From<E> for Error {
    fn from(cause: E) -> Self {
        Self::new(cause)
    }
}

#[cfg(test)]
mod tests {
    use std::num::ParseIntError;

    use super::Error;

    fn boxed(error: Error) -> Result<(), Box<dyn std::error::Error>> {
        Err(error)?
    }

    #[test]
    fn boxed_without_a_context_it_is_the_error_that_was_put_in() {
        let error = boxed(Error::from("x".parse::<u16>().unwrap_err())).unwrap_err();
        assert!(error.is::<ParseIntError>());
    }

    #[test]
    fn boxed_with_contexts_it_shows_them_and_keeps_the_sources() {
        let inner: Box<dyn std::error::Error + Send + Sync> =
            Error::from("x".parse::<u16>().unwrap_err()).context("`x` is no port").into();
        let outer: Box<dyn std::error::Error + Send + Sync> = Error::new(inner).context("`[server]`").into();
        assert_eq!(outer.to_string(), "`[server]`: `x` is no port: invalid digit found in string");
        assert!(outer.source().is_none(), "the text has the whole chain, and nothing of it comes twice");
    }

    #[test]
    fn an_error_that_cannot_be_shown_or_dropped_does_no_harm() {
        #[derive(Debug)]
        struct Panics;
        impl std::fmt::Display for Panics {
            fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                panic!("shown");
            }
        }
        impl std::error::Error for Panics {}
        impl Drop for Panics {
            fn drop(&mut self) {
                panic!("dropped");
            }
        }
        let error = Error::new(Panics).context("reading");
        assert_eq!(error.to_string(), "reading: an error that cannot be shown: shown");
        drop(error);
    }

    #[test]
    fn sources_are_in_the_text_once() {
        let io = std::io::Error::other(std::fmt::Error);
        let text = Error::new(io).context("writing").to_string();
        let boxed: Box<dyn std::error::Error + Send + Sync> =
            Error::new(std::io::Error::other(std::fmt::Error)).context("writing").into();
        assert_eq!(Error::new(boxed).to_string(), text);
    }
}
