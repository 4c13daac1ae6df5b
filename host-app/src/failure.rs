//! Why the program could not do what it was asked, in words for the person who started it.

use std::fmt;
use std::process::ExitCode;

/// An end that a person has to do something about: what happened, and what helps.
///
/// ```
/// use keyway_cms::Failure;
/// let failure = Failure::usage("`--listen` needs a value").help("for example `--listen 127.0.0.1:8080`");
/// assert_eq!(failure.to_string(), "error: `--listen` needs a value\n  help: for example `--listen 127.0.0.1:8080`");
/// ```
#[derive(Debug)]
pub struct Failure {
    message: String,
    helps: Vec<String>,
    exit_code: u8,
}

impl Failure {
    /// The operating system, the network or a plugin kept the program from working: exit code 1.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), helps: Vec::new(), exit_code: 1 }
    }

    /// The command line or the configuration is wrong: exit code 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { exit_code: 2, ..Self::new(message) }
    }

    /// Adds what can be done about it; the most likely way out first.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.helps.push(help.into());
        self
    }

    /// The code for the process to end with.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit_code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "error: {}", self.message.trim_end())?;
        for help in &self.helps {
            write!(formatter, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
