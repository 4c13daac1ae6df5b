//! The refusal of a use that would take a plugin beyond its limit.

use std::fmt;

use keyway_manifest::PluginId;

/// What a plugin may have so much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, keyway::Boundary)]
#[non_exhaustive]
pub enum Resource {
    /// Bytes of memory.
    Memory,
    /// Tasks at the same time.
    Tasks,
    /// Open files at the same time.
    OpenFiles,
    /// Bytes that are kept for the plugin on disk.
    Storage,
}

impl Resource {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Memory, Self::Tasks, Self::OpenFiles, Self::Storage];

    /// The key in `[limits]` of a manifest and in `[host.limits."id"]` of a configuration.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Tasks => "tasks",
            Self::OpenFiles => "open-files",
            Self::Storage => "storage",
        }
    }

    /// The stable code of a refusal; `docs/errors/` has a page for each.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Memory => "KW0660",
            Self::Tasks => "KW0661",
            Self::OpenFiles => "KW0662",
            Self::Storage => "KW0687",
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Memory => "bytes of memory",
            Self::Tasks => "tasks",
            Self::OpenFiles => "open files",
            Self::Storage => "bytes of storage",
        }
    }
}

/// A use that would have taken a plugin beyond its limit, and that was not made. The host counts every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, keyway::Boundary)]
#[non_exhaustive]
pub struct OverLimit {
    /// The plugin.
    pub plugin: PluginId,
    /// What it has too much of.
    pub resource: Resource,
    /// How much it may have.
    pub limit: u64,
    /// How much it has.
    pub used: u64,
    /// How much more it asked for.
    pub asked: u64,
}

impl OverLimit {
    /// Says that a use was refused; for hosts.
    #[must_use]
    pub const fn new(plugin: PluginId, resource: Resource, limit: u64, used: u64, asked: u64) -> Self {
        Self { plugin, resource, limit, used, asked }
    }

    /// The stable code; `docs/errors/` has a page for each.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.resource.code()
    }
}

impl fmt::Display for OverLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plugin, resource, limit, used, asked } = self;
        let (code, what, key) = (resource.code(), resource.what(), resource.key());
        write!(
            formatter,
            "{code} plugin `{plugin}` has {used} {what} of the {limit} that it may have, and asked for {asked} more; give something \
             back, or raise `{key}` in its limits"
        )
    }
}

impl std::error::Error for OverLimit {}
