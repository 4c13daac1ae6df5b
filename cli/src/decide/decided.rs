//! A change of decisions in the lock, and the report about it.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

use keyway_manifest::lock::{Decision, LockEntry, LockFile, Permissions, permission_changes};
use keyway_manifest::parse::ExtraPermission;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::output::{Page, Report, style, styled};
use crate::project::Project;

/// Decisions that were written into the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// The lock file, from the workspace's folder.
    pub lock: String,
    /// Whether it was written: not with `--dry-run`, and not when nothing was to be decided.
    pub written: bool,
    /// The plugins about which something was decided, by id.
    pub plugins: Vec<DecidedPlugin>,
}

/// One plugin about which something was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecidedPlugin {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// `approved`, `denied` or `revoked`.
    pub decision: String,
    /// Who decided.
    pub by: String,
    /// When, in the form `2026-11-21T18:00:00Z`.
    pub on: String,
    /// Why; `null` when nobody said.
    pub reason: Option<String>,
    /// The last day of an approval, in the form `2027-01-31`; `null` when it has no end.
    pub until: Option<String>,
    /// The hash of the permissions that it is about.
    pub permissions: String,
    /// Those permissions, by name.
    pub asks: Vec<Asked>,
    /// How they differ from those of the decision before, a line each; empty when there was none.
    pub changes: Vec<String>,
}

/// One permission that a plugin asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Its name.
    pub name: String,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// Whether the plugin copes without it.
    pub optional: bool,
}

impl Asked {
    /// What a set of permissions asks for.
    pub(crate) fn all(permissions: &Permissions) -> Vec<Self> {
        let asked = permissions.by_name.iter().map(|(name, permission)| Self {
            name: name.clone(),
            scopes: permission.scopes.iter().cloned().collect(),
            optional: permission.optional,
        });
        asked.collect()
    }
}

/// One line: `http.routes: "/sitemap.xml"`.
impl Display for Asked {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let scopes: Vec<String> = self.scopes.iter().map(|scope| format!("{scope:?}")).collect();
        let optional = if self.optional { " (optional)" } else { "" };
        write!(formatter, "{}{optional}: {}", self.name, scopes.join(", "))
    }
}

/// These ids, sorted and each once: of plugins in the lock, libraries that the host does not depend on among them.
///
/// # Errors
/// Neither the lock nor the host knows a plugin of one of them.
pub(crate) fn ids_in(lock: &LockFile, ids: &[String], project: &Project) -> Result<Vec<String>, Failure> {
    for id in ids.iter().filter(|id| !lock.plugins.contains_key(*id)) {
        project.plugin(id)?;
    }
    Ok(ids.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect())
}

/// Decides about plugins of a lock: `decision` makes the decision about one entry.
///
/// # Errors
/// What `decision` says.
pub(crate) fn decide(
    lock: &mut LockFile,
    ids: &[String],
    extra: &[ExtraPermission],
    decision: impl Fn(&str, &LockEntry) -> Result<Decision, Failure>,
) -> Result<Vec<DecidedPlugin>, Failure> {
    let mut decided = Vec::new();
    for id in ids {
        let Some(entry) = lock.plugins.get_mut(id) else { continue };
        let made = decision(id, entry)?;
        let before = entry.approval.replace(made.clone());
        let changes = before.map(|before| permission_changes(&before.permissions, &made.permissions, extra)).unwrap_or_default();
        decided.push(DecidedPlugin {
            id: id.clone(),
            version: made.version,
            decision: made.verdict.as_str().to_owned(),
            by: made.by,
            on: made.on.to_string(),
            reason: made.reason,
            until: made.until.map(|day| day.to_string()),
            permissions: made.permissions.hash(id).to_string(),
            asks: Asked::all(&made.permissions),
            changes: changes.iter().map(ToString::to_string).collect(),
        });
    }
    Ok(decided)
}

impl Report for Decided {
    fn text(&self, page: &mut Page) {
        for plugin in &self.plugins {
            plugin.text(page);
        }
        match (self.plugins.is_empty(), self.written) {
            (true, _) => page.line("nothing to decide"),
            (false, true) => page.line(format!("{} was written", self.lock)),
            (false, false) => page.line(format!("{} was not written: this was a dry run", self.lock)),
        }
    }
}

impl DecidedPlugin {
    fn text(&self, page: &mut Page) {
        let style = if self.decision == "approved" { style::GOOD } else { style::BAD };
        let until = self.until.as_ref().map(|day| format!(", until {day}")).unwrap_or_default();
        let decision = styled(style, &self.decision);
        page.line(format!("{decision} {} {}, by {}{until}", self.id, self.version, self.by));
        if let Some(reason) = &self.reason {
            page.line(format!("  because: {reason}"));
        }
        for asked in &self.asks {
            page.line(format!("  {asked}"));
        }
        if self.asks.is_empty() {
            page.line("  it asks for nothing");
        }
        for (index, change) in self.changes.iter().enumerate() {
            if index == 0 {
                page.line("  against the decision before:");
            }
            page.line(format!("    {change}"));
        }
        page.gap();
    }
}
