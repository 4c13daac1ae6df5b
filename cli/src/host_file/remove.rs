//! Takes a plugin out of a host's Cargo.toml.

use keyway_manifest::host::Pattern;
use toml_edit::{Item, Value};

use super::HostFile;
use crate::toml_file::remove;

impl HostFile {
    /// Takes out the dependency `key`, whose package is `package`, and all that refers to it: entries of features, the features that are its
    /// own, and patterns that no dependency matches any more. Answers the features that go.
    pub(crate) fn remove(&mut self, key: &str, package: &str) -> Vec<String> {
        for path in self.dependency_tables() {
            if let Some(table) = self.table_mut(&path) {
                table.remove(key);
            }
        }
        let (named, through) = (format!("dep:{key}"), [format!("{key}/"), format!("{key}?/")]);
        let is_about = |entry: &str| entry == named || through.iter().any(|through| entry.starts_with(through.as_str()));
        // A feature that turns on this plugin and no other dependency is the plugin's own; `default` is nobody's.
        let is_own = |list: &toml_edit::Array| {
            let dependencies: Vec<_> = list.iter().filter_map(Value::as_str).filter(|entry| entry.starts_with("dep:")).collect();
            dependencies == [named.as_str()]
        };
        let mut gone: Vec<String> =
            self.features_mut().filter(|(name, list)| name != "default" && is_own(list)).map(|(name, _)| name).collect();
        for (_, list) in self.features_mut() {
            let entries: Vec<_> =
                list.iter().filter_map(Value::as_str).filter(|entry| is_about(entry)).map(str::to_owned).collect();
            entries.iter().for_each(|entry| remove(list, entry));
        }
        // The feature that Cargo makes for an optional dependency which no feature names.
        let is_there = |file: &mut Self, name: &str| file.features_mut().any(|(other, _)| other == name);
        let referred: Vec<String> =
            if is_there(self, key) { gone.clone() } else { gone.iter().cloned().chain([key.to_owned()]).collect() };
        if let Some(features) = self.document.get_mut("features").and_then(Item::as_table_like_mut) {
            gone.retain(|feature| features.remove(feature).is_some());
        }
        for (_, list) in self.features_mut() {
            referred.iter().for_each(|feature| remove(list, feature));
        }
        self.remove_pattern_of(package);
        gone
    }

    /// A pattern that matches nothing is an error of `host!`.
    fn remove_pattern_of(&mut self, package: &str) {
        let left: Vec<String> = self.dependency_tables().iter().filter_map(|path| self.table(path)).flat_map(packages).collect();
        let Some(patterns) = self.patterns_mut() else { return };
        let is_idle = |pattern: &&str| {
            let pattern = Pattern::new(pattern);
            pattern.matches(package) && !left.iter().any(|left| pattern.matches(left))
        };
        let idle: Vec<String> = patterns.iter().filter_map(Value::as_str).filter(is_idle).map(str::to_owned).collect();
        idle.iter().for_each(|pattern| remove(patterns, pattern));
    }
}

/// The packages of a table of dependencies.
fn packages(table: &dyn toml_edit::TableLike) -> Vec<String> {
    let package = |(key, item): (&str, &Item)| item.get("package").and_then(Item::as_str).unwrap_or(key).to_owned();
    table.iter().map(package).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_refers_to_the_plugin_goes_with_it_and_nothing_else() {
        let text = "[features]\ndefault = [\"auth\", \"feed\"] # what we ship\nfull = [\"default\", \"both\"]\n# Entries.\nfeed = [\"dep:site-plugin-feed\", \"auth\"]\n\
                    auth = [\"dep:auth\"]\nboth = [\"dep:auth\", \"dep:site-plugin-feed\", \"site-plugin-feed/atom\", \"site-plugin-feed?/rss\"]\n\n\
                    [package.metadata.keyway]\nplugins = [\"auth\", \"site-plugin-*\"]\n\n[dependencies]\nauth = { version = \"1\", optional = true }\n\n\
                    [target.'cfg(unix)'.dependencies]\n# for unix\nlibc = \"0.2\"\nsite-plugin-feed = { path = \"../feed\", optional = true }\n";
        let mut file = HostFile::of(text);
        assert_eq!(file.remove("site-plugin-feed", "site-plugin-feed"), ["feed"]);
        let expected = "[features]\ndefault = [\"auth\"] # what we ship\nfull = [\"default\", \"both\"]\n\
                        auth = [\"dep:auth\"]\nboth = [\"dep:auth\"]\n\n\
                        [package.metadata.keyway]\nplugins = [\"auth\"]\n\n[dependencies]\nauth = { version = \"1\", optional = true }\n\n\
                        [target.'cfg(unix)'.dependencies]\n# for unix\nlibc = \"0.2\"\n";
        assert_eq!(file.text(), expected);
    }

    #[test]
    fn an_implicit_feature_goes_from_lists() {
        let text = "[features]\ndefault = [\"feed\"]\n\n[package.metadata.keyway]\nplugins = [\"site-plugin-*\"]\n\n[dependencies]\n\
                    feed = { package = \"site-plugin-feed\", version = \"1\", optional = true }\nsite-plugin-auth = \"1\"\n";
        let mut file = HostFile::of(text);
        assert_eq!(file.remove("feed", "site-plugin-feed"), [""; 0]);
        let expected = "[features]\ndefault = []\n\n[package.metadata.keyway]\nplugins = [\"site-plugin-*\"]\n\n[dependencies]\nsite-plugin-auth = \"1\"\n";
        assert_eq!(file.text(), expected);
    }
}
