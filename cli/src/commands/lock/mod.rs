//! `cargo keyway lock`: writes down what the host is made of, or says in what that differs from what was written down.

mod renew;

use std::path::PathBuf;

use keyway_manifest::lock::{Extent, LockEntry, LockFile, ParsedLock, Verdict as Decided, differences, permission_changes};
use keyway_manifest::parse::ExtraPermission;
use serde::{Deserialize, Serialize};

use crate::difference::Changes;
use crate::failure::{Failure, FileVerb};
use crate::output::{Page, Report, style, styled};
use crate::project::Project;
use crate::session::Session;
use crate::store::Written;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing, and fail when the lock does not say what the host is made of. What waits for approval is told and is no failure: `approvals`
    /// fails for it.
    #[arg(long)]
    check: bool,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let project = session.project()?;
    let locked = if arguments.check { check(arguments, project, session)? } else { write(arguments, project, session)? };
    session.print(&locked)?;
    let is_found = arguments.check && !(locked.existed && locked.canonical && locked.differences.is_empty());
    Ok(if is_found { Verdict::Found } else { Verdict::Clean })
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
    let widened = now.plugins.iter().filter(|(_, entry)| has_widened(entry, extra)).map(|(id, _)| id.clone());
    let pending = now.plugins.iter().filter(|(_, entry)| entry.approval.is_none()).map(|(id, _)| id.clone());
    Locked {
        file: file.to_owned(),
        written: String::new(),
        existed: before.is_some(),
        canonical: before.is_none_or(ParsedLock::is_canonical),
        differences: before.map(|before| Changes::of(&differences(&before.file, now, extra))).unwrap_or_default(),
        plugins: now.plugins.len(),
        pending: pending.collect(),
        widened: widened.collect(),
    }
}

/// Whether a plugin asks for more than what was approved.
fn has_widened(entry: &LockEntry, extra: &[ExtraPermission]) -> bool {
    let approved = entry.approval.as_ref().filter(|decision| decision.verdict == Decided::Approved);
    let changes = approved.map(|decision| permission_changes(&decision.permissions, &entry.permissions, extra));
    changes.into_iter().flatten().any(|change| change.extent == Extent::Wider)
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
        }
    }
}

impl Locked {
    fn counts(&self) -> String {
        let widened = match self.widened.as_slice() {
            [] => String::new(),
            widened => format!("; asking for more than was approved: {}", widened.join(", ")),
        };
        let count = |number: usize| if number == 1 { "1 plugin".to_owned() } else { format!("{number} plugins") };
        match self.pending.len() {
            0 => format!("{}, all of them decided about{widened}", count(self.plugins)),
            pending if pending > 5 => format!("{}, {pending} of them wait for approval{widened}", count(self.plugins)),
            _ => format!("{}, waiting for approval: {}{widened}", count(self.plugins), self.pending.join(", ")),
        }
    }
}
