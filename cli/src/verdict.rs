//! How a command ends that could do its work.

use std::process::ExitCode;

/// What a command found, as its exit code tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All is well.
    Clean,
    /// Something was found that a person should see: problems, differences, pending approvals, or nothing that fits.
    Found,
}

impl Verdict {
    /// 0 or 1.
    pub(crate) fn exit_code(self) -> ExitCode {
        match self {
            Self::Clean => ExitCode::SUCCESS,
            Self::Found => ExitCode::from(1),
        }
    }
}
