//! What is in this program: its plugins, where they come in, and what each may do. Nothing is started for it.

mod columns;
mod graph;
mod text;

use std::path::PathBuf;
use std::time::SystemTime;

use keyway::host::{ApprovalInfo, LibraryInfo, PlannedPlugin, PluginInfo};
use keyway::manifest::{Descriptor, Lock, Policy, Stability, Target, grants};
use keyway::{Host, HostBuilder, PluginTable};
use serde::Serialize;

pub use graph::graph;
pub use text::{permissions, plugins, started};

use crate::arguments::Arguments;
use crate::config_file::ConfigFile;
use crate::program::{configured, not_started};
use crate::{Failure, settings};

/// One plugin of the program.
#[derive(Debug, Serialize)]
pub struct PluginEntry {
    /// Its id, such as `site.search`.
    pub id: &'static str,
    /// Its version.
    pub version: String,
    /// The Cargo package it is in.
    pub package: &'static str,
    /// How it is attached: `static` when it is linked in, `native` when it comes as a library.
    pub tier: &'static str,
    /// The library that it comes from.
    pub library: Option<LibraryInfo>,
    /// What was approved of it when the program was built.
    pub approval: Option<ApprovalInfo>,
    /// Whether the configuration disables it, so that it is not started.
    pub disabled: bool,
    /// Why the program starts without it though nobody has disabled it.
    pub left_out: Option<String>,
    /// How settled it is.
    pub stability: &'static str,
    /// One line about it.
    pub description: &'static str,
    /// When it starts: plugins of one level start together, after those of the levels below.
    pub level: u16,
    /// The plugins and services it needs.
    pub requires: Vec<RequirementEntry>,
    /// The services it offers.
    pub provides: Vec<&'static str>,
    /// The extension points at which it takes part.
    pub points: Vec<&'static str>,
    /// What it asks for and what it gets.
    pub permissions: Vec<PermissionEntry>,
}

/// One plugin or service that a plugin needs.
#[derive(Debug, Serialize)]
pub struct RequirementEntry {
    /// Its id.
    pub id: &'static str,
    /// `plugin` or `service`.
    pub kind: &'static str,
    /// The versions that will do.
    pub versions: &'static str,
    /// Whether the plugin copes without.
    pub optional: bool,
}

/// One permission of a plugin.
#[derive(Debug, Serialize)]
pub struct PermissionEntry {
    /// Its dotted name, such as `filesystem.read`.
    pub name: &'static str,
    /// The scopes that the manifest asks for.
    pub asked: &'static [&'static str],
    /// Those of them that the policy grants.
    pub granted: Vec<&'static str>,
    /// Why the plugin asks.
    pub reason: &'static str,
}

impl PluginEntry {
    /// All plugins of a table, in start order.
    #[must_use]
    pub fn all(table: &PluginTable) -> Vec<Self> {
        let entry = |&index: &u16| {
            let index = usize::from(index);
            let descriptor = table.registrations[index].descriptor;
            Self::of_manifest(descriptor, table.levels[index], None, table.policy, approval(table.lock, descriptor))
        };
        table.order.iter().map(entry).collect()
    }

    /// The plugins of a table and those of the folders of libraries, in start order, with what the configuration makes of them. None is
    /// started. Without a configuration and libraries they are those of the table.
    ///
    /// # Errors
    /// When the program would not start with them.
    pub fn configured(table: PluginTable, arguments: &Arguments, file: ConfigFile) -> Result<Vec<Self>, Failure> {
        let folders = settings::extensions(arguments, &file)?;
        if folders.is_empty() && file.read.is_none() {
            return Ok(Self::all(&table));
        }
        let (policy, lock) = (table.policy, table.lock);
        let entry = |plugin: PlannedPlugin| {
            let approval = approval(lock, plugin.descriptor);
            let left_out = plugin.left_out.map(|error| error.to_string());
            let entry = Self::of_manifest(plugin.descriptor, plugin.level, plugin.library, policy, approval);
            Self { disabled: plugin.is_disabled, left_out, ..entry }
        };
        Ok(planned(table, folders, arguments, file)?.into_iter().map(entry).collect())
    }

