//! The sets of features whose builds are looked at.

use std::collections::BTreeSet;

use crate::project::Project;

/// Sets of features, one after the other; small ones first.
pub(super) struct Combinations {
    base: BTreeSet<String>,
    /// Sets that are listed, in reverse.
    listed: Vec<BTreeSet<String>>,
    /// The subsets of these that follow, by their sizes.
    subsets: Option<Subsets>,
    possible: u64,
}

impl Combinations {
    /// One build.
    pub(super) fn one(features: BTreeSet<String>) -> Self {
        Self { base: BTreeSet::new(), listed: vec![features], subsets: None, possible: 1 }
    }

    /// Nothing, each feature alone, and all of them; each with `base`.
    pub(super) fn each(project: &Project, base: &[String]) -> Self {
        let features = project.features_about_plugins();
        let all = features.iter().cloned().collect();
        let alone = features.iter().map(|feature| BTreeSet::from([feature.clone()]));
        Self::listed(base, [BTreeSet::new()].into_iter().chain(alone).chain([all]))
    }

    /// Nothing, each feature alone, and each two together; each with `base`.
    pub(super) fn pairs(project: &Project, base: &[String]) -> Self {
        let features = project.features_about_plugins();
        let alone = features.iter().map(|feature| BTreeSet::from([feature.clone()]));
        let pair = |(index, first): (usize, &String)| {
            let others: Vec<BTreeSet<String>> =
                features[index + 1..].iter().map(|second| BTreeSet::from([first.clone(), second.clone()])).collect();
            others
        };
        let pairs: Vec<BTreeSet<String>> = features.iter().enumerate().flat_map(pair).collect();
        Self::listed(base, [BTreeSet::new()].into_iter().chain(alone).chain(pairs))
    }

    /// Every set of the features that bring in plugins by themselves: every set of plugins that a build can have is one of theirs.
    pub(super) fn all(project: &Project, base: &[String]) -> Self {
        let features: Vec<String> = project.elementary_features().into_iter().collect();
        let possible = u32::try_from(features.len()).ok().and_then(|count| 1_u64.checked_shl(count)).unwrap_or(u64::MAX);
        Self { base: split(base), listed: Vec::new(), subsets: Some(Subsets::new(features)), possible }
    }

    fn listed(base: &[String], sets: impl Iterator<Item = BTreeSet<String>>) -> Self {
        let mut listed: Vec<BTreeSet<String>> = sets.collect();
        let possible = listed.len() as u64;
        listed.reverse();
        Self { base: split(base), listed, subsets: None, possible }
    }

    /// How many there are.
    pub(super) const fn possible(&self) -> u64 {
        self.possible
    }
}

impl Iterator for Combinations {
    type Item = BTreeSet<String>;

    fn next(&mut self) -> Option<BTreeSet<String>> {
        let mut features = self.listed.pop().or_else(|| self.subsets.as_mut()?.next())?;
        features.extend(self.base.iter().cloned());
        Some(features)
    }
}

fn split(features: &[String]) -> BTreeSet<String> {
    features.iter().flat_map(|features| features.split_whitespace()).map(str::to_owned).collect()
}

/// The subsets of a list: by size, and by the places of their members in each size.
struct Subsets {
    of: Vec<String>,
    /// The places of the next subset; `None` after the last.
    places: Option<Vec<usize>>,
}

impl Subsets {
    const fn new(of: Vec<String>) -> Self {
        Self { of, places: Some(Vec::new()) }
    }

    /// The places that follow these.
    fn after(&self, mut places: Vec<usize>) -> Option<Vec<usize>> {
        let (count, size) = (self.of.len(), places.len());
        // The last place that can move, and behind it the places that follow it.
        match (0..size).rev().find(|&at| places[at] < count - size + at) {
            Some(at) => {
                let first = places[at] + 1;
                for (offset, place) in places[at..].iter_mut().enumerate() {
                    *place = first + offset;
                }
                Some(places)
            }
            None => (size < count).then(|| (0..=size).collect()),
        }
    }
}

impl Iterator for Subsets {
    type Item = BTreeSet<String>;

    fn next(&mut self) -> Option<BTreeSet<String>> {
        let places = self.places.take()?;
        let subset = places.iter().map(|&place| self.of[place].clone()).collect();
        self.places = self.after(places);
        Some(subset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_subsets_come_once_and_small_ones_first() {
        for count in 0..=6_usize {
            let of: Vec<String> = (0..count).map(|number| number.to_string()).collect();
            let subsets: Vec<BTreeSet<String>> = Subsets::new(of).collect();
            assert_eq!(subsets.len(), 1 << count);
            assert_eq!(subsets.iter().collect::<BTreeSet<_>>().len(), 1 << count, "no two are the same");
            assert!(subsets.is_sorted_by_key(BTreeSet::len));
        }
    }
}
