//! Appends lines, puts full files aside, and deletes old ones.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use super::AuditOptions;
use super::chain::{End, NOTHING_BEFORE};
use super::check::Check;
use super::files::{CURRENT, aside, open_current, put_aside, read_head, write_head};
use super::record::{Kind, Record};
use crate::capability::ClockSource;
use crate::host::tell::tell;

/// What writes the files of one audit log. It opens them when the first line is to be written.
pub(super) struct Writer {
    folder: PathBuf,
    options: AuditOptions,
    open: Option<Open>,
}

struct Open {
    file: File,
    /// The size of what is known to be whole.
    size: u64,
    end: End,
    /// The number of the first line of this file.
    first: u64,
}

impl Writer {
    pub(super) const fn new(folder: PathBuf, options: AuditOptions) -> Self {
        Self { folder, options, open: None }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(CURRENT)
    }

    /// Appends the lines of some records and waits for the disk; answers how many lines were written. After an error, none of them counts.
    pub(super) fn write(&mut self, records: &[Record], clock: &dyn ClockSource) -> io::Result<u64> {
        if records.is_empty() {
            return Ok(0);
        }
        let mut written = 0;
        if self.open.is_none() {
            written += self.open(clock)?;
        }
        self.rotate()?;
        self.append(records)?;
        Ok(written + records.len() as u64)
    }

    fn append(&mut self, records: &[Record]) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let (mut text, mut end) = (String::new(), open.end.clone());
        records.iter().for_each(|record| end.append(record, &mut text));
        let wrote = open.file.write_all(text.as_bytes()).and_then(|()| open.file.sync_data());
        if let Err(error) = wrote {
            // What is half written would be damage. Where it cannot be cut off either, the file is checked anew before the next line.
            if open.file.set_len(open.size).is_err() {
                self.open = None;
            }
            return Err(error);
        }
        open.size += text.len() as u64;
        open.end = end;
        // The lines count as written; a note that lags is found to be so, and no damage.
        let _ = write_head(&self.folder, &open.end);
        Ok(())
    }

    /// Finds the end of the chain in the newest file. A damaged one is put aside, and a new chain begins with a line that says so.
    fn open(&mut self, clock: &dyn ClockSource) -> io::Result<u64> {
        let mut check = Check::default();
        let head = read_head(&self.folder)?;
        check.head(&head);
        let current = self.path();
        let bytes = match std::fs::read(&current) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let before = put_aside(&self.folder)?;
        match (&bytes, before.last()) {
            (Some(bytes), last) if !bytes.is_empty() || last.is_none() => check.file(&current, bytes)?,
            (_, Some(last)) => check.file(last, &std::fs::read(last)?)?,
            (_, None) => {}
        }
        check.finish(&self.folder, &head);
        let size = bytes.map_or(0, |bytes| bytes.len() as u64);
        let Some(damage) = check.found.damage.first() else {
            let end = check.end.unwrap_or_else(|| End::nothing_after(0));
            let first = if size == 0 { end.sequence + 1 } else { check.first.unwrap_or(1) };
            self.open = Some(Open { file: open_current(&self.folder)?, size, end, first });
            return Ok(0);
        };
        let noted = if let super::files::Head::At(end) = &head { end.sequence } else { 0 };
        let (damage, highest) = (damage.to_string(), check.highest.max(noted));
        let mut kept = String::from("nothing");
        if size > 0 {
            // A name that no other file has: numbers of lines that could not be read may be in use.
            let mut number = check.first.unwrap_or(highest + 1);
            while self.folder.join(aside(number)).exists() {
                number += 1;
            }
            kept = aside(number);
            std::fs::rename(&current, self.folder.join(&kept))?;
        }
        tell!(error, {} "{damage}; the damaged file is kept as `{kept}`, and a new chain begins");
        let end = End::nothing_after(highest);
        self.open = Some(Open { file: open_current(&self.folder)?, size: 0, first: highest + 1, end });
        debug_assert_eq!(self.open.as_ref().map(|open| open.end.hash.as_str()), Some(NOTHING_BEFORE));
        let restarted = Record::new(clock.now(), Kind::Restarted, None, &[("damage", &damage), ("kept", &kept)]);
        if let Err(error) = self.append(&[restarted]) {
            // Without this line the chain would begin without a reason.
            self.open = None;
            return Err(error);
        }
        Ok(1)
    }

    /// Puts a full file aside, and deletes the oldest of those put aside.
    fn rotate(&mut self) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        if open.size < self.options.file_size.max(1) {
            return Ok(());
        }
        std::fs::rename(self.folder.join(CURRENT), self.folder.join(aside(open.first)))?;
        let end = open.end.clone();
        let first = end.sequence + 1;
        self.open = None;
        self.open = Some(Open { file: open_current(&self.folder)?, size: 0, end, first });
        let old = put_aside(&self.folder)?;
        for file in old.iter().take(old.len().saturating_sub(self.options.kept_files)) {
            std::fs::remove_file(file)?;
        }
        Ok(())
    }
}
