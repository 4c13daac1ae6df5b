//! The manifest as `const` data: what the derive writes into a plugin's binary and what the resolver reads.

use crate::{EventEntry, Limits, Location, PluginId, ScopeKind, Version, VersionRange};

/// Everything that is known about a plugin when it is compiled.
///
/// The derive macro writes it; hosts read it. All parts are `'static`, so it costs nothing at run time.
#[derive(Debug, Clone, Copy)]
pub struct Descriptor {
    /// The plugin's identifier.
    pub id: PluginId,
    /// The plugin's version, from its Cargo.toml unless the manifest says otherwise.
    pub version: Version,
    /// The Cargo package that holds the plugin.
    pub package: &'static str,
    /// One line from Cargo.toml; empty when there is none.
    pub description: &'static str,
    /// Authors from Cargo.toml, divided by `:` as Cargo gives them; empty when there are none.
    pub authors: &'static str,
    /// Licence expression from Cargo.toml; empty when there is none.
    pub license: &'static str,
    /// Repository address from Cargo.toml; empty when there is none.
    pub repository: &'static str,
    /// Versions of the host's SDK that the plugin was written for.
    pub host: VersionRange,
    /// Where the host range stands.
    pub host_location: Location,
    /// How settled the plugin is.
    pub stability: Stability,
    /// What a deprecated plugin tells its users; empty otherwise.
    pub notice: &'static str,
    /// What the plugin needs, sorted by target id.
    pub requires: &'static [Requirement],
    /// What the plugin cannot be together with, sorted by id.
    pub conflicts: &'static [Conflict],
    /// Services the plugin offers, sorted by id.
    pub provides: &'static [Provision],
    /// Plugins that start before this one if they are present, sorted by id.
    pub after: &'static [OrderHint],
    /// Plugins that start after this one if they are present, sorted by id.
    pub before: &'static [OrderHint],
    /// Permissions the plugin asks for, sorted by name.
    pub permissions: &'static [PermissionRequest],
    /// Limits the plugin sets itself; `None` leaves the host's default.
    pub limits: Limits,
    /// Version of the state that the plugin saves; 0 when it saves none.
    pub state_version: u32,
    /// The `[config]` table of the manifest as TOML text; empty when there is none.
    pub config_defaults: &'static str,
    /// The extension points that the plugin extends, in the order of `provides(…)` in the attribute.
    pub extensions: &'static [ExtensionEntry],
    /// The hooks that the plugin asks, in the order of `asks(…)` in the attribute.
    pub asks: &'static [ExtensionEntry],
    /// Events that the plugin publishes and subscribes to, filled in by the derive.
    pub events: &'static [EventEntry],
    /// Where the plugin's id stands in its manifest.
    pub location: Location,
}

/// How settled a plugin is, in the words of its manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stability {
    /// Under construction; anything may change.
    Development,
    /// Works for its author.
    Alpha,
    /// Works for others; interfaces may change.
    Beta,
    /// Interfaces change with major versions only.
    Stable,
    /// On its way out; the notice says what to use instead.
    Deprecated,
}

/// What a requirement points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A plugin, by its id.
    Plugin,
    /// A service, by its id (`service.…`), whichever plugin provides it.
    Service,
}

/// One line of `[requires]`.
#[derive(Debug, Clone, Copy)]
pub struct Requirement {
    /// The plugin or service needed.
    pub id: PluginId,
    /// Whether `id` names a plugin or a service.
    pub target: Target,
    /// Acceptable versions.
    pub range: VersionRange,
    /// An optional requirement may be absent, but when present its version must fit.
    pub optional: bool,
    /// Why it is needed; empty when not said.
    pub reason: &'static str,
    /// Where it is written.
    pub location: Location,
}

/// One line of `[conflicts]`.
#[derive(Debug, Clone, Copy)]
pub struct Conflict {
    /// The plugin that must not be present.
    pub id: PluginId,
    /// The versions of it that conflict.
    pub range: VersionRange,
    /// Why; empty when not said.
    pub reason: &'static str,
    /// Where it is written.
    pub location: Location,
}

/// One line of `[provides]`: a service that the plugin offers.
#[derive(Debug, Clone, Copy)]
pub struct Provision {
    /// The service's id, `service.…`.
    pub id: PluginId,
    /// The version of the service's interface.
    pub version: Version,
    /// Whether no other plugin of the build may provide the same service.
    pub exclusive: bool,
    /// Where it is written.
    pub location: Location,
}

/// One entry of `[order]`.
#[derive(Debug, Clone, Copy)]
pub struct OrderHint {
    /// The other plugin.
    pub id: PluginId,
    /// Where it is written.
    pub location: Location,
}

