//! The file is there but cannot be read: a folder, a device, no permission.

use std::path::Path;

use super::Rule;
use crate::parse::{Diagnostic, Place, quoted};

pub(super) const RULE: Rule = Rule::new("KW0102", "file_unreadable", "the file cannot be read");

pub(crate) fn diagnostic(path: &Path, shown_as: &str, error: &std::io::Error) -> Diagnostic {
    let (what, help) = if path.is_dir() {
        let is_lock = path.extension().is_some_and(|ending| ending == "lock");
        let inside = || format!("name the file inside it, for example {}", quoted(&format!("{shown_as}/plugin.toml")));
        ("is a folder".to_owned(), if is_lock { "move the folder away".to_owned() } else { inside() })
    } else if path.exists() && !path.is_file() {
        ("is not a regular file".to_owned(), "name a regular file".to_owned())
    } else {
        (format!("cannot be read: {}", cause(error)), "make the file readable for the user who builds".to_owned())
    };
    Diagnostic::new(RULE.code, Place::file(shown_as), format!("file {} {what}", quoted(shown_as))).help(help)
}

/// The cause without the number that the operating system gives it.
fn cause(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    text.to_lowercase()
}
