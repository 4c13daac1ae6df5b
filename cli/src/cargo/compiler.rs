//! The compiler that Cargo uses, as it describes itself.

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
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let failed = |said: String| {
            Failure::new(Class::Project, PROGRAM, format!("`rustc --version --verbose` did not say what it is: {said}"))
                .help("install Rust with rustup, and put `rustc` on the path")
        };
        let output = Command::new(rustc).args(["--version", "--verbose"]).stdin(Stdio::null()).output();
        let output = output.map_err(|error| failed(error.to_string()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        Self::parse(&said).ok_or_else(|| failed(said.lines().next().unwrap_or("nothing").to_owned()))
    }

    fn parse(said: &str) -> Option<Self> {
        let line = |key: &str| said.lines().find_map(|line| line.strip_prefix(key)).map(str::to_owned);
        Some(Self { release: line("release: ")?, commit: line("commit-hash: ")?, host: line("host: ")? })
    }
}

#[cfg(test)]
mod tests {
    use super::Compiler;

    #[test]
    fn reads_what_rustc_says() {
        let said = "rustc 1.95.0 (59807616e 2026-04-14)\nbinary: rustc\ncommit-hash: 59807616e1fa\ncommit-date: 2026-04-14\n\
                    host: x86_64-unknown-linux-gnu\nrelease: 1.95.0\nLLVM version: 22.1.2\n";
        let compiler = Compiler::parse(said).unwrap();
        assert_eq!([compiler.release, compiler.commit, compiler.host], ["1.95.0", "59807616e1fa", "x86_64-unknown-linux-gnu"]);
        assert_eq!(Compiler::parse("rustc 1.95.0"), None);
    }
}
