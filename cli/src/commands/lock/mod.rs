//! `cargo keyway lock`: writes down what the host is made of, or says in what that differs from what was written down.

mod renew;

use std::path::PathBuf;

use keyway_manifest::lock::{LockFile, ParsedLock, PluginSource, differences};
use keyway_manifest::{LockAnswer, LockedTier};
use serde::{Deserialize, Serialize};

use crate::decide::{self, Standing};
use crate::difference::Changes;
use crate::failure::{Failure, FileVerb};
use crate::output::{Page, Report, style, styled};
use crate::project::Project;
use crate::session::Session;
use crate::store::Written;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing, and fail when the lock does not say what the host is made of. What was decided about plugins is told and is no failure
    /// without `--approved`.
    #[arg(long)]
    check: bool,
    /// Fail too when a plugin, of whatever feature, is not approved as it is now: nobody has decided, it asks for more, its approval has ended,
    /// or it was denied or revoked.
    #[arg(long, requires = "check")]
    approved: bool,
    /// A folder with libraries of plugins, of whatever targets, whose digests are locked.
    #[arg(long, value_name = "FOLDER")]
    native: Vec<PathBuf>,
    /// A SHA256SUMS of libraries for `--target`, which need not be here.
    #[arg(long, value_name = "FILE", requires = "target")]
    checksums: Vec<PathBuf>,
    /// A plugin of which libraries were locked, and that is linked into the host from now on: the digests go.
    #[arg(long, value_name = "ID")]
    linked: Vec<String>,
    /// Keep the digests that were locked before for the same target.
    #[arg(long)]
    add: bool,
    /// The target of `--checksums`; and of the start order, where plugins depend on the target. This machine when left out.
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
}

/// What became of a lock, or would.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// The file, from the workspace.
    pub file: String,
    /// `made`, `changed` or `unchanged`; with `--check`, `checked`.
    pub written: String,
    /// Whether there was a file before.
    pub existed: bool,
    /// Whether the file was written as the tools write it: sorted, without remarks.
    pub canonical: bool,
    /// In what it differs from what the host is made of; empty when there was no file.
    pub differences: Changes,
    /// How many plugins the lock has now.
    pub plugins: usize,
    /// The ids of those about which nobody has decided yet.
    pub pending: Vec<String>,
    /// The ids of those that were approved and ask for more by now.
    pub widened: Vec<String>,
    /// The ids of those that ask for less than was approved, where the policy asks for an approval of that too.
    pub narrowed: Vec<String>,
    /// The ids of those that were approved in another version, where the policy asks for an approval of each.
    pub other_version: Vec<String>,
    /// The ids of those whose approval has ended.
    pub expired: Vec<String>,
    /// The ids of those that were denied.
    pub denied: Vec<String>,
    /// The ids of those whose approval was revoked.
    pub revoked: Vec<String>,
    /// The ids of those that the host depends on and that are locked as libraries: a build that links one in is refused.
    pub libraries: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let project = session.project()?;
    let locked = if arguments.check { check(arguments, project, session)? } else { write(arguments, project, session)? };
    session.print(&locked)?;
    let is_found = arguments.check && !(locked.existed && locked.canonical && locked.differences.is_empty());
    let is_refused = arguments.approved && !locked.is_approved();
    Ok(if is_found || is_refused { Verdict::Found } else { Verdict::Clean })
}

fn write(arguments: &Arguments, project: &Project, session: &Session) -> Result<Locked, Failure> {
    let store = project.lock_store();
    let fresh = renew::Fresh::gather(arguments, project, session)?;
    let (written, answer) = store.edit("cargo keyway lock", |before| {
        let now = fresh.renewed(before.map(|before| &before.file));
        let answer = answer(project, store.shown_as(), before, &now);
        Ok((now, answer))
    })?;
    if written == Written::Made {
        have_cargo_look(project)?;
    }
    Ok(Locked { written: word(written).to_owned(), ..answer })
}

/// What `--check` says, with the libraries of these folders.
///
/// # Errors
/// What is wrong with the project, its lock, or a library.
pub(crate) fn checked(project: &Project, native: &[PathBuf], target: Option<&str>, session: &Session) -> Result<Locked, Failure> {
    let arguments = Arguments {
        check: true,
        approved: false,
        native: native.to_vec(),
        checksums: Vec::new(),
        linked: Vec::new(),
        add: false,
        target: target.map(str::to_owned),
    };
    check(&arguments, project, session)
}

fn check(arguments: &Arguments, project: &Project, session: &Session) -> Result<Locked, Failure> {
    let store = project.lock_store();
    let fresh = renew::Fresh::gather(arguments, project, session)?;
    let before = store.read()?;
    let now = fresh.renewed(before.as_ref().map(|before| &before.file));
    Ok(Locked { written: "checked".to_owned(), ..answer(project, store.shown_as(), before.as_ref(), &now) })
}

