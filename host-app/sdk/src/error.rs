//! The one error type of the extension points.

use std::fmt;

use keyway::CallError;

/// Why an extension could not answer. Anything that implements [`std::error::Error`] converts with [`CmsError::new`].
///
/// It carries the text of that error, not the error: showing it later would run the plugin's code in the host.
#[derive(Debug)]
pub struct CmsError(Kind);

#[derive(Debug)]
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

#[cfg(test)]
mod tests {
    use std::fmt;

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
}
