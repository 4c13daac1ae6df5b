//! Why an audit could not be made.

use crate::failure::{AUDIT_ALLOWANCES, AUDIT_BUILD, AUDIT_UNREADABLE, Class, Failure};

/// The kinds of what stops an audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// `keyway-audit.toml` is wrong.
    Allowances,
    /// Cargo or rustc failed.
    Build,
    /// What was built, or an audit that was saved, cannot be read.
    Unreadable,
}

impl FailureKind {
    /// A failure of this kind: what was found, and what to do.
    pub(crate) fn failure(self, message: impl Into<String>, help: impl Into<String>) -> Failure {
        let (class, code) = match self {
            Self::Allowances => (Class::Project, AUDIT_ALLOWANCES),
            Self::Build => (Class::Program, AUDIT_BUILD),
            Self::Unreadable => (Class::File, AUDIT_UNREADABLE),
        };
        Failure::new(class, code, message).help(help)
    }
}
