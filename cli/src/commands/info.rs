//! `cargo keyway info ID`: all that a plugin's manifest and package say.

use keyway_build::project::KnownPlugin;
use keyway_manifest::{Descriptor, Limit, LimitUnit, Limits};
use serde::{Deserialize, Serialize};

use crate::arguments::BuildArguments;
use crate::commands::list::stability;
use crate::failure::Failure;
use crate::output::{Page, Report, Table, style, styled};
use crate::project::Project;
use crate::session::Session;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The plugin's id, as in `site.search`.
    id: String,
    #[command(flatten)]
    build: BuildArguments,
}

/// All that a plugin's manifest and package say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Info {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// One line of its Cargo.toml; empty when there is none.
    pub description: String,
    /// The package that holds it.
    pub package: String,
    /// The folder of the package, from the workspace's; where Cargo takes it from, for one of a registry; empty for a plugin inside the host.
    pub source: String,
    /// The file of its manifest; `null` when that is in the code.
    pub manifest: Option<String>,
    /// The versions of the SDK that it was written for.
    pub host: String,
    /// `development`, `alpha`, `beta`, `stable` or `deprecated`.
    pub stability: String,
    /// What a deprecated plugin tells; empty otherwise.
    pub notice: String,
    /// Its licence; empty when its Cargo.toml says none.
    pub license: String,
    /// Its authors.
    pub authors: Vec<String>,
    /// The address of its repository; empty when there is none.
    pub repository: String,
    /// Whether the build has it.
    pub enabled: bool,
    /// The features that bring it in, the narrowest first; none for one that is always there.
    pub features: Vec<String>,
    /// What it needs.
    pub requires: Vec<InfoRequirement>,
    /// What it cannot be together with.
    pub conflicts: Vec<InfoRequirement>,
    /// The services that it offers.
    pub provides: Vec<InfoService>,
    /// The plugins after which it starts, when they are there.
    pub after: Vec<String>,
    /// The plugins before which it starts, when they are there.
    pub before: Vec<String>,
    /// What it asks for.
    pub permissions: Vec<InfoPermission>,
    /// Its limits, as a manifest writes them.
    pub limits: Vec<(String, String)>,
    /// The version of the state that it keeps across reloads; 0 for none.
    pub state_version: u32,
    /// The defaults of its configuration, as TOML; empty when there are none.
    pub config: String,
}

/// A line of `[requires]` or `[conflicts]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InfoRequirement {
    /// The plugin or service.
    pub id: String,
    /// The versions.
    pub range: String,
    /// Whether it may be absent.
    pub optional: bool,
    /// Why; empty when not said.
    pub reason: String,
}

/// A line of `[provides]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InfoService {
    /// The service.
    pub id: String,
    /// The version of its interface.
    pub version: String,
    /// Whether no other plugin of a build may offer it.
    pub exclusive: bool,
}

/// A line of `[permissions]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InfoPermission {
    /// The permission.
    pub name: String,
    /// The scopes.
    pub scopes: Vec<String>,
    /// Whether the plugin copes without it.
    pub optional: bool,
    /// Why.
    pub reason: String,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let project = session.project()?;
    let (plugin, descriptor) = project.described_plugin(&arguments.id)?;
    let build = project.build(&arguments.build)?;
    session.print(&info(project, plugin, descriptor, build.has(plugin)))?;
    Ok(Verdict::Clean)
}

fn info(project: &Project, plugin: &KnownPlugin, descriptor: &Descriptor, enabled: bool) -> Info {
    let conditions = plugin.dependency.iter().flat_map(|dependency| &dependency.conditions);
    let mut features: Vec<String> = Vec::new();
    for feature in conditions.flat_map(|condition| &condition.features) {
        if !features.contains(feature) {
            features.push(feature.clone());
        }
    }
    let folder = plugin.folder.as_deref().map(|folder| project.shown(folder)).unwrap_or_default();
    Info {
        id: descriptor.id.to_string(),
        version: descriptor.version.to_string(),
        description: descriptor.description.to_owned(),
        package: descriptor.package.to_owned(),
        source: plugin.source.clone().unwrap_or(folder),
        manifest: plugin.file.as_ref().map(|_| descriptor.location.file.to_owned()),
        host: descriptor.host.text.to_owned(),
        stability: stability(descriptor.stability).to_owned(),
        notice: descriptor.notice.to_owned(),
        license: descriptor.license.to_owned(),
        authors: descriptor.authors.split(':').filter(|author| !author.is_empty()).map(str::to_owned).collect(),
        repository: descriptor.repository.to_owned(),
        enabled,
        features,
        requires: descriptor
            .requires
            .iter()
            .map(|line| InfoRequirement {
                id: line.id.to_string(),
                range: line.range.text.to_owned(),
                optional: line.optional,
                reason: line.reason.to_owned(),
            })
            .collect(),
        conflicts: descriptor
            .conflicts
            .iter()
            .map(|line| InfoRequirement {
                id: line.id.to_string(),
                range: line.range.text.to_owned(),
                optional: false,
                reason: line.reason.to_owned(),
            })
            .collect(),
        provides: descriptor
            .provides
            .iter()
            .map(|line| InfoService { id: line.id.to_string(), version: line.version.to_string(), exclusive: line.exclusive })
            .collect(),
        after: descriptor.after.iter().map(|hint| hint.id.to_string()).collect(),
        before: descriptor.before.iter().map(|hint| hint.id.to_string()).collect(),
        permissions: descriptor
            .permissions
            .iter()
            .map(|line| InfoPermission {
                name: line.name.to_owned(),
                scopes: line.scopes.iter().map(|&scope| scope.to_owned()).collect(),
                optional: line.optional,
                reason: line.reason.to_owned(),
            })
            .collect(),
        limits: limits(&descriptor.limits),
        state_version: descriptor.state_version,
        config: descriptor.config_defaults.to_owned(),
    }
}

