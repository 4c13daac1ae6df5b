//! `[host.reload]` of the configuration.

use std::time::Duration;

use toml::Value;

use crate::host::failure::Problem;
use crate::host::origin::{self, Origin};
use crate::host::settings::{TIME, parse_duration, read_keys, set, wrong_type};
use crate::host::usage::parse_size;

/// What the operator says of reloads.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::host) struct ReloadSettings {
    drain: Option<Duration>,
    hold: Option<Duration>,
    state: Option<Duration>,
    largest_state: Option<usize>,
    history: Option<usize>,
    /// `None` inside for `false`.
    probation: Option<Option<Duration>>,
}

/// How reloads are made.
#[derive(Debug, Clone, Copy)]
pub(in crate::host) struct ReloadTerms {
    /// How long calls of the old instance may go on after the swap.
    pub(super) drain: Duration,
    /// How long calls wait for the state at most.
    pub(super) hold: Duration,
    /// How long the first handing over of the state may take.
    pub(super) state: Duration,
    /// In bytes.
    pub(in crate::host) largest_state: usize,
    /// How many past releases are kept of a plugin.
    pub(super) history: usize,
    /// How long a new release may fail into the one before it; `None` for never.
    pub(super) probation: Option<Duration>,
}

const KEYS: [&str; 6] = ["drain", "history", "hold", "largest-state", "probation", "state"];
/// More would keep too much alive.
const MOST_RELEASES: usize = 50;

impl ReloadSettings {
    pub(in crate::host) fn read(&mut self, value: Value, origins: &[Origin], problems: &mut Vec<Problem>) {
        let Value::Table(table) = value else {
            let problem = wrong_type("host.reload", "a table", &value);
            return problems.push(problem.at(origin::find(origins, &["host", "reload"])));
        };
        read_keys(&["host", "reload"], table, &KEYS, origins, problems, |key, value| {
            let time = || value.as_str().and_then(parse_duration);
            Some(match key {
                "drain" => set(&mut self.drain, time(), TIME),
                "hold" => set(&mut self.hold, time(), TIME),
                "state" => set(&mut self.state, time(), TIME),
                "largest-state" => {
                    let size = value.as_str().and_then(parse_size).and_then(|size| usize::try_from(size).ok());
                    set(&mut self.largest_state, size, "a size such as `\"16MiB\"`")
                }
                "history" => {
                    let count = value.as_integer().and_then(|count| usize::try_from(count).ok());
                    set(&mut self.history, count.filter(|count| *count <= MOST_RELEASES), "a whole number from 0 to 50")
                }
                "probation" => {
                    let time = if value.as_bool() == Some(false) { Some(None) } else { time().map(Some) };
                    set(&mut self.probation, time, "`false`, or a time above zero such as `\"60s\"`")
                }
                _ => return None,
            })
        });
    }

    pub(in crate::host) fn terms(self) -> ReloadTerms {
        ReloadTerms {
            drain: self.drain.unwrap_or(Duration::from_secs(5)),
            hold: self.hold.unwrap_or(Duration::from_secs(1)),
            state: self.state.unwrap_or(Duration::from_secs(5)),
            largest_state: self.largest_state.unwrap_or(16 << 20),
            history: self.history.unwrap_or(5),
            probation: self.probation.unwrap_or(Some(Duration::from_secs(60))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_told_and_the_rest_counts() {
        let text = "drain = '2s'\nhold = 3\nhistory = 51\nlargest-state = '1MiB'\nprobation = false\nstat = '1s'";
        let mut settings = ReloadSettings::default();
        let mut problems = Vec::new();
        settings.read(Value::Table(text.parse().unwrap()), &[], &mut problems);
        let lines: Vec<_> = problems.iter().map(|problem| problem.message().to_owned()).collect();
        assert_eq!(
            lines,
            [
                "`host.reload.history` in the configuration must be a whole number from 0 to 50, not integer `51`",
                "`host.reload.hold` in the configuration must be a time above zero such as `\"10s\"`, not integer `3`",
                "the configuration has the unknown key `host.reload.stat`",
            ]
        );
        let terms = settings.terms();
        assert_eq!((terms.drain, terms.hold, terms.largest_state), (Duration::from_secs(2), Duration::from_secs(1), 1 << 20));
        assert_eq!(terms.probation, None);
    }
}
