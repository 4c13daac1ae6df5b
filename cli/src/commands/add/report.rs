//! What adding a plugin costs, what it asks for, and what it changes.

use keyway_build::project::KnownPlugin;
use keyway_manifest::{Graph, LockRules, Policy, grants, resolve_slice};
use serde::{Deserialize, Serialize};

use super::plan::{Met, Plan};
use crate::cost::{Built, Measured};
use crate::host_file::{EditedLine, HostFile};
use crate::output::{Cell, Page, Report, Table, style, styled};
use crate::project::Project;

/// What adding a plugin means for a host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Add {
    /// The plugin's id.
    pub plugin: String,
    /// Its version.
    pub version: String,
    /// Its package.
    pub package: String,
    /// One line of its Cargo.toml; empty when there is none.
    pub description: String,
    /// The feature that turns it on.
    pub feature: String,
    /// Whether the default build has it.
    pub is_default: bool,
    /// What it asks for.
    pub permissions: Vec<AskedPermission>,
    /// What it requires.
    pub requires: Vec<RequiredPlugin>,
    /// The packages that the default build does not have yet, the plugin's own among them.
    pub packages: Vec<NewPackage>,
    /// How many packages it is built from in all.
    pub built_from: usize,
    /// How long the host takes to build and how large it is; `null` when it was not measured.
    pub measured: Option<Measured>,
    /// The lines that the host's policy needs so that the plugin compiles into it.
    pub policy_lines: Vec<String>,
    /// The file of the policy; `null` when it is in the code.
    pub policy_file: Option<String>,
    /// Whether these lines are written into it too.
    pub writes_policy: bool,
    /// The host's `keyway.lock`, which does not know the plugin yet; `null` when there is none.
    pub lock: Option<String>,
    /// What a build with it would say besides, as the compiler says it.
    pub problems: Vec<String>,
    /// The host's Cargo.toml.
    pub cargo_toml: String,
    /// What changes in it.
    pub changes: Vec<EditedLine>,
    /// What to write into the code by hand; `null` where the host takes its plugins from Cargo.toml.
    pub by_hand: Option<String>,
    /// Whether it was written.
    pub written: bool,
}

/// A permission that a plugin asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedPermission {
    /// Its name.
    pub name: String,
    /// The scopes.
    pub scopes: Vec<String>,
    /// Whether the plugin does without it.
    pub optional: bool,
    /// Why it asks.
    pub reason: String,
    /// The scopes that the host's policy allows as it is.
    pub allowed: Vec<String>,
}

/// Something that a plugin requires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequiredPlugin {
    /// A plugin, or a service.
    pub id: String,
    /// Which versions will do.
    pub range: String,
    /// Whether the plugin does without it.
    pub optional: bool,
    /// The plugins that the host knows and that meet it.
    pub met_by: Vec<String>,
}

/// A package that is built with a host from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

pub(super) fn report<'a>(
    project: &Project,
    plan: &Plan,
    plugin: &KnownPlugin,
    file: &HostFile,
    new: impl Iterator<Item = &'a Built>,
    built_from: usize,
) -> Add {
    let descriptor = plan.descriptor;
    let granted = grants(descriptor, project.policy());
    let asked = |request: &keyway_manifest::PermissionRequest| AskedPermission {
        name: request.name.to_owned(),
        scopes: texts(request.scopes),
        optional: request.optional,
        reason: request.reason.to_owned(),
        allowed: granted.iter().filter(|grant| grant.name == request.name).flat_map(|grant| texts(&grant.scopes)).collect(),
    };
    let permissions: Vec<_> = descriptor.permissions.iter().map(asked).collect();
    let required = |met: &Met| RequiredPlugin {
        id: met.requirement.id.to_string(),
        range: met.requirement.range.text.to_owned(),
        optional: met.requirement.optional,
        met_by: met.by.iter().map(|(id, _)| (*id).to_owned()).collect(),
    };
    let module = plan.addition.package.replace('-', "_");
    Add {
        plugin: descriptor.id.to_string(),
        version: descriptor.version.to_string(),
        package: plan.addition.package.clone(),
        description: plugin.facts.description.clone(),
        feature: plan.addition.feature.clone(),
        is_default: plan.addition.is_default,
        policy_lines: policy_lines(descriptor.id.as_str(), &permissions),
        permissions,
        requires: plan.requirements.iter().map(required).collect(),
        packages: new.map(|built| NewPackage { name: built.name.clone(), version: built.version.clone() }).collect(),
        built_from,
        measured: None,
        policy_file: project.policy_file().map(|file| project.shown(file)),
        writes_policy: false,
        lock: project.lock_file().is_file().then(|| project.shown(&project.lock_file())),
        problems: problems(project, plan),
        cargo_toml: project.shown(&project.folder().join("Cargo.toml")),
        changes: file.changes(),
        by_hand: (!plan.addition.by_pattern).then(|| format!("#[cfg(feature = \"{}\")] {module}", plan.addition.feature)),
        written: false,
    }
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|&text| text.to_owned()).collect()
}

/// What is not allowed yet; what is optional is for the operator to decide.
fn missing(permissions: &[AskedPermission]) -> impl Iterator<Item = &AskedPermission> {
    permissions.iter().filter(|asked| !asked.optional && asked.allowed.len() < asked.scopes.len())
}

/// The lines that allow it.
fn policy_lines(id: &str, permissions: &[AskedPermission]) -> Vec<String> {
    let rule = |asked: &AskedPermission| {
        let scopes: Vec<_> = asked.scopes.iter().map(|scope| toml_edit::Value::from(scope.as_str()).to_string()).collect();
        format!("\"{}\" = [{}]", asked.name, scopes.join(", "))
    };
    let lines: Vec<_> = missing(permissions).map(rule).collect();
    if lines.is_empty() { lines } else { [format!("[plugin.\"{id}\".permissions.allow]")].into_iter().chain(lines).collect() }
}

