//! The nearest valid names to a misspelt one, for messages.

/// At most three of `names`, nearest first, that a reader could have meant by `word`.
pub(super) fn nearest<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let allowed = 1 + word.chars().count() / 5;
    let mut ranked: Vec<_> =
        names.map(|name| (distance(word, name), name)).filter(|(distance, _)| *distance <= allowed).collect();
    ranked.sort_unstable();
    ranked.dedup();
    ranked.into_iter().take(3).map(|(_, name)| name).collect()
}

/// How many insertions, deletions, replacements and swaps of neighbours make one word of the other.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, &a) in left.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, &b) in right.iter().enumerate() {
            let replaced = last[column] + usize::from(a != b);
            let mut best = replaced.min(last[column + 1] + 1).min(line[column] + 1);
            if row > 0 && column > 0 && a == right[column - 1] && left[row - 1] == b {
                best = best.min(before[column - 1] + 1);
            }
            line.push(best);
        }
        before = std::mem::replace(&mut last, line);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspellings_find_their_name_and_strangers_do_not() {
        let names = ["site.search", "site.sitemap", "site.feed"];
        assert_eq!(nearest("site.saerch", names.into_iter()), ["site.search"]);
        assert_eq!(nearest("site.feeds", names.into_iter()), ["site.feed"]);
        assert!(nearest("blog.comments", names.into_iter()).is_empty());
    }

    #[test]
    fn at_most_three_are_named() {
        assert_eq!(nearest("a", ["b", "c", "d", "e"].into_iter()), ["b", "c", "d"]);
    }
}
