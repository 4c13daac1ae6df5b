//! What went wrong with one plugin, and what was wrong with what the host was given.

use std::fmt;
use std::time::Duration;

use keyway_manifest::{Descriptor, PluginId, Requirement, Target, Version};

use super::claim::{self, ClaimedPoint};
use super::config::Mistake;
use super::limit::LimitSource;
use super::origin::Place;
use crate::plugin::Failure;

/// A part of a plugin's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// `Lifecycle::init`, which makes the plugin.
    Init,
    /// `Lifecycle::start`.
    Start,
    /// `Lifecycle::stop`.
    Stop,
    /// The plugin's `Drop`.
    Drop,
    /// `Stateful::save_state`, and what writes the state.
    Save,
    /// `Stateful::restore_state`, and what reads and migrates the state.
    Restore,
}

impl Phase {
    /// All of them, in the order of their numbers.
    const ALL: [Self; 6] = [Self::Init, Self::Start, Self::Stop, Self::Drop, Self::Save, Self::Restore];

    /// Its number in the marks of threads, from 1: 0 is that of a plugin's other code.
    pub(super) const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The phase of a number in a mark.
    pub(super) fn numbered(number: usize) -> Option<Self> {
        Self::ALL.get(number.checked_sub(1)?).copied()
    }

    /// The name as messages have it, for example `init`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Drop => "drop",
            Self::Save => "save_state",
            Self::Restore => "restore_state",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What went wrong with one plugin: which, in which version, where and why. Its `Debug` form is the same text as its `Display` form.
#[derive(Clone)]
pub struct PluginError {
    descriptor: &'static Descriptor,
    kind: PluginErrorKind,
    mistake: Option<Box<Mistake>>,
}

/// The kinds of [`PluginError`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum PluginErrorKind {
    /// The configuration does not fit the plugin's `Config` type; the text names the key.
    Config(String),
    /// A phase answered with an error.
    Failed {
        /// Where.
        phase: Phase,
        /// The plugin's own message.
        message: String,
    },
    /// A phase did not end in time.
    DeadlineExceeded {
        /// Where.
        phase: Phase,
        /// The time it had.
        limit: Duration,
        /// Who set that limit.
        set_by: LimitSource,
    },
    /// A phase panicked; the panic was caught.
    Panicked {
        /// Where.
        phase: Phase,
        /// The panic's message.
        message: String,
    },
    /// Its extension is of another trait than that to which the point belongs in this host; it would never be called.
    PointClaimed(Box<ClaimedPoint>),
    /// It was not started because something that it requires does not run.
    RequirementNotRunning {
        /// The line of `[requires]`.
        requirement: &'static Requirement,
        /// What became of the plugin that would satisfy it, as a phrase.
        because: String,
        /// That plugin, when the operator's configuration disables it.
        disabled: Option<PluginId>,
    },
    /// It panicked in a call at a point whose policy says that it is not to be called again.
    Poisoned {
        /// The point.
        point: PluginId,
        /// How often it had been restarted for such a panic shortly before; 0 where the policy is to switch it off at once.
        restarts: usize,
    },
    /// Its tasks were cancelled when it stopped, and some did not end in time, because they block their thread.
    TasksLeft {
        /// How many.
        count: usize,
    },
    /// A call of it does not come back, and it is left out at that point until it does.
    Hangs {
        /// The point.
        point: PluginId,
        /// The method.
        method: &'static str,
        /// For how long it has not come back, about.
        elapsed: Duration,
    },
    /// It was switched off, because it held more of the program's memory than it may.
    TooMuchMemory {
        /// Bytes that it held, about.
        used: u64,
        /// The real number lies so far from `used` at most, with a probability of 95 %.
        margin: u64,
        /// Bytes that it may hold.
        limit: u64,
    },
}

/// What stands before the help of a message.
const HELP: &str = "\n  help: ";

