//! When a delivery that failed is tried again.

use std::time::{Duration, SystemTime};

use keyway::capability::HttpResponse;

/// Each wait is so many times as long as the one before.
const FACTOR: u64 = 4;
/// An endpoint cannot ask for more patience than this.
const LONGEST_ASKED: Duration = Duration::from_secs(24 * 3600);

/// How long to wait after the given number of failed attempts: four times as long each time, up to `longest`, less a part of up to a
/// quarter, so that what failed together is not tried together. Both are in seconds; `below` draws a number below the one that it is given.
pub(crate) fn pause(attempts: u32, first: u64, longest: u64, below: impl FnOnce(u64) -> u64) -> Duration {
    let factor = FACTOR.saturating_pow(attempts.saturating_sub(1));
    let millis = first.saturating_mul(factor).min(longest).saturating_mul(1000);
    Duration::from_millis(millis - below(millis / 4 + 1))
}

/// How long an answer asks to wait, with `Retry-After` in seconds or as a date.
pub(crate) fn asked(answer: &HttpResponse, now: SystemTime) -> Option<Duration> {
    let text = answer.header("retry-after")?.trim();
    let wait = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(wait.min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn each_pause_is_four_times_as_long_up_to_the_longest() {
        let seconds =
            |attempts| (pause(attempts, 5, 3_600, |_| 0).as_millis(), pause(attempts, 5, 3_600, |end| end - 1).as_millis());
        assert_eq!(seconds(1), (5_000, 3_750));
        assert_eq!(seconds(2), (20_000, 15_000));
        assert_eq!(seconds(5), (1_280_000, 960_000));
        assert_eq!(seconds(6), (3_600_000, 2_700_000));
        assert_eq!(seconds(u32::MAX), (3_600_000, 2_700_000));
        assert_eq!(pause(u32::MAX, u64::MAX, u64::MAX, |_| 0), Duration::from_millis(u64::MAX));
        assert_eq!(pause(3, 0, 0, |end| end - 1), Duration::ZERO);
    }

    #[test]
    fn what_an_endpoint_asks_for_is_bounded() {
        let answer = |value: &str| {
            HttpResponse::new(503, String::new(), vec![("retry-after".to_owned(), value.as_bytes().to_vec())], Vec::new())
        };
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        let day = 24 * 3600;
        for (value, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("999999999", Some(day)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
        ] {
            assert_eq!(asked(&answer(value), now), seconds.map(Duration::from_secs), "{value}");
        }
        assert_eq!(asked(&HttpResponse::new(503, String::new(), Vec::new(), Vec::new()), now), None);
    }
}
