//! Reads an audit log and finds what is damaged.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use keyway_manifest::shown;

use super::chain::{End, NOTHING_BEFORE, read_line};
use super::files::{CURRENT, Head, put_aside, read_head};
use super::record::{Entry, Kind};

/// A place at which an audit log is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; 0 when it is about the file as a whole.
    pub line: usize,
    /// What is wrong, as a phrase.
    pub what: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, what } = self;
        let file = shown(file);
        if *line == 0 {
            write!(formatter, "KW0670 the audit log `{file}` is damaged: {what}")
        } else {
            write!(formatter, "KW0670 the audit log `{file}` is damaged in line {line}: {what}")
        }
    }
}

/// What [`verify`] found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Verified {
    /// The files read, oldest first.
    pub files: Vec<PathBuf>,
    /// How many lines are whole.
    pub entries: u64,
    /// How often the chain was begun anew, because the host had found it damaged.
    pub restarts: u64,
    /// The number and the hash of the last line. Who keeps them elsewhere can later show that nothing before was changed.
    pub last: Option<(u64, String)>,
    /// What is wrong, in the order in which it was found.
    pub damage: Vec<Damage>,
}

impl Verified {
    /// Whether nothing is damaged.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.damage.is_empty()
    }
}

/// Checks an audit log: each line against its hash and the line before it, and the last one against the note of it.
///
/// `path` is the data folder, or the `audit.jsonl` in it: then all files of the log are checked. Any other file is checked by itself.
/// The oldest files are deleted in time, so that a log need not begin with line 1. A host may be writing meanwhile; then the last line
/// may be told to be cut short.
///
/// # Errors
/// When there is no audit log, or a file cannot be read. Damage is no error.
///
/// ```no_run
/// let verified = keyway::host::audit::verify("data/audit.jsonl")?;
/// assert!(verified.is_whole(), "{:?}", verified.damage);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn verify(path: impl AsRef<Path>) -> io::Result<Verified> {
    let mut check = Check::default();
    walk(path.as_ref(), &mut check)?;
    Ok(check.found)
}

/// Reads the entries of an audit log, oldest first, without those that are damaged. `path` is taken as by [`verify`].
///
/// # Errors
/// When there is no audit log, or a file cannot be read.
pub fn read(path: impl AsRef<Path>) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut check = Check { entries: Some(&mut entries), ..Check::default() };
    walk(path.as_ref(), &mut check)?;
    Ok(entries)
}

fn walk(path: &Path, check: &mut Check<'_>) -> io::Result<()> {
    let folder = if path.is_dir() {
        path
    } else if path.file_name().is_some_and(|name| name == CURRENT) {
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
    } else {
        return check.file(path, &std::fs::read(path)?);
    };
    let head = read_head(folder)?;
    check.head(&head);
    for file in put_aside(folder)? {
        check.file(&file, &std::fs::read(&file)?)?;
    }
    let current = folder.join(CURRENT);
    match std::fs::read(&current) {
        Ok(bytes) => check.file(&current, &bytes)?,
        // A host that ended between putting a file aside and beginning the next one leaves none.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if check.found.files.is_empty() && head == Head::Missing {
                return Err(error);
            }
        }
        Err(error) => return Err(error),
    }
    check.finish(folder, &head);
    Ok(())
}

/// The lines read so far.
#[derive(Default)]
pub(super) struct Check<'e> {
    pub(super) found: Verified,
    /// The last line, when it is known.
    pub(super) end: Option<End>,
    /// The highest number seen.
    pub(super) highest: u64,
    /// The number of the first line of the file read last.
    pub(super) first: Option<u64>,
    noted: Option<End>,
    is_noted_met: bool,
    entries: Option<&'e mut Vec<Entry>>,
}

impl Check<'_> {
    /// Takes the note of the last line, to be compared with the lines that follow.
    pub(super) fn head(&mut self, head: &Head) {
        if let Head::At(end) = head {
            self.noted = Some(end.clone());
        }
    }

    /// Reads a file that follows the former one.
    pub(super) fn file(&mut self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        self.found.files.push(file.to_owned());
        self.first = None;
        let mut damage = Vec::new();
        for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            if let Some(what) = self.line(line) {
                damage.push(Damage { file: file.to_owned(), line: index + 1, what });
            }
        }
        self.found.damage.append(&mut damage);
        Ok(())
    }

    /// Reads one line; answers what is wrong with it.
    fn line(&mut self, line: &[u8]) -> Option<String> {
        let Some(line) = line.strip_suffix(b"\n") else {
            self.end = None;
            return Some("it is cut short, as after a crash or on a full disk".to_owned());
        };
        let line = match read_line(line) {
            Ok(line) => line,
            Err(what) => {
                self.end = None;
                return Some(what.to_owned());
            }
        };
        let is_restart = line.entry.kind == Kind::Restarted.as_str() && line.previous == NOTHING_BEFORE;
        let sequence = line.entry.sequence;
        let what = match &self.end {
            _ if is_restart => {
                self.found.restarts += 1;
                (sequence <= self.highest).then(|| format!("its number {sequence} comes after {}", self.highest))
            }
            Some(end) if end.sequence.checked_add(1) != Some(sequence) => {
                Some(format!("its number is {sequence}, but the line before has {}", end.sequence))
            }
            Some(end) if end.hash != line.previous => Some("it does not follow from the line before".to_owned()),
            None if sequence <= self.highest => Some(format!("its number {sequence} comes after {}", self.highest)),
            _ => None,
        };
        if self.noted.as_ref().is_some_and(|noted| noted.sequence == sequence) {
            self.is_noted_met |= self.noted.as_ref() == Some(&line.end);
        }
        self.first.get_or_insert(sequence);
        self.highest = self.highest.max(sequence);
        self.found.entries += 1;
        self.found.last = Some((sequence, line.end.hash.clone()));
        self.end = Some(line.end);
        if let Some(entries) = &mut self.entries {
            entries.push(line.entry);
        }
        what
    }

    /// Compares what was read with the note of the last line.
    pub(super) fn finish(&mut self, folder: &Path, head: &Head) {
        let what = match head {
            Head::Missing if self.found.entries == 0 && self.found.damage.is_empty() => return,
            Head::Missing => "the note of its last line, `audit.head`, is missing".to_owned(),
            Head::Damaged => "the note of its last line, `audit.head`, cannot be understood".to_owned(),
            Head::At(_) if self.is_noted_met => return,
            Head::At(end) if end.sequence > self.highest => {
                format!("it ends with line {}, but `audit.head` notes line {} as written", self.highest, end.sequence)
            }
            Head::At(end) => format!("line {} is not the one that `audit.head` notes", end.sequence),
        };
        self.found.damage.push(Damage { file: folder.join(CURRENT), line: 0, what });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_in_one_line() {
        let damage = Damage { file: "data\nKW0000/audit.jsonl".into(), line: 7, what: "it is cut short".to_owned() };
        assert_eq!(damage.to_string(), "KW0670 the audit log `data\\nKW0000/audit.jsonl` is damaged in line 7: it is cut short");
    }
}
