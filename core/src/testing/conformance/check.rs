//! The checks of the kit.

use std::fmt;

/// One thing that every plugin must bear; `conformance!` makes a test of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Check {
    /// It is started, disabled, enabled, reloaded and stopped in every legal order of up to four steps between start and stop, and stopped
    /// right after its start, because another plugin fails in its own.
    Lifecycle,
    /// It starts again on what an earlier run of the program has left in its data folder and its mounted folders.
    Restart,
    /// Its state comes through being saved and restored as it was, in every form that it saves, and what is no state of its is refused
    /// without a panic. Plugins without a state pass.
    State,
    /// When it has stopped, nothing of it is left: no task, subscription, job or open file that the host counts, no value of the plugin,
    /// and on Linux no thread and no file of the process. That is measured in a process of its own.
    Leftovers,
    /// The `[config]` of its manifest is read, and a value of another type is refused for each setting in it.
    Settings,
    /// It copes without each of its optional permissions, and without all of them: it runs, or fails to start with an error that names
    /// the permission.
    Permissions,
    /// It stays within the limits of its manifest.
    Limits,
}

impl Check {
    /// All checks, in the order in which a report lists them.
    pub const ALL: [Self; 7] =
        [Self::Lifecycle, Self::Restart, Self::State, Self::Leftovers, Self::Settings, Self::Permissions, Self::Limits];

    /// Its name, which is the name of its test.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lifecycle => "lifecycle",
            Self::Restart => "restart",
            Self::State => "state",
            Self::Leftovers => "leftovers",
            Self::Settings => "settings",
            Self::Permissions => "permissions",
            Self::Limits => "limits",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}
