//! Whether Git has a file.

use std::path::Path;
use std::process::{Command, Stdio};

/// How a file stands in Git.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is in the repository, or in the next commit.
    Tracked,
    /// It would be, with `git add .`.
    Untracked,
    /// It is left out on purpose.
    Ignored,
}

/// How a file stands; `None` where there is no repository, or no Git.
pub(super) fn standing(file: &Path) -> Option<Standing> {
    let (folder, name) = (file.parent()?, file.file_name()?);
    let ask = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(arguments).arg("--").arg(name).current_dir(folder);
        git.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?.code()
    };
    match ask(&["--literal-pathspecs", "ls-files", "--error-unmatch"])? {
        0 => Some(Standing::Tracked),
        1 if ask(&["check-ignore", "--quiet"])? == 0 => Some(Standing::Ignored),
        1 => Some(Standing::Untracked),
        _ => None,
    }
}
