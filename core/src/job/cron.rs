//! Cron expressions of five fields, read inside rustc as well as at run time.
//!
//! The rules are those of Vixie cron. When both the day of the month and the day of the week are restricted, a day that fits either of them
//! will do; a field that begins with `*` (`*/2` too) is no such restriction, and then a day must fit both.

use super::calendar::{Day, MINUTES_OF_A_DAY};
use super::mistake::{Kind, Mistake};

/// The minutes of a cron expression: one bit for each value of each field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, keyway::Boundary)]
pub(super) struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether one of the two kinds of day is enough.
    either_day: bool,
}

/// What may stand in one field.
#[derive(Clone, Copy)]
struct Field {
    kind: Kind,
    low: u32,
    high: u32,
    /// Names of three letters, for the values from `low` on.
    names: &'static [&'static [u8; 3]],
}

const MONTHS: &[&[u8; 3]] = &[b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
const WEEKDAYS: &[&[u8; 3]] = &[b"sun", b"mon", b"tue", b"wed", b"thu", b"fri", b"sat"];

const FIELDS: [Field; 5] = [
    Field { kind: Kind::Minute, low: 0, high: 59, names: &[] },
    Field { kind: Kind::Hour, low: 0, high: 23, names: &[] },
    Field { kind: Kind::Day, low: 1, high: 31, names: &[] },
    Field { kind: Kind::Month, low: 1, high: 12, names: MONTHS },
    Field { kind: Kind::Weekday, low: 0, high: 7, names: WEEKDAYS },
];

/// The 29th of February on a given weekday can be so far away, because 2100 is no leap year.
const LONGEST_GAP_DAYS: i64 = 41 * 366;

impl Cron {
    pub(super) const fn parse(text: &str) -> Result<Self, Mistake> {
        let bytes = text.as_bytes();
        let (mut bits, mut is_star) = ([0_u64; 5], [false; 5]);
        let (mut at, mut count) = (0, 0);
        loop {
            while at < bytes.len() && is_space(bytes[at]) {
                at += 1;
            }
            if at == bytes.len() {
                break;
            }
            let start = at;
            while at < bytes.len() && !is_space(bytes[at]) {
                at += 1;
            }
            if count == FIELDS.len() {
                return Err(Mistake { kind: Kind::FieldCount, start: 0, end: bytes.len() });
            }
            bits[count] = match FIELDS[count].read(bytes, start, at) {
                Ok(bits) => bits,
                Err(mistake) => return Err(mistake),
            };
            is_star[count] = bytes[start] == b'*';
            count += 1;
        }
        if count != FIELDS.len() {
            return Err(Mistake { kind: Kind::FieldCount, start: 0, end: bytes.len() });
        }
        let [minutes, hours, days, months, weekdays] = bits;
        // Sunday is 0 and 7.
        let weekdays = (weekdays | (weekdays >> 7)) & 0x7f;
        let cron = Self { minutes, hours, days, months, weekdays, either_day: !is_star[2] && !is_star[4] };
        if cron.has_a_day() { Ok(cron) } else { Err(Mistake { kind: Kind::Never, start: 0, end: bytes.len() }) }
    }

    /// Whether some month has one of the days, in some year.
    const fn has_a_day(&self) -> bool {
        const LONGEST: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let mut month = 1;
        while month <= 12 {
            let days = (1_u64 << (LONGEST[month - 1] + 1)) - 2;
            if has(self.months, month as u32) && (self.either_day || self.days & days != 0) {
                return true;
            }
            month += 1;
        }
        false
    }

    /// The first minute of the expression after `minute`; both are counted from 1970 in UTC.
    pub(super) fn next_after(&self, minute: i64) -> Option<i64> {
        let first = minute.checked_add(1)?;
        let (mut number, mut from) = (first.div_euclid(MINUTES_OF_A_DAY), first.rem_euclid(MINUTES_OF_A_DAY));
        let last = number.checked_add(LONGEST_GAP_DAYS)?;
        while number <= last {
            let day = Day::of(number);
            if !has(self.months, day.month) {
                (number, from) = (day.first_of_next_month(), 0);
                continue;
            }
            if self.has_day(day)
                && let Some(minute) = self.time_from(from)
            {
                return number.checked_mul(MINUTES_OF_A_DAY)?.checked_add(minute);
            }
            (number, from) = (number + 1, 0);
        }
        None
    }

    fn has_day(&self, day: Day) -> bool {
        let (of_month, of_week) = (has(self.days, day.day), has(self.weekdays, day.weekday));
        if self.either_day { of_month || of_week } else { of_month && of_week }
    }

    /// The first minute of a day, from the given one on.
    fn time_from(&self, from: i64) -> Option<i64> {
        let hours = (from / 60..24).filter(|hour| self.hours >> hour & 1 == 1);
        hours.into_iter().find_map(|hour| {
            let left = self.minutes & (u64::MAX << (from - hour * 60).clamp(0, 60));
            (left != 0).then(|| hour * 60 + i64::from(left.trailing_zeros()))
        })
    }
}

impl Field {
    /// Reads a list; the field stands at `start..end` of the text.
    const fn read(self, text: &[u8], start: usize, end: usize) -> Result<u64, Mistake> {
        let (mut bits, mut at) = (0, start);
        loop {
            let from = at;
            while at < end && text[at] != b',' {
                at += 1;
            }
            match self.read_item(text, from, at) {
                Some(item) => bits |= item,
                // An empty item has no text of its own to show.
                None if from == at => return Err(Mistake { kind: self.kind, start, end }),
                None => return Err(Mistake { kind: self.kind, start: from, end: at }),
            }
            if at == end {
                return Ok(bits);
            }
            at += 1;
        }
    }

    /// Reads `*`, a value or a range, with a step behind `*` or a range.
    const fn read_item(self, text: &[u8], start: usize, end: usize) -> Option<u64> {
        let slash = find(text, start, end, b'/');
        let dash = find(text, start, slash, b'-');
        let (low, high, is_range) = if slash - start == 1 && text[start] == b'*' {
            // The 7 is a second name of Sunday, not another day.
            (self.low, if matches!(self.kind, Kind::Weekday) { 6 } else { self.high }, true)
        } else if dash == slash {
            match self.read_value(text, start, slash) {
                Some(value) => (value, value, false),
                None => return None,
            }
        } else {
            match (self.read_value(text, start, dash), self.read_value(text, dash + 1, slash)) {
                // `sat-sun` ends with the Sunday that is 7.
                (Some(low), Some(0)) if matches!(self.kind, Kind::Weekday) && low > 0 => (low, 7, true),
                (Some(low), Some(high)) => (low, high, true),
                _ => return None,
            }
        };
        let step = if slash == end {
            1
        } else {
            match read_number(text, slash + 1, end) {
                // A longer step would be one value, which is never what `*/90` is meant to say.
                Some(step) if is_range && step >= 1 && step <= self.high => step,
                _ => return None,
            }
        };
        if low > high {
            return None;
        }
        let (mut bits, mut value) = (0, low);
        while value <= high {
            bits |= 1 << value;
            value += step;
        }
        Some(bits)
    }

    const fn read_value(self, text: &[u8], start: usize, end: usize) -> Option<u32> {
        if let Some(number) = read_number(text, start, end) {
            return if number >= self.low && number <= self.high { Some(number) } else { None };
        }
        let mut index = 0;
        while index < self.names.len() {
            let name = self.names[index];
            if end - start == name.len()
                && text[start].eq_ignore_ascii_case(&name[0])
                && text[start + 1].eq_ignore_ascii_case(&name[1])
                && text[start + 2].eq_ignore_ascii_case(&name[2])
            {
                return Some(self.low + index as u32);
            }
            index += 1;
        }
        None
    }
}

pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

const fn has(bits: u64, value: u32) -> bool {
    bits >> value & 1 == 1
}

/// Where a byte stands within `start..end`; `end` when it does not.
const fn find(text: &[u8], start: usize, end: usize, byte: u8) -> usize {
    let mut at = start;
    while at < end && text[at] != byte {
        at += 1;
    }
    at
}

/// Reads a number of one to six digits.
pub(super) const fn read_number(text: &[u8], start: usize, end: usize) -> Option<u32> {
    if start >= end || end - start > 6 {
        return None;
    }
    let (mut number, mut at) = (0, start);
    while at < end {
        if !text[at].is_ascii_digit() {
            return None;
        }
        number = number * 10 + (text[at] - b'0') as u32;
        at += 1;
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(values: &[u32]) -> u64 {
        values.iter().fold(0, |bits, value| bits | 1 << value)
    }

    #[test]
    fn fields_are_lists_ranges_steps_and_names() {
        let cron = Cron::parse("5,10-12,*/30 8-17/3 1,31 jan,APR-jun mon-Fri").unwrap();
        assert_eq!(cron.minutes, bits(&[0, 5, 10, 11, 12, 30]));
        assert_eq!(cron.hours, bits(&[8, 11, 14, 17]));
        assert_eq!(cron.days, bits(&[1, 31]));
        assert_eq!(cron.months, bits(&[1, 4, 5, 6]));
        assert_eq!(cron.weekdays, bits(&[1, 2, 3, 4, 5]));
        assert!(cron.either_day);
    }

    #[test]
    fn sunday_has_two_numbers_and_ends_a_week() {
        for (text, days) in
            [("0", &[0][..]), ("7", &[0]), ("sat-sun", &[0, 6]), ("5-7", &[0, 5, 6]), ("0-6/3", &[0, 3, 6]), ("*/4", &[0, 4])]
        {
            assert_eq!(Cron::parse(&format!("0 0 * * {text}")).unwrap().weekdays, bits(days), "{text}");
        }
        assert!(!Cron::parse("0 0 1 * */2").unwrap().either_day, "a field that begins with a star restricts nothing");
    }

    #[test]
    fn mistakes_name_their_field_and_place() {
        let cases = [
            ("60 * * * *", Kind::Minute, "60"),
            ("1,2,99 * * * *", Kind::Minute, "99"),
            ("*/90 * * * *", Kind::Minute, "*/90"),
            ("5/10 * * * *", Kind::Minute, "5/10"),
            ("30-10 * * * *", Kind::Minute, "30-10"),
            ("1, * * * *", Kind::Minute, "1,"),
            ("* 24 * * *", Kind::Hour, "24"),
            ("* */0 * * *", Kind::Hour, "*/0"),
            ("* * 0 * *", Kind::Day, "0"),
            ("* * -3 * *", Kind::Day, "-3"),
            ("* * * january *", Kind::Month, "january"),
            ("* * * 13 *", Kind::Month, "13"),
            ("* * * * 8", Kind::Weekday, "8"),
            ("* * * * ?", Kind::Weekday, "?"),
            ("* * * * mön", Kind::Weekday, "mön"),
            ("* * * *", Kind::FieldCount, "* * * *"),
            ("0 * * * * *", Kind::FieldCount, "0 * * * * *"),
            ("", Kind::FieldCount, ""),
            ("0 0 31 4,6 *", Kind::Never, "0 0 31 4,6 *"),
            ("0 0 30 2 */2", Kind::Never, "0 0 30 2 */2"),
        ];
        for (text, kind, found) in cases {
            let mistake = Cron::parse(text).unwrap_err();
            assert_eq!((mistake.kind, &text[mistake.start..mistake.end]), (kind, found), "{text}");
        }
        assert!(Cron::parse("0 0 30 2 mon").is_ok(), "a Monday in February will do");
    }
}
