//! Finds the valid names nearest to one that is not valid.

/// Names longer than this are not compared: nobody misspells a valid name into them.
const LONGEST: usize = 64;

/// The nearest of `candidates`, nearest first, three at most; empty when none is near.
///
/// Near is: the same but for capitals and dividers (`Filesystem_Read`), an abbreviation segment by segment (`fs.read`), or few
/// edits away (one per three characters).
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    if name.chars().nth(LONGEST).is_some() {
        return Vec::new();
    }
    let name = folded(name);
    let limit = (name.chars().count() / 3).max(1);
    let mut found: Vec<(usize, &str)> = Vec::new();
    for candidate in candidates {
        let other = folded(candidate);
        let distance = if abbreviates(&name, &other) { 1 } else { distance(&name, &other) };
        if distance <= limit && !found.iter().any(|(_, known)| *known == candidate) {
            found.push((distance, candidate));
        }
    }
    found.sort();
    found.into_iter().take(3).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// Brings the spellings of a dotted name together: lowercase, every divider a dot.
pub(crate) fn folded(name: &str) -> String {
    name.chars().map(|c| if matches!(c, '_' | '-' | ':' | '/' | ' ') { '.' } else { c.to_ascii_lowercase() }).collect()
}

/// Tells whether each segment of `short` is an abbreviation of the same segment of `long`: its first letter, then some of its letters.
fn abbreviates(short: &str, long: &str) -> bool {
    let (short, long): (Vec<&str>, Vec<&str>) = (short.split('.').collect(), long.split('.').collect());
    short.len() > 1
        && short.len() == long.len()
        && short.iter().zip(&long).all(|(short, long)| {
            let mut rest = long.chars();
            short.len() >= 2 && short.chars().next() == long.chars().next() && short.chars().all(|c| rest.any(|other| other == c))
        })
}

/// Edits between two texts: insert, delete, replace, swap neighbours (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for row in 1..=left.len() {
        let mut current = vec![row];
        for column in 1..=right.len() {
            let replaced = usize::from(left[row - 1] != right[column - 1]);
            let mut cost = (last[column] + 1).min(current[column - 1] + 1).min(last[column - 1] + replaced);
            if row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1] {
                cost = cost.min(before[column - 2] + 1);
            }
            current.push(cost);
        }
        before = std::mem::replace(&mut last, current);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_edits() {
        for (left, right, edits) in
            [("", "", 0), ("abc", "", 3), ("scope", "scpoe", 1), ("host", "hosts", 1), ("beta", "meta", 1)]
        {
            assert_eq!(distance(left, right), edits, "{left} {right}");
            assert_eq!(distance(right, left), edits, "{right} {left}");
        }
    }

    #[test]
    fn finds_abbreviations_and_other_spellings() {
        let names = ["filesystem.read", "filesystem.write", "network.client", "database.read", "process.execute"];
        for (written, meant) in [
            ("fs.read", "filesystem.read"),
            ("Filesystem_Read", "filesystem.read"),
            ("net.client", "network.client"),
            ("db.read", "database.read"),
            ("proc.exec", "process.execute"),
            ("filesytem.write", "filesystem.write"),
        ] {
            assert_eq!(nearest(written, names).first().map(String::as_str), Some(meant), "{written}");
        }
        assert!(nearest("graphics.draw", names).is_empty());
        assert!(nearest(&"x".repeat(60_000), names).is_empty());
    }
}