impl PluginError {
    pub(super) const fn new(descriptor: &'static Descriptor, kind: PluginErrorKind) -> Self {
        Self { descriptor, kind, mistake: None }
    }

    /// Adds what the host knows about a configuration that does not fit.
    pub(super) fn with_mistake(self, mistake: Option<Mistake>) -> Self {
        Self { mistake: mistake.map(Box::new), ..self }
    }

    pub(super) fn from_failure(descriptor: &'static Descriptor, phase: Phase, failure: &Failure) -> Self {
        let kind = match failure {
            Failure::Config(message) => PluginErrorKind::Config(message.clone()),
            Failure::Error(message) => PluginErrorKind::Failed { phase, message: message.clone() },
            Failure::Panicked(panic) => PluginErrorKind::Panicked { phase, message: panic.message().to_owned() },
        };
        Self::new(descriptor, kind)
    }

    /// Id of the plugin.
    #[must_use]
    pub fn plugin(&self) -> &'static str {
        self.descriptor.id.as_str()
    }

    /// Version of the plugin.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.descriptor.version
    }

    /// What happened.
    #[must_use]
    pub const fn kind(&self) -> &PluginErrorKind {
        &self.kind
    }

    /// The phase in which it happened; `None` when the plugin's own code did not run.
    #[must_use]
    pub const fn phase(&self) -> Option<Phase> {
        match &self.kind {
            PluginErrorKind::Config(_)
            | PluginErrorKind::PointClaimed(_)
            | PluginErrorKind::RequirementNotRunning { .. }
            | PluginErrorKind::Poisoned { .. }
            | PluginErrorKind::Hangs { .. }
            | PluginErrorKind::TooMuchMemory { .. } => None,
            PluginErrorKind::TasksLeft { .. } => Some(Phase::Stop),
            PluginErrorKind::Failed { phase, .. }
            | PluginErrorKind::DeadlineExceeded { phase, .. }
            | PluginErrorKind::Panicked { phase, .. } => Some(*phase),
        }
    }

    /// The stable code; `docs/errors/` has a page for each.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match &self.kind {
            PluginErrorKind::Failed { .. } => "KW0605",
            PluginErrorKind::DeadlineExceeded { .. } => "KW0606",
            PluginErrorKind::Panicked { .. } => "KW0607",
            PluginErrorKind::RequirementNotRunning { .. } => "KW0608",
            PluginErrorKind::Config(_) => "KW0609",
            PluginErrorKind::Hangs { .. } => "KW0633",
            PluginErrorKind::Poisoned { .. } => "KW0634",
            PluginErrorKind::TooMuchMemory { .. } => "KW0664",
            PluginErrorKind::TasksLeft { .. } => "KW0667",
            PluginErrorKind::PointClaimed(_) => "KW0613",
        }
    }

    /// The edit or step that mends it.
    #[must_use]
    pub fn help(&self) -> String {
        match &self.kind {
            PluginErrorKind::Config(_) => match &self.mistake {
                Some(mistake) => mistake.help.clone(),
                None => format!("correct `[plugin.\"{}\"]` of the host's configuration", self.descriptor.id),
            },
            PluginErrorKind::Failed { .. } | PluginErrorKind::Panicked { .. } => {
                let cause = self.help_of_the_cause().map_or("mend the cause", |help| help);
                format!(
                    "{cause}, or run without it: add `\"{}\"` to `disabled` in `[host]` of the configuration",
                    self.descriptor.id
                )
            }
            PluginErrorKind::DeadlineExceeded { phase, set_by, .. } => set_by.help(*phase),
            PluginErrorKind::PointClaimed(_) => claim::HELP.to_owned(),
            PluginErrorKind::RequirementNotRunning { disabled: Some(other), .. } => {
                format!("take `{other}` out of `disabled`, or disable `{}` too", self.descriptor.id)
            }
            PluginErrorKind::RequirementNotRunning { requirement, .. } => {
                format!("start `{}` first, or disable `{}` too", requirement.id, self.descriptor.id)
            }
            PluginErrorKind::Poisoned { .. } => format!("mend the panic, then enable `{}` again", self.descriptor.id),
            PluginErrorKind::Hangs { .. } => {
                "find the loop or the blocking call in that method; the call cannot be ended".to_owned()
            }
            PluginErrorKind::TasksLeft { .. } => {
                "let tasks await something now and then, and work that blocks end by itself".to_owned()
            }
            PluginErrorKind::TooMuchMemory { .. } => {
                let id = self.descriptor.id;
                format!("find what it keeps, or raise `memory` in `[host.limits.\"{id}\"]`, then enable `{id}` again")
            }
        }
    }

    /// The help in the last line of the plugin's own message: of a capability that was not given, for example.
    fn help_of_the_cause(&self) -> Option<&str> {
        let PluginErrorKind::Failed { message, .. } = &self.kind else { return None };
        let (_, help) = message.rsplit_once(HELP)?;
        (!help.contains('\n')).then_some(help)
    }

    fn place(&self) -> Option<Place> {
        match &self.kind {
            PluginErrorKind::RequirementNotRunning { requirement, .. } => Place::of(requirement.location),
            _ => self.mistake.as_ref()?.place.clone(),
        }
    }

    /// The whole text as a start error shows it: the message, the manifest line if there is one, and the help.
    pub(super) fn to_problem(&self) -> Problem {
        let mut message = self.message();
        if let Some(help) = self.help_of_the_cause() {
            // It goes into the one help of this problem.
            message.truncate(message.len() - HELP.len() - help.len());
        }
        Problem { code: self.code(), message, place: self.place().map(Box::new), help: self.help() }
    }

    fn message(&self) -> String {
        let Descriptor { id: plugin, version, .. } = self.descriptor;
        match &self.kind {
            PluginErrorKind::Config(message) => format!("plugin `{plugin} {version}` cannot use its configuration: {message}"),
            PluginErrorKind::Failed { phase, message } => format!("plugin `{plugin} {version}` failed in `{phase}`: {message}"),
            PluginErrorKind::DeadlineExceeded { phase, limit, .. } => {
                format!("plugin `{plugin} {version}` did not finish `{phase}` within its limit of {limit:?}")
            }
            PluginErrorKind::Panicked { phase, message } => {
                format!("plugin `{plugin} {version}` panicked in `{phase}`: {message}")
            }
            PluginErrorKind::PointClaimed(claimed) => format!("plugin `{plugin} {version}` {claimed}"),
            PluginErrorKind::RequirementNotRunning { requirement, because, .. } => {
                let what = match requirement.target {
                    Target::Plugin => "",
                    Target::Service => "the service ",
                };
                let (id, range) = (requirement.id, requirement.range.text);
                format!("plugin `{plugin} {version}` was not started: it requires {what}`{id} {range}`, {because}")
            }
            PluginErrorKind::Poisoned { point, restarts: 0 } => {
                format!("plugin `{plugin} {version}` was switched off, because it panicked at `{point}`")
            }
            PluginErrorKind::Poisoned { point, restarts } => format!(
                "plugin `{plugin} {version}` was switched off, because it panicked at `{point}` again after {restarts} restarts"
            ),
            PluginErrorKind::Hangs { point, method, elapsed } => {
                let elapsed = elapsed.as_millis();
                format!(
                    "plugin `{plugin} {version}` is left out at `{point}`, because a call of `{method}` has hung for {elapsed} ms"
                )
            }
            PluginErrorKind::TasksLeft { count } => {
                let tasks = if *count == 1 { "1 task" } else { &*format!("{count} tasks") };
                format!("plugin `{plugin} {version}` has left {tasks} behind, blocking a thread each, which cannot be cancelled")
            }
            PluginErrorKind::TooMuchMemory { used, margin, limit } => format!(
                "plugin `{plugin} {version}` was switched off, because it held {used} bytes of memory (give or take {margin}) of the \
                 {limit} that it may have"
            ),
        }
    }
}

