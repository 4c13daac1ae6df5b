//! All integration tests of `cargo keyway` in one binary, one file for each topic.

mod add;
mod agreement;
mod approvals;
// What is looked at is object code, and the fixture has some of this machine's own.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod audit;
mod cargo;
mod check;
mod conformance;
mod diff;
// The compiler that is asked is a script, and what is looked at are modes of files.
#[cfg(unix)]
mod doctor;
mod frame;
mod guide;
mod library;
mod list;
mod lock;
mod new;
mod odd_files;
mod order;
mod permissions;
mod plugin;
mod reference;
mod sandbox;
mod signing;
mod sources;
mod surface;
mod verify;
