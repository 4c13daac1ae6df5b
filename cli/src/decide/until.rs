//! How long an approval holds.

use keyway_manifest::lock::Day;

/// Reads the last day of an approval: a day such as `2027-01-31`, or a number of days from today such as `90d`.
///
/// # Errors
/// What is wrong with it, as a lowercase phrase.
pub(crate) fn last_day(text: &str, today: Day) -> Result<Day, String> {
    let day = match text.strip_suffix('d').and_then(|count| count.parse::<u32>().ok()) {
        Some(count) => today.days().checked_add(count).and_then(Day::new),
        None => text.parse().ok(),
    };
    match day {
        None => {
            Err(format!("`{}` is neither a day such as `2027-01-31` nor a number of days such as `90d`", text.escape_debug()))
        }
        Some(day) if day < today => Err(format!("`{text}` is over: today is {today} (UTC)")),
        Some(day) => Ok(day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_or_a_number_of_days() {
        let today: Day = "2026-11-21".parse().unwrap();
        let day = |text: &str| last_day(text, today).map(|day| day.to_string());
        assert_eq!(day("2027-01-31").as_deref(), Ok("2027-01-31"));
        assert_eq!(day("90d").as_deref(), Ok("2027-02-19"));
        assert_eq!(day("0d").as_deref(), Ok("2026-11-21"));
        assert_eq!(day("2026-11-20").unwrap_err(), "`2026-11-20` is over: today is 2026-11-21 (UTC)");
        for text in ["", "d", "-1d", "soon", "2027-02-29", "31.1.2027", "4294967295d", "1\u{1b}d"] {
            let message = day(text).unwrap_err();
            assert!(message.contains("is neither a day") && !message.contains('\u{1b}'), "{message}");
        }
    }
}
