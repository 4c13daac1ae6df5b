//! Why a library that was verified is not loaded.

use std::fmt;
use std::io;
use std::path::Path;

use keyway_manifest::shown_text;

use crate::audit::{AuditError, Finding};
use crate::file::Digest;

/// Why a library is not loaded. Its `Display` form is the code and what was found, and the help on a line of its own.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoadError {
    /// The system's linker refuses it. KW0740.
    Linker {
        /// The file it came from.
        origin: String,
        /// What the linker said.
        text: String,
        /// What to do about it.
        help: &'static str,
    },
    /// What it needs and offers cannot be read. KW0741.
    Audit {
        /// The file it came from.
        origin: String,
        /// What is wrong.
        source: AuditError,
    },
    /// It has what no library may have: all of it. KW0742, KW0743.
    Forbidden {
        /// The file it came from.
        origin: String,
        /// What was found, one at least.
        findings: Vec<Finding>,
    },
    /// The linker gave another library than the one that was verified. KW0745.
    Stale {
        /// The file it came from.
        origin: String,
        /// What was verified.
        digest: Digest,
    },
    /// The memory map cannot be read, so nothing can be said of what was loaded. KW0746.
    MemoryMap {
        /// What the system said.
        source: io::Error,
    },
    /// The plugin has as many libraries in memory as it may have. KW0750.
    TooMany {
        /// The plugin.
        plugin: String,
        /// How many it may have.
        cap: usize,
    },
}

impl LoadError {
    /// Its code, for example `KW0740`. For several findings that of the first.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Linker { .. } => "KW0740",
            Self::Audit { .. } => "KW0741",
            Self::Forbidden { findings, .. } => match findings.first() {
                Some(Finding::Interposes { .. }) => "KW0742",
                _ => "KW0743",
            },
            Self::Stale { .. } => "KW0745",
            Self::MemoryMap { .. } => "KW0746",
            Self::TooMany { .. } => "KW0750",
        }
    }

    /// What the linker said of a file, without the name that the file has only inside of this process.
    pub(crate) fn linker(origin: &str, path: &Path, text: &str) -> Self {
        let text =
            path.to_str().and_then(|path| text.strip_prefix(path)).map_or(text, |rest| rest.trim_start_matches([':', ' ']));
        let help = if text.contains("undefined symbol") {
            "the library binds a function that neither the program nor a library of this system has; link the crate that has it into the plugin, or \
             install the library (`ldd FILE` tells which)"
        } else if text.contains("cannot open shared object file") {
            "the library needs another one that is not installed here (`ldd FILE` tells which); install it, or link it into the plugin"
        } else if text.contains("version `") {
            "the library was linked on a newer system; build it on this system or an older one"
        } else if text.contains("static TLS") {
            "the library takes more of each thread's memory than is left; build its C code with `-ftls-model=global-dynamic`, or link the plugin statically"
        } else {
            "the file is damaged, or was built for another system; build it again on this one"
        };
        Self::Linker { origin: origin.to_owned(), text: shown_text(text), help }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linker { origin, text, help } => {
                write!(formatter, "KW0740 `{origin}` cannot be loaded: {text}\n  help: {help}")
            }
            Self::Audit { origin, source } => write!(formatter, "{source}\n  file: {origin}"),
            Self::Forbidden { origin, findings } => {
                for finding in findings {
                    writeln!(formatter, "{finding}")?;
                }
                write!(formatter, "  file: {origin}")
            }
            Self::Stale { origin, digest } => write!(
                formatter,
                "KW0745 after `{origin}` was loaded, the memory map does not show the bytes that were verified ({digest}): the system's linker gave \
                 a library that it had before\n  help: something else in this process loads and closes libraries by descriptor; restart the program"
            ),
            Self::MemoryMap { source } => write!(
                formatter,
                "KW0746 the memory map of this process cannot be read ({source}), so what was loaded cannot be told from what was verified\n  help: \
                 mount /proc where the program runs"
            ),
            Self::TooMany { plugin, cap } => write!(
                formatter,
                "KW0750 {cap} different libraries of plugin `{plugin}` are in memory, which is as many as it may have\n  help: libraries that were \
                 replaced stay mapped; restart the program when it suits, or raise `generations` in the policy's `[native]` table"
            ),
        }
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Audit { source, .. } => Some(source),
            Self::MemoryMap { source } => Some(source),
            Self::Linker { .. } | Self::Forbidden { .. } | Self::Stale { .. } | Self::TooMany { .. } => None,
        }
    }
}
