//! Runs Cargo, and hears what it says on standard error: that it waits, how far it is, and why it refuses.

use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Why Cargo did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What it said, in lines: its errors with their causes and details, without its progress.
    pub said: String,
    /// What that means for a build.
    pub kind: RefusalKind,
}

/// What it means for a build that Cargo did not answer a question that it was to answer offline and without writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The packages go together, but Cargo.lock has to be written first.
    LockOutdated,
    /// The packages go together, but not all of them are on this machine.
    NotDownloaded,
    /// It may go well with the network.
    Unclear,
    /// It says nothing of builds: Cargo could not be started, or not asked.
    NoAnswer,
    /// No build can go well.
    Wrong,
}

/// What Cargo says of itself when it ends because of an error; with another status it was not asked properly.
const ENDED_WITH_AN_ERROR: i32 = 101;

/// The word with which Cargo tells that another one holds a lock.
const WAITING: &str = "Blocking";

/// The words with which Cargo tells how far it is; they end at the twelfth column.
const PROGRESS: &[&str] = &[
    WAITING,
    "Adding",
    "Building",
    "Checking",
    "Compiling",
    "Dirty",
    "Doc-tests",
    "Documenting",
    "Downgrading",
    "Downloaded",
    "Downloading",
    "Executable",
    "Fetching",
    "Finished",
    "Fresh",
    "Installing",
    "Locking",
    "Removing",
    "Replacing",
    "Running",
    "Skipping",
    "Unchanged",
    "Unpacking",
    "Updating",
    "Upgrading",
    "Vendoring",
];

/// How long Cargo may wait for another Cargo before that is told.
const PATIENCE: Duration = Duration::from_secs(1);

/// Runs Cargo to its end and keeps what it writes. A line of its standard error that `passes` is passed on at once; that Cargo waits for
/// another one is always told, when it takes longer than a moment.
///
/// # Errors
/// It cannot be started, or not be read from.
pub fn cargo_output(command: &mut Command, passes: &(dyn Fn(&str) -> bool + Sync)) -> io::Result<Output> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (answer, heard) = thread::scope(|scope| {
        let heard = scope.spawn(|| stderr.map_or_else(Vec::new, |stderr| hear(stderr, passes)));
        let mut answer = Vec::new();
        let read = stdout.map_or(Ok(0), |mut stdout| stdout.read_to_end(&mut answer));
        (read.map(|_| answer), heard.join().unwrap_or_default())
    });
    Ok(Output { status: child.wait()?, stdout: answer?, stderr: heard })
}

/// Reads standard error to its end, and passes lines on as [`cargo_output`] does.
pub fn hear(stderr: impl Read + Send, passes: &dyn Fn(&str) -> bool) -> Vec<u8> {
    let (sender, lines) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut reader = BufReader::new(stderr);
            let mut line = Vec::new();
            // What can no longer be read is as good as ended.
            while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0)
                && sender.send(std::mem::take(&mut line)).is_ok()
            {}
        });
        let mut heard = Vec::new();
        let mut is_waiting = false;
        loop {
            let line = match is_waiting {
                true => lines.recv_timeout(PATIENCE),
                false => lines.recv().map_err(RecvTimeoutError::from),
            };
            match line {
                Ok(line) => {
                    let text = String::from_utf8_lossy(&line);
                    is_waiting = progress(&text) == Some(WAITING);
                    if !is_waiting && passes(&text) {
                        pass_on(&line);
                    }
                    heard.push(line);
                }
                Err(RecvTimeoutError::Timeout) => {
                    is_waiting = false;
                    heard.last().into_iter().for_each(|line| pass_on(line));
                }
                Err(RecvTimeoutError::Disconnected) => return heard.concat(),
            }
        }
    })
}

fn pass_on(line: &[u8]) {
    // Who cannot be told still gets the answer.
    let _ = io::stderr().lock().write_all(line);
}

/// Whether a line only says how far Cargo is.
#[must_use]
pub fn is_progress(line: &str) -> bool {
    progress(line).is_some()
}

fn progress(line: &str) -> Option<&'static str> {
    let (word, rest) = line.split_at_checked(12)?;
    let word = PROGRESS.iter().find(|known| word.trim_start() == **known)?;
    rest.starts_with(' ').then_some(word)
}

