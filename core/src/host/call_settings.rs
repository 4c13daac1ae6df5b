//! The operator's settings of guards: `[host.breaker]` and `[host.limits."id"]`.

use std::collections::BTreeMap;
use std::time::Duration;

use toml::{Table, Value};

use super::excess::OnExcess;
use super::failure::Problem;
use super::origin::{self, Origin};
use super::settings::{parse_duration, unknown_key, wrong_type};
use super::usage::{ResourceLimits, parse_size};
use crate::capability::Resource;
use crate::guard::{BreakerOptions, Rate};

const BREAKER_KEYS: [&str; 3] = ["cool-down", "failures", "longest-cool-down"];
const LIMIT_KEYS: [&str; 8] =
    ["concurrent-calls", "memory", "on-excess", "open-files", "queued-events", "rate", "storage", "tasks"];

/// The breaker as far as the operator set it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct BreakerSettings {
    is_off: bool,
    failures: Option<u32>,
    cool_down: Option<Duration>,
    longest_cool_down: Option<Duration>,
}

/// How many calls the operator lets one plugin take, and how much it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct PluginLimits {
    pub(super) concurrent_calls: Option<u32>,
    pub(super) rate: Option<Rate>,
    pub(super) queued_events: Option<u32>,
    pub(super) resources: ResourceLimits,
    pub(super) on_excess: OnExcess,
}

impl BreakerSettings {
    /// Reads `false`, or a table.
    pub(super) fn read(&mut self, value: Value, origins: &[Origin], problems: &mut Vec<Problem>) {
        let table = match value {
            Value::Boolean(on) => {
                self.is_off = !on;
                return;
            }
            Value::Table(table) => table,
            value => {
                let problem = wrong_type("host.breaker", "a table or `false`", &value);
                return problems.push(problem.at(origin::find(origins, &["host", "breaker"])));
            }
        };
        for (key, value) in table {
            let place = format!("host.breaker.{key}");
            let before = problems.len();
            match key.as_str() {
                "failures" => self.failures = read_count(&place, &value, problems).or(self.failures),
                "cool-down" => self.cool_down = read_time(&place, &value, problems).or(self.cool_down),
                "longest-cool-down" => {
                    self.longest_cool_down = read_time(&place, &value, problems).or(self.longest_cool_down);
                }
                _ => problems.push(unknown_key("host.breaker.", &key, &BREAKER_KEYS)),
            }
            point_at(&mut problems[before..], origins, &["host", "breaker", &key]);
        }
    }

    /// Lays what the operator said over what the program says; `None` is no breaker.
    pub(super) fn over(self, program: Option<BreakerOptions>) -> Option<BreakerOptions> {
        let said = self.failures.is_some() || self.cool_down.is_some() || self.longest_cool_down.is_some();
        if self.is_off || (program.is_none() && !said) {
            return None;
        }
        let program = program.unwrap_or_default();
        let cool_down = self.cool_down.unwrap_or(program.cool_down);
        Some(BreakerOptions {
            failures: self.failures.unwrap_or(program.failures),
            cool_down,
            longest_cool_down: self.longest_cool_down.unwrap_or(program.longest_cool_down).max(cool_down),
        })
    }
}

/// Reads `[host.limits]`, a table with a table for each plugin.
pub(super) fn read_limits(
    value: Value,
    limits: &mut BTreeMap<String, PluginLimits>,
    origins: &[Origin],
    problems: &mut Vec<Problem>,
) {
    let Value::Table(plugins) = value else {
        let problem = wrong_type("host.limits", "a table", &value);
        return problems.push(problem.at(origin::find(origins, &["host", "limits"])));
    };
    for (id, value) in plugins {
        let place = format!("host.limits.\"{id}\"");
        match value {
            Value::Table(table) => {
                let read = PluginLimits::read(&id, table, origins, problems);
                limits.insert(id, read);
            }
            value => {
                let problem = wrong_type(&place, "a table", &value);
                problems.push(problem.at(origin::find(origins, &["host", "limits", &id])));
            }
        }
    }
}

/// Points problems at the key they are about.
fn point_at(problems: &mut [Problem], origins: &[Origin], path: &[&str]) {
    for problem in problems {
        *problem = problem.clone().at(origin::find(origins, path));
    }
}

impl PluginLimits {
    fn read(id: &str, table: Table, origins: &[Origin], problems: &mut Vec<Problem>) -> Self {
        let mut limits = Self::default();
        for (key, value) in table {
            let place = format!("host.limits.\"{id}\".{key}");
            let before = problems.len();
            match key.as_str() {
                "concurrent-calls" => limits.concurrent_calls = read_count(&place, &value, problems),
                "rate" => match value.as_str().and_then(Rate::parse) {
                    Some(rate) => limits.rate = Some(rate),
                    None => problems.push(wrong_type(
                        &place,
                        "a rate above zero such as `\"100/s\"`, `\"30/min\"` or `\"5/h\"`",
                        &value,
                    )),
                },
                "queued-events" => limits.queued_events = read_count(&place, &value, problems),
                "on-excess" => match value.as_str() {
                    Some("warn") => limits.on_excess = OnExcess::Warn,
                    Some("disable") => limits.on_excess = OnExcess::Disable,
                    _ => problems.push(wrong_type(&place, "`\"warn\"` or `\"disable\"`", &value)),
                },
                "tasks" | "open-files" => {
                    let resource = if key == "tasks" { Resource::Tasks } else { Resource::OpenFiles };
                    if let Some(count) = read_count(&place, &value, problems) {
                        limits.resources.set(resource, u64::from(count));
                    }
                }
                "memory" | "storage" => {
                    let resource = if key == "memory" { Resource::Memory } else { Resource::Storage };
                    match value.as_str().and_then(parse_size) {
                        Some(bytes) => limits.resources.set(resource, bytes),
                        None => problems.push(wrong_type(&place, "a size above zero such as `\"64MiB\"`", &value)),
                    }
                }
                _ => problems.push(unknown_key(place.trim_end_matches(key.as_str()), &key, &LIMIT_KEYS)),
            }
            point_at(&mut problems[before..], origins, &["host", "limits", id, &key]);
        }
        limits
    }
}

fn read_count(place: &str, value: &Value, problems: &mut Vec<Problem>) -> Option<u32> {
    let count = value.as_integer().and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0);
    if count.is_none() {
        problems.push(wrong_type(place, "a whole number above zero", value));
    }
    count
}

fn read_time(place: &str, value: &Value, problems: &mut Vec<Problem>) -> Option<Duration> {
    let time = value.as_str().and_then(parse_duration);
    if time.is_none() {
        problems.push(wrong_type(place, "a time above zero such as `\"10s\"`", value));
    }
    time
}
