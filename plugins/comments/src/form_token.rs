//! The time trap: a form carries when and for which page it was drawn, signed. Programs send forms at once, people do not.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use keyway_cms_sdk::hexadecimal;
use sha2::Sha256;

/// After this time a form is out of date.
const LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// Signs forms and checks them. The key is a new one in each run, so a form from before a restart is out of date too.
pub(crate) struct FormTokens {
    key: [u8; 32],
    at_least: Duration,
}

/// Why a form is not taken as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It came back faster than somebody writes.
    TooFast,
    /// It is too old, of another page or run, or nobody has drawn it.
    OutOfDate,
}

impl FormTokens {
    pub(crate) fn new(key: [u8; 32], at_least: Duration) -> Self {
        Self { key, at_least }
    }

    /// The token of a form that is drawn at `now`, in seconds of the clock.
    pub(crate) fn issue(&self, page: &str, now: Duration) -> String {
        let seconds = now.as_secs();
        format!("{seconds}.{}", hexadecimal(&self.mac(page, seconds).finalize().into_bytes()))
    }

    /// Looks at the token of a form that was sent at `now`.
    pub(crate) fn check(&self, page: &str, token: &str, now: Duration) -> Result<(), Doubt> {
        let (seconds, mac) = token.split_once('.').ok_or(Doubt::OutOfDate)?;
        let seconds: u64 = seconds.parse().map_err(|_| Doubt::OutOfDate)?;
        let mac = unhex(mac).ok_or(Doubt::OutOfDate)?;
        self.mac(page, seconds).verify_slice(&mac).map_err(|_| Doubt::OutOfDate)?;
        let age = now.checked_sub(Duration::from_secs(seconds)).ok_or(Doubt::OutOfDate)?;
        match age {
            _ if age > LIFETIME => Err(Doubt::OutOfDate),
            _ if age < self.at_least => Err(Doubt::TooFast),
            _ => Ok(()),
        }
    }

    fn mac(&self, page: &str, seconds: u64) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key of any length fits");
        mac.update(&seconds.to_be_bytes());
        mac.update(page.as_bytes());
        mac
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_taken_when_somebody_could_have_written_it() {
        let tokens = FormTokens::new([7; 32], Duration::from_secs(3));
        let drawn = Duration::from_millis(100_900);
        let token = tokens.issue("/a", drawn);
        let after = |seconds| tokens.check("/a", &token, drawn + Duration::from_secs(seconds));
        assert_eq!(after(2), Err(Doubt::TooFast));
        assert_eq!(after(4), Ok(()));
        assert_eq!(after(24 * 3600 - 1), Ok(()));
        assert_eq!(after(24 * 3600 + 1), Err(Doubt::OutOfDate));
    }

    #[test]
    fn nobody_else_makes_a_token() {
        let tokens = FormTokens::new([7; 32], Duration::ZERO);
        let now = Duration::from_secs(100);
        let token = tokens.issue("/a", now);
        assert_eq!(tokens.check("/b", &token, now), Err(Doubt::OutOfDate), "another page");
        assert_eq!(FormTokens::new([8; 32], Duration::ZERO).check("/a", &token, now), Err(Doubt::OutOfDate), "another key");
        let older = token.replacen("100.", "90.", 1);
        for token in [older.as_str(), "", "100", "100.", "100.zz", "100.é", "x.00", &token[..token.len() - 2]] {
            assert_eq!(tokens.check("/a", token, now), Err(Doubt::OutOfDate), "{token}");
        }
    }
}
