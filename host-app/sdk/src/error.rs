//! The one error type of the extension points.

use std::fmt;

use keyway::{Boundary, CallError};

/// Why an extension could not answer.
///
/// `?` makes it of [`keyway::Error`] and of the errors of Keyway's handles; anything else that implements [`std::error::Error`] becomes one
/// with [`CmsError::new`], as in `text.parse().map_err(CmsError::new)?`.
///
/// It carries the text of that error, not the error: showing it later would run the plugin's code in the host.
#[derive(Debug, Boundary)]
pub struct CmsError(Kind);

#[derive(Debug, Boundary)]
enum Kind {
    Message(String),
    // Boxed, since an error is as large as its largest kind and every answer has room for one.
    Call(Box<CallError>),
}

impl CmsError {
    /// Takes over the message of another error, with those of its causes.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(Kind::Message(keyway::Error::new(cause).to_string()))
    }

    /// Makes an error from a message: a lowercase phrase without a full stop.
    pub fn message(message: impl Into<String>) -> Self {
        Self(Kind::Message(message.into()))
    }

    /// The failed call behind this error, when the plugin gave no answer of its own.
    #[must_use]
    pub fn call(&self) -> Option<&CallError> {
        match &self.0 {
            Kind::Call(call) => Some(call.as_ref()),
            Kind::Message(_) => None,
        }
    }
}

impl fmt::Display for CmsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Message(message) => formatter.write_str(message),
            Kind::Call(call) => call.fmt(formatter),
        }
    }
}

impl std::error::Error for CmsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Message(_) => None,
            Kind::Call(call) => Some(call.as_ref()),
        }
    }
}

impl From<CallError> for CmsError {
    fn from(call: CallError) -> Self {
        Self(Kind::Call(Box::new(call)))
    }
}

impl From<keyway::Error> for CmsError {
    fn from(error: keyway::Error) -> Self {
        Self(Kind::Message(error.to_string()))
    }
}

/// Lets `?` be written after the calls of a handle.
macro_rules! from_the_errors_of_handles {
    ($($error:ty),+ $(,)?) => {
        $(
            impl From<$error> for CmsError {
                fn from(error: $error) -> Self {
                    Self::new(error)
                }
            }
        )+
    };
}

from_the_errors_of_handles!(
    keyway::capability::DataError,
    keyway::capability::EnvironmentError,
    keyway::capability::FileError,
    keyway::capability::HttpError,
    keyway::capability::SecretError,
    keyway::service::ServiceAway,
    keyway::task::SpawnError,
    http::Error,
    std::io::Error,
);

#[cfg(test)]
mod tests {
    use std::fmt;

    use keyway::capability::DataError;

    use super::CmsError;

    #[derive(Debug)]
    struct Outer(std::num::ParseIntError);

    impl fmt::Display for Outer {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("the port is wrong")
        }
    }

    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn the_text_of_an_error_and_its_causes_is_taken_at_once() {
        let error = CmsError::new(Outer("x".parse::<u16>().unwrap_err()));
        assert_eq!(error.to_string(), "the port is wrong: invalid digit found in string");
        assert!(std::error::Error::source(&error).is_none(), "nothing of the plugin's is left to be shown later");
    }

    #[test]
    fn the_errors_of_keyway_go_up_with_a_question_mark() {
        fn of_a_plugin() -> Result<(), CmsError> {
            Err(keyway::Error::from("x".parse::<u16>().unwrap_err()).context("`x` is no port"))?
        }
        fn of_a_handle() -> Result<(), CmsError> {
            Err(DataError::Busy)?
        }
        assert_eq!(of_a_plugin().unwrap_err().to_string(), "`x` is no port: invalid digit found in string");
        assert_eq!(of_a_handle().unwrap_err().to_string(), DataError::Busy.to_string());
    }
}
