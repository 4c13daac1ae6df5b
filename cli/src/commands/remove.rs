//! `cargo keyway remove`: takes a plugin out of a host's Cargo.toml, once it was shown who needs it.

use std::ops::Range;

use keyway_build::project::KnownPlugin;
use keyway_manifest::parse::{LARGEST_TEXT, read_bounded_text};
use keyway_manifest::{Requirement, Target};
use serde::{Deserialize, Serialize};
use toml_edit::{Document, Item, Value};

use crate::audit::ALLOWANCES;
use crate::confirm::{Consent, Decision};
use crate::cost::tell_cargo;
use crate::failure::{Class, Failure, NOT_REMOVED, PROGRAM};
use crate::host_file::{EditedLine, HostFile};
use crate::output::{Page, Report, style, styled};
use crate::policy_file::PolicyFile;
use crate::project::{Project, id_of, is_gone};
use crate::session::Session;
use crate::toml_file;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The plugin: its id, or its package.
    #[arg(value_name = "PLUGIN")]
    plugin: String,
    /// Takes it out although other plugins require it.
    #[arg(long)]
    force: bool,
    /// Takes the rules about it out of the host's policy too.
    #[arg(long)]
    policy: bool,
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
    /// The lines of the policy that are about it alone, by file and first and last line.
    pub policy: Vec<String>,
    /// Whether the policy lets it in as a library. Otherwise the host does not compile with those lines.
    pub may_be_native: bool,
    /// Whether these lines go too.
    pub writes_policy: bool,
    /// The lines of `keyway-audit.toml` that name it, by file and line.
    pub audit: Vec<String>,
    /// The Cargo.toml of the workspace, when its `members` name the folder, which is gone: Cargo refuses the workspace while it stands there.
    pub member_in: Option<String>,
    /// Whether it has settings, which an operator may have set.
    pub has_settings: bool,
    /// The host's `keyway.lock`, when it knows the plugin.
    pub lock: Option<String>,
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
    let (project, plugin) = find(session, &arguments.plugin)?;
    let id = id_of(plugin).map_or_else(|| id_in_lock(project, plugin).unwrap_or(&arguments.plugin).to_owned(), str::to_owned);
    let Some(dependency) = &plugin.dependency else {
        let message = format!("`{id}` is no dependency of `{}`: `host!` names it in the code", project.name());
        return Err(Failure::new(Class::Arguments, NOT_REMOVED, message)
            .help("take it out of `host!`, and its code or its dependency too"));
    };
    let cargo_toml = project.folder().join("Cargo.toml");
    let mut file = HostFile::read(&cargo_toml)?;
    let features = file.remove(&dependency.key, &dependency.package);
    let needed_by = needed_by(project, plugin, &id);
    let policy = project.policy_file().map(PolicyFile::read).transpose()?;
    let policy = policy.filter(|policy| !policy.lines_about(&id).is_empty());
    let mut remove = Remove {
        package: dependency.package.clone(),
        needed_by,
        features,
        writes_policy: arguments.policy && policy.is_some(),
        policy: policy.as_ref().map(|policy| policy_lines(project, policy, &id)).unwrap_or_default(),
        may_be_native: may_be_native(project, plugin),
        audit: audit_lines(project, &id),
        member_in: member_in(project, plugin),
        has_settings: plugin.descriptor().is_some_and(|descriptor| !descriptor.config_defaults.trim().is_empty()),
        lock: lock(project, &id),
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
            Consent::ask(&format!("Write this to {}?", remove.written_files(project)))?
        }
    };
    if decision == Decision::Make {
        write(&file, policy.as_ref().filter(|_| remove.writes_policy), &remove.plugin)?;
        remove.written = true;
    }
    match decided {
        Some(_) => session.print(&remove)?,
        None if remove.written => session.notice(&format!("written to {}", remove.written_files(project))),
        None => {}
    }
    if stands && !arguments.consent.is_dry() {
        session.notice("nothing was changed, because other plugins require it; remove them first, or say `--force`");
    } else if let Some(notice) = decision.notice() {
        session.notice(notice);
    }
    if remove.written {
        tell_cargo(project, session);
    }
    let is_done = remove.written || (arguments.consent.is_dry() && !stands);
    Ok(if is_done { Verdict::Clean } else { Verdict::Found })
}

/// The plugin of this id or package. One whose folder is gone is found although Cargo refuses the workspace: it does because of it.
fn find<'a>(session: &'a Session, named: &str) -> Result<(&'a Project, &'a KnownPlugin), Failure> {
    let refusal = match session.project_with_mistakes() {
        Ok(project) => return Ok((project, plugin_of(project, named)?)),
        Err(failure) if failure.code == PROGRAM => failure,
        Err(failure) => return Err(failure),
    };
    let Ok(project) = session.project_without_cargo() else { return Err(refusal) };
    let found = plugin_of(project, named).ok();
    let gone = found.filter(|plugin| plugin.dependency.as_ref().is_some_and(is_gone));
    gone.map(|plugin| (project, plugin)).ok_or(refusal)
}

/// The plugin of this id or package; the lock knows the id of one whose manifest cannot be read.
fn plugin_of<'a>(project: &'a Project, named: &str) -> Result<&'a KnownPlugin, Failure> {
    let is_it = |plugin: &&KnownPlugin| {
        plugin.facts.name == named || (id_of(plugin).is_none() && id_in_lock(project, plugin) == Some(named))
    };
    project.plugins().iter().find(is_it).map_or_else(|| project.plugin(named), Ok)
}

