//! What the resolver looks at: the plugins of a build, the SDK, the plugins it could have, and the host's policy.

use crate::{Descriptor, Lock, PluginId, Policy, Version};

/// A plugin that the host's Cargo.toml knows, enabled or not; read from its manifest so that errors can name features.
#[derive(Debug, Clone, Copy)]
pub struct Available {
    /// The plugin's identifier.
    pub id: PluginId,
    /// The version that Cargo would bring in.
    pub version: Version,
    /// The Cargo package that holds it.
    pub package: &'static str,
    /// The feature of the host that would enable it; empty when there is none.
    pub feature: &'static str,
    /// The manifest's file as the host's developer would name it: the way from the host's workspace. Empty when it is not known.
    pub manifest: &'static str,
    /// The services it would provide: id and version of each.
    pub provides: &'static [(&'static str, Version)],
}

/// The SDK against which the host was built.
#[derive(Debug, Clone, Copy)]
pub struct SdkInfo {
    /// The Cargo package of the SDK, for example `keyway-cms-sdk`.
    pub name: &'static str,
    /// Its version, with which each plugin's host range is compared.
    pub version: Version,
}

/// Everything the resolver takes into account.
#[derive(Debug, Clone, Copy)]
pub struct Graph<'a> {
    /// The plugins of the build, in any order: the outcome does not depend on it.
    pub plugins: &'a [&'static Descriptor],
    /// The SDK of the host; `None` leaves host ranges unchecked.
    pub sdk: Option<SdkInfo>,
    /// Plugins that are or could be enabled by features, for the help texts.
    pub available: &'a [Available],
    /// Plugins that come as libraries and are found when the host starts: no build leaves them out, and the lock must have them as such.
    pub libraries: &'a [PluginId],
    /// The host's rules about permissions.
    pub policy: &'a Policy,
    /// The policy's file as a reader would name it, for example `host-app/host.toml`; empty when there is none.
    pub policy_file: &'static str,
    /// What was approved of the plugins; `None` for a host without a `keyway.lock`, whose plugins are held to nothing. The policy says how
    /// strictly plugins are held to it, and whether there must be one.
    pub lock: Option<&'a Lock>,
}

impl Graph<'_> {
    /// The number of plugins: the first parameter of [`resolve`](crate::resolve).
    #[must_use]
    pub const fn size(&self) -> usize {
        self.plugins.len()
    }

    /// Whether a plugin comes as a library.
    pub(super) const fn is_library(&self, plugin: &PluginId) -> bool {
        let mut index = 0;
        while index < self.libraries.len() {
            if self.libraries[index].same(plugin) {
                return true;
            }
            index += 1;
        }
        false
    }

    /// Whether nothing is known of a plugin: it is neither in the build nor among what Cargo.toml has, and no library was found of it.
    pub(super) const fn has_no(&self, plugin: &PluginId) -> bool {
        let mut index = 0;
        while index < self.plugins.len() {
            if self.plugins[index].id.same(plugin) {
                return false;
            }
            index += 1;
        }
        index = 0;
        while index < self.available.len() {
            if self.available[index].id.same(plugin) {
                return false;
            }
            index += 1;
        }
        !self.is_library(plugin)
    }

    /// Whether a plugin is only a stand-in without an id, which a derive leaves behind when it refuses a manifest: it has told why, and
    /// what the rest of the graph lacks cannot be known before that is mended.
    #[must_use]
    pub const fn has_stand_in(&self) -> bool {
        let mut index = 0;
        while index < self.plugins.len() {
            if self.plugins[index].id.as_str().is_empty() {
                return true;
            }
            index += 1;
        }
        false
    }

    /// Room for every node and edge the resolver may need: the second parameter of [`resolve`](crate::resolve).
    #[must_use]
    pub const fn room(&self) -> usize {
        let mut room = self.plugins.len() + 1 + 2 * super::event::count(self);
        let mut index = 0;
        while index < self.plugins.len() {
            let plugin = self.plugins[index];
            room += plugin.requires.len() + plugin.provides.len() + plugin.after.len() + plugin.before.len();
            index += 1;
        }
        if self.policy.rules.len() > room { self.policy.rules.len() } else { room }
    }
}
