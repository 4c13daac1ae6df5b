//! The operator's configuration: `[host]` and one `[plugin."id"]` table for each plugin that needs settings.

mod deadlines;
mod keys;
mod mistake;
mod names;
mod source;

use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::{Table, Value};

use super::call_settings::{BreakerSettings, PluginLimits, read_limits};
use super::capability_settings::{AuditSettings, HttpSettings, SecretsSettings};
use super::event::DurableSettings;
use super::failure::Problem;
#[cfg(feature = "native")]
use super::native::NativeSettings;
use super::origin::{self, Origin};
use super::reload::ReloadSettings;
pub(super) use deadlines::{Deadlines, parse_duration};
pub(super) use keys::{TIME, read_keys, set};
use mistake::plural;
pub(super) use mistake::{unknown_key, unknown_plugin, wrong_type};
pub(super) use source::{Source, lay_over};

/// The configuration as the host understands it.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) disabled: Vec<String>,
    pub(super) required: Vec<String>,
    pub(super) optional: Vec<String>,
    /// Where the operator wants what is kept.
    pub(super) data_folder: Option<PathBuf>,
    pub(super) deadlines: Deadlines,
    pub(super) audit: AuditSettings,
    pub(super) breaker: BreakerSettings,
    pub(super) events: DurableSettings,
    pub(super) limits: BTreeMap<String, PluginLimits>,
    pub(super) http: HttpSettings,
    pub(super) reload: ReloadSettings,
    pub(super) secrets: SecretsSettings,
    #[cfg(feature = "native")]
    pub(super) native: NativeSettings,
    pub(super) plugins: BTreeMap<String, Table>,
    /// The sources, in the order in which they were laid over each other.
    pub(super) origins: Vec<Origin>,
}

const ROOT_KEYS: [&str; 2] = ["host", "plugin"];
const HOST_KEYS: &[&str] = &[
    "audit",
    "breaker",
    "data-folder",
    "deadlines",
    "disabled",
    "events",
    "http",
    "limits",
    #[cfg(feature = "native")]
    "native",
    "optional",
    "reload",
    "required",
    "secrets",
];

impl Settings {
    /// Reads all sources, later ones laid over earlier ones, and reports every mistake.
    ///
    /// Which plugins there are may depend on it: [`check_names`](Self::check_names) comes after.
    pub(super) fn read(sources: &[Source], problems: &mut Vec<Problem>) -> Self {
        let mut merged = Table::new();
        let mut settings = Self::default();
        for source in sources {
            match source::load(source) {
                Ok((table, origin)) => {
                    lay_over(&mut merged, table);
                    settings.origins.push(origin);
                }
                Err(problem) => problems.push(problem),
            }
        }
        for (key, value) in merged {
            match (key.as_str(), value) {
                ("host", Value::Table(host)) => settings.read_host(host, problems),
                ("plugin", Value::Table(plugins)) => settings.read_plugins(plugins, problems),
                ("host" | "plugin", value) => problems.push(settings.at(&[&key], wrong_type(&key, "a table", &value))),
                ("plugins", value) => problems.push(settings.at(&[&key], plural(&value))),
                _ => problems.push(settings.at(&[&key], unknown_key("", &key, &ROOT_KEYS))),
            }
        }
        settings
    }

    /// Points a problem at the key it is about.
    fn at(&self, path: &[&str], problem: Problem) -> Problem {
        problem.at(origin::find(&self.origins, path))
    }