/// What the compiler would say of the default build with the plugin and what its feature turns on, besides what the policy and the lock lack.
fn problems(project: &Project, plan: &Plan) -> Vec<String> {
    let Ok(platform) = project.platform(None) else { return Vec::new() };
    let features = plan.addition.turns_on.iter().cloned().chain(["default".to_owned()]).collect();
    let build = project.build_with(&features, platform);
    let plugins: Vec<_> = build.plugins().iter().copied().chain([plan.descriptor]).collect();
    let policy = Policy { grant_unmentioned: true, rules: &[], lock: LockRules::DEFAULT, ..*project.policy() };
    match resolve_slice(&Graph { plugins: &plugins, policy: &policy, lock: None, ..build.graph() }) {
        Ok(_) => Vec::new(),
        Err(report) => vec![report.to_string().trim_end().to_owned()],
    }
}

impl Report for Add {
    fn text(&self, page: &mut Page) {
        let about = if self.description.is_empty() { String::new() } else { format!(": {}", self.description) };
        page.line(format!("{} {}, plugin `{}`{about}", self.package, self.version, self.plugin));
        self.asks(page);
        self.needs(page);
        self.costs(page);
        for problem in &self.problems {
            page.heading("a build with it says");
            problem.lines().for_each(|line| page.line(format!("  {line}")));
        }
        if !self.policy_lines.is_empty() {
            let file = self.policy_file.as_deref().unwrap_or("the policy in the code");
            if self.writes_policy {
                page.heading(file);
                self.policy_lines.iter().for_each(|line| page.line(format!("  {}", styled(style::GOOD, format!("+ {line}")))));
            } else {
                page.heading(format!("{file} needs, if you agree; `--policy` writes it"));
                self.policy_lines.iter().for_each(|line| page.line(format!("  {line}")));
            }
        }
        page.heading(&self.cargo_toml);
        for EditedLine { table, line, added } in &self.changes {
            let (sign, colour) = if *added { ('+', style::GOOD) } else { ('-', style::BAD) };
            page.line(format!("  [{table}] {}", styled(colour, format!("{sign} {line}"))));
        }
        if !self.is_default {
            page.gap();
            page.line(format!("`--features {}` builds the host with it; `--default` here makes that the default", self.feature));
        }
        if let Some(line) = &self.by_hand {
            page.heading("by hand, in `plugins = […]` of `host!`");
            page.line(format!("  {line}"));
        }
        if let Some(lock) = &self.lock {
            page.heading(format!("{lock} does not know it yet; if you agree with what it asks for"));
            page.line(format!("  cargo keyway approve {}", self.plugin));
        }
        if self.written {
            page.gap();
            page.line("written");
        }
    }
}

impl Add {
    /// What it asks for, does not do without, and is not allowed yet.
    pub(super) fn missing(&self) -> impl Iterator<Item = &AskedPermission> {
        missing(&self.permissions)
    }

    /// The files that are written.
    pub(super) fn written_files(&self) -> String {
        let policy = self.policy_file.as_deref().filter(|_| self.writes_policy);
        let files = [Some(self.cargo_toml.as_str()), policy];
        files.into_iter().flatten().map(|file| format!("`{file}`")).collect::<Vec<_>>().join(" and ")
    }

    fn asks(&self, page: &mut Page) {
        if self.permissions.is_empty() {
            return;
        }
        page.heading("asks for");
        let mut table = Table::new(["  permission", "scopes", "policy", "why"]);
        for asked in &self.permissions {
            let policy = match asked.allowed.len() {
                all if all == asked.scopes.len() => Cell::new(style::GOOD, "allowed"),
                _ if asked.optional => Cell::new(style::FAINT, "not allowed; optional"),
                0 => Cell::new(style::NOTICE, "not allowed"),
                _ => Cell::new(style::NOTICE, "allowed in part"),
            };
            table.row([format!("  {}", asked.name).into(), asked.scopes.join(" ").into(), policy, asked.reason.clone().into()]);
        }
        page.table(&table);
    }

    fn needs(&self, page: &mut Page) {
        if self.requires.is_empty() {
            return;
        }
        page.heading("requires");
        for required in &self.requires {
            let met = match (required.met_by.as_slice(), required.optional) {
                ([], true) => styled(style::FAINT, "not there; it does without").to_string(),
                ([], false) => styled(style::BAD, "not there: add it first").to_string(),
                ([one], _) => format!("`{one}`"),
                (several, _) => format!("one of `{}`: choose with a feature", several.join("`, `")),
            };
            page.line(format!("  {} {}  {met}", required.id, required.range));
        }
    }

    fn costs(&self, page: &mut Page) {
        page.heading("costs");
        let names: Vec<_> = self.packages.iter().map(|package| format!("{} {}", package.name, package.version)).collect();
        page.line(format!("  new among the {} packages that it is built from: {}", self.built_from, names.join(", ")));
        if let Some(Measured { before, after }) = &self.measured {
            #[expect(clippy::cast_precision_loss, reason = "no program is so large")]
            let mebibytes = |bytes: u64| bytes as f64 / 1024.0 / 1024.0;
            let (seconds, all) = (after.seconds, before.seconds);
            page.line(format!("  {seconds:.1} s to build it into the host, which takes {all:.1} s from nothing (release)"));
            let (size, before) = (mebibytes(after.bytes), mebibytes(before.bytes));
            page.line(format!("  {size:.2} MiB of program, {:+.2} MiB", size - before));
        }
    }
}
