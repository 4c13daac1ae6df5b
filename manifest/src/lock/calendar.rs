//! Days and moments of the calendar (UTC, proleptic Gregorian), from 1970 to 9999.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// A day (UTC), written `2027-01-31`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    days: u32,
}

/// A second (UTC), written `2026-11-21T18:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    seconds: u64,
}

/// 9999-12-31.
const LAST_DAY: u32 = 2_932_896;
const DAY_SECONDS: u64 = 24 * 60 * 60;

impl Day {
    /// The day so many days after 1970-01-01; `None` after the year 9999.
    #[must_use]
    pub const fn new(days: u32) -> Option<Self> {
        if days <= LAST_DAY { Some(Self { days }) } else { None }
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn days(self) -> u32 {
        self.days
    }

    /// Year, month from 1 and day from 1.
    ///
    /// The calendar begins with March here, so that the leap day is the last of a year (Howard Hinnant, "chrono-compatible low-level date
    /// algorithms").
    fn civil(self) -> (u32, u32, u32) {
        let day = self.days + 719_468;
        let (era, day_of_era) = (day / 146_097, day % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        (era * 400 + year_of_era + u32::from(month <= 2), month, day)
    }

    fn from_civil(year: u32, month: u32, day: u32) -> Option<Self> {
        let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let length = match month {
            2 => 28 + u32::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        if !(1970..=9999).contains(&year) || !(1..=length).contains(&day) {
            return None;
        }
        let (year, from_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let (era, year_of_era) = (year / 400, year % 400);
        let day_of_year = (153 * from_march + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(Self { days: era * 146_097 + day_of_era - 719_468 })
    }
}

impl Moment {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self { seconds: 0 };

    /// The moment so many seconds after 1970-01-01T00:00:00Z, leap seconds not counted; `None` after the year 9999.
    #[must_use]
    pub const fn new(seconds: u64) -> Option<Self> {
        if seconds / DAY_SECONDS <= LAST_DAY as u64 { Some(Self { seconds }) } else { None }
    }

    /// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.seconds
    }

    /// The day it lies in.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a moment lies before the year 10000")]
    pub const fn day(self) -> Day {
        Day { days: (self.seconds / DAY_SECONDS) as u32 }
    }
}

impl Display for Day {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(formatter, "{year:04}-{month:02}-{day:02}")
    }
}

impl Display for Moment {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let of_day = self.seconds % DAY_SECONDS;
        write!(formatter, "{}T{:02}:{:02}:{:02}Z", self.day(), of_day / 3600, of_day / 60 % 60, of_day % 60)
    }
}

/// The text is not of the one form that days, or moments, are written in, or there is no such day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotInCalendar;

impl Display for NotInCalendar {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("not a day of the calendar in the form 2027-01-31, with T18:00:00Z behind it for a moment")
    }
}

impl std::error::Error for NotInCalendar {}

impl FromStr for Day {
    type Err = NotInCalendar;

    fn from_str(text: &str) -> Result<Self, NotInCalendar> {
        let [year, month, day] = numbers(text, "dddd-dd-dd").ok_or(NotInCalendar)?;
        Self::from_civil(year, month, day).ok_or(NotInCalendar)
    }
}

impl FromStr for Moment {
    type Err = NotInCalendar;

    fn from_str(text: &str) -> Result<Self, NotInCalendar> {
        let [year, month, day, hour, minute, second] = numbers(text, "dddd-dd-ddTdd:dd:ddZ").ok_or(NotInCalendar)?;
        let day = Day::from_civil(year, month, day).ok_or(NotInCalendar)?;
        if hour > 23 || minute > 59 || second > 59 {
            return Err(NotInCalendar);
        }
        Ok(Self { seconds: u64::from(day.days) * DAY_SECONDS + u64::from(hour * 3600 + minute * 60 + second) })
    }
}

/// The numbers of a text that has exactly this form: `d` stands for a digit, the rest for itself.
fn numbers<const N: usize>(text: &str, form: &str) -> Option<[u32; N]> {
    if text.len() != form.len() {
        return None;
    }
    let (mut numbers, mut index, mut within) = ([0; N], 0, false);
    for (found, wanted) in text.bytes().zip(form.bytes()) {
        match (wanted, found) {
            (b'd', b'0'..=b'9') => {
                within = true;
                numbers[index] = numbers[index] * 10 + u32::from(found - b'0');
            }
            (b'd', _) => return None,
            _ if found == wanted => {
                index += usize::from(within);
                within = false;
            }
            _ => return None,
        }
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_follows_the_one_before() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..=LAST_DAY {
            let here = Day::new(days).unwrap();
            assert_eq!(here.civil(), (year, month, day));
            assert_eq!(Day::from_civil(year, month, day), Some(here));
            let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
            let length = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month as usize - 1];
            day += 1;
            if day > length {
                (day, month) = (1, month + 1);
            }
            if month > 12 {
                (month, year) = (1, year + 1);
            }
        }
        assert_eq!((year, Day::new(LAST_DAY + 1)), (10_000, None));
    }

    #[test]
    fn one_form_is_read_and_it_is_the_one_that_is_written() {
        for text in ["1970-01-01", "2026-11-21", "2028-02-29", "9999-12-31"] {
            assert_eq!(text.parse::<Day>().unwrap().to_string(), text);
            let moment = format!("{text}T23:59:59Z");
            assert_eq!(moment.parse::<Moment>().unwrap().to_string(), moment);
            assert_eq!(moment.parse::<Moment>().unwrap().day(), text.parse().unwrap());
        }
        for text in
            ["", "2027-02-29", "1969-12-31", "2027-1-31", "2027-00-10", "2027-13-01", "2027-01-32", "２０27-01-31", "20270-01-31"]
        {
            assert_eq!(text.parse::<Day>(), Err(NotInCalendar), "{text}");
        }
        for text in
            ["2027-01-31", "2027-01-31T24:00:00Z", "2027-01-31T18:00:60Z", "2027-01-31 18:00:00Z", "2027-01-31T18:00:00+00:00"]
        {
            assert_eq!(text.parse::<Moment>(), Err(NotInCalendar), "{text}");
        }
        assert_eq!("2026-11-21".parse::<Day>().unwrap().days(), 20_778);
    }
}
