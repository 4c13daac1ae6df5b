//! When a job runs: a cron expression in UTC, or once in a while.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::{Deserialize, Deserializer, Error as _};

use super::cron::{Cron, is_space, read_number};
use super::mistake::{Kind, Mistake, ScheduleError};

/// When a job runs. Written in a program, it is checked while that compiles: `schedule!("30 3 * * *")`; as part of a configuration it is
/// read with [`Deserialize`], and a mistake is told with its line.
///
/// | text | meaning |
/// |---|---|
/// | `30 3 * * *` | minute, hour, day of the month, month, day of the week, in UTC, by the rules of Vixie cron |
/// | `0 9-17/2 * apr-sep mon-fri` | ranges, steps, lists and names |
/// | `0 0 13 * fri` | on the 13th *and* on each Friday: of two restricted kinds of day, one is enough |
/// | `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly`, `@annually` | the first minute of each |
/// | `every 10m` | ten minutes after it was last due; `s`, `m`, `h`, `d` |
///
/// ```
/// use keyway::job::Schedule;
/// let schedule: Schedule = "@daily".parse()?;
/// assert_eq!(schedule.to_string(), "@daily");
/// let mistake = "0 25 * * *".parse::<Schedule>().unwrap_err();
/// assert_eq!(mistake.found(), "25");
/// # Ok::<(), keyway::job::ScheduleError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, keyway::Boundary)]
pub struct Schedule {
    rule: Rule,
    text: Cow<'static, str>,
}

/// What a schedule means, without its text; made by [`schedule!`](crate::schedule) while the program compiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, keyway::Boundary)]
#[doc(hidden)]
pub struct Rule(Timing);

#[derive(Debug, Clone, Copy, PartialEq, Eq, keyway::Boundary)]
enum Timing {
    Cron(Cron),
    Every(Duration),
}

/// A [`Schedule`](crate::job::Schedule) whose text is checked while the program compiles.
///
/// ```
/// use keyway::job::Schedule;
/// use keyway::schedule;
///
/// const NIGHTLY: Schedule = schedule!("30 3 * * *");
/// ```
///
/// ```compile_fail
/// let schedule = keyway::schedule!("30 25 * * *");
/// ```
#[macro_export]
macro_rules! schedule {
    ($text:literal) => {{
        const RULE: $crate::job::Rule = $crate::job::Rule::checked($text);
        $crate::job::Schedule::from_rule(RULE, $text)
    }};
}

impl Rule {
    /// Reads a schedule inside rustc.
    #[must_use]
    pub const fn checked(text: &str) -> Self {
        match Self::parse(text) {
            Ok(rule) => rule,
            Err(mistake) => panic!("{}", mistake.kind.expected()),
        }
    }

    const fn parse(text: &str) -> Result<Self, Mistake> {
        match text.as_bytes() {
            [b'@', ..] => match alias(text.as_bytes()) {
                Some(expression) => Self::cron(expression),
                None => Err(Mistake { kind: Kind::Alias, start: 0, end: text.len() }),
            },
            [b'e', b'v', b'e', b'r', b'y', rest @ ..] => match every(rest) {
                Some(period) => Ok(Self(Timing::Every(period))),
                None => Err(Mistake { kind: Kind::Every, start: 0, end: text.len() }),
            },
            _ => Self::cron(text),
        }
    }

    const fn cron(text: &str) -> Result<Self, Mistake> {
        match Cron::parse(text) {
            Ok(cron) => Ok(Self(Timing::Cron(cron))),
            Err(mistake) => Err(mistake),
        }
    }
}

const fn alias(text: &[u8]) -> Option<&'static str> {
    Some(match text {
        b"@hourly" => "0 * * * *",
        b"@daily" | b"@midnight" => "0 0 * * *",
        b"@weekly" => "0 0 * * 0",
        b"@monthly" => "0 0 1 * *",
        b"@yearly" | b"@annually" => "0 0 1 1 *",
        _ => return None,
    })
}

/// Reads ` 10m`.
const fn every(text: &[u8]) -> Option<Duration> {
    let [space, number @ .., unit] = text else { return None };
    let seconds_each = match unit {
        b's' => 1,
        b'm' => 60,
        b'h' => 60 * 60,
        b'd' => 24 * 60 * 60,
        _ => return None,
    };
    let Some(number) = read_number(number, 0, number.len()) else { return None };
    let seconds = number as u64 * seconds_each;
    if is_space(*space) && seconds >= 1 && seconds <= Schedule::LONGEST.as_secs() {
        Some(Duration::from_secs(seconds))
    } else {
        None
    }
}

