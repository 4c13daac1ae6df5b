//! What is written down.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::time::SystemTime;

use keyway_manifest::Descriptor;

/// A value longer than this many characters is cut: what a plugin asks for may be of any length.
const LONGEST: usize = 512;

/// What a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::host) enum Kind {
    /// The host began to start.
    Started,
    /// The host has stopped.
    Stopped,
    /// What a plugin that starts was granted.
    Granted,
    /// A running plugin is about to be disabled.
    Disabled,
    /// A plugin is about to be enabled.
    Enabled,
    /// Another release of a plugin took the place of the one that served.
    Reloaded,
    /// A plugin was not reloaded.
    ReloadFailed,
    /// The library of a release that no longer serves was taken out of service.
    #[cfg_attr(not(feature = "native"), expect(dead_code, reason = "only libraries are retired"))]
    Retired,
    /// A plugin came into another state.
    State,
    /// A use of a capability was refused.
    Denied,
    /// The breaker of an extension opened.
    BreakerOpened,
    /// A call was refused because of a limit of the plugin.
    LimitExceeded,
    /// Records were lost.
    Lost,
    /// The chain begins anew, because what was there is damaged.
    Restarted,
    /// What the program around the host wrote down, under a name of its own.
    Program(&'static str),
}

impl Kind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Stopped => "stopped",
            Self::Granted => "granted",
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
            Self::Reloaded => "reloaded",
            Self::ReloadFailed => "reload-failed",
            Self::Retired => "retired",
            Self::State => "state",
            Self::Denied => "denied",
            Self::BreakerOpened => "breaker-opened",
            Self::LimitExceeded => "limit-exceeded",
            Self::Lost => "lost",
            Self::Restarted => "restarted",
            Self::Program(kind) => kind,
        }
    }
}

/// Something to be written down.
#[derive(Debug, Clone)]
pub(in crate::host) struct Record {
    pub(super) time: SystemTime,
    pub(super) kind: Kind,
    pub(super) plugin: Option<&'static Descriptor>,
    pub(super) details: Vec<(&'static str, String)>,
}

impl Record {
    pub(super) fn new(
        time: SystemTime,
        kind: Kind,
        plugin: Option<&'static Descriptor>,
        details: &[(&'static str, &dyn Display)],
    ) -> Self {
        let details = details.iter().map(|(name, value)| (*name, cut(*value))).collect();
        Self { time, kind, plugin, details }
    }
}

/// The beginning of a text that may be long, without writing all of it first.
fn cut(value: &dyn Display) -> String {
    struct Cut {
        text: String,
        left: usize,
    }
    impl Write for Cut {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            for character in text.chars() {
                if self.left == 0 {
                    self.text.push('…');
                    return Err(std::fmt::Error);
                }
                self.left -= 1;
                self.text.push(character);
            }
            Ok(())
        }
    }
    let mut cut = Cut { text: String::new(), left: LONGEST };
    let _ = write!(cut, "{value}");
    cut.text
}

/// One line of an audit log, as [`read`](super::read) answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The number of the line, from 1, counted on through all files.
    pub sequence: u64,
    /// When it happened, as RFC 3339 writes it: `2026-11-21T12:30:00.250Z`.
    pub time: String,
    /// What happened: `started`, `stopped`, `granted`, `disabled`, `enabled`, `reloaded`, `reload-failed`, `retired`, `state`, `denied`, `breaker-opened`, `limit-exceeded`, `lost`,
    /// `restarted`, or what the program called it that gave it to [`Host::record`](crate::Host::record).
    pub kind: String,
    /// The plugin that it is about; `None` when it is about the host.
    pub plugin: Option<String>,
    /// The plugin's version.
    pub version: Option<String>,
    /// What else is known, for example `permission`, `asked` and `rule` of a refusal.
    pub details: BTreeMap<String, String>,
}

impl Display for Entry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sequence, time, kind, plugin, version, details } = self;
        write!(formatter, "{sequence} {time} {kind}")?;
        if let Some(plugin) = plugin {
            write!(formatter, " {plugin}")?;
        }
        if let Some(version) = version {
            write!(formatter, " {version}")?;
        }
        // Values are quoted as Rust does, so that none can look like another line.
        details.iter().try_for_each(|(name, value)| write!(formatter, " {name}={value:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_between_characters() {
        assert_eq!(cut(&"ä".repeat(LONGEST)), "ä".repeat(LONGEST));
        assert_eq!(cut(&"ä".repeat(LONGEST + 1)), format!("{}…", "ä".repeat(LONGEST)));
        assert_eq!(cut(&format_args!("{}{}", "x".repeat(600), "y".repeat(1 << 20))).chars().count(), LONGEST + 1);
    }
}