/// What Cargo said went wrong: from its first error on, the errors with their causes and details in lines, without what tells its progress.
/// A text without any error is given whole.
#[must_use]
pub fn cargo_said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !is_progress(line)).collect();
    let first = lines.iter().position(|line| line.starts_with("error")).unwrap_or(0);
    let is_ours = |line: &&&str| OURS.iter().any(|start| line.starts_with(start));
    let lines: Vec<&str> = lines[first..].iter().filter(|line| !is_ours(line)).copied().collect();
    if lines.is_empty() { "it failed without a word".to_owned() } else { lines.join("\n") }
}

/// Cargo's advice about arguments that Keyway gave, and no person.
const OURS: &[&str] =
    &["As a reminder, you're using offline mode", "help: to generate the lock file without accessing the network"];

impl Refusal {
    /// Takes what a Cargo wrote that failed.
    #[must_use]
    pub fn of(output: &Output) -> Self {
        let text = String::from_utf8_lossy(&output.stderr);
        let kind = match output.status.code() {
            Some(ENDED_WITH_AN_ERROR) => kind(&text),
            _ => RefusalKind::NoAnswer,
        };
        Self { said: cargo_said(&output.stderr), kind }
    }

    /// Something else than an answer of Cargo's.
    #[must_use]
    pub fn no_answer(said: impl Into<String>) -> Self {
        Self { said: said.into(), kind: RefusalKind::NoAnswer }
    }
}

fn kind(said: &str) -> RefusalKind {
    let has = |text: &str| said.contains(text);
    let is_local =
        said.lines().any(|line| line.strip_prefix("location searched: ").is_some_and(|place| Path::new(place).is_absolute()));
    let is_offline = has("offline mode") || has("--frozen was specified") || has("--offline was specified");
    if has("lock file") && (has("because --frozen was passed") || has("because --locked was passed")) {
        RefusalKind::LockOutdated
    } else if has("error: failed to download") && is_offline {
        RefusalKind::NotDownloaded
    } else if is_offline && !is_local {
        RefusalKind::Unclear
    } else {
        RefusalKind::Wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBER: &str = "warning: some key is unused\n    Updating index\n    Blocking waiting for file lock on package cache\n\
        error: failed to load manifest for workspace member `/w/mail`\nreferenced by workspace at `/w/Cargo.toml`\n\n\
        Caused by:\n  failed to load manifest for dependency `a`\n\nCaused by:\n  Permission denied (os error 13)\n";

    #[test]
    fn errors_and_their_causes_are_kept_and_progress_is_not() {
        let said = "error: failed to load manifest for workspace member `/w/mail`\nreferenced by workspace at `/w/Cargo.toml`\n\
            Caused by:\n  failed to load manifest for dependency `a`\nCaused by:\n  Permission denied (os error 13)";
        assert_eq!(cargo_said(MEMBER.as_bytes()), said);
        assert_eq!(cargo_said(b"  sh: no such program\n\n"), "  sh: no such program");
        assert_eq!(cargo_said(b"     Locking 3 packages\n"), "it failed without a word");
    }

    #[test]
    fn what_a_refusal_means_follows_from_cargos_words() {
        let offline =
            "As a reminder, you're using offline mode (--frozen) which can sometimes cause surprising resolution failures";
        let searched =
            |place: &str| format!("error: no matching package named `a` found\nlocation searched: {place}\n{offline}\n");
        assert_eq!(kind(MEMBER), RefusalKind::Wrong);
        assert_eq!(kind(&searched("crates.io index")), RefusalKind::Unclear);
        assert_eq!(kind(&searched("/w/a")), RefusalKind::Wrong);
        assert_eq!(
            kind("error: cannot update the lock file /w/Cargo.lock because --frozen was passed to prevent this"),
            RefusalKind::LockOutdated
        );
        let download = "error: failed to download `a v1.0.0`\n\nCaused by:\n  attempting to make an HTTP request, but --frozen was specified\n";
        assert_eq!(kind(download), RefusalKind::NotDownloaded);
    }

    #[test]
    fn lines_are_told_apart_by_their_words_at_the_twelfth_column() {
        assert_eq!(progress("    Blocking waiting for file lock on package cache\n"), Some(WAITING));
        for line in ["  Permission denied", "Updating", "  Downloading it failed", "error: Blocking"] {
            assert!(!is_progress(line), "{line}");
        }
    }
}
