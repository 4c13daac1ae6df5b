//! What asking a hook ends with.

use std::fmt;
use std::time::Duration;

use keyway_manifest::{Descriptor, PointInfo};

/// What one plugin answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer<T> {
    /// Id of the plugin.
    pub plugin: &'static str,
    /// Its answer.
    pub value: T,
}

/// What a hook in the mode `all` was answered.
#[derive(Debug)]
#[non_exhaustive]
pub struct Answers<T> {
    /// The answers, in start order.
    pub answers: Vec<Answer<T>>,
    /// Why not every plugin was asked, if so; the host has logged it.
    pub interrupted: Option<Interrupted>,
}

/// Who ended a hook before its end, and why.
#[derive(Debug)]
#[non_exhaustive]
pub enum Stopped<E> {
    /// A plugin answered with an error or a veto, or its call failed.
    By(Answer<E>),
    /// Not every plugin could be asked.
    Interrupted(Interrupted),
}

/// Why not every plugin of a hook could be asked.
#[derive(Debug, Clone, Copy)]
pub struct Interrupted {
    pub(super) hook: &'static PointInfo,
    /// `None` when nobody was there to be asked.
    pub(super) plugin: Option<&'static Descriptor>,
    pub(super) kind: Interruption,
}

/// What interrupted a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Interruption {
    /// The time that all plugins have together ran out. It was this long.
    OutOfTime(Duration),
    /// The plugin that asks waits for answers of the same hook already, and what it does now is part of one of them.
    Circle,
    /// No plugin of the hook runs, and whoever asks does not take that for an answer: [`Hook::required`](super::Hook::required).
    Nobody,
}

impl Interrupted {
    /// The hook.
    #[must_use]
    pub const fn hook(&self) -> &'static PointInfo {
        self.hook
    }

    /// The plugin that had not answered when the time ran out, which is not always the slow one; or the one that asks in a circle. `None`
    /// when no plugin was there to be asked.
    #[must_use]
    pub const fn plugin(&self) -> Option<&'static Descriptor> {
        self.plugin
    }

    /// What happened.
    #[must_use]
    pub const fn kind(&self) -> Interruption {
        self.kind
    }

    /// The stable code; `docs/errors/` has its page.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.kind {
            Interruption::OutOfTime(_) => "KW0641",
            Interruption::Circle => "KW0642",
            Interruption::Nobody => "KW0644",
        }
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, hook) = (self.code(), self.hook.id);
        let Some(Descriptor { id, version, .. }) = self.plugin else {
            return write!(formatter, "{code} no plugin of the hook `{hook}` runs, and whoever asks needs an answer");
        };
        match self.kind {
            Interruption::Nobody => {
                write!(formatter, "{code} no plugin of the hook `{hook}` runs, and `{id} {version}` needs an answer")
            }
            Interruption::OutOfTime(limit) => write!(
                formatter,
                "{code} the plugins of the hook `{hook}` had {} ms together, and `{id} {version}` had not answered then",
                limit.as_millis()
            ),
            Interruption::Circle => write!(
                formatter,
                "{code} `{id} {version}` asks the hook `{hook}` in a circle: it waits for answers of that hook already"
            ),
        }
    }
}

impl std::error::Error for Interrupted {}

impl<E: fmt::Display> fmt::Display for Stopped<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::By(Answer { plugin, value }) => write!(formatter, "stopped by `{plugin}`: {value}"),
            Self::Interrupted(error) => error.fmt(formatter),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for Stopped<E> {}
