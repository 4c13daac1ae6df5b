//! Which features of a package turn on one of its optional dependencies.

use std::collections::BTreeMap;

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
    use super::enabling_features;

    #[test]
    fn finds_the_features_of_a_dependency() {
        let features = |text: &str| {
            let lines = text.lines().filter_map(|line| line.split_once('='));
            let entries = |list: &str| list.split_whitespace().map(str::to_owned).collect();
            lines.map(|(name, list)| (name.trim().to_owned(), entries(list))).collect()
        };
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
