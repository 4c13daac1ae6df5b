//! Ids that sort by the time at which they were made: ULIDs, <https://github.com/ulid/spec>.

use std::time::SystemTime;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const RANDOM_BITS: u32 = 80;

/// Makes ids of which each is greater than the one before, also within a millisecond and when the clock is set back.
#[derive(Debug, Default)]
pub(super) struct Ulids {
    last: u128,
}

impl Ulids {
    /// The next id, as text of 26 characters.
    pub(super) fn next(&mut self, now: SystemTime) -> String {
        let mut random = [0; 16];
        getrandom::fill(&mut random[6..]).expect("the operating system has randomness to give");
        let millis = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis() & ((1 << 48) - 1);
        let drawn = (millis << RANDOM_BITS) | u128::from_be_bytes(random);
        self.last = if drawn >> RANDOM_BITS > self.last >> RANDOM_BITS { drawn } else { self.last.wrapping_add(1) };
        encode(self.last)
    }
}

fn encode(id: u128) -> String {
    let digit = |place: u32| char::from(ALPHABET[usize::try_from((id >> (5 * place)) & 31).expect("five bits fit")]);
    (0..26).rev().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_text_is_that_of_the_specification() {
        assert_eq!(encode(u128::MAX), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
        assert_eq!(encode(1_469_918_176_385 << RANDOM_BITS), "01ARYZ6S410000000000000000");
    }

    #[test]
    fn ids_grow_whatever_the_clock_does() {
        let mut ulids = Ulids::default();
        let at = |millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        let ids: Vec<_> = [5_000, 5_000, 5_000, 6_000, 4_000, 0, 6_001].map(|millis| ulids.next(at(millis))).into();
        assert!(ids.is_sorted_by(|left, right| left < right), "{ids:?}");
        assert_ne!(ids[0], Ulids::default().next(at(5_000)), "two hosts draw different ones");
    }
}
