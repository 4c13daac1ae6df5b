//! What an update of a plugin changes about what it can do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::class::Class;
use super::model::{Audit, PluginAudit, Use, Verdict};

/// The difference between two audits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditDiff {
    /// The plugins that differ, by id.
    pub plugins: Vec<PluginDiff>,
}

/// The difference between two audits of one plugin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginDiff {
    /// The plugin's id.
    pub id: String,
    /// Its version before; none if it was not there.
    pub old_version: Option<String>,
    /// Its version now; none if it is not there.
    pub new_version: Option<String>,
    /// Permissions that it asks for now and did not.
    pub permissions_gained: Vec<String>,
    /// Permissions that it asked for and does not any more.
    pub permissions_lost: Vec<String>,
    /// What it can do now and could not.
    pub uses_gained: Vec<Use>,
    /// What it could do and cannot any more.
    pub uses_lost: Vec<Use>,
    /// Crates that it brings now and did not.
    pub brought_gained: Vec<String>,
    /// Crates that it brought and does not any more.
    pub brought_lost: Vec<String>,
}

impl AuditDiff {
    /// Compares two audits. Where a use stands does not matter, nor does another version alone.
    #[must_use]
    pub fn between(old: &Audit, new: &Audit) -> Self {
        let old = by_id(old);
        let new = by_id(new);
        let ids: std::collections::BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
        let plugins = ids.into_iter().map(|id| PluginDiff::between(id, old.get(id).copied(), new.get(id).copied()));
        Self { plugins: plugins.filter(|plugin| !plugin.is_empty()).collect() }
    }
}

fn by_id(audit: &Audit) -> BTreeMap<&str, &PluginAudit> {
    audit.plugins.iter().map(|plugin| (plugin.id.as_str(), plugin)).collect()
}

impl PluginDiff {
    fn between(id: &str, old: Option<&PluginAudit>, new: Option<&PluginAudit>) -> Self {
        let permissions = |plugin: Option<&PluginAudit>| -> Vec<String> {
            plugin.into_iter().flat_map(|plugin| &plugin.permissions).map(|permission| permission.name.clone()).collect()
        };
        let brought = |plugin: Option<&PluginAudit>| plugin.map_or_else(Vec::new, |plugin| plugin.brought.clone());
        let uses = |plugin: Option<&PluginAudit>| plugin.map_or_else(Vec::new, |plugin| plugin.uses.clone());
        Self {
            id: id.to_owned(),
            old_version: old.map(|plugin| plugin.version.clone()),
            new_version: new.map(|plugin| plugin.version.clone()),
            permissions_gained: only_first(permissions(new), &permissions(old), Clone::clone),
            permissions_lost: only_first(permissions(old), &permissions(new), Clone::clone),
            uses_gained: only_first(uses(new), &uses(old), key),
            uses_lost: only_first(uses(old), &uses(new), key),
            brought_gained: only_first(brought(new), &brought(old), Clone::clone),
            brought_lost: only_first(brought(old), &brought(new), Clone::clone),
        }
    }

    fn is_empty(&self) -> bool {
        let lists = [&self.permissions_gained, &self.permissions_lost, &self.brought_gained, &self.brought_lost];
        let same = lists.iter().all(|list| list.is_empty()) && self.uses_gained.is_empty() && self.uses_lost.is_empty();
        same && self.old_version.is_some() == self.new_version.is_some()
    }
}

/// What makes two uses the same one: not its lines, but whose it is, and whether it is declared.
fn key(found: &Use) -> (Class, String, Option<String>, std::mem::Discriminant<Verdict>) {
    (found.class, found.name.clone(), found.through.last().cloned(), std::mem::discriminant(&found.verdict))
}

fn only_first<T, K: PartialEq>(first: Vec<T>, second: &[T], key: impl Fn(&T) -> K) -> Vec<T> {
    let known: Vec<K> = second.iter().map(&key).collect();
    first.into_iter().filter(|item| !known.contains(&key(item))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::model::Place;

    fn found(name: &str, line: u32, verdict: Verdict) -> Use {
        let place = Place { file: "src/lib.rs".to_owned(), line, function: String::new(), through: Vec::new() };
        Use {
            class: Class::Fs,
            name: name.to_owned(),
            does: String::new(),
            through: Vec::new(),
            verdict,
            places: vec![place],
            site: None,
        }
    }

    fn audit(version: &str, uses: Vec<Use>, brought: &[&str]) -> Audit {
        let plugin = PluginAudit {
            id: "a.b".to_owned(),
            version: version.to_owned(),
            package: "a".to_owned(),
            manifest: "plugin.toml".to_owned(),
            permissions: Vec::new(),
            uses,
            brought: brought.iter().map(|name| (*name).to_owned()).collect(),
            at_build_time: Vec::new(),
            notes: Vec::new(),
        };
        Audit { target: "t".to_owned(), plugins: vec![plugin], left_out: Vec::new(), unused_allowances: Vec::new() }
    }

    #[test]
    fn lines_and_versions_are_no_difference_and_verdicts_are() {
        let undeclared = || Verdict::Undeclared { permissions: Vec::new() };
        let old = audit("1.0.0", vec![found("read", 3, undeclared())], &["x"]);
        assert_eq!(AuditDiff::between(&old, &audit("1.1.0", vec![found("read", 9, undeclared())], &["x"])).plugins, []);
        let new = audit("1.1.0", vec![found("read", 3, Verdict::Unreached), found("write", 4, undeclared())], &["y"]);
        let diff = AuditDiff::between(&old, &new);
        let names = |uses: &[Use]| uses.iter().map(|found| found.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&diff.plugins[0].uses_gained), ["read", "write"]);
        assert_eq!(names(&diff.plugins[0].uses_lost), ["read"]);
        assert_eq!(diff.plugins[0].brought_gained, ["y"]);
        assert_eq!(diff.plugins[0].brought_lost, ["x"]);
    }

    #[test]
    fn a_plugin_that_comes_or_goes_is_a_difference() {
        let none = Audit { target: "t".to_owned(), plugins: Vec::new(), left_out: Vec::new(), unused_allowances: Vec::new() };
        let one = audit("1.0.0", Vec::new(), &[]);
        assert_eq!(AuditDiff::between(&none, &one).plugins[0].old_version, None);
        assert_eq!(AuditDiff::between(&one, &none).plugins[0].new_version, None);
    }
}
