//! What rustc says of itself and of the target that is built for.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::failure::FailureKind;
use crate::failure::Failure;

/// The toolchain that builds.
#[derive(Debug, Clone)]
pub(crate) struct Toolchain {
    /// The target that is built for.
    pub(crate) target: String,
    /// The folder with the toolchain's own libraries for it.
    pub(crate) libraries: PathBuf,
}

impl Toolchain {
    /// Asks rustc; `target` is a triple, or this machine when left out.
    ///
    /// # Errors
    /// When rustc cannot be started, or does not know the target.
    pub(crate) fn ask(target: Option<&str>) -> Result<Self, Failure> {
        let target = match target {
            Some(target) => target.to_owned(),
            None => {
                let version = rustc(&["--verbose", "--version"])?;
                let host = version.lines().find_map(|line| line.strip_prefix("host: "));
                host.ok_or_else(|| failed("what machine it is for"))?.to_owned()
            }
        };
        let libraries = PathBuf::from(rustc(&["--print", "target-libdir", "--target", &target])?.trim_end());
        if libraries.is_dir() {
            Ok(Self { target, libraries })
        } else {
            Err(FailureKind::Build.failure(
                format!("the toolchain has no libraries for the target `{target}`"),
                format!("install them: `rustup target add {target}`"),
            ))
        }
    }
}

fn rustc(arguments: &[&str]) -> Result<String, Failure> {
    let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc")));
    let output = command.args(arguments).stdin(Stdio::null()).output().ok().filter(|output| output.status.success());
    output.and_then(|output| String::from_utf8(output.stdout).ok()).ok_or_else(|| failed("where its libraries lie"))
}

fn failed(what: &str) -> Failure {
    FailureKind::Build
        .failure(format!("rustc could not say {what}"), "`rustc --print target-list` shows the targets that there are")
}
