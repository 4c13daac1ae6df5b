//! This program in the place of rustc: it starts the real one and writes down how much processor time that took.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};

/// Names the file to which the wrapper appends `crate seconds`, one line for each crate that was compiled.
pub(crate) const LOG_VARIABLE: &str = "KEYWAY_BENCH_USAGE";

/// Acts as cargo's wrapper around rustc if this process was started as one.
pub(crate) fn as_wrapper() -> Option<ExitCode> {
    let log = std::env::var_os(LOG_VARIABLE)?;
    let mut arguments = std::env::args_os().skip(1);
    let rustc = arguments.next()?;
    let arguments: Vec<_> = arguments.collect();
    let status = Command::new(rustc).args(&arguments).status().ok()?;
    let named = arguments.iter().position(|argument| argument == "--crate-name").and_then(|at| arguments.get(at + 1));
    if let Some(name) = named {
        let line = format!("{} {}\n", name.display(), of_children().as_secs_f64());
        let written = OpenOptions::new().append(true).create(true).open(log).and_then(|mut file| file.write_all(line.as_bytes()));
        if written.is_err() {
            return Some(ExitCode::FAILURE);
        }
    }
    Some(ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)))
}

/// Processor time, user and system, of all children that have ended so far.
pub(crate) fn of_children() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the usage of children can always be read");
    let micros = |time: nix::sys::time::TimeVal| u64::try_from(time.tv_sec() * 1_000_000 + time.tv_usec()).unwrap_or(0);
    Duration::from_micros(micros(usage.user_time()) + micros(usage.system_time()))
}

/// The seconds of the last line in the log that is about the crate `name`.
pub(crate) fn last_of(log: &Path, name: &str) -> Option<f64> {
    let text = std::fs::read_to_string(log).ok()?;
    let seconds = text.lines().rev().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    seconds.parse().ok()
}
