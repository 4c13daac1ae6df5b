//! The audit log: who was granted what, who was refused what, and what became of whom.
//!
//! It is a file of JSON lines, `audit.jsonl` in the host's data folder. Each line holds the hash of the line before it, and
//! `audit.head` beside it the number and the hash of the last line, so that a line that was changed, cut, moved or lost is found by
//! [`verify`]. Who may write to the folder can make both anew; against that, keep [`Verified::last`] elsewhere from time to time.
//!
//! A host without a data folder keeps no audit log. Nothing ever waits for it: lines are written by a thread of their own, refusals
//! that repeat are counted into one line, and what was lost is itself written down.

mod chain;
mod check;
mod files;
mod merge;
mod record;
mod time;
mod writer;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use keyway_manifest::{Descriptor, shown};

pub use check::{Damage, Verified, read, verify};
pub use record::Entry;
pub(super) use record::Kind;
use record::Record;
pub(super) use time::rfc3339;

use super::data::DataFolder;
use super::tell::tell;
use crate::capability::{ClockSource, Denied};
use merge::Merger;
use writer::Writer;

/// So many records wait for the disk; further ones are lost and counted.
const WAITING: usize = 1_024;

/// How large the audit log may grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AuditOptions {
    /// A file larger than this, in bytes, is put aside and another begun.
    pub(super) file_size: u64,
    /// So many files put aside are kept.
    pub(super) kept_files: usize,
}

impl Default for AuditOptions {
    fn default() -> Self {
        Self { file_size: 8 << 20, kept_files: 8 }
    }
}

/// How the audit log of a host fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AuditInfo {
    /// Lines written in this run.
    pub written: u64,
    /// Records lost in this run, because they came faster than the disk takes them or the disk refused them.
    pub lost: u64,
    /// Whether the last write failed.
    pub is_failing: bool,
}

/// What the callers share with the thread that writes.
#[derive(Debug, Default)]
struct Shared {
    merger: Mutex<Merger>,
    written: AtomicU64,
    lost: AtomicU64,
    is_failing: AtomicBool,
}

enum Message {
    Record(Record),
    Flush(tokio::sync::oneshot::Sender<()>),
}

/// The audit log of one host.
pub(super) struct Audit {
    /// Where it is kept; `None` when the operator wants none.
    folder: Option<Arc<DataFolder>>,
    options: AuditOptions,
    clock: Arc<dyn ClockSource>,
    shared: Arc<Shared>,
    /// The thread, from the first record on; `None` when the log cannot be opened.
    thread: OnceLock<Option<(SyncSender<Message>, JoinHandle<()>)>>,
}

impl Audit {
    /// Keeps a log in a data folder; none where no folder was named, or without options.
    pub(super) fn new(folder: &Arc<DataFolder>, options: Option<AuditOptions>, clock: &Arc<dyn ClockSource>) -> Self {
        let folder = options.filter(|_| folder.is_named()).map(|_| Arc::clone(folder));
        let (options, clock) = (options.unwrap_or_default(), Arc::clone(clock));
        Self { folder, options, clock, shared: Arc::default(), thread: OnceLock::new() }
    }

    /// Whether a log is kept at all.
    pub(super) const fn is_kept(&self) -> bool {
        self.folder.is_some()
    }

