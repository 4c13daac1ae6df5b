//! Why a command could not do its work.

use std::fmt::{self, Display, Formatter};
use std::io::{self, ErrorKind};
use std::path::Path;

use keyway_build::project::Refusal;
use keyway_manifest::parse::{Diagnostic, Report};

/// No Cargo.toml was found.
pub(crate) const NO_CARGO_TOML: &str = "KW0850";
/// The package is no host, or there are several.
pub(crate) const NO_HOST: &str = "KW0851";
/// The host's source has no `host!`, or several.
pub(crate) const NO_CALL: &str = "KW0852";
/// What the project says is wrong.
pub(crate) const MISTAKES: &str = "KW0853";
/// Another program could not be started, or failed.
pub(crate) const PROGRAM: &str = "KW0854";
/// A file or folder cannot be read or written.
pub(crate) const FILE: &str = "KW0855";
/// The host has no such feature.
pub(crate) const NO_FEATURE: &str = "KW0856";
/// The host knows no such plugin.
pub(crate) const NO_PLUGIN: &str = "KW0857";
/// There is no such error code.
pub(crate) const NO_CODE: &str = "KW0858";
/// The build is refused.
pub(crate) const REFUSED: &str = "KW0859";
/// The lock has mistakes.
pub(crate) const LOCK_BROKEN: &str = "KW0860";
/// Another process changes the lock.
pub(crate) const LOCK_HELD: &str = "KW0861";
/// The lock is a symbolic link.
pub(crate) const LOCK_LINK: &str = "KW0862";
/// A plugin cannot be locked, because too little is known of it.
pub(crate) const LOCK_UNKNOWN: &str = "KW0863";
/// The default features have no start order.
pub(crate) const LOCK_ORDER: &str = "KW0865";
/// A library, or a file of checksums, cannot be locked.
pub(crate) const LIBRARY: &str = "KW0866";
/// There is nothing to compare.
pub(crate) const NOT_COMPARABLE: &str = "KW0867";
/// A package, or a plugin, cannot be called so.
pub(crate) const NAME: &str = "KW0870";
/// The folder of a new package is not empty.
pub(crate) const NOT_EMPTY: &str = "KW0871";
/// There is no such SDK, or no such checkout of Keyway.
pub(crate) const SDK_ABSENT: &str = "KW0872";
/// A plugin cannot be added to a host.
pub(crate) const NOT_ADDED: &str = "KW0873";
/// A plugin cannot be taken out of a host.
pub(crate) const NOT_REMOVED: &str = "KW0874";
/// A file holds no surface, or several.
pub(crate) const NO_SURFACE: &str = "KW0875";
/// A surface is of a newer form, or broken.
pub(crate) const SURFACE_MISREAD: &str = "KW0876";
/// Cargo could not build the host.
pub(crate) const BUILD_FAILED: &str = "KW0877";
/// A password is needed, and there is none.
pub(crate) const NO_PASSWORD: &str = "KW0878";
/// A file of a key is not to be written over.
pub(crate) const KEY_FILE: &str = "KW0879";
/// Nobody is named as the one who decides.
pub(crate) const NOBODY: &str = "KW0880";
/// An approval cannot end then.
pub(crate) const NOT_A_DAY: &str = "KW0881";
/// There is no approval to take back.
pub(crate) const NOT_APPROVED: &str = "KW0882";
/// The host's program does not answer.
pub(crate) const NO_ANSWER: &str = "KW0883";
/// A new package would bring `keyway` into the workspace from a second place.
pub(crate) const TWO_KEYWAYS: &str = "KW0884";
/// A plugin does what its manifest does not ask for.
pub(crate) const AUDIT_UNDECLARED: &str = "KW0890";
/// A plugin does what no permission speaks of.
pub(crate) const AUDIT_UNSPOKEN: &str = "KW0891";
/// `keyway-audit.toml` is wrong.
pub(crate) const AUDIT_ALLOWANCES: &str = "KW0892";
/// What is to be audited could not be built.
pub(crate) const AUDIT_BUILD: &str = "KW0893";
/// What is to be audited, or an audit, could not be read.
pub(crate) const AUDIT_UNREADABLE: &str = "KW0894";
/// A plugin asks for what it makes no use of.
pub(crate) const AUDIT_UNUSED: &str = "KW0895";