/// The id that the lock has of a plugin's package.
fn id_in_lock<'a>(project: &'a Project, plugin: &KnownPlugin) -> Option<&'a str> {
    let lock = project.lock().ok().flatten()?;
    lock.file.plugins.iter().find(|(_, entry)| entry.package == plugin.facts.name).map(|(id, _)| id.as_str())
}

/// Who requires a plugin, or a service that no other plugin of the host provides.
fn needed_by(project: &Project, plugin: &KnownPlugin, id: &str) -> Vec<Needed> {
    let provided = plugin.descriptor().map_or(&[][..], |own| own.provides);
    let others = || project.plugins().iter().filter_map(KnownPlugin::descriptor).filter(|other| other.id.as_str() != id);
    let is_provided_besides =
        |requirement: &Requirement| others().any(|other| other.provides.iter().any(|provision| provision.id == requirement.id));
    let is_met_by_it = |requirement: &&Requirement| match requirement.target {
        Target::Plugin => requirement.id.as_str() == id,
        Target::Service => provided.iter().any(|provision| provision.id == requirement.id) && !is_provided_besides(requirement),
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

/// Writes both files or none.
fn write(file: &HostFile, policy: Option<&PolicyFile>, id: &str) -> Result<(), Failure> {
    let Some(policy) = policy else { return file.write() };
    policy.without(id).write()?;
    // That the policy cannot be written back is told by nothing better than the failure itself.
    file.write().inspect_err(|_| drop(policy.write()))
}

/// Where the policy's rules about a plugin stand, with the headers that would be left without a rule.
fn policy_lines(project: &Project, policy: &PolicyFile, id: &str) -> Vec<String> {
    let shown = project.shown(policy.path());
    let lines = |(first, last): (usize, usize)| {
        if first == last { format!("{shown}:{first}") } else { format!("{shown}:{first}-{last}") }
    };
    policy.lines_about(id).into_iter().map(lines).collect()
}

/// Whether the policy lets a plugin in as a library.
fn may_be_native(project: &Project, plugin: &KnownPlugin) -> bool {
    let native = project.policy().native.zip(plugin.descriptor());
    native.is_some_and(|(native, descriptor)| native.may_load(&descriptor.id))
}

/// Where `keyway-audit.toml` names a plugin. What is wrong with the file, `audit` tells.
fn audit_lines(project: &Project, id: &str) -> Vec<String> {
    let file = project.folder().join(ALLOWANCES);
    let text = read_bounded_text(&file, LARGEST_TEXT).unwrap_or_default();
    let Ok(document) = Document::parse(text.as_str()) else { return Vec::new() };
    let allowances = document.get("allow").and_then(Item::as_array_of_tables).into_iter().flatten();
    let named = allowances.filter_map(|allowance| allowance.get("plugin")).filter(|plugin| plugin.as_str() == Some(id));
    let line = |place: Range<usize>| text[..place.start].matches('\n').count() + 1;
    named.filter_map(|plugin| Some(format!("{}:{}", project.shown(&file), line(plugin.span()?)))).collect()
}

/// The Cargo.toml of the workspace, when it names the folder of a plugin that is gone. A pattern such as `plugins/*` does no harm.
fn member_in(project: &Project, plugin: &KnownPlugin) -> Option<String> {
    let folder = plugin.dependency.as_ref().filter(|dependency| is_gone(dependency))?.folder.as_deref()?;
    let file = project.root().join("Cargo.toml");
    let document = toml_file::read(&file).ok()?;
    let members = document.get("workspace")?.get("members")?.as_array()?;
    let is_named = members.iter().filter_map(Value::as_str).any(|member| project.root().join(member) == folder);
    is_named.then(|| project.shown(&file))
}

/// The lock, when it knows a plugin; one that is not understood may.
fn lock(project: &Project, id: &str) -> Option<String> {
    let knows_it = project.lock().map_or(true, |lock| lock.is_some_and(|lock| lock.file.plugins.contains_key(id)));
    knows_it.then(|| project.shown(&project.lock_file()))
}

impl Remove {
    /// The files that are written.
    fn written_files(&self, project: &Project) -> String {
        let policy = project.policy_file().filter(|_| self.writes_policy).map(|file| project.shown(file));
        let files = [Some(self.cargo_toml.clone()), policy];
        files.into_iter().flatten().map(|file| format!("`{file}`")).collect::<Vec<_>>().join(" and ")
    }
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
            page.heading(match self.writes_policy {
                true => "the lines of the policy about it go too",
                false => "the lines of the policy about it must go too, or the host does not compile (KW0315); `--policy` takes them out",
            });
            self.policy.iter().for_each(|line| page.line(format!("  {line}")));
        }
        if !self.audit.is_empty() {
            page.heading("allowances that nothing uses any more");
            self.audit.iter().for_each(|line| page.line(format!("  {line}")));
        }
        page.heading(&self.cargo_toml);
        for EditedLine { table, line, added } in &self.changes {
            let (sign, colour) = if *added { ('+', style::GOOD) } else { ('-', style::BAD) };
            page.line(format!("  [{table}] {}", styled(colour, format!("{sign} {line}"))));
        }
        if let Some(file) = &self.member_in {
            page.heading(format!(
                "`members` in {file} name its folder, which is gone; Cargo refuses the workspace until that is taken out"
            ));
        }
        if let Some(lock) = &self.lock {
            page.heading(format!("{lock} knows it still; this takes it out"));
            page.line("  cargo keyway lock");
        }
        if self.has_settings {
            page.heading("a host with settings for it no longer starts (KW0611); where an operator has them, this table goes");
            page.line(format!("  [plugin.\"{}\"]", self.plugin));
        }
        if self.written {
            page.gap();
            page.line("written");
        }
    }
}
