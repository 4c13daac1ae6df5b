//! Adds a plugin to a host's Cargo.toml.

use keyway_manifest::host::Pattern;
use toml_edit::{Array, Item, Value};

use super::HostFile;
use crate::scaffold::Source;
use crate::toml_file::insert;

/// What is to be added.
#[derive(Debug, Clone)]
pub(crate) struct Addition {
    /// The plugin's package.
    pub(crate) package: String,
    /// Where it comes from.
    pub(crate) source: Source,
    /// The feature that turns it on.
    pub(crate) feature: String,
    /// What that feature turns on too.
    pub(crate) turns_on: Vec<String>,
    /// Whether `default` has it.
    pub(crate) is_default: bool,
    /// Whether the host takes its plugins by the patterns of `[package.metadata.keyway]`.
    pub(crate) by_pattern: bool,
}

impl HostFile {
    /// Adds a plugin: an optional dependency, and a feature that turns it on.
    pub(crate) fn add(&mut self, addition: &Addition) {
        let mut dependency = addition.source.to_table(&self.folder());
        dependency.insert("optional", Value::from(true));
        self.insert("dependencies", &addition.package, Value::InlineTable(dependency));
        let mut turns_on = Array::new();
        turns_on.push(format!("dep:{}", addition.package));
        addition.turns_on.iter().for_each(|feature| turns_on.push(feature.as_str()));
        self.insert("features", &addition.feature, Value::Array(turns_on));
        if addition.is_default {
            let default =
                self.features_mut().find(|(name, _)| name == "default").map(|(_, list)| insert(list, &addition.feature));
            if default.is_none() {
                self.insert("features", "default", Value::Array(Array::from_iter([addition.feature.as_str()])));
            }
        }
        if addition.by_pattern
            && let Some(patterns) = self.patterns_mut()
            && !patterns.iter().filter_map(Value::as_str).any(|pattern| Pattern::new(pattern).matches(&addition.package))
        {
            let family = addition.package.split_once("-plugin-").map(|(family, _)| format!("{family}-plugin-*"));
            let pattern = family.filter(|_| patterns.is_empty()).unwrap_or_else(|| addition.package.clone());
            insert(patterns, &pattern);
        }
    }

    /// Puts a value into a table: at its place when the table is sorted, else at its end.
    fn insert(&mut self, table: &str, key: &str, value: Value) {
        let item = self.document.entry(table).or_insert_with(toml_edit::table);
        let is_sorted = item.as_table_like().is_some_and(|table| table.iter().map(|(key, _)| key).is_sorted());
        if let Some(table) = item.as_table_like_mut() {
            table.insert(key, Item::Value(value));
        }
        if let Some(table) = item.as_table_mut().filter(|_| is_sorted) {
            table.sort_values();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn addition(package: &str, feature: &str) -> Addition {
        Addition {
            package: package.to_owned(),
            source: Source::folder(Path::new("/site/plugins/feed")),
            feature: feature.to_owned(),
            turns_on: Vec::new(),
            is_default: false,
            by_pattern: true,
        }
    }

    const HOST: &str = "[package]\nname = \"site\" # ours\n\n[features]\ndefault = [\n    \"auth\", # who is it\n    \"theme\",\n]\n\
                        auth = [\"dep:site-plugin-auth\"]\ntheme = [\"dep:site-plugin-theme\"]\n\n[package.metadata.keyway]\n\
                        plugins = [\"site-plugin-*\"]\n\n[dependencies]\n# who is it\nsite-plugin-auth = { path = \"../plugins/auth\", \
                        optional = true }\nsite-plugin-theme = { path = \"../plugins/theme\", optional = true }\n\n\
                        [target.'cfg(unix)'.dependencies]\nlibc = \"0.2\" # for signals\n";

    #[test]
    fn all_that_is_there_stays_as_it_is() {
        let mut file = HostFile::of(HOST);
        file.add(&Addition { is_default: true, turns_on: vec!["theme".to_owned()], ..addition("site-plugin-feed", "feed") });
        let expected = HOST
            .replace("    \"theme\",\n", "    \"feed\",\n    \"theme\",\n")
            .replace(
                "theme = [\"dep:site-plugin-theme\"]\n",
                "theme = [\"dep:site-plugin-theme\"]\nfeed = [\"dep:site-plugin-feed\", \"theme\"]\n",
            )
            .replace(
                "site-plugin-theme = {",
                "site-plugin-feed = { path = \"../plugins/feed\", optional = true }\nsite-plugin-theme = {",
            );
        assert_eq!(file.text(), expected);
        let changes: Vec<_> = file
            .changes()
            .into_iter()
            .map(|edit| format!("[{}] {}{}", edit.table, if edit.added { '+' } else { '-' }, edit.line))
            .collect();
        assert_eq!(
            changes,
            [
                "[dependencies] +site-plugin-feed = { path = \"../plugins/feed\", optional = true }",
                "[features] -default = [\"auth\", \"theme\"]",
                "[features] +default = [\"auth\", \"feed\", \"theme\"]",
                "[features] +feed = [\"dep:site-plugin-feed\", \"theme\"]",
            ]
        );
    }

    #[test]
    fn a_host_without_plugins_gets_what_it_needs() {
        let mut file = HostFile::of("[package]\nname = \"site\"\n\n[package.metadata.keyway]\nplugins = []\n");
        file.add(&Addition { is_default: true, source: Source::version("0.3"), ..addition("site-plugin-feed", "feed") });
        let expected = "[package]\nname = \"site\"\n\n[package.metadata.keyway]\nplugins = [\"site-plugin-*\"]\n\n[dependencies]\n\
                        site-plugin-feed = { version = \"0.3\", optional = true }\n\n[features]\ndefault = [\"feed\"]\n\
                        feed = [\"dep:site-plugin-feed\"]\n";
        assert_eq!(file.text(), expected);
        let mut file = HostFile::of(HOST);
        file.add(&addition("other-feed", "feed"));
        assert!(file.text().contains("plugins = [\"other-feed\", \"site-plugin-*\"]\n"), "{}", file.text());
    }
}
