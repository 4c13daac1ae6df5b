//! The files of an audit log: the one that grows, those put aside, and the note of the last line.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::chain::End;

/// The file that grows.
pub(super) const CURRENT: &str = "audit.jsonl";
/// The note of the last line.
const HEAD: &str = "audit.head";

/// The name of a file put aside whose first line has this number. Sorted by name they are in order.
pub(super) fn aside(first: u64) -> String {
    format!("audit-{first:020}.jsonl")
}

/// The files put aside, oldest first.
pub(super) fn put_aside(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let digits = name.to_str().and_then(|name| name.strip_prefix("audit-")?.strip_suffix(".jsonl"));
        if digits.is_some_and(|digits| digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit())) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// What the note of the last line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Head {
    /// There is none.
    Missing,
    /// It cannot be understood.
    Damaged,
    /// The last line, or one shortly before it: the note is written after the line.
    At(End),
}

pub(super) fn read_head(folder: &Path) -> io::Result<Head> {
    let bytes = match std::fs::read(folder.join(HEAD)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Head::Missing),
        Err(error) => return Err(error),
    };
    let parse = || {
        let (sequence, hash) = std::str::from_utf8(&bytes).ok()?.strip_suffix('\n')?.split_once(' ')?;
        let end = End { sequence: sequence.parse().ok()?, hash: hash.to_owned() };
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        // A number has one way to be written, so that no change of the note goes unseen.
        (is_hash && end.sequence.to_string() == sequence).then_some(end)
    };
    Ok(parse().map_or(Head::Damaged, Head::At))
}

/// Replaces the note in one step, so that a crash leaves the old one or the new one.
pub(super) fn write_head(folder: &Path, end: &End) -> io::Result<()> {
    let new = folder.join("audit.head.new");
    let mut file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(&new)?;
    file.write_all(format!("{} {}\n", end.sequence, end.hash).as_bytes())?;
    std::fs::rename(new, folder.join(HEAD))
}

/// Opens the file that grows, for this user alone.
pub(super) fn open_current(folder: &Path) -> io::Result<File> {
    private(OpenOptions::new().append(true).create(true)).open(folder.join(CURRENT))
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
