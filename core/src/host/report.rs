//! The start report: what was started, how long it took, what each plugin may do, and what an operator should know.

use std::fmt;
use std::time::Duration;

use keyway_manifest::{Descriptor, PluginId, Policy, PolicyVerb};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::info::{PluginInfo, millis};
use super::inner::Inner;
use super::member::Member;
use super::state::State;

/// What happened when a host started. Its `Display` form is a table for people; serialised, it is a JSON object.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StartReport {
    /// The plugins in start order.
    pub plugins: Vec<PluginInfo>,
    /// How long the start took in all.
    pub took: Duration,
    /// The policy in force, as a phrase.
    pub policy: String,
    /// Whether the program is built with `panic = "abort"`, so that a panic of a plugin ends it.
    pub panic_abort: bool,
    /// What the operator should know: census findings, plugins that nothing calls, and permissions that were not taken in this run.
    pub notes: Vec<String>,
    /// The hooks that the program ([`HostBuilder::calls`](super::HostBuilder::calls)) or a plugin asks and that no plugin extends, by id.
    pub unextended: Vec<PluginId>,
}

impl StartReport {
    pub(super) fn new(
        inner: &Inner,
        took: Duration,
        policy: &Policy,
        panic_abort: bool,
        found: Vec<String>,
        unextended: Vec<PluginId>,
    ) -> Self {
        let plugins: Vec<_> = (0..inner.members.len()).map(|rank| PluginInfo::of(inner, rank)).collect();
        let mut notes = found;
        if panic_abort {
            notes.push("this program is built with `panic = \"abort\"`: a panic in any plugin ends it".to_owned());
        }
        notes.extend(idle(&inner.members));
        for plugin in &plugins {
            for permission in &plugin.untaken {
                notes.push(format!("plugin `{}` declares `{permission}` but has not taken it in this run", plugin.id));
            }
        }
        Self { plugins, took, policy: describe(policy), panic_abort, notes, unextended }
    }

    /// How many plugins run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.plugins.iter().filter(|plugin| plugin.state.is_running()).count()
    }

    /// Finds a plugin by its id.
    #[must_use]
    pub fn plugin(&self, id: &str) -> Option<&PluginInfo> {
        self.plugins.iter().find(|plugin| plugin.id.as_str() == id)
    }
}

/// Whether anybody hears of a plugin: it extends a point, provides a service, or takes part in events.
fn has_part(descriptor: &Descriptor) -> bool {
    // What an observer observes is known by its permission alone.
    let is_event = |name: &str| matches!(name, "events.publish" | "events.subscribe");
    !descriptor.extensions.is_empty() || descriptor.permissions.iter().any(|request| is_event(request.name))
}

/// How many plugins one note names.
const NAMED: usize = 10;

/// The note about plugins that extend nothing.
fn idle(members: &[Member]) -> Option<String> {
    let idle: Vec<_> = members.iter().map(|member| member.descriptor()).filter(|plugin| !has_part(plugin)).collect();
    let names: Vec<_> = idle.iter().take(NAMED).map(|plugin| format!("`{} {}`", plugin.id, plugin.version)).collect();
    let names = names.join(", ");
    let (who, them, they) = match idle.len() {
        0 => return None,
        1 => (format!("plugin {names} extends"), "it", "it implements"),
        2..=NAMED => (format!("plugins {names} extend"), "them", "one implements"),
        many => (format!("plugins {names} and {} more extend", many - NAMED), "them", "one implements"),
    };
    Some(format!(
        "KW0626 {who} nothing, so the program only starts and stops {them}; where {they} the trait of a point, name that in \
         `#[plugin(provides(…))]`"
    ))
}

fn describe(policy: &Policy) -> String {
    if policy.grant_unmentioned && policy.rules.is_empty() {
        return "each plugin is granted what its manifest asks for".to_owned();
    }
    let count = |verb| policy.rules.iter().filter(|rule| rule.verb == verb).count();
    let (allow, deny) = (count(PolicyVerb::Allow), count(PolicyVerb::Deny));
    let otherwise = if policy.grant_unmentioned { "what no rule mentions is granted" } else { "what no rule allows is refused" };
    let rules = if allow == 1 { "rule allows" } else { "rules allow" };
    let denies = if deny == 1 { "denies" } else { "deny" };
    format!("{allow} {rules} and {deny} {denies}; {otherwise}")
}

