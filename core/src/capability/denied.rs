//! The refusal of a use that no grant covers.

use std::fmt;

use keyway_manifest::PluginId;

/// A use of a capability that the plugin's grants do not cover. The host counts every one.
#[derive(Debug, Clone, PartialEq, Eq, keyway::Boundary)]
pub struct Denied {
    /// The plugin that asked.
    pub plugin: PluginId,
    /// The permission that would be needed, for example `filesystem.read`.
    pub permission: &'static str,
    /// What was asked for, as the plugin wrote it.
    pub asked: String,
    /// Which rule refused it, as a phrase.
    pub rule: String,
}

impl fmt::Display for Denied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plugin, permission, asked, rule } = self;
        write!(formatter, "KW0610 plugin `{plugin}` was denied `{permission}` for `{asked}`: {rule}")
    }
}

impl std::error::Error for Denied {}
