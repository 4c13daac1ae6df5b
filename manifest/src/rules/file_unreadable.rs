//! The file is there but cannot be read: a folder, a device, a link that leads nowhere, no permission.

use std::io::ErrorKind;
use std::path::Path;

use super::Rule;
use crate::parse::{Diagnostic, Place, quoted};

pub(super) const RULE: Rule = Rule::new("KW0102", "file_unreadable", "the file cannot be read");

pub(crate) fn diagnostic(path: &Path, shown_as: &str, error: &std::io::Error) -> Diagnostic {
    let (what, help) = match error.kind() {
        ErrorKind::IsADirectory => {
            let is_lock = path.extension().is_some_and(|ending| ending == "lock");
            let name = if path.ends_with("host.toml") { "host.toml" } else { "plugin.toml" };
            let inside = || format!("name the file inside it, for example {}", quoted(&format!("{shown_as}/{name}")));
            ("is a folder".to_owned(), if is_lock { "move the folder away".to_owned() } else { inside() })
        }
        ErrorKind::Unsupported => {
            ("is not a regular file".to_owned(), "put the file itself there: a pipe or a device is not read".to_owned())
        }
        ErrorKind::NotFound => {
            let target = std::fs::read_link(path).unwrap_or_default();
            let what = format!("is a symbolic link to {}, which does not exist", quoted(&target.to_string_lossy()));
            (what, "correct the link, or put the file itself there".to_owned())
        }
        ErrorKind::PermissionDenied => {
            (format!("cannot be read: {}", cause(error)), "make the file readable for the user who builds".to_owned())
        }
        _ => (format!("cannot be read: {}", cause(error)), "correct the path, or put the file itself there".to_owned()),
    };
    Diagnostic::new(RULE.code, Place::file(shown_as), format!("file {} {what}", quoted(shown_as))).help(help)
}

/// The cause without the number that the operating system gives it.
fn cause(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    text.to_lowercase()
}
