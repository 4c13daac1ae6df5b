//! Why a record is not understood.

use std::fmt::{self, Display, Formatter};

use crate::parse::Report;
use crate::record::format::{RECORD_SECTION, RECORD_VERSION};

/// Why a record is not understood. `Display` gives the whole text, with its code and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecordError {
    /// There is none: the section is absent or empty, or holds something else.
    Absent,
    /// It has a later form than this version reads.
    Newer {
        /// The version of its form.
        version: u32,
    },
    /// It is cut, or says what cannot be.
    Damaged {
        /// What is wrong, a phrase that follows a colon.
        problem: String,
    },
    /// Its manifest has mistakes.
    Manifest(Report),
    /// Its manifest and its code do not say the same.
    Contradiction {
        /// All contradictions, each with its code.
        text: String,
    },
}

impl RecordError {
    /// The stable code, for which there is a page in `docs/errors`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Absent => "KW0700",
            Self::Damaged { .. } => "KW0701",
            Self::Newer { .. } => "KW0702",
            Self::Manifest(_) | Self::Contradiction { .. } => "KW0703",
        }
    }

    pub(super) fn damaged(problem: impl Into<String>) -> Self {
        Self::Damaged { problem: problem.into() }
    }
}

impl Display for RecordError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ", self.code())?;
        match self {
            Self::Absent => write!(
                formatter,
                "the library holds no record of a plugin: its section `{RECORD_SECTION}` is absent or something else\n  \
                 help: build the plugin with `cargo rustc --release -p PLUGIN --lib --crate-type cdylib -- --cfg keyway_native`; if this \
                 library is no plugin, move it out of the folder"
            ),
            Self::Newer { version } => write!(
                formatter,
                "the record of the library has the form {version}, and this program reads the form {RECORD_VERSION}\n  \
                 help: build the plugin with the version of `keyway` that the host has, or the host with the plugin's"
            ),
            Self::Damaged { problem } => write!(
                formatter,
                "the record of the library is damaged: {problem}\n  help: build the plugin again, and copy the library whole"
            ),
            Self::Manifest(report) => write!(formatter, "the manifest in the library is refused\n{report}"),
            Self::Contradiction { text } => {
                write!(formatter, "the manifest in the library and its record do not say the same\n{}", text.trim_matches('\n'))
            }
        }
    }
}

impl std::error::Error for RecordError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Manifest(report) => Some(report),
            Self::Absent | Self::Newer { .. } | Self::Damaged { .. } | Self::Contradiction { .. } => None,
        }
    }
}
