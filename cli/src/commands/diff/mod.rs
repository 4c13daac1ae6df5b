//! `cargo keyway diff`: in what two locks, or two manifests, differ: what got wider, what narrower.

mod side;

use keyway_manifest::lock::differences;
use serde::{Deserialize, Serialize};

use crate::difference::Changes;
use crate::failure::{Class, Failure, NOT_COMPARABLE};
use crate::output::{Page, Report};
use crate::session::Session;
use crate::verdict::Verdict;
use side::Side;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A lock, a manifest, or the folder of one; or a Git revision, whose lock is meant; or `REVISION:PATH`.
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

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let old = Side::read(&arguments.old, session)?;
    let new = match &arguments.new {
        Some(new) => Side::read(new, session)?,
        None => Side::lock_of_project(session)?,
    };
    if old.kind != new.kind {
        let message = format!("`{}` is a {}, and `{}` is a {}", old.name, old.kind.word(), new.name, new.kind.word());
        return Err(Failure::new(Class::Arguments, NOT_COMPARABLE, message).help("compare two locks, or two manifests"));
    }
    // Without a project the permissions of its SDK are not known, and their scopes cover themselves alone.
    let extra = session.project_with_mistakes().map(|project| project.call().permissions.clone()).unwrap_or_default();
    let found = differences(&old.lock, &new.lock, &extra);
    let diff = Diff {
        kind: old.kind.word().to_owned(),
        old: old.name,
        new: new.name,
        extent: found.extent().as_str().to_owned(),
        differences: Changes::of(&found),
    };
    session.print(&diff)?;
    Ok(if diff.differences.is_empty() { Verdict::Clean } else { Verdict::Found })
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
