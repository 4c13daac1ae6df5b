//! The one error type of the extension points.

use std::fmt;

use keyway::CallError;

/// Why an extension could not answer. Anything that implements [`std::error::Error`] converts with [`CmsError::new`].
#[derive(Debug)]
pub struct CmsError(Kind);

#[derive(Debug)]
enum Kind {
    Message(String),
    Cause(Box<dyn std::error::Error + Send + Sync>),
    // Boxed, since an error is as large as its largest kind and every answer has room for one.
    Call(Box<CallError>),
}

impl CmsError {
    /// Wraps another error.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(Kind::Cause(cause.into()))
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
            Kind::Message(_) | Kind::Cause(_) => None,
        }
    }
}

impl fmt::Display for CmsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Message(message) => formatter.write_str(message),
            Kind::Cause(cause) => cause.fmt(formatter),
            Kind::Call(call) => call.fmt(formatter),
        }
    }
}

impl std::error::Error for CmsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Message(_) => None,
            Kind::Cause(cause) => cause.source(),
            Kind::Call(call) => Some(call.as_ref()),
        }
    }
}

impl From<CallError> for CmsError {
    fn from(call: CallError) -> Self {
        Self(Kind::Call(Box::new(call)))
    }
}
