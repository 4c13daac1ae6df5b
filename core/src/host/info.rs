//! What an operator is told about one plugin.

use std::time::{Duration, SystemTime};

use keyway_manifest::{Descriptor, Grant, HookMode, PluginId, PointInfo, Version};
use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use super::approval::ApprovalInfo;
use super::audit::rfc3339;
use super::capability::Denials;
use super::failure::{PluginError, PluginErrorKind};
use super::inner::Inner;
use super::library::LibraryInfo;
use super::need::Need;
use super::release::Reason;
use super::state::State;
use super::usage::Usage;
use crate::guard::{Breaker, CallCounts, HangingCall, Latency, Slot};

/// One plugin of a host as an operator sees it, at one moment. Serialises for JSON; durations become milliseconds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PluginInfo {
    /// The plugin's id.
    pub id: PluginId,
    /// Its version.
    pub version: Version,
    /// One line from its Cargo.toml; empty when there is none.
    pub description: &'static str,
    /// All that its manifest says. Not part of the JSON.
    pub descriptor: &'static Descriptor,
    /// How it is attached: `static` for plugins that are linked in, `native` for those that come as libraries.
    pub tier: &'static str,
    /// The library that it comes from; `None` for one that is linked in.
    pub library: Option<LibraryInfo>,
    /// What was approved of it when the program was compiled; `None` in a host without a `keyway.lock`.
    pub approval: Option<ApprovalInfo>,
    /// Its start level, from 0.
    pub level: u16,
    /// Whether the host cannot start without it.
    pub required: bool,
    /// Whether the operator's configuration kept it off at the start: `[host] disabled`.
    pub disabled: bool,
    /// Counts its releases in this run of the host, from 1: how often it was reloaded.
    pub generation: u32,
    /// When its release was made.
    pub since: SystemTime,
    /// Why it has this release.
    pub reason: Reason,
    /// Where it is in its life.
    pub state: State,
    /// Why it does not run, what went wrong when it stopped, or which call hangs while it runs.
    pub error: Option<PluginError>,
    /// How long its last `init` took.
    pub init_took: Option<Duration>,
    /// How long its last `start` took.
    pub start_took: Option<Duration>,
    /// What it may do.
    pub grants: Vec<Grant>,
    /// Permissions that it asks for, without `optional`, and whose capability it has not taken in this run.
    pub untaken: Vec<&'static str>,
    /// Uses that its grants did not cover.
    pub denials: Denials,
    /// What it has in use, with its limits.
    pub usage: Usage,
    /// The extension points that it extends, services among them, running or not.
    pub points: Vec<PluginId>,
    /// The hooks that it asks.
    pub asks: Vec<PluginId>,
    /// Its extensions while it runs.
    pub extensions: Vec<ExtensionInfo>,
}

/// One extension of a running plugin: how its calls went, at one moment.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ExtensionInfo {
    /// The point's id.
    pub point: PluginId,
    /// How the plugins of the point are asked together, when it is a hook.
    pub mode: Option<HookMode>,
    /// What became of the calls.
    pub counts: CallCounts,
    /// Whether calls are let through.
    pub breaker: Breaker,
    /// How long calls took; see [`Slot::latency`] for which of them are measured.
    pub latency: Latency,
}

impl PluginInfo {
    pub(super) fn of(inner: &Inner, rank: usize) -> Self {
        let member = &inner.members[rank];
        let release = member.release();
        let queued_events = inner.bus.queued(rank);
        let subscriptions = inner.bus.slots(rank);
        let status = member.status();
        let running = status.running.as_ref().filter(|_| status.state().is_running());
        Self {
            id: member.descriptor().id,
            version: member.descriptor().version,
            description: member.descriptor().description,
            descriptor: member.descriptor(),
            tier: if release.library.is_some() { "native" } else { "static" },
            library: release.library.as_deref().cloned(),
            approval: inner.terms.lock.and_then(|lock| ApprovalInfo::of(lock, member.descriptor().id, inner.world.clock.now())),
            level: member.level(),
            required: member.need == Need::Required,
            disabled: member.is_off,
            generation: release.generation,
            since: release.since,
            reason: release.reason,
            state: status.state(),
            error: status.error.clone().or_else(|| {
                let extensions = running.iter().flat_map(|running| running.extensions.iter()).map(|held| &held.slot);
                extensions.chain(&subscriptions).find_map(|slot| hanging(slot))
            }),
            init_took: status.init_took,
            start_took: status.start_took,
            grants: member.release().grants.granted().to_vec(),
            untaken: running.map(|running| running.shared.untaken()).unwrap_or_default(),
            denials: member.release().grants.denials(),
            usage: member.account.usage(&member.number, queued_events),
            points: member.descriptor().extensions.iter().map(|entry| entry.point.id).collect(),
            asks: member.descriptor().asks.iter().map(|entry| entry.point.id).collect(),
            extensions: running
                .map_or_else(Vec::new, |running| running.extensions.iter().map(|held| ExtensionInfo::of(&held.slot)).collect()),
        }
    }
}

