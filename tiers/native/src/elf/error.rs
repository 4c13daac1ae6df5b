//! Why a file is not a plugin's library.

use std::fmt::{self, Display, Formatter};

use keyway_manifest::record::RecordError;

/// What a file without any bytes is said to be.
pub(super) const EMPTY: &str = "an empty file";

/// Why a file is not a plugin's library, or not one for this program. `Display` gives the whole text, with its code and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LibraryError {
    /// It is no shared library at all.
    NotALibrary {
        /// What it is instead, as far as that can be told: `an empty file`, `a program`.
        found: String,
    },
    /// It is one for another kind of machine.
    OtherMachine {
        /// The machine that it is for.
        found: String,
        /// The machine that this program is for.
        expected: String,
    },
    /// It is cut, or its tables lead out of the file.
    Damaged {
        /// What is wrong.
        problem: String,
    },
    /// It holds no record, or one that cannot be read.
    Record(RecordError),
}

impl LibraryError {
    /// The stable code, for which there is a page in `docs/errors`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotALibrary { .. } | Self::Damaged { .. } => "KW0704",
            Self::OtherMachine { .. } => "KW0705",
            Self::Record(error) => error.code(),
        }
    }

    pub(super) fn damaged(problem: object::read::Error) -> Self {
        Self::Damaged { problem: problem.to_string() }
    }
}

impl From<RecordError> for LibraryError {
    fn from(error: RecordError) -> Self {
        Self::Record(error)
    }
}

impl Display for LibraryError {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let code = self.code();
        match self {
            Self::NotALibrary { found } => {
                let help = if found == EMPTY {
                    "copy it again, whole"
                } else {
                    "move what is no plugin to another place; the library of a plugin is built with `cargo rustc --release -p PLUGIN --lib \
                     --crate-type cdylib -- --cfg keyway_native`"
                };
                write!(formatter, "{code} the file is no shared library: it is {found}\n  help: {help}")
            }
            Self::OtherMachine { found, expected } => write!(
                formatter,
                "{code} the library is for another machine\n  host    {expected}\n  plugin  {found}\n  \
                 help: build the plugin with `--target` and the target of the host"
            ),
            Self::Damaged { problem } => {
                write!(formatter, "{code} the file is a damaged library: {problem}\n  help: copy it again, whole")
            }
            Self::Record(error) => Display::fmt(error, formatter),
        }
    }
}

impl std::error::Error for LibraryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Record(error) => Some(error),
            Self::NotALibrary { .. } | Self::OtherMachine { .. } | Self::Damaged { .. } => None,
        }
    }
}
