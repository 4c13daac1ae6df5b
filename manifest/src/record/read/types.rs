//! The types, points and events of a record, as read.

use crate::record::PointRole;
use crate::{AfterPanic, BreakOn, EventRole, FailurePolicy, HookMode};

/// A type of a record, by its position among them.
pub(crate) type TypePosition = usize;

/// How a library was built; empty texts stand for what is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedBuild {
    /// The compiler's version.
    pub rustc: String,
    /// The compiler's commit.
    pub commit: String,
    /// The target triple.
    pub target: String,
    /// What a panic does.
    pub panic: crate::record::PanicStrategy,
    /// Who gives memory out.
    pub allocator: crate::record::Allocator,
    /// The version of `keyway`.
    pub keyway: String,
    /// Whether debug assertions are compiled in.
    pub debug_assertions: bool,
}

/// A package that declares points or events, as a record knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedSdk {
    /// The Cargo package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// All it depends on; empty when unknown.
    pub digest: String,
}

/// A point as a plugin knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedPoint {
    /// What the plugin does with it.
    pub role: PointRole,
    /// Its id.
    pub id: String,
    /// The version of its interface.
    pub version: semver::Version,
    pub(crate) sdk: usize,
    pub(crate) static_only: bool,
    pub(crate) on_failure: FailurePolicy,
    pub(crate) deadline_millis: Option<u64>,
    pub(crate) break_on: BreakOn,
    pub(crate) after_panic: AfterPanic,
    pub(crate) mode: Option<HookMode>,
    pub(crate) uncounted: Vec<String>,
    pub(crate) methods: Vec<RecordedMethod>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordedMethod {
    pub(crate) name: String,
    pub(crate) hash: u64,
    pub(crate) signature: String,
    pub(crate) arguments: Vec<(String, TypePosition)>,
    pub(crate) output: TypePosition,
}

/// An event as a plugin knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedEvent {
    /// What the plugin does with it.
    pub role: EventRole,
    /// Its topic.
    pub topic: String,
    /// The version of its schema.
    pub version: semver::Version,
    pub(crate) sdk: usize,
    pub(crate) schema: u64,
    pub(crate) type_path: String,
    pub(crate) package: String,
    pub(crate) durable: bool,
    pub(crate) layout: TypePosition,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordedType {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) align: u64,
    pub(crate) shape: RecordedShape,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RecordedShape {
    Standard(Vec<TypePosition>),
    Struct(Vec<RecordedField>),
    Enum(Vec<RecordedVariant>),
    Recursive,
    /// With the bytes of its `TypeId`, when the library tells them.
    Opaque(Option<[u8; 16]>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordedField {
    pub(crate) name: String,
    pub(crate) offset: Option<u64>,
    pub(crate) layout: TypePosition,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordedVariant {
    pub(crate) name: String,
    pub(crate) fields: Vec<RecordedField>,
}
