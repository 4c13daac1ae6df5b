//! How long the phases of a plugin may take, and who said so.

use std::time::Duration;

use keyway_manifest::Descriptor;

use super::failure::Phase;
use super::settings::Settings;
use super::usage::ResourceLimits;
use crate::guard::{BreakerOptions, Traffic};

/// Who set a time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitSource {
    /// Nobody: it is the default.
    Default,
    /// The program, with [`HostBuilder::phase_deadline`](super::HostBuilder::phase_deadline).
    Program,
    /// The operator, in `[host.deadlines]` of the configuration.
    Configuration,
    /// The plugin's author, in `[limits]` of the manifest.
    Manifest,
}

/// The time that a phase has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    pub(super) time: Duration,
    pub(super) set_by: LimitSource,
}

/// Time limits of a host; a plugin's manifest can only make them stricter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) init: Limit,
    pub(super) start: Limit,
    pub(super) stop: Limit,
    pub(super) call: Option<Duration>,
    /// The time of one run of a job, in place of `call` and of what the point says.
    pub(super) job: Option<Duration>,
    /// After how long a call that does not come back is said to hang.
    pub(super) hang: Duration,
    pub(super) breaker: Option<BreakerOptions>,
    pub(super) concurrent_calls: Option<u32>,
    /// What each plugin may have.
    pub(super) resources: ResourceLimits,
}

impl Limits {
    pub(super) const DEFAULT: Self = Self {
        init: Limit { time: Duration::from_secs(10), set_by: LimitSource::Default },
        start: Limit { time: Duration::from_secs(10), set_by: LimitSource::Default },
        stop: Limit { time: Duration::from_secs(5), set_by: LimitSource::Default },
        call: None,
        job: None,
        hang: Duration::from_secs(10),
        breaker: Some(BreakerOptions::DEFAULT),
        concurrent_calls: None,
        resources: ResourceLimits::NONE,
    };

    /// The operator's word goes before the program's.
    pub(super) fn overridden_by(self, settings: &Settings) -> Self {
        let deadlines = settings.deadlines;
        let or =
            |time: Option<Duration>, below: Limit| time.map_or(below, |time| Limit { time, set_by: LimitSource::Configuration });
        Self {
            init: or(deadlines.init, self.init),
            start: or(deadlines.start, self.start),
            stop: or(deadlines.stop, self.stop),
            call: deadlines.call.or(self.call),
            job: deadlines.job.or(self.job),
            hang: deadlines.hang.unwrap_or(self.hang),
            breaker: settings.breaker.over(self.breaker),
            concurrent_calls: self.concurrent_calls,
            resources: self.resources,
        }
    }

    /// How many calls a plugin takes: the strictest of its manifest, the operator and the program.
    pub(super) fn traffic(&self, descriptor: &Descriptor, settings: &Settings) -> Traffic {
        let operator = settings.limits.get(descriptor.id.as_str()).copied().unwrap_or_default();
        let at_once = [descriptor.limits.concurrent_calls, operator.concurrent_calls, self.concurrent_calls];
        Traffic::new(at_once.into_iter().flatten().min(), operator.rate)
    }

    /// How much a plugin may have of each resource: the strictest of its manifest, the operator and the program.
    pub(super) fn resources(&self, descriptor: &Descriptor, settings: &Settings) -> ResourceLimits {
        let operator = settings.limits.get(descriptor.id.as_str()).copied().unwrap_or_default();
        ResourceLimits::of_manifest(descriptor).strictest(operator.resources).strictest(self.resources)
    }
}

impl Limit {
    /// The stricter of the host's limit and what is left of the plugin's own.
    pub(super) fn within(self, own_millis: Option<u64>, used: Duration) -> Self {
        let own = own_millis.map(|millis| Duration::from_millis(millis).saturating_sub(used));
        match own {
            Some(time) if time < self.time => Self { time, set_by: LimitSource::Manifest },
            _ => self,
        }
    }
}

impl LimitSource {
    /// What to change where a phase needs more time than this limit gives.
    pub(super) fn help(self, phase: Phase) -> String {
        let raise = match self {
            Self::Default => format!("give it more with `{phase} = \"60s\"` in `[host.deadlines]` of the configuration"),
            Self::Program => format!("raise what the program gives to `phase_deadline`, or set `{phase}` in `[host.deadlines]`"),
            Self::Configuration => format!("raise `{phase}` in `[host.deadlines]` of the configuration"),
            Self::Manifest => {
                // `init` and `start` share one limit there.
                let key = if matches!(phase, Phase::Init | Phase::Start) { "start" } else { "stop" };
                format!("raise `{key}` in `[limits]` of its manifest")
            }
        };
        if matches!(phase, Phase::Init | Phase::Start) { raise + ", or move the work out of the phase" } else { raise }
    }
}
