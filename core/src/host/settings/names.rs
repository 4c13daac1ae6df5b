//! Whether the plugins that the configuration names are there.

use keyway_manifest::{Available, PluginId};
use toml::{Table, Value};

use super::Settings;
use super::mistake::unknown_plugin;
use crate::host::failure::Problem;
use crate::host::origin;
use crate::host::tell::tell;

const DISABLED: &str = "`host.disabled`";

impl Settings {
    /// Finds names of plugins that the host does not have.
    pub(in crate::host) fn check_names(&mut self, known: &[PluginId], available: &[Available], problems: &mut Vec<Problem>) {
        self.plugins.retain(|id, table| {
            let ids = known.iter().chain(available.iter().map(|plugin| &plugin.id)).map(PluginId::as_str);
            let Some(meant) = without_quotes(id, table, ids) else { return true };
            let message = format!("`[plugin.{meant}]` is a table within the table `{id}`, and no plugin's");
            let problem = Problem::new("KW0611", message, format!("write `[plugin.\"{meant}\"]`, with the id in quotes"));
            problems.push(problem.at(origin::find(&self.origins, &["plugin", id])));
            false
        });
        let origins = &self.origins;
        let mut check = |place: String, path: &[&str], id: &str| {
            if known.iter().any(|plugin| plugin.as_str() == id) {
                return true;
            }
            if let Some(plugin) = available.iter().find(|plugin| plugin.id.as_str() == id) {
                // One file may serve builds with different features, and what is disabled does not run in this one either.
                let feature = plugin.feature;
                if place == DISABLED {
                    tracing::info!(plugin = id, feature, "{place} is about a plugin that is not part of this build");
                } else {
                    tell!(
                        warn,
                        { plugin = id, feature, }
                        "{place} is about plugin `{id}`, which is not part of this build: build with `--features {feature}`, or remove it"
                    );
                }
                return false;
            }
            problems.push(unknown_plugin(&place, id, known).at(origin::find(origins, path)));
            false
        };
        self.disabled.retain(|id| check(DISABLED.to_owned(), &["host", "disabled"], id));
        self.required.retain(|id| check("`host.required`".to_owned(), &["host", "required"], id));
        self.optional.retain(|id| check("`host.optional`".to_owned(), &["host", "optional"], id));
        self.limits.retain(|id, _| check(format!("`[host.limits.\"{id}\"]`"), &["host", "limits", id], id));
        self.http.plugins.retain(|id, _| check(format!("`[host.http.plugin.\"{id}\"]`"), &["host", "http", "plugin", id], id));
        self.plugins.retain(|id, _| check(format!("`[plugin.\"{id}\"]`"), &["plugin", id], id));
        for id in &self.required {
            for (list, name) in [(&self.optional, "optional"), (&self.disabled, "disabled")] {
                if list.contains(id) {
                    problems.push(Problem::new(
                        "KW0618",
                        format!("the configuration names `{id}` under both `host.required` and `host.{name}`"),
                        format!("remove `{id}` from one of the two"),
                    ));
                }
            }
        }
    }
}

/// The plugin that is meant where an id stands without quotes: its dots make tables within tables.
fn without_quotes<'i>(key: &str, table: &Table, mut ids: impl Iterator<Item = &'i str>) -> Option<&'i str> {
    ids.find(|id| {
        let Some(rest) = id.strip_prefix(key).and_then(|rest| rest.strip_prefix('.')) else { return false };
        let mut below = Some(table);
        for segment in rest.split('.') {
            below = below.and_then(|table| table.get(segment)).and_then(Value::as_table);
        }
        below.is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::settings::Source;

    fn table(text: &str) -> Table {
        text.parse().unwrap()
    }

    #[test]
    fn an_id_without_quotes_is_recognised() {
        let known = [PluginId::new("site.search"), PluginId::new("site.search-box"), PluginId::new("feed")];
        let mut problems = Vec::new();
        let text = "[plugin.site.search]\nfuzzy = true\n[plugin.feed]\nsite.search.x = 1";
        let mut settings = Settings::read(&[Source::Table(table(text))], &mut problems);
        settings.check_names(&known, &[], &mut problems);
        let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            ["KW0611 `[plugin.site.search]` is a table within the table `site`, and no plugin's\n  help: write \
              `[plugin.\"site.search\"]`, with the id in quotes"]
        );
        assert!(settings.plugins.contains_key("feed"), "tables in the settings of a plugin are its own affair");
    }
}
