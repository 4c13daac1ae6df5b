//! Schedules against a slow oracle, which reads the expression with string operations and asks jiff about every single minute.

#![expect(clippy::unwrap_used, reason = "the shared parts of these tests are tests too")]

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use keyway::job::Schedule;
use proptest::prelude::*;

/// The oracle's own reading of a field.
fn values(field: &str, low: i64, high: i64) -> BTreeSet<i64> {
    let item = |item: &str| {
        let (range, step) = item.split_once('/').map_or((item, 1), |(range, step)| (range, step.parse().unwrap()));
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((from, to)) => (from.parse().unwrap(), to.parse().unwrap()),
            None => (range.parse().unwrap(), range.parse().unwrap()),
        };
        (from..=to).step_by(step).collect::<Vec<i64>>()
    };
    field.split(',').flat_map(item).collect()
}

struct Oracle {
    fields: [BTreeSet<i64>; 5],
    either_day: bool,
}

impl Oracle {
    fn new(text: &str) -> Self {
        let parts: Vec<_> = text.split(' ').collect();
        let bounds = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
        let mut fields = [0, 1, 2, 3, 4].map(|index| values(parts[index], bounds[index].0, bounds[index].1));
        if fields[4].contains(&7) {
            fields[4].insert(0);
        }
        Self { fields, either_day: !parts[2].starts_with('*') && !parts[4].starts_with('*') }
    }

    fn has_day(&self, time: DateTime) -> bool {
        let of_month = self.fields[2].contains(&time.day().into());
        let of_week = self.fields[4].contains(&time.weekday().to_sunday_zero_offset().into());
        let day = if self.either_day { of_month || of_week } else { of_month && of_week };
        day && self.fields[3].contains(&time.month().into())
    }

    fn has(&self, time: DateTime) -> bool {
        self.fields[0].contains(&time.minute().into()) && self.fields[1].contains(&time.hour().into()) && self.has_day(time)
    }
}

fn civil(second: i64) -> DateTime {
    TimeZone::UTC.to_datetime(Timestamp::from_second(second).unwrap())
}

fn at(second: i64) -> SystemTime {
    let distance = Duration::from_secs(second.unsigned_abs());
    if second < 0 { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance }
}

fn second(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs().try_into().unwrap(),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap(),
    }
}

/// A field that can be read: a list of values, ranges and steps within the bounds.
fn field(low: i64, high: i64) -> impl Strategy<Value = String> {
    let value = (low..=high).prop_map(|value| value.to_string());
    let range = (low..=high, low..=high).prop_map(|(one, other)| format!("{}-{}", one.min(other), one.max(other)));
    let step =
        (low..=high, low..=high, 1..=high).prop_map(|(one, other, step)| format!("{}-{}/{step}", one.min(other), one.max(other)));
    let star = prop_oneof![Just("*".to_owned()), (1..=high).prop_map(|step| format!("*/{step}"))];
    prop_oneof![
        3 => star.clone(),
        4 => prop::collection::vec(prop_oneof![value, range, step, star], 1..4).prop_map(|items| items.join(","))
    ]
}

fn expression() -> impl Strategy<Value = String> {
    (field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 7))
        .prop_map(|(minute, hour, day, month, weekday)| format!("{minute} {hour} {day} {month} {weekday}"))
}

const DAY: i64 = 86_400;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// Within a month, against every minute.
    #[test]
    fn the_next_moment_is_that_of_the_oracle(text in expression(), start in -2_000_000_000_i64..6_000_000_000) {
        let Ok(schedule) = text.parse::<Schedule>() else { return Ok(()) };
        let oracle = Oracle::new(&text);
        let first = start.div_euclid(60) * 60 + 60;
        let expected = (0..31 * 1_440).map(|minute| first + minute * 60).find(|second| oracle.has(civil(*second)));
        let found = schedule.next_after(at(start)).map(second);
        match expected {
            Some(expected) => prop_assert_eq!(found, Some(expected), "{}", text),
            None => prop_assert!(found.is_none_or(|found| found >= first + 31 * DAY), "{}: {:?}", text, found),
        }
    }

    /// Over half a century, against every day; an expression that is refused has no day at all.
    #[test]
    fn the_next_day_is_that_of_the_oracle(days in (field(1, 31), field(1, 12), field(0, 7)), start in -20_000_i64..60_000) {
        let text = format!("0 0 {} {} {}", days.0, days.1, days.2);
        let oracle = Oracle::new(&text);
        let expected = (start + 1..start + 18_300).map(|day| day * DAY).find(|second| oracle.has_day(civil(*second)));
        match text.parse::<Schedule>() {
            Ok(schedule) => prop_assert_eq!(schedule.next_after(at(start * DAY)).map(second), expected, "{}", text),
            Err(error) => prop_assert_eq!(expected, None, "{}", error),
        }
    }

    /// No text makes the reader panic, and what it accepts has a next moment.
    #[test]
    fn any_text_is_read_or_refused(text in "[0-9a-zA-Z*/,@ \\-\tö]{0,24}") {
        if let Ok(schedule) = text.parse::<Schedule>() {
            prop_assert!(schedule.next_after(UNIX_EPOCH).is_some(), "{}", text);
        }
    }
}
