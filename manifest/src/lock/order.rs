//! How the start order of two locks differs, told with as few moves as there can be.

use std::collections::BTreeMap;

use super::model::LockFile;

/// How a start order differs, beyond plugins that were added or removed altogether.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderDifferences {
    /// Plugins that were there before and start with the default features only now.
    pub joined: Vec<String>,
    /// Plugins that are still there and no longer start with the default features.
    pub left: Vec<String>,
    /// Plugins that start at another time, each with the plugin that it starts right after now, or `None` for the first.
    pub moved: Vec<(String, Option<String>)>,
}

impl OrderDifferences {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.joined.is_empty() && self.left.is_empty() && self.moved.is_empty()
    }
}

pub(super) fn order_differences(from: &LockFile, to: &LockFile) -> OrderDifferences {
    let before: BTreeMap<&String, usize> = from.order.iter().enumerate().map(|(index, id)| (id, index)).collect();
    let after: BTreeMap<&String, usize> = to.order.iter().enumerate().map(|(index, id)| (id, index)).collect();
    let joined = to.order.iter().filter(|id| !before.contains_key(id) && from.plugins.contains_key(*id)).cloned().collect();
    let left = from.order.iter().filter(|id| !after.contains_key(id) && to.plugins.contains_key(*id)).cloned().collect();
    let common: Vec<(&String, usize)> = to.order.iter().filter_map(|id| Some((id, *before.get(id)?))).collect();
    let stays = longest_ascending(&common.iter().map(|(_, index)| *index).collect::<Vec<_>>());
    let moved = common.iter().zip(stays).filter(|(_, stays)| !stays).map(|((id, _), _)| {
        let predecessor = after[id].checked_sub(1).map(|index| to.order[index].clone());
        ((*id).clone(), predecessor)
    });
    OrderDifferences { joined, left, moved: moved.collect() }
}

/// Tells of each number, all of them different, whether it belongs to a longest ascending subsequence.
fn longest_ascending(numbers: &[usize]) -> Vec<bool> {
    // `ends[n]` is where the best subsequence of n + 1 numbers ends, best because it ends with the smallest.
    let mut ends: Vec<usize> = Vec::new();
    let mut previous: Vec<Option<usize>> = Vec::with_capacity(numbers.len());
    for (index, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| numbers[*end] < *number);
        previous.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut belongs = vec![false; numbers.len()];
    let mut at = ends.last().copied();
    while let Some(index) = at {
        belongs[index] = true;
        at = previous[index];
    }
    belongs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_ascending_subsequence_is_as_long_as_trying_all_says() {
        let mut state = 7_u64;
        for _ in 0..500 {
            let mut numbers: Vec<usize> = (0..7).collect();
            for index in (1..numbers.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                numbers.swap(index, (state >> 33) as usize % (index + 1));
            }
            let chosen: Vec<usize> =
                numbers.iter().zip(longest_ascending(&numbers)).filter(|(_, b)| *b).map(|(n, _)| *n).collect();
            let subsequence = |mask: u32| numbers.iter().enumerate().filter(move |(i, _)| mask >> i & 1 == 1).map(|(_, n)| *n);
            let longest = (0..1_u32 << 7).filter(|mask| subsequence(*mask).is_sorted()).map(u32::count_ones).max().unwrap();
            assert!(chosen.is_sorted() && chosen.len() == longest as usize, "{numbers:?} {chosen:?}");
        }
    }

    #[test]
    fn one_plugin_that_moved_is_one_move() {
        let ids = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        let lock = |order: &str| LockFile { order: ids(order), ..LockFile::default() };
        let moved = |from, to| order_differences(&lock(from), &lock(to)).moved;
        assert_eq!(moved("a b c d", "b c d a"), [("a".to_owned(), Some("d".to_owned()))]);
        assert_eq!(moved("a b c d", "d a b c"), [("d".to_owned(), None)]);
        assert!(moved("a b c d", "a c d e").is_empty());
    }
}