/// One line of `[permissions]`.
#[derive(Debug, Clone, Copy)]
pub struct PermissionRequest {
    /// Dotted name, for example `filesystem.read`.
    pub name: &'static str,
    /// What the scopes are written as.
    pub scope_kind: ScopeKind,
    /// The scopes asked for, at least one.
    pub scopes: &'static [&'static str],
    /// An optional permission may be denied; the plugin copes.
    pub optional: bool,
    /// Why it is asked for.
    pub reason: &'static str,
    /// Where it is written.
    pub location: Location,
}

/// What a host does when a call of an extension fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailurePolicy {
    /// The error goes up to the caller.
    Closed,
    /// The answer is skipped as if the extension were absent, and counted.
    Open,
}

/// Which failures of a row of calls make a host leave an extension out for a while (its circuit breaker).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakOn {
    /// Panics and missed deadlines. The plugin's own errors are answers: a page that is not there is no broken plugin.
    Failures,
    /// Those, and every error that the plugin returns; for points at which an error means that the plugin cannot work.
    Errors,
    /// None: the extension is called however often it fails.
    Nothing,
}

/// What a host does with a plugin whose method panicked, and whose state may therefore be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterPanic {
    /// It goes on calling it.
    Continue,
    /// It stops the plugin, with what requires it, and makes a new instance.
    Restart,
    /// It switches the plugin off, with what requires it.
    Disable,
}

/// How the plugins of a hook are asked together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookMode {
    /// The first answer counts.
    First,
    /// Every answer counts.
    All,
    /// Each plugin gets the result of the one before.
    Fold,
    /// Any plugin may object.
    Veto,
}

impl HookMode {
    /// The word for it in `#[extension_point(…, mode = "…")]`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::All => "all",
            Self::Fold => "fold",
            Self::Veto => "veto",
        }
    }
}

/// What is known about an extension point: the `const` side of a trait marked `#[extension_point]`.
#[derive(Debug, Clone, Copy)]
pub struct PointInfo {
    /// The point's id, for example `cms.route`.
    pub id: PluginId,
    /// The version of its interface.
    pub version: Version,
    /// What happens when a call fails.
    pub on_failure: FailurePolicy,
    /// Deadline of one async call in milliseconds; `None` for none.
    pub deadline_millis: Option<u64>,
    /// Which failures open the circuit breaker of an extension.
    pub break_on: BreakOn,
    /// What follows when a method panics.
    pub after_panic: AfterPanic,
    /// How its plugins are asked together; `None` for a point that is no hook.
    pub mode: Option<HookMode>,
    /// The methods that a host calls on its own account: limits of the number of calls do not apply to them.
    pub uncounted: &'static [&'static str],
    /// Name and signature hash of each method, in the order of the trait.
    pub methods: &'static [(&'static str, u64)],
}

impl PointInfo {
    /// Whether calls of the method at an index of [`methods`](Self::methods) count for `rate` and `concurrent-calls`.
    #[must_use]
    pub fn counts(&self, method: usize) -> bool {
        !self.methods.get(method).is_some_and(|(name, _)| self.uncounted.contains(name))
    }
}

/// One extension point that a plugin extends or asks.
#[derive(Debug, Clone, Copy)]
pub struct ExtensionEntry {
    /// The point.
    pub point: &'static PointInfo,
}

impl Conflict {
    /// Tells whether a version of the other plugin conflicts. Unlike a requirement, `*` means every version, pre-releases included.
    #[must_use]
    pub const fn applies_to(&self, version: &Version) -> bool {
        self.range.comparators.is_empty() || self.range.matches(version)
    }
}

impl Descriptor {
    /// A descriptor that says nothing, to fill in with struct-update syntax in tests and stubs.
    pub const EMPTY: Self = Self {
        id: PluginId::new(""),
        version: Version { major: 0, minor: 0, patch: 0, pre: "", build: "" },
        package: "",
        description: "",
        authors: "",
        license: "",
        repository: "",
        host: VersionRange::ANY,
        host_location: Location::UNKNOWN,
        stability: Stability::Stable,
        notice: "",
        requires: &[],
        conflicts: &[],
        provides: &[],
        after: &[],
        before: &[],
        permissions: &[],
        limits: Limits::NONE,
        state_version: 0,
        config_defaults: "",
        extensions: &[],
        asks: &[],
        events: &[],
        location: Location::UNKNOWN,
    };

    /// Tells whether the manifest asks for a permission of this name.
    #[must_use]
    pub const fn declares(&self, permission: &str) -> bool {
        let mut index = 0;
        while index < self.permissions.len() {
            if crate::text::equal(self.permissions[index].name, permission) {
                return true;
            }
            index += 1;
        }
        false
    }
}