impl fmt::Display for PluginError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.code(), self.message())
    }
}

// What a `main` prints that returns it.
impl fmt::Debug for PluginError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for PluginError {}

/// Something wrong with what the host was given: its configuration, mounts or table. Its `Debug` form is the same text as its
/// `Display` form.
#[derive(Clone, PartialEq, Eq)]
pub struct Problem {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) place: Option<Box<Place>>,
    pub(super) help: String,
}

impl Problem {
    pub(super) fn new(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, message: message.into(), place: None, help: help.into() }
    }

    /// Points at a line of a manifest or of the configuration.
    pub(super) fn at(self, place: Option<Place>) -> Self {
        Self { place: place.map(Box::new), ..self }
    }

    /// The report of a graph that does not resolve; each of its own problems carries its code.
    #[cfg(any(feature = "testing", feature = "native"))]
    pub(crate) fn of_graph(report: &keyway_manifest::Report) -> Self {
        Self::new("KW0625", format!("the plugins do not fit together:\n{report}"), "")
    }

    /// Each problem of such a report by itself.
    #[cfg(feature = "native")]
    pub(super) fn each_of_graph(report: &keyway_manifest::Report) -> Vec<Self> {
        let dedented =
            |text: &str| text.lines().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect::<Vec<_>>().join("\n");
        let problems = report.problems.iter().zip(report.texts());
        problems.map(|(problem, text)| Self::told(problem.code().as_str(), &dedented(text))).collect()
    }

    /// A problem that another crate tells as a text of its own: the code, the message, and perhaps the help at its end.
    #[cfg(feature = "native")]
    pub(super) fn told(code: &'static str, text: &dyn fmt::Display) -> Self {
        let text = text.to_string();
        let text = text.strip_prefix(code).map_or(text.as_str(), str::trim_start);
        match text.rsplit_once(HELP) {
            Some((message, help)) => Self::new(code, message, help),
            None => Self::new(code, text, ""),
        }
    }

    /// The stable code; `docs/errors/` has a page for each.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// What is wrong, as a phrase.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The edit that mends it.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, message, place, help } = self;
        write!(formatter, "{code} {message}")?;
        if let Some(place) = place {
            write!(formatter, "{place}")?;
        }
        if help.is_empty() { Ok(()) } else { write!(formatter, "{HELP}{help}") }
    }
}

