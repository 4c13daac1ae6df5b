//! The operator's configuration: `[host]` and one `[plugin."id"]` table for each plugin that needs settings.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use keyway_manifest::{Available, PluginId};
use toml::{Table, Value};

use super::call_settings::{BreakerSettings, PluginLimits, read_limits};
use super::capability_settings::{AuditSettings, HttpSettings, SecretsSettings};
use super::event::DurableSettings;
use super::failure::Problem;
#[cfg(feature = "native")]
use super::native::NativeSettings;
use super::near::nearest;
use super::origin::{self, Origin, Place};
use super::reload::ReloadSettings;
use super::tell::tell;

/// Where a part of the configuration comes from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Table(Table),
    File(PathBuf),
    /// What the program has read out of a file, with the file's name and text.
    Read {
        table: Table,
        name: String,
        text: String,
    },
}

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

/// Time limits as far as somebody set them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Deadlines {
    pub(super) init: Option<Duration>,
    pub(super) start: Option<Duration>,
    pub(super) stop: Option<Duration>,
    pub(super) call: Option<Duration>,
    pub(super) hang: Option<Duration>,
    pub(super) job: Option<Duration>,
}

const DISABLED: &str = "`host.disabled`";
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
const DEADLINE_KEYS: [&str; 6] = ["call", "hang", "init", "job", "start", "stop"];

impl Settings {
    /// Reads all sources, later ones laid over earlier ones, and reports every mistake.
    ///
    /// Which plugins there are may depend on it: [`check_names`](Self::check_names) comes after.
    pub(super) fn read(sources: &[Source], problems: &mut Vec<Problem>) -> Self {
        let mut merged = Table::new();
        let mut settings = Self::default();
        for source in sources {
            match load(source) {
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

    /// Finds names of plugins that the host does not have.
    pub(super) fn check_names(&mut self, known: &[PluginId], available: &[Available], problems: &mut Vec<Problem>) {
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

impl Deadlines {
    fn read(&mut self, table: Table, origins: &[Origin], problems: &mut Vec<Problem>) {
        for (key, value) in table {
            let place = match key.as_str() {
                "init" => &mut self.init,
                "start" => &mut self.start,
                "stop" => &mut self.stop,
                "call" => &mut self.call,
                "hang" => &mut self.hang,
                "job" => &mut self.job,
                _ => {
                    let problem = unknown_key("host.deadlines.", &key, &DEADLINE_KEYS);
                    problems.push(problem.at(origin::find(origins, &["host", "deadlines", &key])));
                    continue;
                }
            };
            match value.as_str().and_then(parse_duration) {
                Some(duration) => *place = Some(duration),
                None => {
                    let problem = wrong_type(&format!("host.deadlines.{key}"), "a time above zero such as `\"10s\"`", &value);
                    problems.push(problem.at(origin::find(origins, &["host", "deadlines", &key])));
                }
            }
        }
    }
}

/// Reads `250ms`, `10s` or `2m`.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let millis_each = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return None,
    };
    let millis = number.parse::<u64>().ok()?.checked_mul(millis_each)?;
    (millis > 0).then(|| Duration::from_millis(millis))
}

fn load(source: &Source) -> Result<(Table, Origin), Problem> {
    match source {
        Source::Table(table) => Ok((table.clone(), Origin::Table(table.clone()))),
        Source::Read { table, name, text } => Ok((table.clone(), Origin::File { name: name.clone(), text: text.clone() })),
        Source::File(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| {
                let message = format!("the configuration file `{}` cannot be read: {error}", path.display());
                Problem::new("KW0612", message, "correct the path given to `config_file`, or create the file")
            })?;
            let name = path.display().to_string();
            match text.parse() {
                Ok(table) => Ok((table, Origin::File { name, text })),
                Err(error) => {
                    let error: toml::de::Error = error;
                    let message = format!("the configuration file `{name}` is no TOML: {}", error.message());
                    let place = error.span().map(|span| Place::new(&name, &text, span));
                    Err(Problem::new("KW0612", message, "correct the syntax").at(place))
                }
            }
        }
    }
}

/// Lays one table over another: tables are merged key by key, all else is replaced.
pub(super) fn lay_over(below: &mut Table, above: Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

pub(super) fn wrong_type(place: &str, expected: &str, found: &Value) -> Problem {
    let message = format!("`{place}` in the configuration must be {expected}, not {} `{found}`", found.type_str());
    Problem::new("KW0612", message, format!("write {expected}"))
}

/// Many configurations elsewhere say `plugins`; here the word is the same as in `host.toml`.
fn plural(found: &Value) -> Problem {
    let id = found.as_table().and_then(|plugins| plugins.keys().next()).map_or("id", String::as_str);
    Problem::new("KW0612", "the configuration has the unknown key `plugins`", format!("write `[plugin.\"{id}\"]`"))
}

pub(super) fn unknown_key(prefix: &str, key: &str, known: &[&'static str]) -> Problem {
    let message = format!("the configuration has the unknown key `{prefix}{key}`");
    let near = nearest(key, known.iter().copied());
    Problem::new("KW0612", message, suggest(&near, "known are", known))
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

pub(super) fn unknown_plugin(place: &str, id: &str, known: &[PluginId]) -> Problem {
    let ids: Vec<_> = known.iter().map(PluginId::as_str).collect();
    let message = format!("{place} is about a plugin `{id}`, which this host does not have");
    let near = nearest(id, ids.iter().copied());
    Problem::new("KW0611", message, suggest(&near, "it has", &ids))
}

fn suggest(near: &[&'static str], otherwise: &str, all: &[&'static str]) -> String {
    let quote = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if !near.is_empty() {
        return format!("a similar name exists: {}", quote(near));
    }
    match all.len() {
        0 => format!("{otherwise} none"),
        1..=8 => format!("{otherwise} {}", quote(all)),
        more => format!("{otherwise} {more} others, the first of them {}", quote(&all[..3])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        text.parse().unwrap()
    }

    #[test]
    fn tables_are_merged_and_values_replaced() {
        let mut below = table("a = 1\n[t]\nx = 1\nlist = [1, 2]\n[t.deep]\nk = 'old'");
        lay_over(&mut below, table("b = 2\n[t]\nlist = [3]\n[t.deep]\nk = 'new'\nmore = true"));
        assert_eq!(below, table("a = 1\nb = 2\n[t]\nx = 1\nlist = [3]\n[t.deep]\nk = 'new'\nmore = true"));
    }

    #[test]
    fn times_have_a_unit_and_are_above_zero() {
        assert_eq!(parse_duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(parse_duration("10s"), Some(Duration::from_secs(10)));
        assert_eq!(parse_duration("2m"), Some(Duration::from_secs(120)));
        for bad in ["", "10", "s", "0s", "-1s", "1.5s", "1 s", "1h", "99999999999999999999s", "18446744073709551615m"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
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
