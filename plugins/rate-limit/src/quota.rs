//! How many requests in which time, as it is written: `100/10s`.

use std::time::Duration;

/// So many requests in such a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) requests: u32,
    /// Whole seconds, one at least.
    pub(crate) period: Duration,
}

const MOST_REQUESTS: u32 = 1_000_000;
const LONGEST_PERIOD: u64 = 24 * 60 * 60;

impl Quota {
    /// Reads `<requests>/<time>`.
    pub(crate) fn parse(written: &str) -> Result<Self, String> {
        let wrong =
            |why: &str| format!("`{}` is no limit: {why}; write it like `100/10s`, `30/min` or `500/h`", written.escape_debug());
        let (requests, period) = written.split_once('/').ok_or_else(|| wrong("there is no `/` in it"))?;
        let requests = number(requests)
            .filter(|requests| (1..=u64::from(MOST_REQUESTS)).contains(requests))
            .and_then(|requests| u32::try_from(requests).ok())
            .ok_or_else(|| wrong("before the `/` stands no number from 1 to 1000000"))?;
        let digits = period.len() - period.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (count, unit) = period.split_at(digits);
        let count = if count.is_empty() { Some(1) } else { number(count) };
        let unit = match unit {
            // What a rate in `[host.limits]` may end with, too.
            "s" | "sec" | "second" => 1,
            "m" | "min" | "minute" => 60,
            "h" | "hour" => 60 * 60,
            _ => return Err(wrong("the time does not end with `s`, `min` or `h`")),
        };
        let seconds = count
            .and_then(|count| count.checked_mul(unit))
            .filter(|seconds| (1..=LONGEST_PERIOD).contains(seconds))
            .ok_or_else(|| wrong("the time is not from 1 s to 24 h"))?;
        Ok(Self { requests, period: Duration::from_secs(seconds) })
    }

    /// Nanoseconds after which one more request is allowed.
    pub(crate) fn interval(&self) -> u64 {
        self.span() / u64::from(self.requests)
    }

    /// Nanoseconds in which an empty bucket fills: all intervals together, which rounding makes a little less than the period.
    pub(crate) fn span_of_all(&self) -> u64 {
        self.interval() * u64::from(self.requests)
    }

    fn span(&self) -> u64 {
        // A day is about 10^14 of the 10^19 nanoseconds that fit.
        u64::try_from(self.period.as_nanos()).unwrap_or(u64::MAX)
    }
}

fn number(digits: &str) -> Option<u64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// A time in seconds, rounded up, so that whoever waits that long has waited long enough.
pub(crate) fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read() {
        for (written, requests, seconds) in [
            ("100/10s", 100, 10),
            ("1/s", 1, 1),
            ("30/min", 30, 60),
            ("5/2min", 5, 120),
            ("3/m", 3, 60),
            ("3/minute", 3, 60),
            ("3/2sec", 3, 2),
            ("3/second", 3, 1),
            ("3/hour", 3, 3_600),
            ("1000000/24h", 1_000_000, 86_400),
        ] {
            assert_eq!(Quota::parse(written), Ok(Quota { requests, period: Duration::from_secs(seconds) }), "{written}");
        }
    }

    #[test]
    fn what_is_no_limit_is_told_with_one_that_is() {
        for written in [
            "",
            "100",
            "/s",
            "0/s",
            "-1/s",
            "+1/s",
            "1.5/s",
            "1000001/s",
            "1/0s",
            "1/",
            "1/10",
            "1/ms",
            "1/25h",
            "1/1d",
            "1/99999999999999999999s",
            "1 / s",
            "1/s ",
            "1/18446744073709551615h",
        ] {
            let problem = Quota::parse(written).unwrap_err();
            assert!(problem.contains("is no limit") && problem.contains("`30/min`"), "{written}: {problem}");
        }
    }

    #[test]
    fn waiting_is_rounded_up() {
        let rounded = |nanos| whole_seconds(Duration::from_nanos(nanos));
        assert_eq!((rounded(0), rounded(1), rounded(1_000_000_000), rounded(1_000_000_001)), (0, 1, 1, 2));
    }
}
