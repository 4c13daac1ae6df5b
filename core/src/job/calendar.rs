//! The days of the Gregorian calendar, counted from 1970, in UTC.
//!
//! UTC has neither time zones nor hours that come twice, which is why schedules are in it. Leap seconds are not counted, as by every
//! system clock.

/// How many minutes a day has.
pub(super) const MINUTES_OF_A_DAY: i64 = 24 * 60;

const DAYS_OF_400_YEARS: i64 = 146_097;

/// One day, with what a cron expression asks about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day {
    year: i64,
    /// From 1 to 12.
    pub(super) month: u32,
    /// From 1 to 31.
    pub(super) day: u32,
    /// 0 is Sunday.
    pub(super) weekday: u32,
}

impl Day {
    /// The day of this number; the 1st of January 1970 is 0.
    ///
    /// The years begin in March here, so that a leap day is the last day of its year (Howard Hinnant, `civil_from_days`).
    pub(super) fn of(number: i64) -> Self {
        let since_march_of_0 = number + 719_468;
        let era = since_march_of_0.div_euclid(DAYS_OF_400_YEARS);
        let day_of_era = since_march_of_0.rem_euclid(DAYS_OF_400_YEARS);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let small = |number: i64| u32::try_from(number).expect("days and months are small numbers above zero");
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month: small(month),
            day: small(day),
            weekday: small((number + 4).rem_euclid(7)),
        }
    }

    /// The number of the first day of the month after this day's.
    pub(super) fn first_of_next_month(self) -> i64 {
        if self.month == 12 { number(self.year + 1, 1) } else { number(self.year, i64::from(self.month) + 1) }
    }
}

/// The number of the first day of a month.
fn number(year: i64, month: i64) -> i64 {
    let (year, month_from_march) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * month_from_march + 2) / 5;
    era * DAYS_OF_400_YEARS + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every day of 400 years and more, against counting on by hand.
    #[test]
    fn days_follow_each_other() {
        let (mut year, mut month, mut day, mut weekday) = (1969, 1, 1, 3);
        for number in -365..160_000_i64 {
            assert_eq!(Day::of(number), Day { year, month, day, weekday });
            weekday = (weekday + 1) % 7;
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                2 => 28 + u32::from(is_leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > length {
                assert_eq!(Day::of(number).first_of_next_month(), number + 1);
                (day, month) = (1, month + 1);
            }
            if month > 12 {
                (month, year) = (1, year + 1);
            }
        }
    }
}