// What a `main` prints that returns it.
impl fmt::Debug for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::{Descriptor, Failure, Phase, PluginError};

    const WITHOUT_ID: &Descriptor = &Descriptor::EMPTY;

    fn failed(message: &str) -> PluginError {
        PluginError::from_failure(WITHOUT_ID, Phase::Init, &Failure::Error(message.to_owned()))
    }

    #[test]
    fn a_host_without_the_feature_names_it_before_the_way_to_do_without_the_plugin() {
        let error = failed(&crate::context::nothing_kept().context("keeping the guests").to_string());
        let text = error.to_problem().to_string();
        let (message, help) = text.split_once("\n  help: ").unwrap();
        assert!(message.ends_with("keeping the guests: KW0680 the host cannot keep anything: its program was built without the feature `data` of `keyway`"));
        assert!(help.starts_with("add `keyway/data` to the feature of the host that enables this plugin"), "{help}");
        assert!(help.contains("`guestbook = [\"dep:…\", \"keyway/data\"]`, or run without it: add `\""), "{help}");
        assert!(error.to_string().contains("help: add `keyway/data`"), "one line of a log has it too");
    }

    #[test]
    fn a_message_of_more_lines_than_a_help_stays_as_it_is() {
        let message = "the index is damaged\n  help: mend it\nand begin anew";
        assert!(
            failed(message).to_problem().to_string().contains(&format!("{message}\n  help: mend the cause, or run without it"))
        );
    }
}