impl Schedule {
    const SHORTEST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_hours(366 * 24);

    /// Runs once in each `period`, which is held within one second and 366 days.
    #[must_use]
    pub fn every(period: Duration) -> Self {
        let period = period.clamp(Self::SHORTEST, Self::LONGEST);
        Self { rule: Rule(Timing::Every(period)), text: Cow::Owned(format!("every {period:?}")) }
    }

    /// Puts together what [`schedule!`](crate::schedule) has checked.
    #[doc(hidden)]
    #[must_use]
    pub const fn from_rule(rule: Rule, text: &'static str) -> Self {
        Self { rule, text: Cow::Borrowed(text) }
    }

    /// The same schedule, with its text in memory of its own.
    #[cfg(feature = "host")]
    pub(crate) fn into_owned(self) -> Self {
        Self { text: Cow::Owned(self.text.into_owned()), ..self }
    }

    /// The first moment of the schedule after `time`; `None` when there is none that a clock could show.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    /// let noon = keyway::schedule!("0 12 * * *");
    /// assert_eq!(noon.next_after(UNIX_EPOCH), Some(UNIX_EPOCH + Duration::from_secs(12 * 60 * 60)));
    /// ```
    #[must_use]
    pub fn next_after(&self, time: SystemTime) -> Option<SystemTime> {
        match self.rule.0 {
            Timing::Every(period) => time.checked_add(period),
            Timing::Cron(cron) => {
                let seconds = match time.duration_since(UNIX_EPOCH) {
                    Ok(since) => i64::try_from(since.as_secs()).ok()?,
                    // A part of a second before a full one belongs to the second before that.
                    Err(before) => {
                        let before = before.duration();
                        -i64::try_from(before.as_secs()).ok()? - i64::from(before.subsec_nanos() > 0)
                    }
                };
                let seconds = cron.next_after(seconds.div_euclid(60))?.checked_mul(60)?;
                let distance = Duration::from_secs(seconds.unsigned_abs());
                if seconds >= 0 { UNIX_EPOCH.checked_add(distance) } else { UNIX_EPOCH.checked_sub(distance) }
            }
        }
    }

    /// The time between two runs of `every`; `None` for a cron expression.
    #[must_use]
    pub const fn period(&self) -> Option<Duration> {
        match self.rule.0 {
            Timing::Every(period) => Some(period),
            Timing::Cron(_) => None,
        }
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let rule = Rule::parse(text).map_err(|mistake| ScheduleError::new(text, mistake))?;
        Ok(Self { rule, text: Cow::Owned(text.to_owned()) })
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.text)
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'_, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> SystemTime {
        let distance = Duration::from_secs(seconds.unsigned_abs());
        if seconds < 0 { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance }
    }

    #[test]
    fn periods_have_a_unit_and_bounds() {
        for (text, seconds) in [("every 1s", 1), ("every 90m", 5_400), ("every 12h", 43_200), ("every 366d", 31_622_400)] {
            assert_eq!(text.parse::<Schedule>().unwrap().period(), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "every",
            "every ",
            "every 10",
            "every m",
            "every 0s",
            "every 367d",
            "every 1w",
            "every-10m",
            "every 1h30m",
            "every 1000000s",
        ] {
            let error = text.parse::<Schedule>().unwrap_err();
            assert!(error.to_string().starts_with("KW0690 a schedule that begins with `every`"), "{text}");
        }
    }

    #[test]
    fn a_mistake_tells_field_expectation_and_find() {
        assert_eq!(
            "0 25 * * *".parse::<Schedule>().unwrap_err().to_string(),
            "KW0690 the hour of a schedule (its second field) must be `*`, a number from 0 to 23, a range such as `8-17`, a step such as \
             `*/6` or `8-17/3`, or a list of these divided by commas; found `25` in `0 25 * * *`"
        );
        assert!("@reboot".parse::<Schedule>().unwrap_err().to_string().contains("`at_start()`"));
    }

    #[test]
    fn before_1970_and_at_the_end_of_time_there_is_no_panic() {
        let schedule = crate::schedule!("0 0 1 1 *");
        assert_eq!(schedule.next_after(at(-1)), Some(at(0)));
        assert_eq!(schedule.next_after(UNIX_EPOCH - Duration::from_nanos(1)), Some(at(0)));
        assert_eq!(schedule.next_after(at(-40_000_000)), Some(at(-31_536_000)));
        let far = UNIX_EPOCH + Duration::from_secs(u64::MAX >> 2);
        let _ = schedule.next_after(far);
    }
}
