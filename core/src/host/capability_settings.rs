//! The operator's settings about what plugins use: `[host.audit]`, `[host.http]` and `[host.secrets]`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use toml::Value;

use super::audit::AuditOptions;
use super::failure::Problem;
use super::origin::{self, Origin};
use super::settings::{parse_duration, unknown_key, wrong_type};

const HTTP_KEYS: [&str; 5] = ["connect-deadline", "deadline", "plugin", "request-limit", "response-limit"];
const SECRETS_KEYS: [&str; 2] = ["environment", "folder"];
const AUDIT_KEYS: [&str; 2] = ["file-size", "kept-files"];

/// The audit log as the operator wants it; `None` for none.
#[derive(Debug, Clone, Copy)]
pub(super) struct AuditSettings(pub(super) Option<AuditOptions>);

impl Default for AuditSettings {
    fn default() -> Self {
        Self(Some(AuditOptions::default()))
    }
}

impl AuditSettings {
    /// Reads `false`, or a table.
    pub(super) fn read(&mut self, value: Value, origins: &[Origin], problems: &mut Vec<Problem>) {
        if value == Value::Boolean(false) {
            self.0 = None;
            return;
        }
        let mut options = AuditOptions::default();
        read_table("host.audit", "a table or `false`", value, origins, problems, |key, value, problems| {
            let place = format!("host.audit.{key}");
            match key {
                "file-size" => options.file_size = read_size(&place, value, problems).unwrap_or(options.file_size),
                "kept-files" => match value.as_integer().and_then(|count| usize::try_from(count).ok()) {
                    Some(count) => options.kept_files = count,
                    None => problems.push(wrong_type(&place, "a number from 0", value)),
                },
                _ => problems.push(unknown_key("host.audit.", key, &AUDIT_KEYS)),
            }
        });
        self.0 = Some(options);
    }
}

/// What one plugin's requests are bounded by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HttpLimits {
    /// The largest body of a request, in bytes.
    pub(super) request: usize,
    /// The largest body of an answer, in bytes.
    pub(super) response: usize,
    /// The time to connect to an origin.
    pub(super) connect: Duration,
    /// The time for all of it, redirects included.
    pub(super) total: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self { request: 1 << 20, response: 5 << 20, connect: Duration::from_secs(5), total: Duration::from_secs(30) }
    }
}

/// What requests are bounded by: for all plugins, and for those that have a table of their own.
#[derive(Debug, Clone, Default)]
pub(super) struct HttpSettings {
    all: HttpLimits,
    pub(super) plugins: BTreeMap<String, HttpLimits>,
}

impl HttpSettings {
    pub(super) fn read(&mut self, mut value: Value, origins: &[Origin], problems: &mut Vec<Problem>) {
        let plugins = value.as_table_mut().and_then(|table| table.remove("plugin"));
        let limits = &mut self.all;
        read_table("host.http", "a table", value, origins, problems, |key, value, problems| {
            limits.read(&format!("host.http.{key}"), key, value, problems);
        });
        let Some(plugins) = plugins else { return };
        read_table("host.http.plugin", "a table of tables", plugins, origins, problems, |id, value, problems| {
            let place = format!("host.http.plugin.\"{id}\"");
            let Some(table) = value.as_table() else { return problems.push(wrong_type(&place, "a table", value)) };
            let mut limits = self.all;
            for (key, value) in table {
                limits.read(&format!("{place}.{key}"), key, value, problems);
            }
            self.plugins.insert(id.to_owned(), limits);
        });
    }

    /// The limits of one plugin.
    #[cfg_attr(not(feature = "http-client"), expect(dead_code, reason = "only the client asks"))]
    pub(super) fn of(&self, plugin: &str) -> HttpLimits {
        self.plugins.get(plugin).copied().unwrap_or(self.all)
    }
}

impl HttpLimits {
    fn read(&mut self, place: &str, key: &str, value: &Value, problems: &mut Vec<Problem>) {
        let size = |problems| read_size(place, value, problems).map(|size| usize::try_from(size).unwrap_or(usize::MAX));
        match key {
            "request-limit" => self.request = size(problems).unwrap_or(self.request),
            "response-limit" => self.response = size(problems).unwrap_or(self.response),
            "connect-deadline" | "deadline" => match value.as_str().and_then(parse_duration) {
                Some(time) if key == "deadline" => self.total = time,
                Some(time) => self.connect = time,
                None => problems.push(wrong_type(place, "a time above zero such as `\"10s\"`", value)),
            },
            _ => problems.push(unknown_key(place.strip_suffix(key).unwrap_or(place), key, &HTTP_KEYS)),
        }
    }
}

/// Where the operator keeps secrets.
#[derive(Debug, Clone)]
pub(super) struct SecretsSettings {
    pub(super) folder: Option<PathBuf>,
    pub(super) environment: bool,
}

impl Default for SecretsSettings {
    fn default() -> Self {
        Self { folder: None, environment: true }
    }
}

impl SecretsSettings {
    pub(super) fn read(&mut self, value: Value, origins: &[Origin], problems: &mut Vec<Problem>) {
        read_table("host.secrets", "a table", value, origins, problems, |key, value, problems| {
            let place = format!("host.secrets.{key}");
            match (key, value) {
                ("folder", Value::String(folder)) => self.folder = Some(folder.into()),
                ("folder", value) => problems.push(wrong_type(&place, "a path", value)),
                ("environment", Value::Boolean(on)) => self.environment = *on,
                ("environment", value) => problems.push(wrong_type(&place, "`true` or `false`", value)),
                _ => problems.push(unknown_key("host.secrets.", key, &SECRETS_KEYS)),
            }
        });
    }
}

/// Reads a table key by key, and points each problem at its key.
fn read_table(
    name: &str,
    expected: &str,
    value: Value,
    origins: &[Origin],
    problems: &mut Vec<Problem>,
    mut read: impl FnMut(&str, &Value, &mut Vec<Problem>),
) {
    let path: Vec<&str> = name.split('.').collect();
    let table = match value {
        Value::Table(table) => table,
        value => return problems.push(wrong_type(name, expected, &value).at(origin::find(origins, &path))),
    };
    for (key, value) in &table {
        let before = problems.len();
        read(key, value, problems);
        let full: Vec<&str> = path.iter().copied().chain([key.as_str()]).collect();
        for problem in &mut problems[before..] {
            *problem = problem.clone().at(origin::find(origins, &full));
        }
    }
}

fn read_size(place: &str, value: &Value, problems: &mut Vec<Problem>) -> Option<u64> {
    let size = value.as_str().and_then(parse_size);
    if size.is_none() {
        problems.push(wrong_type(place, "a size above zero such as `\"5MiB\"`", value));
    }
    size
}

/// Reads `500B`, `64KiB`, `5MiB` or `1GiB`.
fn parse_size(text: &str) -> Option<u64> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let each = match unit {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(each).filter(|size| *size > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_a_unit_and_are_above_zero() {
        assert_eq!(parse_size("500B"), Some(500));
        assert_eq!(parse_size("64KiB"), Some(65_536));
        assert_eq!(parse_size("5MiB"), Some(5_242_880));
        assert_eq!(parse_size("1GiB"), Some(1_073_741_824));
        for bad in ["", "5", "MiB", "0B", "-1B", "1.5MiB", "5 MiB", "5mib", "18446744073709551615KiB"] {
            assert_eq!(parse_size(bad), None, "{bad}");
        }
    }
}