    fn read_host(&mut self, host: Table, problems: &mut Vec<Problem>) {
        for (key, value) in host {
            let list = match key.as_str() {
                "disabled" => &mut self.disabled,
                "required" => &mut self.required,
                "optional" => &mut self.optional,
                "deadlines" => {
                    match value {
                        Value::Table(deadlines) => self.deadlines.read(deadlines, &self.origins, problems),
                        value => {
                            let problem = wrong_type("host.deadlines", "a table", &value);
                            problems.push(self.at(&["host", "deadlines"], problem));
                        }
                    }
                    continue;
                }
                "data-folder" => {
                    match value {
                        Value::String(path) if !path.is_empty() => self.data_folder = Some(path.into()),
                        value => {
                            let problem = wrong_type("host.data-folder", "the path of a folder", &value);
                            problems.push(self.at(&["host", "data-folder"], problem));
                        }
                    }
                    continue;
                }
                "breaker" => {
                    self.breaker.read(value, &self.origins, problems);
                    continue;
                }
                "events" => {
                    self.events.read(value, &self.origins, problems);
                    continue;
                }
                "audit" => {
                    self.audit.read(value, &self.origins, problems);
                    continue;
                }
                "http" => {
                    self.http.read(value, &self.origins, problems);
                    continue;
                }
                "reload" => {
                    self.reload.read(value, &self.origins, problems);
                    continue;
                }
                "secrets" => {
                    self.secrets.read(value, &self.origins, problems);
                    continue;
                }
                #[cfg(feature = "native")]
                "native" => {
                    self.native.read(value, &self.origins, problems);
                    continue;
                }
                "limits" => {
                    read_limits(value, &mut self.limits, &self.origins, problems);
                    continue;
                }
                _ => {
                    problems.push(self.at(&["host", &key], unknown_key("host.", &key, HOST_KEYS)));
                    continue;
                }
            };
            let Value::Array(values) = value else {
                let problem = wrong_type(&format!("host.{key}"), "an array of plugin ids", &value);
                problems.push(problem.at(origin::find(&self.origins, &["host", &key])));
                continue;
            };
            for (index, value) in values.into_iter().enumerate() {
                match value {
                    Value::String(id) => list.push(id),
                    value => {
                        let problem = wrong_type(&format!("host.{key}[{index}]"), "a plugin id", &value);
                        problems.push(problem.at(origin::find(&self.origins, &["host", &key])));
                    }
                }
            }
        }
    }

    fn read_plugins(&mut self, plugins: Table, problems: &mut Vec<Problem>) {
        for (id, value) in plugins {
            match value {
                Value::Table(table) => {
                    self.plugins.insert(id, table);
                }
                value => {
                    let problem = wrong_type(&format!("plugin.\"{id}\""), "a table", &value);
                    problems.push(self.at(&["plugin", &id], problem));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use keyway_manifest::PluginId;

    use super::*;

    fn table(text: &str) -> Table {
        text.parse().unwrap()
    }

    #[test]
    fn every_mistake_is_reported_with_its_key() {
        let known = [PluginId::new("site.feed"), PluginId::new("site.search")];
        let text = "hosts = 1\n[host]\ndisabld = []\nrequired = ['site.feet', 3]\n[host.deadlines]\ninit = '0s'\n[plugin]\n'site.search' = 1\n[plugins.'site.feed']\nentries = 1";
        let mut problems = Vec::new();
        Settings::read(&[Source::Table(table(text))], &mut problems).check_names(&known, &[], &mut problems);
        let mut lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
        lines.sort();
        assert_eq!(
            lines,
            [
                "KW0611 `host.required` is about a plugin `site.feet`, which this host does not have\n  help: a similar name exists: `site.feed`",
                "KW0612 `host.deadlines.init` in the configuration must be a time above zero such as `\"10s\"`, not string `\"0s\"`\n  help: write a time above zero such as `\"10s\"`",
                "KW0612 `host.required[1]` in the configuration must be a plugin id, not integer `3`\n  help: write a plugin id",
                "KW0612 `plugin.\"site.search\"` in the configuration must be a table, not integer `1`\n  help: write a table",
                "KW0612 the configuration has the unknown key `host.disabld`\n  help: a similar name exists: `disabled`",
                "KW0612 the configuration has the unknown key `hosts`\n  help: a similar name exists: `host`",
                "KW0612 the configuration has the unknown key `plugins`\n  help: write `[plugin.\"site.feed\"]`",
            ]
        );
    }
}