/// What [`run`] would write without arguments, in place of `before`.
pub(crate) fn renewed(project: &Project, before: Option<&LockFile>) -> Result<LockFile, Failure> {
    Ok(renew::Fresh::of_project(project)?.renewed(before))
}

fn answer(project: &Project, file: &str, before: Option<&ParsedLock>, now: &LockFile) -> Locked {
    let extra = &project.call().permissions;
    let mut locked = Locked {
        file: file.to_owned(),
        existed: before.is_some(),
        canonical: before.is_none_or(ParsedLock::is_canonical),
        differences: before.map(|before| Changes::of(&differences(&before.file, now, extra))).unwrap_or_default(),
        plugins: now.plugins.len(),
        ..Locked::default()
    };
    let today = decide::now().day();
    let compares_tiers = project.policy().lock.artifacts == LockAnswer::Ask;
    for (id, entry) in &now.plugins {
        let not_approved = match Standing::of(entry, project, today) {
            Standing::Approved => None,
            Standing::Pending => Some(&mut locked.pending),
            Standing::Wider(_) => Some(&mut locked.widened),
            Standing::Narrower => Some(&mut locked.narrowed),
            Standing::OtherVersion => Some(&mut locked.other_version),
            Standing::Expired(_) => Some(&mut locked.expired),
            Standing::Denied => Some(&mut locked.denied),
            Standing::Revoked => Some(&mut locked.revoked),
        };
        not_approved.into_iter().for_each(|ids| ids.push(id.clone()));
        if compares_tiers && entry.tier == LockedTier::Native && entry.source != PluginSource::Library {
            locked.libraries.push(id.clone());
        }
    }
    locked
}

const fn word(written: Written) -> &'static str {
    match written {
        Written::Made => "made",
        Written::Changed => "changed",
        Written::Unchanged => "unchanged",
    }
}

/// Cargo builds a host again when its Cargo.toml is newer. That a lock has appeared it does not see: no build has read it before.
pub(crate) fn have_cargo_look(project: &Project) -> Result<(), Failure> {
    let file = project.folder().join("Cargo.toml");
    let touched = std::fs::OpenOptions::new().append(true).open(&file);
    touched
        .and_then(|file| file.set_modified(std::time::SystemTime::now()))
        .map_err(|error| Failure::file("the time of", FileVerb::Written, &file, &error))
}

impl Report for Locked {
    fn text(&self, page: &mut Page) {
        self.differences.text(page);
        page.gap();
        let file = &self.file;
        let is_check = self.written == "checked";
        match (is_check, self.existed, self.differences.is_empty(), self.canonical) {
            (true, false, ..) => page.line(styled(style::BAD, format!("`{file}` is missing; `cargo keyway lock` makes it"))),
            (true, true, false, _) => {
                let text = format!("`{file}` differs from what the host is made of; `cargo keyway lock` brings it up to date");
                page.line(styled(style::BAD, text));
            }
            (true, true, true, false) => {
                let text = format!("`{file}` says what the host is made of, but is not as `cargo keyway lock` writes it; run it");
                page.line(styled(style::BAD, text));
            }
            (true, true, true, true) => page.line(styled(style::GOOD, format!("`{file}` says what the host is made of"))),
            (false, ..) if self.written == "unchanged" => page.line(format!("`{file}` is up to date")),
            (false, ..) => page.line(format!("{} `{file}`", self.written)),
        }
        if !is_check || self.existed {
            page.line(self.counts());
            if !self.libraries.is_empty() {
                page.line(format!("locked as libraries, so no build may link them in: {}", listed(&self.libraries)));
            }
            if is_check && !self.is_approved() {
                page.line(
                    "not all are approved, for which `--check --approved` fails; `cargo keyway approvals` shows what was decided",
                );
            }
        }
    }
}

impl Locked {
    /// Whether every plugin is approved as it is now.
    fn is_approved(&self) -> bool {
        self.not_approved().iter().all(|(_, ids)| ids.is_empty())
    }

    /// The ids of those that are not, by what keeps them from it.
    const fn not_approved(&self) -> [(&'static str, &Vec<String>); 7] {
        [
            ("waiting for approval", &self.pending),
            ("asking for more than was approved", &self.widened),
            ("asking for less than was approved", &self.narrowed),
            ("approved in another version", &self.other_version),
            ("approval ended", &self.expired),
            ("denied", &self.denied),
            ("revoked", &self.revoked),
        ]
    }

    fn counts(&self) -> String {
        let mut text = if self.plugins == 1 { "1 plugin".to_owned() } else { format!("{} plugins", self.plugins) };
        if self.is_approved() {
            text.push_str(", all of them approved");
        }
        for (what, ids) in self.not_approved().iter().filter(|(_, ids)| !ids.is_empty()) {
            text.push_str(&format!("; {what}: {}", listed(ids)));
        }
        text
    }
}

/// Some ids, or how many there are.
fn listed(ids: &[String]) -> String {
    if ids.len() > 5 { format!("{} of them", ids.len()) } else { ids.join(", ") }
}
