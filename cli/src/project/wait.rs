//! Which plugin of a build waits for which, and the line of a manifest that says so.

use keyway_manifest::{Requirement, Step, StepKind, steps};

use super::Build;

/// One plugin waits for another to start.
#[derive(Debug, Clone)]
pub(crate) struct Wait {
    /// The plugin that waits.
    pub(crate) from: &'static str,
    /// The plugin that it waits for.
    pub(crate) to: &'static str,
    /// Why.
    pub(crate) kind: StepKind,
    /// The requirement, when one says so.
    pub(crate) requirement: Option<&'static Requirement>,
    /// The line: `file:line`.
    pub(crate) place: String,
}

impl Wait {
    /// All waiting of a build, by the ids of both.
    pub(crate) fn all(build: &Build<'_>) -> Vec<Self> {
        steps(&build.graph()).into_iter().map(Self::of).collect()
    }

    fn of(step: Step) -> Self {
        let is_it = |line: &&Requirement| {
            line.location == step.location && matches!(step.kind, StepKind::Requires | StepKind::Service(_))
        };
        Self {
            from: step.from.id.as_str(),
            to: step.to.id.as_str(),
            kind: step.kind,
            requirement: step.from.requires.iter().find(is_it),
            place: format!("{}:{}", step.location.file, step.location.line),
        }
    }

    /// `requires`, `service`, `after` or `before`.
    pub(crate) const fn word(&self) -> &'static str {
        match self.kind {
            StepKind::Requires => "requires",
            StepKind::Service(_) => "service",
            StepKind::After => "after",
            StepKind::Before => "before",
        }
    }

    /// Why, as a sentence without its full stop.
    pub(crate) fn sentence(&self) -> String {
        let Self { from, to, .. } = self;
        let range = self.requirement.map_or("", |line| line.range.text);
        let optional = self.requirement.is_some_and(|line| line.optional);
        match self.kind {
            StepKind::Requires if optional => format!("`{from}` starts after `{to} {range}` when that is there"),
            StepKind::Requires => format!("`{from}` requires `{to} {range}`"),
            StepKind::Service(service) => format!("`{from}` uses `{service} {range}`, which `{to}` provides"),
            StepKind::After => format!("`{from}` says that it starts after `{to}`"),
            StepKind::Before => format!("`{to}` says that it starts before `{from}`"),
        }
    }
}
