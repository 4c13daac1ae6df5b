//! Reads a manifest or policy file from disk.

use std::io::ErrorKind;
use std::path::Path;

use super::bounded::read_bounded;
use super::diagnostic::{Diagnostic, Report};
use super::source::Source;
use crate::rules::{file_empty, file_has_bom, file_missing, file_not_utf8, file_too_large, file_unreadable};

/// Reads a file for [`parse_manifest`](crate::parse::parse_manifest).
///
/// `shown_as` is the name that messages use, best relative to the workspace root.
///
/// # Errors
/// The file is missing, a folder or otherwise unreadable, empty, larger than 64 KiB, not UTF-8, or begins with a byte-order mark.
pub fn read_file(path: &Path, shown_as: &str) -> Result<String, Report> {
    let text = read_policy(path, shown_as)?;
    match file_empty::check(&Source::new(&text, shown_as)) {
        Some(diagnostic) => Err(diagnostic.into()),
        None => Ok(text),
    }
}

/// Reads a file for [`parse_policy`](crate::parse::parse_policy). Unlike a manifest it may be empty: that is a policy that allows nothing.
///
/// `shown_as` is the name that messages use, best relative to the workspace root.
///
/// # Errors
/// The file is missing, a folder or otherwise unreadable, larger than 64 KiB, not UTF-8, or begins with a byte-order mark.
pub fn read_policy(path: &Path, shown_as: &str) -> Result<String, Report> {
    let text = read_text_or_none(path, shown_as, file_too_large::LARGEST, file_too_large::diagnostic)?;
    text.ok_or_else(|| file_missing::diagnostic(path, shown_as).into())
}

/// Tells whether something lies at a path, be it a symbolic link that leads nowhere: then to read it says what is wrong.
#[must_use]
pub fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Reads the text of a file that may have so many bytes; `None` when there is no such file.
pub(crate) fn read_text_or_none(
    path: &Path,
    shown_as: &str,
    largest: usize,
    too_large: fn(&str) -> Diagnostic,
) -> Result<Option<String>, Report> {
    let bytes = match read_bounded(path, largest) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => return Ok(None),
        Err(error) if error.kind() == ErrorKind::FileTooLarge => return Err(too_large(shown_as).into()),
        Err(error) => return Err(file_unreadable::diagnostic(path, shown_as, &error).into()),
    };
    let text = String::from_utf8(bytes).map_err(|error| file_not_utf8::diagnostic(shown_as, &error))?;
    let source = Source::new(&text, shown_as);
    match file_has_bom::check(&source) {
        Some(diagnostic) => Err(diagnostic.into()),
        None => Ok(Some(text)),
    }
}