/// The limits that are set, by the keys of a manifest.
fn limits(limits: &Limits) -> Vec<(String, String)> {
    let written = |limit: &Limit| {
        let value = limit.value?;
        let value = match limit.unit {
            LimitUnit::Bytes => bytes(value),
            LimitUnit::Millis => millis(value),
            LimitUnit::Count => value.to_string(),
        };
        Some((limit.key.to_owned(), value))
    };
    limits.all().iter().filter_map(written).collect()
}

fn bytes(bytes: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = units.iter().find(|(size, _)| bytes > 0 && bytes.is_multiple_of(*size));
    unit.map_or_else(|| format!("{bytes}B"), |(size, name)| format!("{}{name}", bytes / size))
}

fn millis(millis: u64) -> String {
    if millis > 0 && millis.is_multiple_of(1_000) { format!("{}s", millis / 1_000) } else { format!("{millis}ms") }
}

impl Report for Info {
    fn text(&self, page: &mut Page) {
        page.line(format!("{} {}", styled(style::HEADING, &self.id), self.version));
        if !self.description.is_empty() {
            page.line(&self.description);
        }
        page.gap();
        let mut table = Table::plain();
        let features = match self.features.as_slice() {
            [] => "is always there".to_owned(),
            features => {
                format!("with {}", features.iter().map(|feature| format!("`{feature}`")).collect::<Vec<_>>().join(" or "))
            }
        };
        let build = if self.enabled { "in this build" } else { "not in this build" };
        let facts = [
            ("package", self.package.clone()),
            ("source", self.source.clone()),
            ("manifest", self.manifest.clone().unwrap_or_else(|| "in the code".to_owned())),
            ("written for", self.host.clone()),
            ("stability", self.stability.clone()),
            ("notice", self.notice.clone()),
            ("licence", self.license.clone()),
            ("authors", self.authors.join(", ")),
            ("repository", self.repository.clone()),
            ("feature", format!("{features}, {build}")),
            ("state", if self.state_version == 0 { String::new() } else { format!("version {}", self.state_version) }),
        ];
        for (name, fact) in facts.into_iter().filter(|(_, fact)| !fact.is_empty()) {
            table.row([name.into(), fact.into()]);
        }
        page.table(&table);
        for (title, lines) in [("requires", &self.requires), ("conflicts with", &self.conflicts)] {
            section(
                page,
                title,
                lines.iter().map(|line| {
                    let optional = if line.optional { "optional" } else { "" };
                    [line.id.clone(), line.range.clone(), optional.to_owned(), line.reason.clone()]
                }),
            );
        }
        section(
            page,
            "provides",
            self.provides.iter().map(|line| {
                let exclusive = if line.exclusive { "exclusive" } else { "" };
                [line.id.clone(), line.version.clone(), exclusive.to_owned(), String::new()]
            }),
        );
        let hints = [("after", &self.after), ("before", &self.before)];
        section(
            page,
            "starts",
            hints
                .iter()
                .flat_map(|(word, ids)| ids.iter().map(|id| [(*word).to_owned(), id.clone(), String::new(), String::new()])),
        );
        section(
            page,
            "asks for",
            self.permissions.iter().map(|line| {
                let optional = if line.optional { "optional" } else { "" };
                [line.name.clone(), line.scopes.join(" "), optional.to_owned(), line.reason.clone()]
            }),
        );
        section(
            page,
            "limits",
            self.limits.iter().map(|(key, value)| [key.clone(), value.clone(), String::new(), String::new()]),
        );
        if !self.config.is_empty() {
            page.heading("configuration");
            for line in self.config.lines() {
                page.line(format!("  {line}").trim_end());
            }
        }
    }
}

/// A heading with indented rows; nothing when there are none.
fn section(page: &mut Page, title: &str, rows: impl Iterator<Item = [String; 4]>) {
    let mut table = Table::plain().indented();
    for row in rows {
        table.row(row.map(Into::into));
    }
    if !table.is_empty() {
        page.heading(title);
        page.table(&table);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_written_as_in_a_manifest() {
        let set = Limits {
            memory_bytes: Some(64 << 20),
            call_millis: Some(2_000),
            start_millis: Some(1_500),
            storage_bytes: Some(1_000),
            ..Limits::NONE
        };
        let written: Vec<String> = limits(&set).into_iter().map(|(key, value)| format!("{key} = {value}")).collect();
        assert_eq!(written, ["memory = 64MiB", "call = 2s", "start = 1500ms", "storage = 1000B"]);
    }
}