/// The codes of `cargo keyway` in ascending order, each with the title of its page in `docs/errors/`. KW0850 to KW0864 are those that
/// several commands share; a command of its own takes from KW0865 on.
pub const CODES: &[(&str, &str)] = &[
    (NO_CARGO_TOML, "no Cargo.toml was found"),
    (NO_HOST, "there is no host, or more than one"),
    (NO_CALL, "the call of `host!` was not found"),
    (MISTAKES, "the project has mistakes"),
    (PROGRAM, "another program failed"),
    (FILE, "a file cannot be read or written"),
    (NO_FEATURE, "the host has no such feature"),
    (NO_PLUGIN, "the host knows no such plugin"),
    (NO_CODE, "there is no such error code"),
    (REFUSED, "the build is refused"),
    (LOCK_BROKEN, "the lock cannot be used"),
    (LOCK_HELD, "another process changes the lock"),
    (LOCK_LINK, "the lock is a symbolic link"),
    (LOCK_UNKNOWN, "too little is known of a plugin to lock it"),
    (LOCK_ORDER, "the default features have no start order to lock"),
    (LIBRARY, "a library cannot be locked"),
    (NOT_COMPARABLE, "there is nothing to compare"),
    (NAME, "the name cannot be used"),
    (NOT_EMPTY, "the folder is not empty"),
    (SDK_ABSENT, "the SDK was not found"),
    (NOT_ADDED, "the plugin is not added"),
    (NOT_REMOVED, "the plugin is not removed"),
    (NO_SURFACE, "a file holds no surface, or several"),
    (SURFACE_MISREAD, "a surface cannot be read"),
    (BUILD_FAILED, "the host could not be built"),
    (NO_PASSWORD, "a password is needed"),
    (KEY_FILE, "a key is not written over"),
    (NOBODY, "nobody is named as the one who decides"),
    (NOT_A_DAY, "an approval cannot end then"),
    (NOT_APPROVED, "there is no approval to take back"),
    (NO_ANSWER, "the host's program does not answer"),
    (TWO_KEYWAYS, "Keyway would come from two places"),
    (AUDIT_UNDECLARED, "a plugin does what its manifest does not ask for"),
    (AUDIT_UNSPOKEN, "a plugin does what no permission speaks of"),
    (AUDIT_ALLOWANCES, "what an audit is to allow is wrong"),
    (AUDIT_BUILD, "what is to be audited could not be built"),
    (AUDIT_UNREADABLE, "what is to be audited could not be read"),
    (AUDIT_UNUSED, "a plugin asks for what it makes no use of"),
];

/// What kind of failure it is: its number is the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// An argument names what is not there.
    Arguments = 2,
    /// The project cannot be read: no Cargo.toml, no host, Cargo failed, manifests are wrong.
    Project = 3,
    /// The lock has mistakes, or another process changes it.
    Lock = 4,
    /// A file or folder cannot be read or written.
    File = 5,
    /// A signature, a digest or a library does not verify.
    Verification = 6,
    /// A program that was started failed.
    Program = 7,
}

/// Why a command could not do its work: what was found, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Its exit code.
    pub(crate) class: Class,
    /// `KW` and four digits; `docs/errors/` has a page for each.
    pub(crate) code: &'static str,
    /// A lowercase phrase; one line.
    pub(crate) message: String,
    /// What is shown under the message, of several lines; empty when there is nothing.
    pub(crate) detail: String,
    /// What to do.
    pub(crate) help: String,
}

impl Failure {
    /// A failure without a help. Every failure should get one.
    pub(crate) fn new(class: Class, code: &'static str, message: impl Into<String>) -> Self {
        Self { class, code, message: message.into(), detail: String::new(), help: String::new() }
    }

    /// Says what to do.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// A file or folder that cannot be read or written: `what` it is, as in `the lock file`.
    pub(crate) fn file(what: &str, verb: FileVerb, path: &Path, error: &io::Error) -> Self {
        let (verb, help) = match (verb, error.kind()) {
            (FileVerb::Read, ErrorKind::IsADirectory) => ("read", "name a file, not its folder"),
            (FileVerb::Read, ErrorKind::Unsupported) => ("read", "put the file itself there: a pipe or a device is not read"),
            (FileVerb::Read, ErrorKind::FileTooLarge) => ("read", "look at the path: no such file is as large as that"),
            (FileVerb::Read, ErrorKind::InvalidData) => ("read", "save it as UTF-8"),
            (FileVerb::Read, _) => ("read", "look at the path and at who may read it"),
            (FileVerb::Written, _) => ("written", "look at the path and at who may write there"),
        };
        Self::new(Class::File, FILE, format!("{what} `{}` cannot be {verb}: {error}", path.display())).help(help)
    }

    /// A Cargo that does not answer; what it says is shown.
    pub(crate) fn cargo(message: impl Into<String>, refusal: &Refusal) -> Self {
        Self { detail: refusal.said.clone(), ..Self::new(Class::Project, PROGRAM, message) }
    }

    /// A lock with mistakes, all of which are shown; `shown_as` names the file.
    pub(crate) fn broken_lock(shown_as: &str, report: &Report) -> Self {
        let message = match report.diagnostics().len() + report.omitted() {
            1 => format!("`{shown_as}` cannot be used"),
            count => format!("`{shown_as}` cannot be used: it has {count} mistakes"),
        };
        let failure = Self::new(Class::Lock, LOCK_BROKEN, message).help("mend what is shown");
        Self { detail: report.to_string(), ..failure }
    }

    /// A project with mistakes, all of which are shown.
    pub(crate) fn mistakes(mistakes: &[&Diagnostic]) -> Self {
        let detail: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        let message = match mistakes.len() {
            1 => "the project has a mistake".to_owned(),
            count => format!("the project has {count} mistakes"),
        };
        let failure = Self::new(Class::Project, MISTAKES, message).help("mend what is shown; `cargo keyway check` says it too");
        Self { detail: detail.join("\n"), ..failure }
    }
}

/// What cannot be done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileVerb {
    Read,
    Written,
}

/// `KW0850 message`, the detail, and `  help: …`.
impl Display for Failure {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.code, self.message)?;
        for line in self.detail.lines() {
            write!(formatter, "\n  {line}")?;
        }
        if self.help.is_empty() { Ok(()) } else { write!(formatter, "\n  help: {}", self.help) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ascend_and_each_has_its_page() {
        assert!(CODES.is_sorted_by(|(left, _), (right, _)| left < right));
        for (code, title) in CODES {
            let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/errors/").to_owned() + code + ".md";
            let text = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("docs/errors/{code}.md: {error}"));
            assert_eq!(text.lines().next(), Some(format!("# {code}: {title}").as_str()), "docs/errors/{code}.md");
        }
    }
}
