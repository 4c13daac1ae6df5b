//! What an operator sees of a plugin's use.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::samples::{self, Estimate};
use crate::guard::PluginNumber;

/// How much of one resource a plugin has, and how much it may have. Over all its instances since the host started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Amount {
    /// What it has now.
    pub used: u64,
    /// What it had at most.
    pub peak: u64,
    /// What it may have; `None` for no limit.
    pub limit: Option<u64>,
    /// How often it asked for more and was refused.
    pub refused: u64,
}

/// How much of the program's memory one plugin holds, where a [`TrackingAllocator`](super::TrackingAllocator) looks: what was allocated
/// while its code ran and is not freed. An estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Heap {
    /// Bytes that it holds now, about.
    pub used: u64,
    /// The real number lies so far from `used` at most, with a probability of 95 %.
    pub margin: u64,
    /// Bytes that it held at most, about.
    pub peak: u64,
}

impl Heap {
    pub(in crate::host) fn of(plugin: &PluginNumber) -> Option<Self> {
        let Estimate { bytes, margin, peak } = samples::estimate(plugin.get())?;
        Some(Self { used: bytes, margin, peak })
    }
}

/// What one plugin has in use, with its limits, at one moment. Serialises for JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Usage {
    /// Bytes of memory that the host gave it.
    pub memory: Amount,
    /// What it holds of the program's memory; `None` in a program without a [`TrackingAllocator`](super::TrackingAllocator).
    pub heap: Option<Heap>,
    /// Tasks that it has running.
    pub tasks: Amount,
    /// Tasks that panicked.
    pub task_panics: u64,
    /// Events that wait in its queues, all queues together: `limit` is their room, `peak` the sum of the most that waited in each, and
    /// `refused` what was dropped. Since its subscriptions began.
    pub queued_events: Amount,
    /// Files that the host has open for it.
    pub open_files: Amount,
    /// Bytes that the host keeps for it on disk.
    pub storage: Amount,
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Amount", 4)?;
        object.serialize_field("used", &self.used)?;
        object.serialize_field("peak", &self.peak)?;
        object.serialize_field("limit", &self.limit)?;
        object.serialize_field("refused", &self.refused)?;
        object.end()
    }
}

impl Serialize for Heap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Heap", 3)?;
        object.serialize_field("used", &self.used)?;
        object.serialize_field("margin", &self.margin)?;
        object.serialize_field("peak", &self.peak)?;
        object.end()
    }
}

impl Serialize for Usage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Usage", 7)?;
        object.serialize_field("memory", &self.memory)?;
        object.serialize_field("heap", &self.heap)?;
        object.serialize_field("tasks", &self.tasks)?;
        object.serialize_field("task_panics", &self.task_panics)?;
        object.serialize_field("queued_events", &self.queued_events)?;
        object.serialize_field("open_files", &self.open_files)?;
        object.serialize_field("storage", &self.storage)?;
        object.end()
    }
}