    /// Notes something about a plugin; does nothing where no log is kept.
    pub(super) fn plugin(&self, descriptor: &'static Descriptor, kind: Kind, details: &[(&'static str, &dyn std::fmt::Display)]) {
        if self.folder.is_some() {
            self.send(Record::new(self.clock.now(), kind, Some(descriptor), details));
        }
    }

    /// Notes something about the host as a whole.
    pub(super) fn host(&self, kind: Kind, details: &[(&'static str, &dyn std::fmt::Display)]) {
        if self.folder.is_some() {
            self.send(Record::new(self.clock.now(), kind, None, details));
        }
    }

    /// Notes a refusal. One that repeats within a minute is counted into one record.
    pub(super) fn denied(&self, descriptor: &'static Descriptor, denied: &Denied) {
        let details: [(_, &dyn std::fmt::Display); 3] =
            [("permission", &denied.permission), ("asked", &denied.asked), ("rule", &denied.rule)];
        self.often(Some(descriptor), Kind::Denied, &details);
    }

    /// Notes what may happen very often. The first time is written at once; equal ones that follow within a minute become one record.
    pub(super) fn often(
        &self,
        descriptor: Option<&'static Descriptor>,
        kind: Kind,
        details: &[(&'static str, &dyn std::fmt::Display)],
    ) {
        if self.folder.is_some() {
            let record = Record::new(self.clock.now(), kind, descriptor, details);
            let first = self.shared.merger().add(record, Instant::now());
            first.into_iter().for_each(|record| self.send(record));
        }
    }

    /// How the log fares; `None` where none is kept.
    pub(super) fn info(&self) -> Option<AuditInfo> {
        let Shared { written, lost, is_failing, .. } = &*self.shared;
        self.folder.as_ref().map(|_| AuditInfo {
            written: written.load(Ordering::Relaxed),
            lost: lost.load(Ordering::Relaxed),
            is_failing: is_failing.load(Ordering::Relaxed),
        })
    }

    /// Waits until everything noted so far is on disk, but not longer than the given time.
    pub(super) async fn flush(&self, limit: Duration) {
        let Some(Some((sender, _))) = self.thread.get() else { return };
        let (done, mut reply) = tokio::sync::oneshot::channel();
        let mut message = Message::Flush(done);
        let _ = tokio::time::timeout(limit, async {
            while let Err(TrySendError::Full(back)) = sender.try_send(message) {
                message = back;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let _ = (&mut reply).await;
        })
        .await;
    }

    fn send(&self, record: Record) {
        let Some((sender, _)) = self.thread.get_or_init(|| self.begin()) else {
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
            return;
        };
        if sender.try_send(Message::Record(record)).is_err() {
            self.shared.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn begin(&self) -> Option<(SyncSender<Message>, JoinHandle<()>)> {
        let failed = |problem: &dyn std::fmt::Display| {
            tell!(error, {} "KW0671 the audit log cannot be written: {problem}");
            self.shared.is_failing.store(true, Ordering::Relaxed);
        };
        let folder = match self.folder.as_ref()?.open() {
            Ok(folder) => folder.to_owned(),
            Err(problem) => {
                failed(&problem.message());
                return None;
            }
        };
        let (sender, receiver) = sync_channel(WAITING);
        let (shared, options, clock) = (Arc::clone(&self.shared), self.options, Arc::clone(&self.clock));
        let run = move || write_all(&receiver, &shared, Writer::new(folder, options), &*clock);
        match std::thread::Builder::new().name("keyway-audit".to_owned()).spawn(run) {
            Ok(thread) => Some((sender, thread)),
            Err(error) => {
                failed(&error);
                None
            }
        }
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        // The data folder is given free after this, and then another host may write to the same files.
        if let Some(Some((sender, thread))) = self.thread.take() {
            drop(sender);
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn merger(&self) -> std::sync::MutexGuard<'_, Merger> {
        self.merger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes what arrives until nobody can send any more.
fn write_all(receiver: &Receiver<Message>, shared: &Shared, mut writer: Writer, clock: &dyn ClockSource) {
    let mut told_lost = 0;
    let mut is_open = true;
    while is_open {
        let mut records = Vec::new();
        let mut flushed = Vec::new();
        let pause = shared.merger().next_end().map(|end| end.saturating_duration_since(Instant::now()));
        let first = match pause {
            Some(pause) => match receiver.recv_timeout(pause) {
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => Err(()),
                other => Ok(other.ok()),
            },
            None => receiver.recv().map(Some).map_err(drop),
        };
        is_open = first.is_ok();
        for message in first.ok().flatten().into_iter().chain(std::iter::from_fn(|| receiver.try_recv().ok())).take(WAITING) {
            match message {
                Message::Record(record) => records.push(record),
                Message::Flush(done) => flushed.push(done),
            }
        }
        let is_last = !is_open || !flushed.is_empty();
        records.extend(shared.merger().ended(if is_last { None } else { Some(Instant::now()) }));
        let lost = shared.lost.load(Ordering::Relaxed);
        if lost > told_lost {
            records.push(Record::new(clock.now(), Kind::Lost, None, &[("count", &(lost - told_lost))]));
        }
        let count = records.len() as u64;
        match writer.write(&records, clock) {
            Ok(written) => {
                told_lost = lost;
                shared.written.fetch_add(written, Ordering::Relaxed);
                if count > 0 && shared.is_failing.swap(false, Ordering::Relaxed) {
                    tracing::info!("the audit log can be written again");
                }
            }
            Err(error) => {
                // The line about former losses is no loss of its own: they are still counted.
                shared.lost.fetch_add(count - u64::from(lost > told_lost), Ordering::Relaxed);
                if !shared.is_failing.swap(true, Ordering::Relaxed) {
                    let file = writer.path();
                    tell!(error, {} "KW0671 the audit log `{}` cannot be written: {error}", shown(&file));
                }
            }
        }
        for done in flushed {
            let _ = done.send(());
        }
    }
}
