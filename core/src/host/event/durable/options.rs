//! How often a durable event is tried, and how long it is kept.

use std::time::Duration;

use toml::Value;

use crate::host::failure::Problem;
use crate::host::origin::{self, Origin};
use crate::host::settings::{TIME, parse_duration, read_keys, set, wrong_type};

/// How durable events are delivered and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DurableOptions {
    /// How often a subscriber is given an event before it becomes a dead letter; 10 by default, and at least once.
    pub attempts: u32,
    /// The pause before the second attempt; 100 ms by default. Each further pause is twice as long.
    pub first_retry: Duration,
    /// The longest pause between two attempts; 60 s by default.
    pub longest_retry: Duration,
    /// How long an event is kept for a subscriber that does not take it, and a dead letter for an operator; 30 days by default.
    pub keep_for: Duration,
    /// How many events of one topic are kept, and how many dead letters in all; 100,000 by default. The oldest go first.
    pub keep_at_most: u32,
}

impl Default for DurableOptions {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl DurableOptions {
    /// The numbers that apply unless the program or the operator says otherwise.
    pub const DEFAULT: Self = Self {
        attempts: 10,
        first_retry: Duration::from_millis(100),
        longest_retry: Duration::from_secs(60),
        keep_for: Duration::from_secs(30 * 24 * 60 * 60),
        keep_at_most: 100_000,
    };

    /// The pause after so many failed attempts.
    #[cfg_attr(not(feature = "data"), expect(dead_code, reason = "without a database nothing is durable"))]
    pub(super) fn pause(&self, attempts: u32) -> Duration {
        let doubled = 1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first_retry.saturating_mul(doubled).min(self.longest_retry)
    }
}

const KEYS: [&str; 6] = ["attempts", "first-retry", "keep-at-most", "keep-days", "longest-retry", "publish"];

/// `[host.events]` as far as the operator set it.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::host) struct DurableSettings {
    attempts: Option<u32>,
    first_retry: Option<Duration>,
    longest_retry: Option<Duration>,
    keep_days: Option<u32>,
    keep_at_most: Option<u32>,
    /// How long a publisher waits for full queues.
    pub(in crate::host) publish: Option<Duration>,
}

impl DurableSettings {
    /// Reads the table.
    pub(in crate::host) fn read(&mut self, value: Value, origins: &[Origin], problems: &mut Vec<Problem>) {
        let Value::Table(table) = value else {
            let problem = wrong_type("host.events", "a table", &value);
            return problems.push(problem.at(origin::find(origins, &["host", "events"])));
        };
        const NUMBER: &str = "a whole number above zero";
        read_keys(&["host", "events"], table, &KEYS, origins, problems, |key, value| {
            let number = value.as_integer().and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0);
            let time = value.as_str().and_then(parse_duration);
            Some(match key {
                "attempts" => set(&mut self.attempts, number, NUMBER),
                "keep-at-most" => set(&mut self.keep_at_most, number, NUMBER),
                "keep-days" => set(&mut self.keep_days, number, NUMBER),
                "first-retry" => set(&mut self.first_retry, time, TIME),
                "longest-retry" => set(&mut self.longest_retry, time, TIME),
                "publish" => set(&mut self.publish, time, TIME),
                _ => return None,
            })
        });
    }

    /// The operator's word goes before the program's.
    pub(in crate::host) fn over(self, program: DurableOptions) -> DurableOptions {
        let days = |days: u32| Duration::from_secs(24 * 60 * 60).saturating_mul(days);
        DurableOptions {
            attempts: self.attempts.unwrap_or(program.attempts).max(1),
            first_retry: self.first_retry.unwrap_or(program.first_retry),
            longest_retry: self.longest_retry.unwrap_or(program.longest_retry),
            keep_for: self.keep_days.map_or(program.keep_for, days),
            keep_at_most: self.keep_at_most.unwrap_or(program.keep_at_most),
        }
    }
}

#[cfg(test)]
mod tests {
    use toml::Table;

    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let options = DurableOptions::DEFAULT;
        let pauses: Vec<_> = [1, 2, 3, 9, 10, 11, 40].map(|attempts| options.pause(attempts).as_millis()).into();
        assert_eq!(pauses, [100, 200, 400, 25_600, 51_200, 60_000, 60_000]);
    }

    #[test]
    fn the_operator_goes_before_the_program_and_mistakes_are_named() {
        let mut problems = Vec::new();
        let mut settings = DurableSettings::default();
        settings.read(
            "attempts = 3\nkeep-days = 2\npublish = '1s'\nfirst-retry = 5\nkept = 1".parse::<Table>().map(Value::Table).unwrap(),
            &[],
            &mut problems,
        );
        let options = settings.over(DurableOptions { keep_at_most: 7, ..DurableOptions::DEFAULT });
        assert_eq!((options.attempts, options.keep_for.as_secs(), options.keep_at_most), (3, 172_800, 7));
        assert_eq!((settings.publish, options.first_retry), (Some(Duration::from_secs(1)), Duration::from_millis(100)));
        let messages: Vec<_> = problems.iter().map(|problem| problem.message().to_owned()).collect();
        assert_eq!(
            messages,
            [
                "`host.events.first-retry` in the configuration must be a time above zero such as `\"10s\"`, not integer `5`",
                "the configuration has the unknown key `host.events.kept`",
            ]
        );
    }
}
