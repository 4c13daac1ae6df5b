//! Dates as people write them in front matter.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// A date as a [`Document`](keyway_cms_sdk::Document) carries it: `YYYY-MM-DD`, or an RFC 3339 time in UTC. `None` when the text is
/// neither. A time without an offset counts as UTC.
pub(crate) fn normalise(text: &str) -> Option<String> {
    let text = text.trim();
    if let Ok(date) = text.parse::<Date>()
        && text.len() == "2026-01-01".len()
    {
        return Some(date.to_string());
    }
    // Jekyll puts a space in front of the offset: `2026-05-01 12:00:00 +0200`.
    let joined = text.replace(" +", "+").replace(" -", "-");
    if let Ok(time) = joined.parse::<Timestamp>() {
        return Some(time.to_string());
    }
    let local: DateTime = joined.parse().ok()?;
    let time = local.to_zoned(TimeZone::UTC).ok()?;
    Some(time.timestamp().to_string())
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn dates_and_times() {
        for (written, date) in [
            ("2026-05-01", Some("2026-05-01")),
            (" 2026-05-01 ", Some("2026-05-01")),
            ("2026-05-01T12:00:00Z", Some("2026-05-01T12:00:00Z")),
            ("2026-05-01T12:00:00+02:00", Some("2026-05-01T10:00:00Z")),
            ("2026-05-01 12:00:00 +0200", Some("2026-05-01T10:00:00Z")),
            ("2026-05-01 12:00", Some("2026-05-01T12:00:00Z")),
            ("2026-05-01T12:00:00.5", Some("2026-05-01T12:00:00.5Z")),
            ("2026-02-30", None),
            ("1 May 2026", None),
            ("", None),
        ] {
            assert_eq!(normalise(written).as_deref(), date, "{written}");
        }
    }
}
