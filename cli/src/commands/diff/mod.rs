//! `cargo keyway diff`: in what two locks, manifests or programs differ: what got wider, what narrower.

mod git;
mod side;

use keyway_manifest::lock::differences;
use serde::{Deserialize, Serialize};

use crate::difference::Changes;
use crate::failure::{Class, Failure, NOT_COMPARABLE};
use crate::output::{Page, Report};
use crate::session::Session;
use crate::surface::{SurfaceDifferences, compare};
use crate::verdict::Verdict;
use side::{Content, Side};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A lock, a manifest, the folder of one, or a program of a host, from the current folder; or a Git revision, whose lock of the host is
    /// meant; or `REVISION:PATH`, from the top of the repository.
    old: String,
    /// What it is compared with; the host's lock as it is now when left out.
    new: Option<String>,
}

/// In what two locks, or two manifests, differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diff {
    /// `lock` or `manifest`.
    pub kind: String,
    /// What was compared.
    pub old: String,
    /// What it was compared with.
    pub new: String,
    /// Whether plugins ask for more or less together: `wider`, `narrower` or `same`.
    pub extent: String,
    /// The differences.
    pub differences: Changes,
}

/// In what two programs of hosts differ, by the surfaces in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramDiff {
    /// `program`.
    pub kind: String,
    /// What was compared.
    pub old: String,
    /// What it was compared with.
    pub new: String,
    /// Whether plugins have more or less together: `wider`, `narrower` or `same`.
    pub extent: String,
    /// The differences.
    pub differences: SurfaceDifferences,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let old = Side::read(&arguments.old, session)?;
    let new = match &arguments.new {
        Some(new) => Side::read(new, session)?,
        None => Side::lock_of_project(session)?,
    };
    if let (Some(before), Some(after)) = (old.plugin(), new.plugin())
        && before != after
    {
        let message = format!("`{}` is the manifest of `{before}`, and `{}` that of `{after}`", old.name, new.name);
        return Err(Failure::new(Class::Arguments, NOT_COMPARABLE, message).help("compare two manifests of one plugin"));
    }
    let is_empty = match (&old.content, &new.content) {
        (Content::Lock(before), Content::Lock(after)) if old.kind == new.kind => {
            // Without a project the permissions of its SDK are not known, and their scopes cover themselves alone.
            let extra = session.project_with_mistakes().map(|project| project.call().permissions.clone()).unwrap_or_default();
            let found = differences(before, after, &extra);
            let extent = found.extent().as_str().to_owned();
            let (kind, differences) = (old.kind.word().to_owned(), Changes::of(&found));
            let diff = Diff { kind, old: old.name, new: new.name, extent, differences };
            session.print(&diff)?;
            diff.differences.is_empty()
        }
        (Content::Program(before), Content::Program(after)) => {
            let differences = compare(before, after);
            let (kind, extent) = (old.kind.word().to_owned(), differences.extent().to_owned());
            let diff = ProgramDiff { kind, old: old.name, new: new.name, extent, differences };
            session.print(&diff)?;
            diff.differences.is_empty()
        }
        _ => {
            let message = format!("`{}` is a {}, and `{}` is a {}", old.name, old.kind.word(), new.name, new.kind.word());
            return Err(
                Failure::new(Class::Arguments, NOT_COMPARABLE, message).help("compare two locks, two manifests, or two programs")
            );
        }
    };
    Ok(if is_empty { Verdict::Clean } else { Verdict::Found })
}

impl Report for ProgramDiff {
    fn text(&self, page: &mut Page) {
        self.differences.write(page);
        page.gap();
        let (old, new) = (&self.old, &self.new);
        page.line(match (self.differences.is_empty(), self.extent.as_str()) {
            (true, _) => format!("`{new}` has the same surface as `{old}`"),
            (false, "wider") => format!("`{new}` is wider than `{old}`: plugins have more"),
            (false, "narrower") => format!("`{new}` is narrower than `{old}`: plugins have less"),
            (false, _) => format!("`{new}` differs from `{old}`; plugins have the same"),
        });
    }
}

impl Report for Diff {
    fn text(&self, page: &mut Page) {
        self.differences.text(page);
        page.gap();
        let (old, new) = (&self.old, &self.new);
        page.line(match (self.differences.is_empty(), self.extent.as_str()) {
            (true, _) => format!("`{new}` says the same as `{old}`"),
            (false, "wider") => format!("`{new}` is wider than `{old}`: plugins ask for more"),
            (false, "narrower") => format!("`{new}` is narrower than `{old}`: plugins ask for less"),
            (false, _) => format!("`{new}` differs from `{old}`; plugins ask for the same"),
        });
    }
}
