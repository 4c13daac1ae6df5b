//! What a Keyway plugin manifest and a plugin graph mean.
//!
//! This crate is the one place that knows the rules. Without features it has no dependencies: [`Descriptor`] and its parts are
//! `const` data, and the resolver is `const fn`, so the very same code runs inside rustc, in a build script and at run time.
//! The feature `parse` adds reading `plugin.toml` and `host.toml` with spans and rendered diagnostics, and `lock` reading, writing and
//! comparing `keyway.lock`.

mod descriptor;
mod endpoint;
mod event;
mod glob;
#[cfg(feature = "parse")]
pub mod host;
mod job;
mod limits;
mod location;
#[cfg(feature = "lock")]
pub mod lock;
mod locked;
mod message;
mod native_policy;
#[cfg(feature = "parse")]
pub mod parse;
mod permission;
mod plugin_id;
mod policy;
mod prerelease;
mod question;
pub mod record;
mod resolver;
#[cfg(feature = "parse")]
pub mod rules;
#[cfg(feature = "parse")]
pub mod schema;
#[cfg(feature = "parse")]
mod schema_json;
mod scope;
mod service;
mod shown;
pub mod surface;
mod text;
mod version;

pub use descriptor::{
    AfterPanic, BreakOn, Conflict, Descriptor, ExtensionEntry, FailurePolicy, HookMode, OrderHint, PermissionRequest, PointInfo,
    Provision, Requirement, Stability, Target,
};
pub use event::{EventEntry, EventInfo, EventRole, delivery_point, uncovered_topic};
pub use job::{JOBS_PERMISSION, job_problem};
pub use limits::{Limit, LimitUnit, Limits};
pub use location::Location;
pub use locked::{Approval, Lock, LockAnswer, LockRules, LockedArtifacts, LockedDay, LockedPermission, LockedPlugin, LockedTier};
pub use message::{MESSAGE_BYTES, Message};
pub use native_policy::{Checksums, NativePolicy, NativePublisher, UndefinedSymbols, Unload};
pub use permission::{PERMISSIONS, PermissionSpec, ScopeKind};
pub use plugin_id::PluginId;
pub use policy::{Policy, PolicyRule, PolicyVerb};
pub use question::{ANSWERS_MARK, VERIFY_ARGUMENT};
pub use resolver::{
    Available, CODES, Code, Grant, Graph, KEPT_PROBLEMS, KEPT_STEPS, Order, Problem, Problems, Report, Resolution, Ring, SdkInfo,
    Step, StepKind, check_lock, grants, render, resolve, resolve_slice, steps,
};
#[cfg(feature = "parse")]
pub use schema_json::{SCHEMA_URL, json_schema};
pub use scope::{scope_covers, scope_matches, scope_overlaps};
pub use service::{SERVICE_PREFIX, is_service, provision_problem, use_problem};
pub use shown::{shell_word, shown, shown_text};
pub use version::{Comparator, Operator, Version, VersionRange};
