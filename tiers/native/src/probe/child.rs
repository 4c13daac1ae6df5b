//! The child's half of a probe. It runs before `main`, so that no host has to do anything for it.
//!
//! The host's program is started once more, and the linker calls [`answer`] as one of its constructors. In all other starts it looks at one
//! variable of the environment and returns.
#![allow(unsafe_code, reason = "a function is put among the program's constructors")]

use std::io::Write as _;
use std::path::Path;

use rustix::process::{Resource, Rlimit, Signal, getpid, getppid, kill_process, set_parent_process_death_signal, setrlimit};

use crate::image::Link;

/// The variable that tells a child that it is one: the number of its parent.
pub(super) const MARK: &str = "KEYWAY_PROBE";
/// What the child writes first. Without it the library is not to blame for what happened.
pub(super) const GREETING: &str = "keyway-probe 1\n";
/// What it writes when the library is open.
pub(super) const OPENED: &str = "keyway-probe opened\n";
/// What it writes before what the linker said.
pub(super) const REFUSED: &str = "keyway-probe refused ";
/// Where the child finds the sealed copy: it is its standard input.
pub(super) const LIBRARY: &str = "/proc/self/fd/0";

/// A constructor of the program.
// SAFETY: the section holds addresses of functions that the linker calls with C's convention before `main`. The function takes no argument,
// which is sound where it is given some, and does not unwind.
#[used]
#[unsafe(link_section = ".init_array")]
pub(super) static CONSTRUCTOR: extern "C" fn() = answer;

extern "C" fn answer() {
    let Some(parent) = std::env::var_os(MARK) else { return };
    let parent = parent.to_str().and_then(|parent| parent.parse().ok());
    // A variable that was left in somebody's environment does not make a probe.
    if parent.is_none() || getppid().map(|pid| pid.as_raw_nonzero().get()) != parent {
        return;
    }
    open();
    // Neither `main` nor any destructor of this half-started program may run.
    let _ = kill_process(getpid(), Signal::KILL);
}

fn open() {
    let mut report = std::io::stdout();
    let mut tell = |text: &str| report.write_all(text.as_bytes()).and_then(|()| report.flush());
    // The probe goes with the host, and a crash that was looked for leaves no file behind.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    let _ = setrlimit(Resource::Core, limit(0));
    // What it writes is kept in memory.
    let _ = setrlimit(Resource::Fsize, limit(64 << 20));
    if tell(GREETING).is_err() {
        return;
    }
    // The parent learns the rest from how this process ends.
    let _ = match Link::open(Path::new(LIBRARY)) {
        Ok(_) => tell(OPENED),
        Err(err) => tell(&format!("{REFUSED}{err}")),
    };
}

fn limit(bytes: u64) -> Rlimit {
    Rlimit { current: Some(bytes), maximum: Some(bytes) }
}
