//! `cargo keyway remove`: takes a plugin out of a host's Cargo.toml, once it was shown who needs it.

use keyway_build::project::KnownPlugin;
use keyway_manifest::{Requirement, Target};
use serde::{Deserialize, Serialize};

use crate::confirm::{Consent, Decision};
use crate::failure::{Class, Failure, NOT_REMOVED};
use crate::host_file::{EditedLine, HostFile};
use crate::output::{Page, Report, style, styled};
use crate::project::{Project, id_of};
use crate::session::Session;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The plugin: its id, or its package.
    #[arg(value_name = "PLUGIN")]
    plugin: String,
    /// Takes it out although other plugins require it.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    consent: Consent,
}

/// What taking a plugin out means for a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    /// The plugin's id.
    pub plugin: String,
    /// Its package.
    pub package: String,
    /// The plugins that require it, or a service that only it provides.
    pub needed_by: Vec<Needed>,
    /// The features that go with it.
    pub features: Vec<String>,
    /// The lines of the policy that are about it alone, by file and line; they can go too.
    pub policy: Vec<String>,
    /// The host's Cargo.toml.
    pub cargo_toml: String,
    /// What changes in it.
    pub changes: Vec<EditedLine>,
    /// Whether it was written.
    pub written: bool,
}

/// A plugin that requires another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needed {
    /// The plugin.
    pub plugin: String,
    /// What it requires: a plugin or a service.
    pub requires: String,
    /// Whether it does without.
    pub optional: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let session = &*session;
    let project = session.project_with_mistakes()?;
    let plugin = find(project, &arguments.plugin)?;
    let id = id_of(plugin).unwrap_or(&arguments.plugin).to_owned();
    let Some(dependency) = &plugin.dependency else {
        let message = format!("`{id}` is no dependency of `{}`: `host!` names it in the code", project.name());
        return Err(Failure::new(Class::Arguments, NOT_REMOVED, message)
            .help("take it out of `host!`, and its code or its dependency too"));
    };
    let cargo_toml = project.folder().join("Cargo.toml");
    let mut file = HostFile::read(&cargo_toml)?;
    let features = file.remove(&dependency.key, &dependency.package);
    let needed_by = needed_by(project, plugin);
    let mut remove = Remove {
        package: dependency.package.clone(),
        needed_by,
        features,
        policy: policy_lines(project, &id),
        plugin: id,
        cargo_toml: project.shown(&cargo_toml),
        changes: file.changes(),
        written: false,
    };
    let stands = remove.needed_by.iter().any(|needed| !needed.optional) && !arguments.force;
    let decided = if stands { Some(Decision::Show) } else { arguments.consent.decided(session) };
    let decision = match decided {
        Some(decision) => decision,
        None => {
            session.print(&remove)?;
            Consent::ask(&format!("Write this to `{}`?", remove.cargo_toml))?
        }
    };
    if decision == Decision::Make {
        file.write()?;
        remove.written = true;
    }
    match decided {
        Some(_) => session.print(&remove)?,
        None if remove.written => session.notice(&format!("`{}` was written", remove.cargo_toml)),
        None => {}
    }
    if stands && !arguments.consent.is_dry() {
        session.notice("nothing was changed, because other plugins require it; remove them first, or say `--force`");
    } else if let Some(notice) = decision.notice() {
        session.notice(notice);
    }
    let is_done = remove.written || (arguments.consent.is_dry() && !stands);
    Ok(if is_done { Verdict::Clean } else { Verdict::Found })
}

/// The plugin of this id or package.
fn find<'a>(project: &'a Project, named: &str) -> Result<&'a KnownPlugin, Failure> {
    let of_package = |plugin: &&KnownPlugin| plugin.facts.name == named;
    project.plugins().iter().find(of_package).map_or_else(|| project.plugin(named), Ok)
}

/// Who requires a plugin, or a service that no other plugin of the host provides.
fn needed_by(project: &Project, plugin: &KnownPlugin) -> Vec<Needed> {
    let Some(own) = plugin.descriptor() else { return Vec::new() };
    let others = || project.plugins().iter().filter_map(KnownPlugin::descriptor).filter(|other| other.id != own.id);
    let is_provided_besides =
        |requirement: &Requirement| others().any(|other| other.provides.iter().any(|provision| provision.id == requirement.id));
    let is_met_by_it = |requirement: &&Requirement| match requirement.target {
        Target::Plugin => requirement.id == own.id,
        Target::Service => {
            own.provides.iter().any(|provision| provision.id == requirement.id) && !is_provided_besides(requirement)
        }
    };
    let needed = others().flat_map(|other| {
        other.requires.iter().filter(is_met_by_it).map(|requirement| Needed {
            plugin: other.id.to_string(),
            requires: format!("{} {}", requirement.id, requirement.range.text),
            optional: requirement.optional,
        })
    });
    needed.collect()
}

/// Where the policy's rules about a plugin stand.
fn policy_lines(project: &Project, id: &str) -> Vec<String> {
    let about = project.policy().rules.iter().filter(|rule| rule.plugin.is_some_and(|plugin| plugin.as_str() == id));
    let mut lines: Vec<_> = about.map(|rule| format!("{}:{}", rule.location.file, rule.location.line)).collect();
    lines.dedup();
    lines
}

impl Report for Remove {
    fn text(&self, page: &mut Page) {
        page.line(format!("`{}`, package `{}`", self.plugin, self.package));
        if !self.needed_by.is_empty() {
            page.heading("required by");
            for Needed { plugin, requires, optional } in &self.needed_by {
                let without = if *optional { "; it does without" } else { "" };
                page.line(format!("  `{plugin}` requires `{requires}`{without}"));
            }
        }
        if !self.policy.is_empty() {
            page.heading("rules of the policy that can go too");
            self.policy.iter().for_each(|line| page.line(format!("  {line}")));
        }
        page.heading(&self.cargo_toml);
        for EditedLine { table, line, added } in &self.changes {
            let (sign, colour) = if *added { ('+', style::GOOD) } else { ('-', style::BAD) };
            page.line(format!("  [{table}] {}", styled(colour, format!("{sign} {line}"))));
        }
        if self.written {
            page.gap();
            page.line("written");
        }
    }
}
