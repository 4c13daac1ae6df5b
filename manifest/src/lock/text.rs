//! Differences as people read them: a line for each, with what got wider first.

use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

use super::change::{Change, Extent, LockDifferences, PermissionChange, PluginDifferences};
use super::digest::Digest;
use super::model::{Decision, LockEntry};
use super::order::OrderDifferences;
use super::permissions::{Permission, Permissions};
use super::source::PluginSource;
use crate::parse::{printable, quoted};

impl Extent {
    /// The word for it: `wider`, `narrower` or `same`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Narrower => "narrower",
            Self::Wider => "wider",
        }
    }
}

impl Display for LockDifferences {
    /// Each plugin with its differences, then the order; every line ends with a line break.
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for plugin in &self.plugins {
            write!(formatter, "{plugin}")?;
        }
        if !self.order.is_empty() {
            writeln!(formatter, "start order")?;
        }
        self.order.lines().iter().try_for_each(|line| writeln!(formatter, "  {line}"))
    }
}

impl OrderDifferences {
    /// Each difference in a sentence.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let joined = self.joined.iter().map(|id| format!("{} starts with the default features now", quoted(id)));
        let left = self.left.iter().map(|id| format!("{} no longer starts with the default features", quoted(id)));
        let moved = self.moved.iter().map(|(id, predecessor)| match predecessor {
            Some(predecessor) => format!("{} starts after {} now", quoted(id), quoted(predecessor)),
            None => format!("{} starts first now", quoted(id)),
        });
        joined.chain(left).chain(moved).collect()
    }
}

impl Display for PluginDifferences {
    /// The plugin's id and a line for each difference; every line ends with a line break.
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", clean(&self.id))?;
        let mut changes: Vec<&Change> = self.changes.iter().collect();
        changes.sort_by_key(|change| std::cmp::Reverse(change.extent()));
        for change in changes {
            for line in change.lines() {
                writeln!(formatter, "  {line}")?;
            }
        }
        Ok(())
    }
}

impl Change {
    /// What it is about, in one word: `added`, `permission`, `version` and so on.
    #[must_use]
    pub const fn what(&self) -> &'static str {
        match self {
            Self::Added(_) => "added",
            Self::Removed(_) => "removed",
            Self::Permission(_) => "permission",
            Self::Version { .. } => "version",
            Self::Package { .. } => "package",
            Self::Source { .. } => "source",
            Self::Tier { .. } => "tier",
            Self::Manifest { .. } => "manifest",
            Self::Artifacts { .. } => "artifacts",
            Self::Approval { .. } => "approval",
        }
    }

    /// The change in words, one line or more, without indentation.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Added(entry) => presence("added", entry, "asks for"),
            Self::Removed(entry) => presence("removed", entry, "asked for"),
            Self::Permission(change) => vec![change.to_string()],
            Self::Version { from, to } => vec![format!("version: {} -> {}", clean(from), clean(to))],
            Self::Package { from, to } => vec![format!("package: {} -> {}", clean(from), clean(to))],
            Self::Source { from, to } if from.0 == to.0 => {
                vec![format!("checksum: {} -> {}", checksum(from.1.as_ref()), checksum(to.1.as_ref()))]
            }
            Self::Source { from, to } => vec![format!("source: {} -> {}", source(&from.0), source(&to.0))],
            Self::Tier { from, to } => vec![format!("tier: {} -> {}", from.as_str(), to.as_str())],
            Self::Manifest { from, to } => vec![format!("manifest: {} -> {}", short(from), short(to))],
            Self::Artifacts { target, added, removed } => {
                vec![format!("libraries for {}: {}", clean(target), gained_and_lost(added, removed))]
            }
            Self::Approval { from, to } => {
                vec![format!("approval: {} -> {}", decision(from.as_deref()), decision(to.as_deref()))]
            }
        }
    }
}

impl Display for PermissionChange {
    /// One line: `wider: http.routes: also "/admin/**"`.
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}: ", self.extent.as_str(), clean(&self.name))?;
        let (from, to) = match (&self.from, &self.to) {
            (None, Some(to)) => return write!(formatter, "new, {}", permission(to)),
            (Some(from), None) => return write!(formatter, "no longer asked for, was {}", permission(from)),
            (None, None) => return formatter.write_str("not asked for"),
            (Some(from), Some(to)) => (from, to),
        };
        let mut parts = Vec::new();
        if !self.gained.is_empty() {
            parts.push(format!("also {}", scopes(&self.gained)));
        }
        if from.optional != to.optional {
            parts.push(if to.optional { "optional now" } else { "required now" }.to_owned());
        }
        if !self.lost.is_empty() {
            parts.push(format!("no longer {}", scopes(&self.lost)));
        }
        if parts.is_empty() {
            parts.push(format!("written otherwise, {}", permission(to)));
        }
        formatter.write_str(&parts.join(", "))
    }
}

fn presence(what: &str, entry: &LockEntry, asks: &str) -> Vec<String> {
    let (version, source, tier) = (clean(&entry.version), source(&entry.source), entry.tier.as_str());
    let mut lines = vec![format!("{what}: version {version} from {source}, {tier}, {}", decision(entry.approval.as_ref()))];
    lines.extend(requests(&entry.permissions).map(|request| format!("{asks} {request}")));
    lines
}

fn requests(permissions: &Permissions) -> impl Iterator<Item = String> {
    permissions.by_name.iter().map(|(name, permission)| format!("{}: {}", clean(name), self::permission(permission)))
}

fn permission(permission: &Permission) -> String {
    format!("{}{}", scopes(&permission.scopes), if permission.optional { ", optional" } else { "" })
}

fn scopes<'a>(scopes: impl IntoIterator<Item = &'a String>) -> String {
    let scopes: Vec<String> = scopes.into_iter().map(|scope| format!("\"{}\"", clean(scope))).collect();
    scopes.join(", ")
}

fn source(source: &PluginSource) -> String {
    clean(&source.to_string())
}

fn checksum(checksum: Option<&Digest>) -> String {
    checksum.map_or_else(|| "none".to_owned(), short)
}

fn gained_and_lost(added: &BTreeSet<Digest>, removed: &BTreeSet<Digest>) -> String {
    let added = added.iter().map(|digest| format!("also {}", short(digest)));
    let removed = removed.iter().map(|digest| format!("no longer {}", short(digest)));
    let parts: Vec<String> = added.chain(removed).collect();
    if parts.is_empty() { "an empty list".to_owned() } else { parts.join(", ") }
}

/// As much of a digest as tells it from others.
fn short(digest: &Digest) -> String {
    const SHOWN: usize = 12;
    let (scheme, value) = digest.as_str().split_once(':').unwrap_or(("", digest.as_str()));
    if value.len() > SHOWN { format!("{scheme}:{}…", &value[..SHOWN]) } else { digest.as_str().to_owned() }
}

fn decision(decision: Option<&Decision>) -> String {
    let Some(decision) = decision else { return "pending".to_owned() };
    let until = decision.until.map_or_else(String::new, |day| format!(" until {day}"));
    format!("{}{until} by {} on {}", decision.verdict.as_str(), clean(&decision.by), decision.on.day())
}

fn clean(text: &str) -> String {
    text.chars().map(printable).collect()
}
