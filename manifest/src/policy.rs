//! The host's rules about permissions (`host.toml`) as `const` data.

use crate::{Location, LockRules, NativePolicy, PluginId};

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyVerb {
    /// Requests inside the rule's scopes may be granted.
    Allow,
    /// Requests that touch the rule's scopes are refused, whatever else allows them.
    Deny,
}

/// One entry of an `allow` or `deny` table in `host.toml`.
#[derive(Debug, Clone, Copy)]
pub struct PolicyRule {
    /// The plugin it is about; `None` for every plugin.
    pub plugin: Option<PluginId>,
    /// Where the plugin is named, most often in a table's header; [`Location::UNKNOWN`] in a rule for every plugin.
    pub plugin_location: Location,
    /// Allow or deny.
    pub verb: PolicyVerb,
    /// The permission's dotted name.
    pub permission: &'static str,
    /// The scopes; empty means every scope (written `true` in `host.toml`).
    pub scopes: &'static [&'static str],
    /// Where it is written.
    pub location: Location,
}

/// The host's policy.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Whether requests that no rule mentions are granted (`policy = grant_requested`) or refused (a `host.toml`).
    pub grant_unmentioned: bool,
    /// The rules in the order of the file.
    pub rules: &'static [PolicyRule],
    /// Which plugins may be loaded as shared libraries; `None` for none.
    pub native: Option<NativePolicy>,
    /// How strictly a build and a load are held to `keyway.lock`.
    pub lock: LockRules,
}

impl Policy {
    /// Grants each plugin what its manifest asks for and nothing else, loads no native plugin, and needs no lock.
    pub const GRANT_REQUESTED: Self = Self { grant_unmentioned: true, rules: &[], native: None, lock: LockRules::DEFAULT };
}
