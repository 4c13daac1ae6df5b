//! `cargo keyway list`: the plugins that the host knows.

use keyway_build::project::KnownPlugin;
use keyway_manifest::Stability;
use serde::{Deserialize, Serialize};

use crate::arguments::BuildArguments;
use crate::failure::Failure;
use crate::output::{Cell, Page, Report, Table, style};
use crate::project::{Build, Project};
use crate::session::Session;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only the plugins of the build.
    #[arg(long, conflicts_with = "disabled")]
    enabled: bool,
    /// Only the plugins that the build leaves out.
    #[arg(long)]
    disabled: bool,
    #[command(flatten)]
    build: BuildArguments,
}

/// The plugins that a host knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The host's package.
    pub host: String,
    /// How many plugins the host knows.
    pub known: usize,
    /// How many of them are in the build.
    pub enabled: usize,
    /// The plugins, by id: all, or those that were asked for.
    pub plugins: Vec<ListedPlugin>,
    /// Packages that are plugins, but of which no manifest could be found.
    pub unknown: Vec<String>,
}

/// One plugin that a host knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedPlugin {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// The package that holds it.
    pub package: String,
    /// `development`, `alpha`, `beta`, `stable` or `deprecated`.
    pub stability: String,
    /// The feature that turns it on; `null` when it is always on.
    pub feature: Option<String>,
    /// Whether the build has it.
    pub enabled: bool,
    /// `static` or `native`, as the lock has it; `null` when it is not in a lock.
    pub tier: Option<String>,
    /// The level at which it starts; `null` when the build leaves it out, or its plugins do not fit together.
    pub level: Option<usize>,
    /// One line of its Cargo.toml; empty when there is none.
    pub description: String,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let project = session.project()?;
    let build = project.build(&arguments.build)?;
    let mut list = List {
        host: project.name().to_owned(),
        known: project.plugins().len(),
        enabled: project.plugins().iter().filter(|plugin| build.has(plugin)).count(),
        plugins: Vec::new(),
        unknown: Vec::new(),
    };
    let order = build.told_order(session).ok();
    let level = |id: &str| {
        let index = build.plugins().iter().position(|plugin| plugin.id.as_str() == id)?;
        order.as_ref()?.levels.iter().position(|level| level.contains(&index))
    };
    for plugin in project.plugins() {
        let enabled = build.has(plugin);
        if (arguments.enabled && !enabled) || (arguments.disabled && enabled) {
            continue;
        }
        match listed(project, plugin, &build) {
            Some(listed) => list.plugins.push(ListedPlugin { level: level(&listed.id).filter(|_| enabled), ..listed }),
            None => list.unknown.push(plugin.facts.name.clone()),
        }
    }
    list.plugins.sort_by(|left, right| left.id.cmp(&right.id));
    session.print(&list)?;
    Ok(Verdict::Clean)
}

fn listed(project: &Project, plugin: &KnownPlugin, build: &Build<'_>) -> Option<ListedPlugin> {
    let descriptor = plugin.descriptor()?;
    // What is wrong with the lock, other commands tell.
    let lock = project.lock().ok().flatten();
    let locked = lock.and_then(|lock| lock.file.plugins.get(descriptor.id.as_str()));
    let feature = plugin.dependency.as_ref().map(|dependency| dependency.feature()).filter(|feature| !feature.is_empty());
    Some(ListedPlugin {
        id: descriptor.id.to_string(),
        version: descriptor.version.to_string(),
        package: descriptor.package.to_owned(),
        stability: stability(descriptor.stability).to_owned(),
        feature: feature.map(str::to_owned),
        enabled: build.has(plugin),
        tier: locked.map(|entry| entry.tier.as_str().to_owned()),
        level: None,
        description: descriptor.description.to_owned(),
    })
}

/// The word of a manifest for how settled a plugin is.
pub(crate) const fn stability(stability: Stability) -> &'static str {
    match stability {
        Stability::Development => "development",
        Stability::Alpha => "alpha",
        Stability::Beta => "beta",
        Stability::Stable => "stable",
        Stability::Deprecated => "deprecated",
    }
}

impl Report for List {
    fn text(&self, page: &mut Page) {
        let mut table = Table::new(["plugin", "version", "stability", "feature", "build"]);
        for plugin in &self.plugins {
            let build = match (plugin.enabled, plugin.level) {
                (true, Some(level)) => Cell::new(style::GOOD, format!("level {level}")),
                (true, None) => Cell::new(style::GOOD, "in"),
                (false, _) if plugin.tier.as_deref() == Some("native") => Cell::new(style::GOOD, "library"),
                (false, _) => Cell::new(style::FAINT, "-"),
            };
            let stability = match plugin.stability.as_str() {
                "deprecated" => Cell::new(style::NOTICE, "deprecated"),
                other => other.into(),
            };
            let feature = plugin.feature.clone().unwrap_or_default();
            table.row([plugin.id.clone().into(), plugin.version.clone().into(), stability, feature.into(), build]);
        }
        page.table(&table);
        for package in &self.unknown {
            page.line(format!("{package}: its manifest is not known here"));
        }
        page.gap();
        let count = match (self.known, self.enabled) {
            (1, 0) => "1 plugin, which this build leaves out".to_owned(),
            (1, _) => "1 plugin, in this build".to_owned(),
            (known, enabled) => format!("{known} plugins, {enabled} of them in this build"),
        };
        page.line(format!("`{}` knows {count}", self.host));
    }
}
