//! The lines by which a build script talks to Cargo.

use std::io::Write;
use std::path::Path;

/// An error of the build; a text of several lines takes one call for each.
pub(crate) fn error(line: &str) -> String {
    format!("cargo::error={line}")
}

/// A warning; it must be one line.
pub(crate) fn warning(line: &str) -> String {
    format!("cargo::warning={line}")
}

/// Runs the build script again when the file changes.
pub(crate) fn rerun(file: &Path) -> String {
    format!("cargo::rerun-if-changed={}", file.display())
}

/// Prints the lines. A closed pipe means that Cargo has gone, and then nobody is left to tell.
pub(crate) fn print(lines: &[String]) {
    let mut output = std::io::stdout().lock();
    for line in lines {
        if writeln!(output, "{line}").is_err() {
            return;
        }
    }
}
