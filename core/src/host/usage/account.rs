//! What one plugin has in use, as those who give it out book it.

use std::sync::Arc;

use keyway_manifest::PluginId;

use super::meter::Meter;
use super::{Heap, ResourceLimits, Usage};
use crate::capability::{OverLimit, Resource};
use crate::guard::PluginNumber;

/// The account of one plugin, over all its instances. Whatever gives out something that is limited books it here.
#[derive(Debug)]
pub(in crate::host) struct Account {
    plugin: PluginId,
    memory: Meter,
    tasks: Meter,
    open_files: Meter,
    storage: Meter,
}

impl Account {
    pub(in crate::host) fn new(plugin: PluginId, limits: &ResourceLimits) -> Arc<Self> {
        let meter = |resource| Meter::new(limits.get(resource));
        Arc::new(Self {
            plugin,
            memory: meter(Resource::Memory),
            tasks: meter(Resource::Tasks),
            open_files: meter(Resource::OpenFiles),
            storage: meter(Resource::Storage),
        })
    }

    const fn meter(&self, resource: Resource) -> &Meter {
        match resource {
            Resource::Memory => &self.memory,
            Resource::Tasks => &self.tasks,
            Resource::OpenFiles => &self.open_files,
            Resource::Storage => &self.storage,
        }
    }

    /// Books so much more of a resource until [`give_back`](Self::give_back).
    ///
    /// # Errors
    /// When the plugin would be beyond its limit; nothing is booked then.
    pub(in crate::host) fn take(&self, resource: Resource, amount: u64) -> Result<(), OverLimit> {
        let taken = self.meter(resource).take(amount);
        taken.map_err(|(limit, used)| OverLimit::new(self.plugin, resource, limit, used, amount))
    }

    /// Books that so much of a resource is free again.
    pub(in crate::host) fn give_back(&self, resource: Resource, amount: u64) {
        self.meter(resource).give_back(amount);
    }

    /// Books so much more of a resource until the answer is dropped.
    ///
    /// # Errors
    /// When the plugin would be beyond its limit.
    pub(in crate::host) fn book(self: &Arc<Self>, resource: Resource, amount: u64) -> Result<Booking, OverLimit> {
        self.take(resource, amount)?;
        Ok(Booking { account: Arc::clone(self), resource, amount })
    }

    /// Notes how many bytes the plugin keeps; SQLite holds the limit itself.
    #[cfg(feature = "data")]
    pub(in crate::host) fn set_storage(&self, used: u64) {
        self.storage.set(used);
    }

    /// How many bytes the plugin may keep, where somebody has said so.
    #[cfg(feature = "data")]
    pub(in crate::host) fn storage_limit(&self) -> Option<u64> {
        self.storage.read().limit
    }

    /// Counts that the plugin was to keep more than it may.
    #[cfg(feature = "data")]
    pub(in crate::host) fn refuse_storage(&self) {
        self.storage.refuse();
    }

    /// All numbers at this moment.
    pub(in crate::host) fn usage(&self, number: &PluginNumber) -> Usage {
        Usage {
            memory: self.memory.read(),
            heap: Heap::of(number),
            tasks: self.tasks.read(),
            open_files: self.open_files.read(),
            storage: self.storage.read(),
        }
    }
}

/// A use that is booked as long as this lives.
#[derive(Debug)]
#[must_use = "dropping it gives back what was booked"]
pub(in crate::host) struct Booking {
    account: Arc<Account>,
    resource: Resource,
    amount: u64,
}

impl Drop for Booking {
    fn drop(&mut self) {
        self.account.give_back(self.resource, self.amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_everything_and_a_booking_ends_when_it_is_dropped() {
        let limits = ResourceLimits { open_files: Some(2), ..ResourceLimits::default() };
        let account = Account::new(PluginId::new("site.a"), &limits);
        let first = account.book(Resource::OpenFiles, 2).unwrap();
        let refused = account.book(Resource::OpenFiles, 1).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "KW0662 plugin `site.a` has 2 open files of the 2 that it may have, and asked for 1 more; give something back, or raise \
             `open-files` in its limits"
        );
        drop(first);
        assert_eq!(account.usage(&PluginNumber::default()).open_files.used, 0);
        drop(account.book(Resource::Tasks, 1_000_000).unwrap());
        let files = account.usage(&PluginNumber::default()).open_files;
        assert_eq!((files.used, files.peak, files.refused, files.limit), (0, 2, 1, Some(2)));
    }
}
