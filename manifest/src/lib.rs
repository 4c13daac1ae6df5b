//! What a Keyway plugin manifest and a plugin graph mean.
//!
//! This crate is the one place that knows the rules. Without features it has no dependencies: [`Descriptor`] and its parts are
//! `const` data, and the resolver is `const fn`, so the very same code runs inside rustc, in a build script and at run time.
//! The feature `parse` adds reading `plugin.toml` and `host.toml` with spans and rendered diagnostics.

mod descriptor;
mod location;
mod permission;
mod plugin_id;
mod policy;
mod text;
mod version;

pub use descriptor::{
    Conflict, Descriptor, ExtensionEntry, FailurePolicy, Limits, OrderHint, PointInfo, PermissionRequest, Provision, Requirement,
    Stability, Target,
};
pub use location::Location;
pub use permission::{PERMISSIONS, PermissionSpec, ScopeKind};
pub use plugin_id::PluginId;
pub use policy::{Policy, PolicyRule, PolicyVerb};
pub use version::{Comparator, Operator, Version, VersionRange};
