//! Differences of two locks as commands tell them: as data, and for people.

use keyway_manifest::lock::{self, Extent, LockDifferences, PermissionChange, PluginDifferences};
use serde::{Deserialize, Serialize};

use crate::output::{Page, style, styled};

/// In what two locks, or manifests, differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// The plugins that differ, by id.
    pub plugins: Vec<ChangedPlugin>,
    /// What differs in the start order beyond that, a sentence each.
    pub order: Vec<String>,
}

/// In what one plugin differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangedPlugin {
    /// Its id.
    pub id: String,
    /// Whether it asks for more or less: `wider`, `narrower` or `same`.
    pub extent: String,
    /// What differs, what is wider first.
    pub changes: Vec<Change>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What differs: `added`, `removed`, `permission`, `version`, `package`, `source`, `tier`, `manifest`, `artifacts` or `approval`.
    pub what: String,
    /// Whether that is more or less: `wider`, `narrower` or `same`.
    pub extent: String,
    /// The name of the permission, or the target of the libraries; empty for the rest.
    pub name: String,
    /// Scopes or digests that are new.
    pub gained: Vec<String>,
    /// Scopes or digests that are gone.
    pub lost: Vec<String>,
    /// The difference in words, a line or more.
    pub text: Vec<String>,
}

impl Changes {
    /// Makes data of what was compared.
    pub(crate) fn of(differences: &LockDifferences) -> Self {
        Self { plugins: differences.plugins.iter().map(plugin).collect(), order: differences.order.lines() }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.plugins.is_empty() && self.order.is_empty()
    }

    /// Writes them for a person.
    pub(crate) fn text(&self, page: &mut Page) {
        for plugin in &self.plugins {
            page.line(styled(style::HEADING, &plugin.id));
            for change in &plugin.changes {
                let style = match change.extent.as_str() {
                    "wider" => style::BAD,
                    "narrower" => style::GOOD,
                    _ => anstyle::Style::new(),
                };
                change.text.iter().for_each(|line| page.line(format!("  {}", styled(style, line))));
            }
        }
        if !self.order.is_empty() {
            page.line(styled(style::HEADING, "start order"));
            self.order.iter().for_each(|line| page.line(format!("  {line}")));
        }
    }
}

fn plugin(plugin: &PluginDifferences) -> ChangedPlugin {
    let mut changes: Vec<&lock::Change> = plugin.changes.iter().collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.extent()));
    let extent = changes.first().map_or(Extent::Same, |change| change.extent());
    ChangedPlugin {
        id: plugin.id.clone(),
        extent: extent.as_str().to_owned(),
        changes: changes.into_iter().map(difference).collect(),
    }
}

fn difference(change: &lock::Change) -> Change {
    let mut difference = Change {
        what: change.what().to_owned(),
        extent: change.extent().as_str().to_owned(),
        name: String::new(),
        gained: Vec::new(),
        lost: Vec::new(),
        text: change.lines(),
    };
    match change {
        lock::Change::Permission(PermissionChange { name, gained, lost, .. }) => {
            difference.name.clone_from(name);
            difference.gained.clone_from(gained);
            difference.lost.clone_from(lost);
        }
        lock::Change::Artifacts { target, added, removed } => {
            difference.name.clone_from(target);
            difference.gained = added.iter().map(ToString::to_string).collect();
            difference.lost = removed.iter().map(ToString::to_string).collect();
        }
        _ => {}
    }
    difference
}