    /// The plugins of a host as it runs, linked or loaded, in start order.
    #[must_use]
    pub fn running(host: &Host, policy: &Policy) -> Vec<Self> {
        let plugins = host.plugins().into_iter();
        let entry = |plugin: PluginInfo| {
            let entry = Self::of_manifest(plugin.descriptor, plugin.level, plugin.library, policy, plugin.approval);
            Self { disabled: plugin.disabled, left_out: plugin.error.map(|error| error.to_string()), ..entry }
        };
        plugins.map(entry).collect()
    }

    fn of_manifest(
        descriptor: &'static Descriptor,
        level: u16,
        library: Option<LibraryInfo>,
        policy: &Policy,
        approval: Option<ApprovalInfo>,
    ) -> Self {
        let granted = grants(descriptor, policy);
        let scopes_of = |name: &str| granted.iter().find(|grant| grant.name == name).map(|grant| grant.scopes.clone());
        Self {
            id: descriptor.id.as_str(),
            version: descriptor.version.to_string(),
            package: descriptor.package,
            tier: if library.is_some() { "native" } else { "static" },
            library,
            approval,
            disabled: false,
            left_out: None,
            stability: stability(descriptor.stability),
            description: descriptor.description,
            level,
            requires: descriptor.requires.iter().map(RequirementEntry::new).collect(),
            provides: descriptor.provides.iter().map(|provision| provision.id.as_str()).collect(),
            points: descriptor.extensions.iter().map(|extension| extension.point.id.as_str()).collect(),
            permissions: descriptor
                .permissions
                .iter()
                .map(|request| PermissionEntry {
                    name: request.name,
                    asked: request.scopes,
                    granted: scopes_of(request.name).unwrap_or_default(),
                    reason: request.reason,
                })
                .collect(),
        }
    }
}

fn approval(lock: Option<&Lock>, plugin: &Descriptor) -> Option<ApprovalInfo> {
    ApprovalInfo::of(lock?, plugin.id, SystemTime::now())
}

impl RequirementEntry {
    fn new(requirement: &'static keyway::manifest::Requirement) -> Self {
        Self {
            id: requirement.id.as_str(),
            kind: match requirement.target {
                Target::Plugin => "plugin",
                Target::Service => "service",
            },
            versions: requirement.range.text,
            optional: requirement.optional,
        }
    }
}

/// The listing for programs: an array of [`PluginEntry`] as JSON.
///
/// # Errors
/// Never in practice: entries are text and numbers.
pub fn json(entries: &[PluginEntry]) -> Result<String, Failure> {
    let mut text =
        serde_json::to_string_pretty(entries).map_err(|error| Failure::new(format!("the listing is no JSON: {error}")))?;
    text.push('\n');
    Ok(text)
}

/// The surface of the program, with the plugins of the folders of libraries. Nothing of them runs.
///
/// # Errors
/// When the program would not start with them.
pub fn surface(table: PluginTable, arguments: &Arguments, file: ConfigFile) -> Result<String, Failure> {
    let folders = settings::extensions(arguments, &file)?;
    if folders.is_empty() {
        return Ok(table.surface.text().to_owned());
    }
    Ok(table.surface.with(&planned(table, folders, arguments, file)?))
}

/// What would become of all plugins, those of the folders of libraries among them.
fn planned(
    table: PluginTable,
    folders: Vec<PathBuf>,
    arguments: &Arguments,
    file: ConfigFile,
) -> Result<Vec<PlannedPlugin>, Failure> {
    let builder = configured(Host::builder(table), file.for_host(), file.read.as_ref());
    let builder = builder.data_folder(settings::data_folder(arguments, file));
    folders.into_iter().fold(builder, HostBuilder::native_dir).preview().map_err(|error| not_started(&error))
}

const fn stability(stability: Stability) -> &'static str {
    match stability {
        Stability::Development => "development",
        Stability::Alpha => "alpha",
        Stability::Beta => "beta",
        Stability::Stable => "stable",
        Stability::Deprecated => "deprecated",
    }
}
