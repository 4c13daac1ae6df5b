//! `[host.deadlines]`, and how times are written.

use std::time::Duration;

use toml::Table;

use super::mistake::{unknown_key, wrong_type};
use crate::host::failure::Problem;
use crate::host::origin::{self, Origin};

const KEYS: [&str; 6] = ["call", "hang", "init", "job", "start", "stop"];

/// Time limits as far as somebody set them.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::host) struct Deadlines {
    pub(in crate::host) init: Option<Duration>,
    pub(in crate::host) start: Option<Duration>,
    pub(in crate::host) stop: Option<Duration>,
    pub(in crate::host) call: Option<Duration>,
    pub(in crate::host) hang: Option<Duration>,
    pub(in crate::host) job: Option<Duration>,
}

impl Deadlines {
    pub(super) fn read(&mut self, table: Table, origins: &[Origin], problems: &mut Vec<Problem>) {
        for (key, value) in table {
            let place = match key.as_str() {
                "init" => &mut self.init,
                "start" => &mut self.start,
                "stop" => &mut self.stop,
                "call" => &mut self.call,
                "hang" => &mut self.hang,
                "job" => &mut self.job,
                _ => {
                    let problem = unknown_key("host.deadlines.", &key, &KEYS);
                    problems.push(problem.at(origin::find(origins, &["host", "deadlines", &key])));
                    continue;
                }
            };
            match value.as_str().and_then(parse_duration) {
                Some(duration) => *place = Some(duration),
                None => {
                    let problem = wrong_type(&format!("host.deadlines.{key}"), "a time above zero such as `\"10s\"`", &value);
                    problems.push(problem.at(origin::find(origins, &["host", "deadlines", &key])));
                }
            }
        }
    }
}

/// Reads `250ms`, `10s` or `2m`.
pub(in crate::host) fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let millis_each = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return None,
    };
    let millis = number.parse::<u64>().ok()?.checked_mul(millis_each)?;
    (millis > 0).then(|| Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit_and_are_above_zero() {
        assert_eq!(parse_duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(parse_duration("10s"), Some(Duration::from_secs(10)));
        assert_eq!(parse_duration("2m"), Some(Duration::from_secs(120)));
        for bad in ["", "10", "s", "0s", "-1s", "1.5s", "1 s", "1h", "99999999999999999999s", "18446744073709551615m"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }
}
