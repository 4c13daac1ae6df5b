//! The classes of what code can do past Keyway, and which permissions speak of each.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A class of what code does past the context that Keyway hands it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Files and folders.
    Fs,
    /// Sockets and the names of hosts.
    Net,
    /// Other programs, and the end of this one.
    Process,
    /// Environment variables, arguments, the working folder.
    Env,
    /// Threads of its own.
    Threads,
    /// Functions that are not Rust, and libraries opened by name.
    Ffi,
    /// `unsafe` in the source.
    Unsafe,
    /// The kernel, called without a library.
    Syscalls,
    /// Assembly in the source, and machine code that was put among the code as data.
    Assembly,
    /// The host's side of Keyway, which no plugin has business with.
    Host,
}

impl Class {
    /// The word for it in reports and in `keyway-audit.toml`.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Fs => "fs",
            Self::Net => "net",
            Self::Process => "process",
            Self::Env => "env",
            Self::Threads => "threads",
            Self::Ffi => "ffi",
            Self::Unsafe => "unsafe",
            Self::Syscalls => "syscalls",
            Self::Assembly => "assembly",
            Self::Host => "host",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// What one function lets its caller do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Power {
    /// Its class.
    pub(crate) class: Class,
    /// A phrase that completes "the plugin …".
    pub(crate) does: &'static str,
    /// Permissions of which one is enough. Where there is none, no permission speaks of it.
    pub(crate) covered_by: &'static [&'static str],
}

const fn power(class: Class, does: &'static str, covered_by: &'static [&'static str]) -> Power {
    Power { class, does, covered_by }
}

pub(crate) static READS_FILES: Power = power(Class::Fs, "reads files", &["filesystem.read"]);
pub(crate) static WRITES_FILES: Power = power(Class::Fs, "changes files", &["filesystem.write"]);
pub(crate) static OPENS_FILES: Power = power(Class::Fs, "opens files", &["filesystem.read", "filesystem.write"]);
pub(crate) static CONNECTS: Power = power(Class::Net, "opens connections", &["network.client"]);
pub(crate) static LISTENS: Power = power(Class::Net, "listens for connections", &["network.server"]);
pub(crate) static USES_THE_NETWORK: Power = power(Class::Net, "uses the network", &["network.client", "network.server"]);
pub(crate) static STARTS_PROGRAMS: Power = power(Class::Process, "starts or ends other programs", &["process.execute"]);
pub(crate) static CHANGES_THE_PROCESS: Power = power(Class::Process, "ends or changes the program that it runs in", &[]);
pub(crate) static READS_THE_ENVIRONMENT: Power = power(Class::Env, "reads the environment of the program", &["env.read"]);
pub(crate) static CHANGES_THE_ENVIRONMENT: Power = power(Class::Env, "changes the environment of the program", &[]);
pub(crate) static STARTS_THREADS: Power = power(Class::Threads, "starts threads that the host does not know of", &[]);
pub(crate) static CALLS_C: Power = power(Class::Ffi, "calls a function that is not Rust", &[]);
pub(crate) static CALLS_UNREAD: Power = power(Class::Ffi, "calls code that could not be read", &[]);
pub(crate) static LOADS_CODE: Power = power(Class::Ffi, "loads code, or finds it by name", &[]);
pub(crate) static REPLACES_C: Power =
    power(Class::Ffi, "defines a function that the rest of the program then calls by its C name", &[]);
pub(crate) static CALLS_THE_KERNEL: Power = power(Class::Syscalls, "calls the kernel itself", &[]);
pub(crate) static HOLDS_MACHINE_CODE: Power = power(Class::Assembly, "puts bytes of its own where code is run from", &[]);
pub(crate) static CALLS_THE_HOST: Power = power(Class::Host, "calls what only hosts call", &[]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_written_as_its_word() {
        let classes = [
            Class::Fs,
            Class::Net,
            Class::Process,
            Class::Env,
            Class::Threads,
            Class::Ffi,
            Class::Unsafe,
            Class::Syscalls,
            Class::Assembly,
            Class::Host,
        ];
        for class in classes {
            assert_eq!(serde_json::to_string(&class).unwrap(), format!("\"{class}\""));
        }
    }

    #[test]
    fn permissions_that_cover_are_permissions_of_keyway() {
        let powers = [&READS_FILES, &WRITES_FILES, &OPENS_FILES, &CONNECTS, &LISTENS, &USES_THE_NETWORK, &STARTS_PROGRAMS];
        for permission in powers.iter().flat_map(|power| power.covered_by).chain(READS_THE_ENVIRONMENT.covered_by) {
            assert!(keyway_manifest::PermissionSpec::find(permission).is_some(), "{permission}");
        }
    }
}
