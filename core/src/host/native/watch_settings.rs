//! `watch` in the operator's `[host.native]`: whether changed libraries are taken up by themselves.

use std::time::Duration;

use toml::Value;

use crate::host::failure::Problem;
use crate::host::origin::{self, Origin};
use crate::host::settings::{TIME, parse_duration, read_keys, set, wrong_type};
use crate::host::usage::parse_size;

const KEYS: [&str; 6] = ["cool-down", "debounce", "enabled", "files", "poll", "size"];

/// What the operator says of watching.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::host) struct WatchSettings {
    /// `None` leaves it to the program.
    pub(in crate::host) enabled: Option<bool>,
    pub(super) debounce: Option<Duration>,
    pub(super) cool_down: Option<Duration>,
    pub(super) files: Option<u32>,
    pub(super) size: Option<u64>,
    pub(super) poll: Option<bool>,
}

impl WatchSettings {
    /// Reads `true`, `false`, or a table, which stands for `true` unless it says otherwise.
    pub(super) fn read(value: Value, origins: &[Origin], problems: &mut Vec<Problem>) -> Self {
        let table = match value {
            Value::Boolean(enabled) => return Self { enabled: Some(enabled), ..Self::default() },
            Value::Table(table) => table,
            value => {
                let problem = wrong_type("host.native.watch", "`true`, `false` or a table", &value);
                problems.push(problem.at(origin::find(origins, &["host", "native", "watch"])));
                return Self::default();
            }
        };
        let mut settings = Self { enabled: Some(true), ..Self::default() };
        read_keys(&["host", "native", "watch"], table, &KEYS, origins, problems, |key, value| settings.read_key(key, value));
        settings
    }

    fn read_key(&mut self, key: &str, value: &Value) -> Option<Result<(), &'static str>> {
        const FLAG: &str = "`true` or `false`";
        let time = || value.as_str().and_then(parse_duration);
        Some(match key {
            "enabled" => set(&mut self.enabled, value.as_bool(), FLAG),
            "poll" => set(&mut self.poll, value.as_bool(), FLAG),
            "debounce" => set(&mut self.debounce, time(), TIME),
            "cool-down" => set(&mut self.cool_down, time(), TIME),
            "files" => {
                let count = value.as_integer().and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0);
                set(&mut self.files, count, "a whole number above zero")
            }
            "size" => set(&mut self.size, value.as_str().and_then(parse_size), "a size above zero such as `\"64MiB\"`"),
            _ => return None,
        })
    }

    /// Says that this program cannot watch, if it is to.
    #[cfg(any(test, not(feature = "native-watch")))]
    pub(super) fn refuse(self, origins: &[Origin], problems: &mut Vec<Problem>) {
        if self.enabled == Some(true) {
            let message = "`host.native.watch` asks to follow the files of native plugins, and this program cannot";
            let help = "build it with the feature `native-watch` of `keyway`, or remove `watch`";
            problems.push(Problem::new("KW0797", message, help).at(origin::find(origins, &["host", "native", "watch"])));
        }
    }

    #[cfg(feature = "native-watch")]
    pub(super) fn terms(self) -> keyway_native::watch::WatchTerms {
        let default = keyway_native::watch::WatchTerms::default();
        keyway_native::watch::WatchTerms {
            debounce: self.debounce.unwrap_or(default.debounce),
            cool_down: self.cool_down.unwrap_or(default.cool_down),
            files: self.files.unwrap_or(default.files),
            bytes: self.size.unwrap_or(default.bytes),
            only_poll: self.poll.unwrap_or(default.only_poll),
            ..default
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (WatchSettings, Vec<String>) {
        let mut table: toml::Table = text.parse().unwrap();
        let mut problems = Vec::new();
        let settings = WatchSettings::read(table.remove("watch").unwrap(), &[], &mut problems);
        (settings, problems.iter().map(|problem| problem.message().to_owned()).collect())
    }

    #[test]
    fn a_word_or_a_table() {
        assert_eq!(read("watch = true").0.enabled, Some(true));
        assert_eq!(read("watch = false").0.enabled, Some(false));
        let (settings, wrong) = read("watch = { cool-down = '5s', debounce = '100ms', files = 7, size = '1MiB', poll = true }");
        assert_eq!(wrong, [""; 0]);
        let expected = WatchSettings {
            enabled: Some(true),
            debounce: Some(Duration::from_millis(100)),
            cool_down: Some(Duration::from_secs(5)),
            files: Some(7),
            size: Some(1 << 20),
            poll: Some(true),
        };
        assert_eq!(settings, expected);
        #[cfg(feature = "native-watch")]
        {
            let terms = settings.terms();
            assert_eq!((terms.files, terms.bytes, terms.only_poll), (7, 1 << 20, true));
        }
        assert_eq!(read("watch = { enabled = false }").0.enabled, Some(false));
    }

    #[test]
    fn a_program_that_cannot_watch_says_so_when_it_is_to() {
        let refused = |text| {
            let mut problems = Vec::new();
            read(text).0.refuse(&[], &mut problems);
            problems.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(
            refused("watch = true"),
            [
                "KW0797 `host.native.watch` asks to follow the files of native plugins, and this program cannot\n  help: build it with the \
              feature `native-watch` of `keyway`, or remove `watch`"
            ]
        );
        assert_eq!(refused("watch = false"), [""; 0]);
        assert_eq!(refused("watch = { enabled = false, debounce = '5s' }"), [""; 0]);
    }

    #[test]
    fn what_is_no_setting_is_told() {
        assert_eq!(
            read("watch = { cooldown = '5s', debounce = 1, files = 0, size = 64 }").1,
            [
                "the configuration has the unknown key `host.native.watch.cooldown`",
                "`host.native.watch.debounce` in the configuration must be a time above zero such as `\"10s\"`, not integer `1`",
                "`host.native.watch.files` in the configuration must be a whole number above zero, not integer `0`",
                "`host.native.watch.size` in the configuration must be a size above zero such as `\"64MiB\"`, not integer `64`",
            ]
        );
        assert_eq!(
            read("watch = 'yes'").1,
            ["`host.native.watch` in the configuration must be `true`, `false` or a table, not string `\"yes\"`"]
        );
    }
}
