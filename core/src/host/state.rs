//! The states of a plugin and the moves between them.

use std::fmt;

use keyway_manifest::PluginId;

/// Where a plugin is in its life; the same states as the OpenTelemetry collector has for its components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Not started: switched off, or something that it requires does not run.
    Idle,
    /// In `init` or `start`.
    Starting,
    /// Running.
    Ok,
    /// Running, with an error that may pass by itself.
    RecoverableError,
    /// Failed for good; it runs again only when it is switched on again.
    PermanentError,
    /// Failed in a way that ended the host.
    FatalError,
    /// In `stop`.
    Stopping,
    /// Ended.
    Stopped,
}

impl State {
    /// All states.
    pub const ALL: [Self; 8] = [
        Self::Idle,
        Self::Starting,
        Self::Ok,
        Self::RecoverableError,
        Self::PermanentError,
        Self::FatalError,
        Self::Stopping,
        Self::Stopped,
    ];

    /// Whether a plugin in this state may come into `next` without another state between.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Idle | Self::Stopped => matches!(next, Self::Starting),
            Self::Starting | Self::RecoverableError => {
                matches!(next, Self::Ok | Self::PermanentError | Self::FatalError | Self::Stopping)
                    || (matches!(self, Self::Starting) && matches!(next, Self::RecoverableError))
            }
            Self::Ok => matches!(next, Self::RecoverableError | Self::PermanentError | Self::FatalError | Self::Stopping),
            Self::PermanentError => matches!(next, Self::Starting | Self::Stopping),
            Self::FatalError => false,
            Self::Stopping => matches!(next, Self::Stopped | Self::PermanentError | Self::FatalError),
        }
    }

    /// Whether the plugin's extensions are called in this state.
    #[must_use]
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Ok | Self::RecoverableError)
    }

    /// The state's name as operators see it, for example `recoverable error`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Starting => "starting",
            Self::Ok => "ok",
            Self::RecoverableError => "recoverable error",
            Self::PermanentError => "permanent error",
            Self::FatalError => "fatal error",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// One move of a plugin from a state to another; what a listener of [`HostBuilder::on_state`](super::HostBuilder::on_state) is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StateChange {
    /// The plugin that moved.
    pub plugin: PluginId,
    /// Where it was.
    pub from: State,
    /// Where it is now.
    pub to: State,
}

/// A refused move between two states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IllegalMove {
    /// The plugin that stays where it is.
    pub plugin: PluginId,
    /// Where it is.
    pub from: State,
    /// Where it cannot go from there.
    pub to: State,
}

impl fmt::Display for IllegalMove {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plugin, from, to } = self;
        write!(formatter, "KW0621 plugin `{plugin}` cannot move from `{from}` to `{to}`")
    }
}

impl std::error::Error for IllegalMove {}

/// A plugin's state, which changes only by legal moves.
#[derive(Debug)]
pub(super) struct StateMachine {
    plugin: PluginId,
    state: State,
}

impl StateMachine {
    pub(super) const fn new(plugin: PluginId) -> Self {
        Self { plugin, state: State::Idle }
    }

    pub(super) const fn state(&self) -> State {
        self.state
    }

    pub(super) const fn move_to(&mut self, to: State) -> Result<StateChange, IllegalMove> {
        let (plugin, from) = (self.plugin, self.state);
        if !from.may_become(to) {
            return Err(IllegalMove { plugin, from, to });
        }
        self.state = to;
        Ok(StateChange { plugin, from, to })
    }
}

#[cfg(test)]
mod tests {
    use super::State::{FatalError, Idle, Ok as Running, PermanentError, RecoverableError, Starting, Stopped, Stopping};
    use super::*;

    /// Every pair of states is tried against this list, written out so that it can be read against the documentation.
    const LEGAL: &[(State, State)] = &[
        (Idle, Starting),
        (Starting, Running),
        (Starting, RecoverableError),
        (Starting, PermanentError),
        (Starting, FatalError),
        (Starting, Stopping),
        (Running, RecoverableError),
        (Running, PermanentError),
        (Running, FatalError),
        (Running, Stopping),
        (RecoverableError, Running),
        (RecoverableError, PermanentError),
        (RecoverableError, FatalError),
        (RecoverableError, Stopping),
        (PermanentError, Starting),
        (PermanentError, Stopping),
        (Stopping, Stopped),
        (Stopping, PermanentError),
        (Stopping, FatalError),
        (Stopped, Starting),
    ];

    #[test]
    fn exactly_the_listed_moves_are_made() {
        let plugin = PluginId::new("site.a");
        for from in State::ALL {
            for to in State::ALL {
                let mut machine = StateMachine { plugin, state: from };
                let answer = machine.move_to(to);
                if LEGAL.contains(&(from, to)) {
                    assert_eq!(answer, Ok(StateChange { plugin, from, to }));
                    assert_eq!(machine.state(), to);
                } else {
                    assert_eq!(answer, Err(IllegalMove { plugin, from, to }), "{from} → {to}");
                    assert_eq!(machine.state(), from);
                }
            }
        }
    }

    #[test]
    fn a_refused_move_is_named() {
        let refused = StateMachine::new(PluginId::new("site.a")).move_to(Stopped).unwrap_err();
        assert_eq!(refused.to_string(), "KW0621 plugin `site.a` cannot move from `idle` to `stopped`");
    }
}
