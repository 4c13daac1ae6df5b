//! `cargo keyway permissions`: what the plugins of a build may do, by the policy and by the lock.

use std::collections::BTreeMap;

use keyway_manifest::{Descriptor, PermissionRequest, PluginId, grants};
use serde::{Deserialize, Serialize};

use crate::arguments::BuildArguments;
use crate::failure::Failure;
use crate::output::{Cell, Page, Report, Table, style, styled};
use crate::project::{LockState, Project};
use crate::session::Session;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only these plugins, with scopes and reasons.
    ids: Vec<String>,
    /// All plugins that the host knows, not only those of the build.
    #[arg(long, conflicts_with = "ids")]
    all: bool,
    #[command(flatten)]
    build: BuildArguments,
}

/// What plugins may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permissions {
    /// The policy's file; `null` when every plugin is granted what it asks for.
    pub policy: Option<String>,
    /// The lock's file; `null` for a host without one.
    pub lock: Option<String>,
    /// Whether single plugins were asked for.
    pub detailed: bool,
    /// The plugins, by id.
    pub plugins: Vec<PermissionsOfPlugin>,
}

/// What a plugin may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionsOfPlugin {
    /// The plugin.
    pub id: String,
    /// What the lock says of what it asks for: `absent` (not in the lock), `pending`, `approved`, `wider` or `narrower` (than was approved),
    /// `expired`, `denied` or `revoked`; `null` for a host without a lock.
    pub lock: Option<String>,
    /// What it asks for, by name.
    pub permissions: Vec<JudgedPermission>,
}

/// A permission that a plugin asks for, and what the policy leaves of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgedPermission {
    /// The permission.
    pub name: String,
    /// Whether the plugin copes without it.
    pub optional: bool,
    /// Why it asks.
    pub reason: String,
    /// The scopes that the policy grants.
    pub granted: Vec<String>,
    /// The scopes that it does not; with any of them, a build is refused unless the permission is optional.
    pub refused: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let project = session.project()?;
    let build = project.build(&arguments.build)?;
    let mut plugins: Vec<&Descriptor> = if !arguments.ids.is_empty() {
        let named = arguments.ids.iter().map(|id| project.described_plugin(id).map(|(_, descriptor)| descriptor));
        named.collect::<Result<_, _>>()?
    } else if arguments.all {
        project.plugins().iter().filter_map(|plugin| plugin.descriptor()).collect()
    } else {
        build.plugins().to_vec()
    };
    plugins.sort_by_key(|plugin| plugin.id.as_str());
    plugins.dedup_by_key(|plugin| plugin.id.as_str());
    let lock = project.lock()?;
    let judged = plugins.into_iter().map(|plugin| judged(plugin, project, lock.map(|lock| project.lock_state(lock, plugin))));
    session.print(&Permissions {
        policy: project.policy_file().map(|file| project.shown(file)),
        lock: lock.map(|lock| lock.source.shown_as().to_owned()),
        detailed: !arguments.ids.is_empty(),
        plugins: judged.collect(),
    })?;
    Ok(Verdict::Clean)
}

fn judged(plugin: &Descriptor, project: &Project, lock: Option<LockState>) -> PermissionsOfPlugin {
    let granted: BTreeMap<&str, Vec<&str>> =
        grants(plugin, project.policy()).into_iter().map(|grant| (grant.name, grant.scopes)).collect();
    let judge = |request: &PermissionRequest| {
        let is_granted = |scope: &&&str| granted.get(request.name).is_some_and(|scopes| scopes.contains(*scope));
        let (granted, refused): (Vec<&str>, Vec<&str>) = request.scopes.iter().partition(|scope| is_granted(scope));
        let owned = |scopes: Vec<&str>| scopes.into_iter().map(str::to_owned).collect();
        JudgedPermission {
            name: request.name.to_owned(),
            optional: request.optional,
            reason: request.reason.to_owned(),
            granted: owned(granted),
            refused: owned(refused),
        }
    };
    PermissionsOfPlugin {
        id: PluginId::as_str(&plugin.id).to_owned(),
        lock: lock.map(|state| state.word().to_owned()),
        permissions: plugin.permissions.iter().map(judge).collect(),
    }
}

impl JudgedPermission {
    /// The mark in the matrix.
    fn mark(&self) -> Cell {
        match (self.granted.is_empty(), self.refused.is_empty(), self.optional) {
            (_, true, _) => Cell::new(style::GOOD, "+"),
            (_, _, false) => Cell::new(style::BAD, "!"),
            (false, false, true) => Cell::new(style::NOTICE, "~"),
            (true, false, true) => Cell::new(style::FAINT, "-"),
        }
    }
}

