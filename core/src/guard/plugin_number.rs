//! A small number for each plugin of a host, which fits into the word that says whose code a thread runs.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Stands for one plugin of one host of this process, from 1; 0 is the program itself.
///
/// Two hosts with the same plugin have two numbers for it. A number belongs to one plugin as long as anything of that plugin can still be
/// called. After that it is given out again, but not before all 65,535 were: what is written down about a plugin by its number stays
/// true for a while.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PluginNumber(u16);

static NUMBERS: Mutex<Numbers> = Mutex::new(Numbers { made: 0, free: VecDeque::new() });

struct Numbers {
    made: u16,
    /// The one that was given back first is in front.
    free: VecDeque<u16>,
}

impl PluginNumber {
    /// A number that no other plugin has. When there is none left, that of the program.
    #[must_use]
    pub fn take() -> Self {
        let mut numbers = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
        match numbers.made.checked_add(1) {
            Some(number) => {
                numbers.made = number;
                Self(number)
            }
            None => Self(numbers.free.pop_front().unwrap_or_default()),
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(&self) -> u16 {
        self.0
    }
}

impl Drop for PluginNumber {
    fn drop(&mut self) {
        if self.0 != 0 {
            NUMBERS.lock().unwrap_or_else(PoisonError::into_inner).free.push_back(self.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_plugins_have_one_number_at_a_time_and_all_are_used_before_one_is_used_again() {
        let kept = PluginNumber::take();
        let first = PluginNumber::take().get();
        let mut seen = std::collections::BTreeSet::new();
        // Other tests of this process take numbers too.
        while seen.len() < 60_000 {
            let number = PluginNumber::take();
            assert!(number.get() != 0 && number != kept);
            if !seen.insert(number.get()) {
                break;
            }
        }
        assert!(seen.len() == 60_000 && !seen.contains(&first), "{}", seen.len());
    }
}
