//! What Cargo and rustc do and say for commands that cannot do without them: the packages of a workspace, building, the compiler.

mod artifact;
mod build;
mod compiler;
mod packages;

use std::process::Command;

pub(crate) use artifact::{Artifact, build, plain};
pub(crate) use build::build_host;
pub(crate) use compiler::{Compiler, Toolchain, cfg_of};
#[cfg(test)]
pub(crate) use packages::tests::metadata;
pub(crate) use packages::{Depth, Metadata, Package, Question};

/// The Cargo that runs this, or the one on the path.
pub(crate) fn command() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
