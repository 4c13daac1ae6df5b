//! The features of a package: what each turns on, and which turn on one of its optional dependencies.

use std::collections::{BTreeMap, BTreeSet};

/// The features of a package as Cargo knows them: those of `[features]`, and the one that it makes for each optional dependency which no
/// feature names with `dep:`.
#[derive(Debug, Clone, Default)]
pub struct Features {
    entries: BTreeMap<String, Vec<String>>,
    optional: BTreeSet<String>,
}

impl Features {
    /// Takes the lines of `[features]` and the names in Cargo.toml of the optional dependencies.
    #[must_use]
    pub fn new(written: BTreeMap<String, Vec<String>>, optional: impl IntoIterator<Item = String>) -> Self {
        let optional: BTreeSet<String> = optional.into_iter().collect();
        let mut entries = written;
        for key in &optional {
            let named = format!("dep:{key}");
            if !entries.contains_key(key) && !entries.values().flatten().any(|entry| *entry == named) {
                entries.insert(key.clone(), vec![named]);
            }
        }
        Self { entries, optional }
    }

    /// The names, sorted; `default` among them when there is one.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Tells whether there is a feature of this name.
    #[must_use]
    pub fn contains(&self, feature: &str) -> bool {
        self.entries.contains_key(feature)
    }

    /// The features that a feature turns on by itself; none for one that does not exist.
    pub fn turned_on_by(&self, feature: &str) -> impl Iterator<Item = &str> {
        let entries = self.entries.get(feature).into_iter().flatten();
        entries.filter_map(|entry| self.feature_of(entry)).filter_map(|name| Some(self.entries.get_key_value(name)?.0.as_str()))
    }

    /// These features and all that they turn on, as Cargo resolves them for this one package. Names that are no features are left out.
    #[must_use]
    pub fn closure<'a>(&'a self, asked: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let mut waiting: Vec<&str> = asked.into_iter().collect();
        let mut found = BTreeSet::new();
        while let Some(feature) = waiting.pop() {
            let Some((name, _)) = self.entries.get_key_value(feature) else { continue };
            if found.insert(name.as_str()) {
                waiting.extend(self.turned_on_by(name));
            }
        }
        found
    }

    /// The feature that an entry of a feature turns on. `dependency/…` turns on the one that is named as the optional dependency too.
    fn feature_of<'a>(&self, entry: &'a str) -> Option<&'a str> {
        match entry.split_once('/') {
            Some((dependency, _)) => self.optional.contains(dependency).then_some(dependency),
            None => (!entry.starts_with("dep:")).then_some(entry),
        }
    }
}

/// The features that turn on the optional dependency `key` (its name in Cargo.toml), the one to recommend first.
///
/// A feature does when it lists `dep:key` or `key/…`, or when it is the implicit feature that Cargo makes for an optional dependency
/// which no feature names with `dep:`. `key?/…` does not. Features that turn on those features need not be known: Cargo sets them all.
#[must_use]
pub fn enabling_features(features: &BTreeMap<String, Vec<String>>, key: &str) -> Vec<String> {
    let named = format!("dep:{key}");
    let through = format!("{key}/");
    let is_implicit = !features.values().flatten().any(|entry| *entry == named);
    if is_implicit && !features.contains_key(key) {
        return vec![key.to_owned()];
    }
    let mut found: Vec<(&String, &Vec<String>)> = features
        .iter()
        .filter(|(_, entries)| entries.iter().any(|entry| *entry == named || entry.starts_with(&through)))
        .collect();
    // The narrowest feature is the one a reader wants; `default` is never a choice.
    found.sort_by_key(|(name, entries)| (*name == "default", entries.len(), *name));
    found.into_iter().map(|(name, _)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(text: &str) -> BTreeMap<String, Vec<String>> {
        let lines = text.lines().filter_map(|line| line.split_once('='));
        let entries = |list: &str| list.split_whitespace().map(str::to_owned).collect();
        lines.map(|(name, list)| (name.trim().to_owned(), entries(list))).collect()
    }

    #[test]
    fn features_turn_on_features() {
        let text = "default = site\nsite = feed search\nfeed = dep:feed\nsearch = clock/fast\nlazy = clock?/fast\nloop = pool\npool = loop";
        let features = Features::new(features(text), ["feed", "clock", "plain"].map(str::to_owned));
        for (asked, expected) in [
            (&["default"][..], &["clock", "default", "feed", "search", "site"][..]),
            (&["feed"], &["feed"]),
            (&["lazy"], &["lazy"]),
            (&["loop", "absent"], &["loop", "pool"]),
            (&["plain"], &["plain"]),
            (&[], &[]),
        ] {
            assert_eq!(features.closure(asked.iter().copied()).into_iter().collect::<Vec<_>>(), expected, "{asked:?}");
        }
        assert!(features.contains("clock") && features.contains("plain"), "implicit features");
        assert_eq!(features.turned_on_by("site").collect::<Vec<_>>(), ["feed", "search"]);
        assert_eq!(features.turned_on_by("plain").count() + features.turned_on_by("absent").count(), 0);
    }

    #[test]
    fn finds_the_features_of_a_dependency() {
        for (text, key, expected) in [
            ("", "feed", vec!["feed"]),
            ("full = feed search", "feed", vec!["feed"]),
            ("full = feed/atom", "feed", vec!["feed"]),
            ("feed = dep:feed", "feed", vec!["feed"]),
            ("atom = dep:feed", "feed", vec!["atom"]),
            ("default = dep:feed\nall = dep:a dep:feed\natom = dep:feed", "feed", vec!["atom", "all", "default"]),
            ("atom = dep:feed\nfast = feed/fast\nlazy = feed?/lazy", "feed", vec!["atom", "fast"]),
            ("feeder = dep:feeder", "feed", vec!["feed"]),
            ("x = feeder/y\natom = dep:feed", "feed", vec!["atom"]),
        ] {
            assert_eq!(enabling_features(&features(text), key), expected, "{text}");
        }
    }
}
