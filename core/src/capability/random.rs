//! Randomness, from a source that tests can seed.

use std::fmt;
use std::sync::Arc;

/// Fills bytes with randomness that nobody can guess; the host provides it.
#[keyway::boundary]
pub trait RandomSource: Send + Sync {
    /// Fills all of `bytes`.
    ///
    /// # Panics
    ///
    /// When the operating system has no randomness to give. No system that Keyway runs on does that once it has started; whoever went
    /// on without would hand out keys that can be guessed.
    fn fill(&self, bytes: &mut [u8]);
}

/// Random bytes and numbers, fit for keys and tokens. No permission is needed for it: it tells nothing and changes nothing. What is
/// taken from here can be seeded by a test.
///
/// Every method panics when the operating system has no randomness to give; see [`RandomSource::fill`].
///
/// ```
/// # fn example(random: &keyway::capability::Random) {
/// let token: [u8; 16] = random.bytes();
/// let dice = random.below(6) + 1;
/// # }
/// ```
#[derive(Clone)]
pub struct Random(Arc<dyn RandomSource>);

impl Random {
    pub(crate) fn new(source: Arc<dyn RandomSource>) -> Self {
        Self(source)
    }

    /// Fills all of `bytes`.
    pub fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }

    /// As many random bytes as the type says.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    /// A number, each as likely as the others.
    #[must_use]
    pub fn u64(&self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    /// A number below `end`, each as likely as the others; 0 when `end` is 0.
    #[must_use]
    pub fn below(&self, end: u64) -> u64 {
        // The numbers above the last whole multiple of `end` would make the smallest answers likelier than the others.
        let Some(surplus) = (u64::MAX % end.max(1)).checked_add(1).map(|rest| rest % end.max(1)) else { return 0 };
        loop {
            let number = self.u64();
            if number <= u64::MAX - surplus {
                return number.checked_rem(end).unwrap_or(0);
            }
        }
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Random")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Answers the given numbers, one after the other.
    struct Told(Mutex<Vec<u64>>);

    impl RandomSource for Told {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.copy_from_slice(&self.0.lock().unwrap().remove(0).to_le_bytes());
        }
    }

    fn told(numbers: &[u64]) -> Random {
        Random::new(Arc::new(Told(Mutex::new(numbers.to_vec()))))
    }

    #[test]
    fn a_number_that_would_favour_small_answers_is_drawn_again() {
        // 2^64 is 1 more than a multiple of 3 (and of 5), so only the largest number is left out.
        assert_eq!(told(&[u64::MAX, 7]).below(3), 1);
        assert_eq!(told(&[u64::MAX - 1]).below(3), (u64::MAX - 1) % 3);
        // Nothing is left out for a power of two.
        assert_eq!(told(&[u64::MAX]).below(8), 7);
        // Just over half of the range: nearly every second number is drawn again.
        let end = (1 << 63) + 1;
        assert_eq!(told(&[end, u64::MAX, end - 1]).below(end), end - 1);
    }

    #[test]
    fn the_ends_of_the_range_are_answered() {
        assert_eq!(told(&[12]).below(0), 0);
        assert_eq!(told(&[12]).below(1), 0);
        assert_eq!(told(&[u64::MAX - 1]).below(u64::MAX), u64::MAX - 1);
        assert_eq!(told(&[u64::MAX, 3]).below(u64::MAX), 3);
    }
}
