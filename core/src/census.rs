//! Compares the table that `host!` emitted with what the linker kept: the one check that no compiler can make.

use std::fmt;

use keyway_manifest::Descriptor;
#[cfg(feature = "native")]
use keyway_manifest::PluginId;

use crate::PluginTable;
use crate::registration::{Registered, registered};

/// What the table of a host and the census of the linked program disagree about.
///
/// ```
/// # fn example(table: &keyway::PluginTable) {
/// let census = keyway::Census::take(table);
/// assert!(census.is_clean(), "{census}");
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Census {
    unlisted: Vec<Registered>,
    unregistered: Vec<&'static Descriptor>,
    repeated: Vec<&'static Descriptor>,
}

impl Census {
    /// Compares `table` with the plugins that registered themselves in this program.
    #[must_use]
    pub fn take(table: &PluginTable) -> Self {
        let listed: Vec<_> = table.registrations.iter().map(|registration| registration.descriptor).collect();
        Self::compare(&listed, registered())
    }

    /// The census of a host without plugins.
    #[cfg(feature = "host")]
    pub(crate) const fn empty() -> Self {
        Self { unlisted: Vec::new(), unregistered: Vec::new(), repeated: Vec::new() }
    }

    /// Compares the descriptors of a table, in any order, with a list of registrations.
    pub(crate) fn compare(listed: &[&'static Descriptor], registered: Vec<Registered>) -> Self {
        let mut listed = listed.to_vec();
        listed.sort_unstable_by_key(|descriptor| (descriptor.id.hash(), descriptor.id));
        let find = |descriptor: &Descriptor| {
            listed.binary_search_by_key(&(descriptor.id.hash(), descriptor.id), |entry| (entry.id.hash(), entry.id))
        };
        let repeated = listed.windows(2).filter(|pair| pair[0].id == pair[1].id).map(|pair| pair[1]).collect();
        let mut is_registered = vec![false; listed.len()];
        let mut unlisted = Vec::new();
        for entry in registered {
            match find(entry.descriptor) {
                Ok(index) => is_registered[index] = true,
                Err(_) => unlisted.push(entry),
            }
        }
        let mut unregistered = Vec::new();
        for (index, descriptor) in listed.iter().enumerate() {
            // A binary search answers any one of equal entries, so an entry counts when one with its id was found.
            let is_known = is_registered[index] || index.checked_sub(1).is_some_and(|at| listed[at].id == descriptor.id);
            let is_known = is_known || listed.get(index + 1).is_some_and(|next| next.id == descriptor.id);
            if !is_known {
                unregistered.push(*descriptor);
            }
        }
        unlisted.sort_by_key(|entry| (entry.descriptor.id, entry.site));
        unregistered.sort_by_key(|descriptor| descriptor.id);
        Self { unlisted, unregistered, repeated }
    }

    /// Whether table and census agree.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.unlisted.is_empty() && self.unregistered.is_empty() && self.repeated.is_empty()
    }

    /// A plugin runs that is not in the table: the one of a library, in place of the one that is linked too.
    #[cfg(feature = "native")]
    pub(crate) fn loads(&mut self, id: PluginId) {
        self.unlisted.retain(|entry| entry.descriptor.id != id);
    }

    /// Plugins that are linked and registered but not in the table, so that the host does not start them (KW0501).
    #[must_use]
    pub fn unlisted(&self) -> &[Registered] {
        &self.unlisted
    }

    /// Plugins of the table whose registration the linker dropped (KW0502). They work all the same.
    #[must_use]
    pub fn unregistered(&self) -> &[&'static Descriptor] {
        &self.unregistered
    }

    /// Plugins that stand in the table more than once (KW0503).
    #[must_use]
    pub fn repeated(&self) -> &[&'static Descriptor] {
        &self.repeated
    }

    /// One line for each disagreement, without help lines.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        let unlisted = self.unlisted.iter().map(|Registered { descriptor, site }| {
            format!(
                "KW0501 plugin `{} {}` is linked (registered at {site}) but not in the host's table: it will not run",
                descriptor.id, descriptor.version
            )
        });
        let unregistered = self.unregistered.iter().map(|descriptor| {
            format!(
                "KW0502 plugin `{} {}` is in the host's table but its registration was not linked",
                descriptor.id, descriptor.version
            )
        });
        let repeated = self.repeated.iter().map(|descriptor| {
            format!("KW0503 plugin `{} {}` is in the host's table more than once", descriptor.id, descriptor.version)
        });
        unlisted.chain(unregistered).chain(repeated).collect()
    }
}

impl fmt::Display for Census {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_clean() {
            return formatter.write_str("the table and the census agree");
        }
        for finding in self.findings() {
            writeln!(formatter, "{finding}")?;
        }
        if let Some(Registered { descriptor, .. }) = self.unlisted.first() {
            writeln!(
                formatter,
                "  help: make `{}` match a glob in `[package.metadata.keyway] plugins`, or do not link it",
                descriptor.package
            )?;
        }
        if !self.unregistered.is_empty() {
            writeln!(
                formatter,
                "  help: nothing to mend where the link mode drops constructors (static libraries, wasm); elsewhere see docs/errors/KW0502.md"
            )?;
        }
        if let Some(descriptor) = self.repeated.first() {
            writeln!(formatter, "  help: name `{}` once in the list given to `host!`", descriptor.package)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use keyway_manifest::{PluginId, Version};

    use super::*;

    const fn descriptor(id: &'static str, package: &'static str) -> Descriptor {
        let version = Version { major: 1, minor: 0, patch: 0, pre: "", build: "" };
        Descriptor { id: PluginId::new(id), version, package, ..Descriptor::EMPTY }
    }

    static A: Descriptor = descriptor("site.a", "plugin-a");
    static B: Descriptor = descriptor("site.b", "plugin-b");

    fn registered(descriptor: &'static Descriptor) -> Registered {
        Registered { descriptor, site: "src/lib.rs:3" }
    }

    #[test]
    fn an_agreeing_census_is_clean_in_any_order() {
        let census = Census::compare(&[&B, &A], vec![registered(&A), registered(&B)]);
        assert!(census.is_clean());
        assert_eq!(census.to_string(), "the table and the census agree");
    }

    #[test]
    fn what_each_side_misses_is_named() {
        let census = Census::compare(&[&A], vec![registered(&B)]);
        assert_eq!(
            census.findings(),
            [
                "KW0501 plugin `site.b 1.0.0` is linked (registered at src/lib.rs:3) but not in the host's table: it will not run",
                "KW0502 plugin `site.a 1.0.0` is in the host's table but its registration was not linked",
            ]
        );
        assert!(census.to_string().contains("help: make `plugin-b` match a glob"));
    }

    #[test]
    fn a_repeated_entry_is_one_finding_and_not_unregistered() {
        let census = Census::compare(&[&A, &B, &A], vec![registered(&A), registered(&B)]);
        assert_eq!(census.findings(), ["KW0503 plugin `site.a 1.0.0` is in the host's table more than once"]);
    }
}