impl Report for Permissions {
    fn text(&self, page: &mut Page) {
        if self.detailed {
            self.plugins.iter().for_each(|plugin| plugin.details(page));
        } else {
            self.matrix(page);
        }
        page.gap();
        let policy =
            self.policy.as_ref().map_or("every plugin is granted what it asks for".to_owned(), |file| format!("policy: {file}"));
        let lock = self.lock.as_ref().map_or("no lock".to_owned(), |file| format!("lock: {file}"));
        page.line(styled(style::FAINT, format!("{policy}; {lock}")));
    }
}

impl Permissions {
    /// A row for each plugin that asks for something, a column for each permission. Columns have letters, as their names are long.
    fn matrix(&self, page: &mut Page) {
        let mut names: Vec<&str> =
            self.plugins.iter().flat_map(|plugin| &plugin.permissions).map(|permission| permission.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let letters: Vec<String> = (0..names.len()).map(letter).collect();
        let mut header: Vec<Cell> = vec![Cell::new(style::HEADING, "plugin")];
        header.extend(letters.iter().map(|letter| Cell::new(style::HEADING, letter)));
        header.push(Cell::new(style::HEADING, if self.lock.is_some() { "lock" } else { "" }));
        let mut table = Table::plain();
        table.cells(header);
        for plugin in self.plugins.iter().filter(|plugin| !plugin.permissions.is_empty()) {
            let mut row: Vec<Cell> = vec![plugin.id.clone().into()];
            row.extend(names.iter().map(|name| {
                let permission = plugin.permissions.iter().find(|permission| permission.name == *name);
                permission.map_or_else(|| Cell::new(style::FAINT, "."), JudgedPermission::mark)
            }));
            row.push(plugin.lock_cell());
            table.cells(row);
        }
        page.table(&table);
        let without = self.plugins.iter().filter(|plugin| plugin.permissions.is_empty()).count();
        if without > 0 {
            page.line(format!("{without} more {} for nothing", if without == 1 { "asks" } else { "ask" }));
        }
        page.gap();
        let mut legend = Table::plain();
        for (letter, name) in letters.iter().zip(&names) {
            legend.row([letter.clone().into(), (*name).into()]);
        }
        page.table(&legend);
        page.gap();
        page.line("+ granted   ~ granted in part   - refused, the plugin copes   ! refused, and no build with it compiles");
    }
}

/// `a` to `z`, then `aa` and so on.
fn letter(index: usize) -> String {
    let last = char::from(b'a' + u8::try_from(index % 26).unwrap_or_default());
    let before = if index < 26 { String::new() } else { letter(index / 26 - 1) };
    format!("{before}{last}")
}

impl PermissionsOfPlugin {
    fn lock_cell(&self) -> Cell {
        match self.lock.as_deref() {
            None => "".into(),
            Some(word @ ("approved" | "narrower")) => Cell::new(style::GOOD, word),
            Some(word @ ("absent" | "pending")) => Cell::new(style::NOTICE, word),
            Some(word) => Cell::new(style::BAD, word),
        }
    }

    fn details(&self, page: &mut Page) {
        page.heading(&self.id);
        if self.permissions.is_empty() {
            page.line("  asks for nothing");
        }
        let mut table = Table::plain().indented();
        for permission in &self.permissions {
            let optional = if permission.optional { "optional" } else { "" };
            let (mut name, mut optional, mut reason) = (permission.name.as_str(), optional, permission.reason.as_str());
            let scopes = permission.granted.iter().map(|scope| (scope, Cell::new(style::GOOD, "granted")));
            let verdict = if permission.optional { Cell::new(style::FAINT, "refused") } else { Cell::new(style::BAD, "refused") };
            for (scope, verdict) in scopes.chain(permission.refused.iter().map(|scope| (scope, verdict.clone()))) {
                table.row([name.into(), scope.clone().into(), verdict, optional.into(), reason.into()]);
                (name, optional, reason) = ("", "", "");
            }
        }
        page.table(&table);
        if let Some(word) = &self.lock {
            page.line(format!("  lock: {word}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::letter;

    #[test]
    fn columns_have_letters() {
        let letters: Vec<String> = [0, 25, 26, 27, 52].into_iter().map(letter).collect();
        assert_eq!(letters, ["a", "z", "aa", "ab", "ba"]);
    }
}
