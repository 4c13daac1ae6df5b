//! What an operator is told of the watching.

use std::fmt;
use std::path::PathBuf;

use keyway_manifest::shown;

use super::place::Place;
use super::terms::WatchTerms;

/// What an operator should know of the watching. Its `Display` form has the code, what was found, and a line with what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// KW0790: the system does not watch a folder, so it is looked through again and again.
    Polling {
        /// The folder.
        folder: PathBuf,
        /// Why.
        why: String,
        /// How it is watched.
        terms: WatchTerms,
    },
    /// KW0791: the last reloads of a plugin were too slow, and nothing is done about its changes any more.
    Paused {
        /// Where it lies.
        place: Place,
        /// How it is watched.
        terms: WatchTerms,
    },
    /// KW0792: so much changed at once that the rest is read in the next pass.
    Postponed {
        /// The plugin that comes first in the next pass.
        place: Place,
        /// How it is watched.
        terms: WatchTerms,
    },
    /// KW0793: the files of one plugin are more than a pass may read.
    TooMuch {
        /// Where it lies.
        place: Place,
        /// How it is watched.
        terms: WatchTerms,
    },
    /// KW0794: a watched folder is gone.
    FolderGone {
        /// The folder.
        folder: PathBuf,
    },
}

impl Note {
    /// Its code, for example `KW0790`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Polling { .. } => "KW0790",
            Self::Paused { .. } => "KW0791",
            Self::Postponed { .. } => "KW0792",
            Self::TooMuch { .. } => "KW0793",
            Self::FolderGone { .. } => "KW0794",
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ", self.code())?;
        match self {
            Self::Polling { folder, why, terms } => write!(
                formatter,
                "the system does not watch `{}`: {why}; it is looked through every {:?}\n  help: raise `fs.inotify.max_user_watches` or \
                 `fs.inotify.max_user_instances`, if that is what is used up; nothing is missed meanwhile",
                shown(folder),
                terms.poll
            ),
            Self::Paused { place, terms } => write!(
                formatter,
                "the last {} reloads of the plugin in `{}` took longer than {:?} each; its changes are no longer followed\n  help: \
                 reload it by hand once, and they are followed again; what makes it slow are its `init`, `start` and `stop`",
                terms.slow_in_a_row,
                shown(&place.path()),
                terms.slow
            ),
            Self::Postponed { place, terms } => write!(
                formatter,
                "more changed at once than {}, which is what one pass reads; `{}` and what comes after it follow in the next pass\n  \
                 help: nothing is to be done, unless this is told again and again: then something writes to the folder all the time",
                pass(terms),
                shown(&place.path())
            ),
            Self::TooMuch { place, terms } => write!(
                formatter,
                "the plugin in `{}` has more than {}, which is what one pass reads; its changes are not followed\n  help: raise `files` \
                 or `size` of `watch` in `[host.native]`, or reload it by hand",
                shown(&place.path()),
                pass(terms)
            ),
            Self::FolderGone { folder } => write!(
                formatter,
                "the folder of plugins `{}` is gone; its plugins serve on, and it is looked for until it is there again\n  help: put it \
                 back, or stop the program",
                shown(folder)
            ),
        }
    }
}

fn pass(terms: &WatchTerms) -> String {
    const MIB: u64 = 1 << 20;
    let bytes = terms.bytes;
    if bytes.is_multiple_of(MIB) {
        format!("{} files or {} MiB", terms.files, bytes / MIB)
    } else {
        format!("{} files or {bytes} bytes", terms.files)
    }
}
