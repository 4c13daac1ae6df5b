//! The compiler that Cargo uses, as it describes itself and the targets that it builds for.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::{Class, Failure, PROGRAM};

/// What `rustc --version --verbose` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Compiler {
    /// Its version, such as `1.95.0`.
    pub(crate) release: String,
    /// The commit that it was built from, in hexadecimal digits; `unknown` for one of a distribution.
    pub(crate) commit: String,
    /// The target of this machine.
    pub(crate) host: String,
}

impl Compiler {
    /// Asks rustc.
    ///
    /// # Errors
    /// It cannot be started, or says something else.
    pub(crate) fn ask() -> Result<Self, Failure> {
        Self::ask_in(Path::new("."))
    }

    /// Asks the rustc that builds in a folder: rustup chooses it by the file `rust-toolchain.toml` there.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub(crate) fn ask_in(folder: &Path) -> Result<Self, Failure> {
        let failed = |said: &str| {
            Failure::new(Class::Project, PROGRAM, format!("`rustc --version --verbose` did not say what it is: {said}"))
                .help("install Rust with rustup, and put `rustc` on the path")
        };
        let said = rustc_in(folder, &["--version", "--verbose"]).map_err(|said| failed(&said))?;
        Self::parse(&said).ok_or_else(|| failed(said.lines().next().unwrap_or("nothing")))
    }

    fn parse(said: &str) -> Option<Self> {
        let line = |key: &str| said.lines().find_map(|line| line.strip_prefix(key)).map(str::to_owned);
        Some(Self { release: line("release: ")?, commit: line("commit-hash: ")?, host: line("host: ")? })
    }
}

/// A target that is built for, and what the toolchain has for it.
#[derive(Debug, Clone)]
pub(crate) struct Toolchain {
    /// The target.
    pub(crate) target: String,
    /// The folder with the toolchain's own libraries for it.
    pub(crate) libraries: PathBuf,
}

impl Toolchain {
    /// Asks rustc; `target` is a triple, or this machine when left out.
    ///
    /// # Errors
    /// What rustc said: it cannot be started, or does not know the target, or has no libraries for it.
    pub(crate) fn ask(target: Option<&str>) -> Result<Self, String> {
        let target = match target {
            Some(target) => target.to_owned(),
            None => Compiler::ask().map_err(|failure| failure.message)?.host,
        };
        let libraries = PathBuf::from(rustc(&["--print", "target-libdir", "--target", &target])?.trim_end());
        if libraries.is_dir() {
            Ok(Self { target, libraries })
        } else {
            Err(format!("the toolchain has no libraries for it; `rustup target add {target}` installs them"))
        }
    }
}

/// The `cfg` names and values of a target, each in a line; `target` is a triple, or this machine when left out.
///
/// # Errors
/// What rustc said: it cannot be started, or does not know the target.
pub(crate) fn cfg_of(target: Option<&str>) -> Result<String, String> {
    let target = target.map_or(vec![], |target| vec!["--target", target]);
    rustc(&[&["--print", "cfg"], target.as_slice()].concat())
}

/// What rustc prints, or else the first line of what it says is wrong.
fn rustc(arguments: &[&str]) -> Result<String, String> {
    rustc_in(Path::new("."), arguments)
}

/// The same of the rustc that builds in a folder.
fn rustc_in(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let output = command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return String::from_utf8(output.stdout).map_err(|error| error.to_string());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().next().unwrap_or("it failed without a word").trim_start_matches("error: ").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_rustc_says() {
        let said = "rustc 1.95.0 (59807616e 2026-04-14)\nbinary: rustc\ncommit-hash: 59807616e1fa\ncommit-date: 2026-04-14\n\
                    host: x86_64-unknown-linux-gnu\nrelease: 1.95.0\nLLVM version: 22.1.2\n";
        let compiler = Compiler::parse(said).unwrap();
        assert_eq!([compiler.release, compiler.commit, compiler.host], ["1.95.0", "59807616e1fa", "x86_64-unknown-linux-gnu"]);
        assert_eq!(Compiler::parse("rustc 1.95.0"), None);
    }

    #[test]
    fn a_target_that_rustc_does_not_know_is_a_failure() {
        for said in [Toolchain::ask(Some("no-such-target")).map(|_| ()), cfg_of(Some("no-such-target")).map(|_| ())] {
            assert!(said.clone().is_err_and(|said| said.contains("no-such-target")), "{said:?}");
        }
    }
}