impl fmt::Display for StartReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name_width = self.plugins.iter().map(|plugin| plugin.id.as_str().len()).max().unwrap_or(0).max("plugin".len());
        let versions: Vec<_> = self.plugins.iter().map(|plugin| plugin.version.to_string()).collect();
        let version_width = versions.iter().map(String::len).max().unwrap_or(0).max("version".len());
        let points: Vec<_> = self.plugins.iter().map(points).collect();
        let points_width = points.iter().map(|points| points.chars().count()).max().unwrap_or(0).max("extends".len());
        writeln!(
            formatter,
            "{:name_width$}  {:version_width$}  tier    level  {:17}  {:>9}  {:>9}  {:points_width$}  may",
            "plugin", "version", "state", "init ms", "start ms", "extends"
        )?;
        for ((plugin, version), points) in self.plugins.iter().zip(&versions).zip(&points) {
            write!(
                formatter,
                "{:name_width$}  {version:version_width$}  {:6}  {:>5}  {:17}  {:>9}  {:>9}  {points:points_width$}  ",
                plugin.id.as_str(),
                plugin.tier,
                plugin.level,
                plugin.state,
                time(plugin.init_took),
                time(plugin.start_took)
            )?;
            let grants = plugin.grants.iter().map(|grant| format!("{}: {}", grant.name, grant.scopes.join(" ")));
            let grants = grants.collect::<Vec<_>>().join("; ");
            writeln!(formatter, "{}", if grants.is_empty() { "-" } else { &grants })?;
        }
        let (running, all, took) = (self.running(), self.plugins.len(), millis(self.took));
        writeln!(formatter, "{running} of {all} plugins run, started in {took:.3} ms; policy: {}", self.policy)?;
        for plugin in self.plugins.iter().filter(|plugin| plugin.state != State::Ok) {
            match &plugin.error {
                Some(error) => writeln!(formatter, "  {error}")?,
                None => writeln!(formatter, "  plugin `{}` is {}", plugin.id, why_off(plugin))?,
            }
        }
        for plugin in &self.plugins {
            if let Some(library) = &plugin.library {
                writeln!(formatter, "  plugin `{}` is the library {library}", plugin.id)?;
            }
        }
        if !self.unextended.is_empty() {
            let hooks: Vec<_> = self.unextended.iter().map(|hook| format!("`{hook}`")).collect();
            writeln!(formatter, "  hooks that no plugin extends: {}", hooks.join(", "))?;
        }
        self.notes.iter().try_for_each(|note| writeln!(formatter, "  note: {note}"))
    }
}

fn points(plugin: &PluginInfo) -> String {
    match plugin.points.as_slice() {
        [] => "-".to_owned(),
        points => points.iter().map(PluginId::as_str).collect::<Vec<_>>().join(", "),
    }
}

fn why_off(plugin: &PluginInfo) -> &'static str {
    match plugin.state {
        State::Idle if plugin.disabled => "not started: the configuration disables it",
        State::Idle => "not started: the start ended before its turn",
        other => other.as_str(),
    }
}

fn time(took: Option<Duration>) -> String {
    took.map_or_else(|| "-".to_owned(), |took| format!("{:.3}", millis(took)))
}

impl Serialize for StartReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("StartReport", 6)?;
        object.serialize_field("plugins", &self.plugins)?;
        object.serialize_field("took_ms", &millis(self.took))?;
        object.serialize_field("policy", &self.policy)?;
        object.serialize_field("panic_abort", &self.panic_abort)?;
        object.serialize_field("notes", &self.notes)?;
        object.serialize_field("unextended", &self.unextended.iter().map(PluginId::as_str).collect::<Vec<_>>())?;
        object.end()
    }
}
