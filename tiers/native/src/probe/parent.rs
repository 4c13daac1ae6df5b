//! The host's half of a probe: starts the child, waits for it, and reads how it ended.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::FileExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use keyway_manifest::{shown, shown_text};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

use super::ProbeError;
use super::child::{CONSTRUCTOR, GREETING, LIBRARY, MARK, OPENED, REFUSED};
use crate::file::Sealed;
use crate::image::{LoadError, Mapping, read_map};

/// How much of what a child wrote is shown.
const SHOWN: u64 = 512;
/// How much of a child's report is read.
const REPORT: u64 = 16 << 10;

pub(super) fn open(sealed: &Sealed, limit: Duration) -> Result<(), ProbeError> {
    if !in_the_program().map_err(|problem| ProbeError::system("the memory map of this process cannot be read", problem))? {
        let what = "this code is part of a library, and not of the program that would be started once more".to_owned();
        return Err(ProbeError::Unavailable { what });
    }
    let library =
        sealed.file().try_clone().map_err(|problem| ProbeError::system("the sealed copy cannot be handed over", problem))?;
    // Files and no pipes: nobody has to read while the child writes, and what it began cannot keep them open.
    let report = written("keyway-probe-report")?;
    let said = written("keyway-probe-said")?;
    let mut command = Command::new("/proc/self/exe");
    command.arg0("keyway-probe").env_clear().envs(std::env::vars_os().filter(|(name, _)| concerns_the_linker(name)));
    command.env(MARK, std::process::id().to_string()).process_group(0);
    command.stdin(Stdio::from(library)).stdout(copy_of(&report)?).stderr(copy_of(&said)?);
    let mut child = command.spawn().map_err(|problem| ProbeError::system("the program cannot be started once more", problem))?;
    let process = Pid::from_child(&child);
    let ended = wait(process, limit);
    // Also what the library has begun. The child is not waited for yet, so its number cannot be another's.
    let _ = kill_process_group(process, Signal::KILL);
    let status = child.wait().map_err(|problem| ProbeError::system("the child cannot be waited for", problem))?;
    let ended = ended.map_err(|problem| ProbeError::system("the child cannot be waited for", problem))?;
    let report = Report { begins_well: read(&report, 0, GREETING.len() as u64) == GREETING, last: end(&report, REPORT) };
    let said = read(&said, 0, SHOWN);
    let said = shown_text(&said.split_ascii_whitespace().collect::<Vec<_>>().join(" "));
    verdict(&report, ended.then_some(status), limit, &shown(sealed.origin()), said)
}

/// What a child wrote.
struct Report {
    begins_well: bool,
    /// The last words: a constructor may write to the report as well, but not after the child.
    last: String,
}

/// What a child's report and its end say of the library. `status` is `None` if the child had to be ended.
fn verdict(report: &Report, status: Option<ExitStatus>, limit: Duration, origin: &str, said: String) -> Result<(), ProbeError> {
    if !report.begins_well {
        let how = status.map_or_else(|| format!("did not answer within {limit:?}"), how);
        return Err(ProbeError::Unavailable {
            what: format!("the program, started once more, {how} before it came to the library"),
        });
    }
    if report.last.ends_with(OPENED) {
        return Ok(());
    }
    let origin = origin.to_owned();
    if let Some((_, text)) = report.last.rsplit_once(REFUSED) {
        return Err(ProbeError::Refused(LoadError::linker(&origin, Path::new(LIBRARY), text)));
    }
    match status {
        Some(status) => Err(ProbeError::Ended { origin, how: how(status), said }),
        None => Err(ProbeError::Hung { origin, limit, said }),
    }
}

/// Whether this code belongs to the program that `/proc/self/exe` is: the kernel tells where it put that program's headers.
fn in_the_program() -> io::Result<bool> {
    const PROGRAM_HEADERS: usize = 3;
    let bytes = std::fs::read("/proc/self/auxv")?;
    let words: Vec<_> = bytes.as_chunks().0.iter().map(|word| usize::from_ne_bytes(*word)).collect();
    let Some([_, headers]) = words.as_chunks().0.iter().find(|[kind, _]| *kind == PROGRAM_HEADERS) else { return Ok(false) };
    let map = read_map()?;
    let file_at =
        |address: usize| map.iter().find(|mapping: &&Mapping| mapping.range.contains(&address)).map(|mapping| mapping.file);
    Ok(file_at(*headers).is_some() && file_at(*headers) == file_at(std::ptr::from_ref(&CONSTRUCTOR).addr()))
}

/// Waits until a process has ended; `false` if it has not within the limit.
fn wait(process: Pid, limit: Duration) -> io::Result<bool> {
    let handle: OwnedFd = pidfd_open(process, PidfdFlags::empty())?;
    let deadline = Instant::now() + limit;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left =
            Timespec { tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX), tv_nsec: i64::from(left.subsec_nanos()) };
        match poll(&mut [PollFd::from_borrowed_fd(handle.as_fd(), PollFlags::IN)], Some(&left)) {
            Err(rustix::io::Errno::INTR) => {}
            Err(problem) => return Err(problem.into()),
            Ok(events) => return Ok(events > 0),
        }
    }
}

fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with the status {code}"),
        (None, Some(signal)) => match Signal::from_named_raw(signal) {
            Some(named) => format!("was ended by the signal {}", name(named)),
            None => format!("was ended by the signal {signal}"),
        },
        (None, None) => "ended".to_owned(),
    }
}

fn name(signal: Signal) -> String {
    let named = [
        (Signal::SEGV, "SIGSEGV (it used memory that is not there)"),
        (Signal::BUS, "SIGBUS (it used memory that is not there)"),
        (Signal::ABORT, "SIGABRT (it aborted)"),
        (Signal::ILL, "SIGILL (it met an instruction that this processor does not have, or a trap)"),
        (Signal::TRAP, "SIGTRAP (it met a trap)"),
        (Signal::FPE, "SIGFPE (it divided by zero)"),
        (Signal::SYS, "SIGSYS (it made a system call that is not allowed here)"),
        (Signal::XFSZ, "SIGXFSZ (it wrote more than 64 MiB)"),
        (Signal::KILL, "SIGKILL (it killed itself, or the system lacks memory)"),
    ];
    named.iter().find(|entry| entry.0 == signal).map_or_else(|| signal.as_raw().to_string(), |entry| entry.1.to_owned())
}

/// Variables that say where the linker looks for libraries: with others the child would find others than the host.
fn concerns_the_linker(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with("LD_") || name.starts_with("GLIBC_"))
}

fn written(name: &str) -> Result<File, ProbeError> {
    let file = memfd_create(name, MemfdFlags::CLOEXEC)
        .map_err(|problem| ProbeError::system("there is no place for the child's report", problem))?;
    Ok(File::from(file))
}

fn copy_of(file: &File) -> Result<Stdio, ProbeError> {
    file.try_clone().map(Stdio::from).map_err(|problem| ProbeError::system("there is no place for the child's report", problem))
}

fn end(file: &File, most: u64) -> String {
    let len = file.metadata().map_or(0, |metadata| metadata.len());
    read(file, len.saturating_sub(most), most)
}

fn read(file: &File, from: u64, most: u64) -> String {
    let mut bytes = vec![0; usize::try_from(most).unwrap_or(0)];
    let count = file.read_at(&mut bytes, from).unwrap_or(0);
    String::from_utf8_lossy(&bytes[..count]).into_owned()
}
