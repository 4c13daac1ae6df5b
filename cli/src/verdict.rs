//! How a command ends that could do its work.

use std::process::ExitCode;

/// What a command found, as its exit code tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All is well.
    Clean,
    /// Something was found that a person should see: problems, differences, pending approvals, or nothing that fits.
    Found,
    /// A library does not verify, and the answer tells why.
    Unverified,
    /// A program that was started failed, and the answer tells how.
    Failed,
}

impl Verdict {
    /// 0, 1, 6 or 7.
    pub(crate) fn exit_code(self) -> ExitCode {
        match self {
            Self::Clean => ExitCode::SUCCESS,
            Self::Found => ExitCode::from(1),
            Self::Unverified => ExitCode::from(6),
            Self::Failed => ExitCode::from(7),
        }
    }
}