/// What to say about a call of a slot that hangs.
fn hanging(slot: &Slot) -> Option<PluginError> {
    let HangingCall { method, elapsed, .. } = slot.hanging()?;
    Some(PluginError::new(slot.descriptor(), PluginErrorKind::Hangs { point: slot.point().id, method, elapsed }))
}

/// A duration in milliseconds, to the microsecond.
pub(super) fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

impl Serialize for PluginInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("PluginInfo", 23)?;
        object.serialize_field("id", self.id.as_str())?;
        object.serialize_field("version", &self.version.to_string())?;
        object.serialize_field("description", self.description)?;
        object.serialize_field("tier", self.tier)?;
        object.serialize_field("library", &self.library)?;
        object.serialize_field("approval", &self.approval)?;
        object.serialize_field("level", &self.level)?;
        object.serialize_field("required", &self.required)?;
        object.serialize_field("disabled", &self.disabled)?;
        object.serialize_field("generation", &self.generation)?;
        object.serialize_field("since", &rfc3339(self.since))?;
        object.serialize_field("reason", self.reason.as_str())?;
        object.serialize_field("state", self.state.as_str())?;
        object.serialize_field("error", &self.error.as_ref().map(ToString::to_string))?;
        object.serialize_field("init_ms", &self.init_took.map(millis))?;
        object.serialize_field("start_ms", &self.start_took.map(millis))?;
        object.serialize_field("grants", &Grants(&self.grants))?;
        object.serialize_field("untaken", &self.untaken)?;
        object.serialize_field("denied", &self.denials.count)?;
        object.serialize_field("usage", &self.usage)?;
        object.serialize_field("points", &self.points.iter().map(PluginId::as_str).collect::<Vec<_>>())?;
        object.serialize_field("asks", &self.asks.iter().map(PluginId::as_str).collect::<Vec<_>>())?;
        object.serialize_field("extensions", &self.extensions)?;
        object.end()
    }
}

struct Grants<'a>(&'a [Grant]);

impl Serialize for Grants<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        self.0.iter().try_for_each(|grant| map.serialize_entry(grant.name, &grant.scopes))?;
        map.end()
    }
}

impl ExtensionInfo {
    fn of(slot: &Slot) -> Self {
        let PointInfo { id, mode, .. } = *slot.point();
        Self { point: id, mode, counts: slot.counts(), breaker: slot.breaker(), latency: slot.latency() }
    }
}

impl Serialize for ExtensionInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let CallCounts { calls, errors, panics, deadlines, refused, shed } = self.counts;
        let mut object = serializer.serialize_struct("Extension", 10)?;
        object.serialize_field("point", self.point.as_str())?;
        object.serialize_field("mode", &self.mode.map(HookMode::as_str))?;
        object.serialize_field("breaker", self.breaker.as_str())?;
        object.serialize_field("calls", &calls)?;
        object.serialize_field("errors", &errors)?;
        object.serialize_field("panics", &panics)?;
        object.serialize_field("deadlines", &deadlines)?;
        object.serialize_field("refused", &refused)?;
        object.serialize_field("shed", &shed)?;
        object.serialize_field("latency", &LatencyInfo(&self.latency))?;
        object.end()
    }
}

struct LatencyInfo<'a>(&'a Latency);

impl Serialize for LatencyInfo<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let micros = |duration: Duration| duration.as_secs_f64() * 1e6;
        let quantile = |share| self.0.quantile(share).map(micros);
        let mut object = serializer.serialize_struct("Latency", 5)?;
        object.serialize_field("samples", &self.0.samples())?;
        object.serialize_field("p50_us", &quantile(0.5))?;
        object.serialize_field("p99_us", &quantile(0.99))?;
        object.serialize_field("max_us", &self.0.longest().map(micros))?;
        object.serialize_field("buckets_us", &self.0.buckets().map(|(end, count)| (micros(end), count)).collect::<Vec<_>>())?;
        object.end()
    }
}
