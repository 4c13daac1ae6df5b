//! What one plugin has in use, as those who give it out book it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use keyway_manifest::Descriptor;

use super::meter::Meter;
use super::{Amount, Heap, ResourceLimits, Usage};
use crate::capability::{MemorySource, OverLimit, Resource};
use crate::guard::PluginNumber;
use crate::host::audit::{Audit, Kind};

/// The account of one plugin, over all its instances. Whatever gives out something that is limited books it here.
pub(in crate::host) struct Account {
    descriptor: &'static Descriptor,
    audit: Arc<Audit>,
    memory: Meter,
    tasks: Meter,
    open_files: Meter,
    storage: Meter,
    task_panics: AtomicU64,
    /// Whether it holds more of the program's memory than it may.
    has_excess: AtomicBool,
}

impl Account {
    pub(in crate::host) fn new(descriptor: &'static Descriptor, limits: &ResourceLimits, audit: Arc<Audit>) -> Arc<Self> {
        let meter = |resource| Meter::new(limits.get(resource));
        Arc::new(Self {
            descriptor,
            audit,
            memory: meter(Resource::Memory),
            tasks: meter(Resource::Tasks),
            open_files: meter(Resource::OpenFiles),
            storage: meter(Resource::Storage),
            task_panics: AtomicU64::new(0),
            has_excess: AtomicBool::new(false),
        })
    }

    /// Sets what the plugin may have from now on. What it has beyond it stays until it gives it back.
    pub(in crate::host) fn set_limits(&self, limits: &ResourceLimits) {
        for resource in Resource::ALL {
            self.meter(resource).set_limit(limits.get(resource));
        }
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
        taken.map_err(|(limit, used)| {
            self.write_down(resource, limit);
            OverLimit::new(self.descriptor.id, resource, limit, used, amount)
        })
    }

    fn write_down(&self, resource: Resource, limit: u64) {
        let details: [(_, &dyn fmt::Display); 3] = [("code", &resource.code()), ("resource", &resource.key()), ("limit", &limit)];
        self.audit.often(Some(self.descriptor), Kind::LimitExceeded, &details);
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
    pub(in crate::host) fn refuse_storage(&self, limit: u64) {
        self.storage.refuse();
        self.write_down(Resource::Storage, limit);
    }

    /// Counts a task that panicked.
    pub(in crate::host) fn count_task_panic(&self) {
        self.task_panics.fetch_add(1, Ordering::Relaxed);
    }

    /// How many bytes of memory the plugin may have, where somebody has said so.
    pub(in crate::host) fn memory_limit(&self) -> Option<u64> {
        self.memory.read().limit
    }

    /// Whether the plugin holds more of the program's memory than it may, as of the last look.
    pub(in crate::host) fn has_excess(&self) -> bool {
        self.has_excess.load(Ordering::Acquire)
    }

    /// Notes whether it does; answers whether that is new.
    pub(in crate::host) fn note_excess(&self, has_excess: bool) -> bool {
        self.has_excess.swap(has_excess, Ordering::AcqRel) != has_excess
    }

    /// All numbers at this moment; `queued_events` are counted elsewhere.
    pub(in crate::host) fn usage(&self, number: &PluginNumber, queued_events: Amount) -> Usage {
        Usage {
            memory: self.memory.read(),
            heap: Heap::of(number),
            tasks: self.tasks.read(),
            task_panics: self.task_panics.load(Ordering::Relaxed),
            queued_events,
            open_files: self.open_files.read(),
            storage: self.storage.read(),
        }
    }
}

impl MemorySource for Account {
    fn take(&self, bytes: u64) -> Result<(), OverLimit> {
        self.take(Resource::Memory, bytes)
    }

    fn give_back(&self, bytes: u64) {
        self.give_back(Resource::Memory, bytes);
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Account").field("plugin", &self.descriptor.id).finish_non_exhaustive()
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
    use crate::host::capability::World;

    static PLUGIN: Descriptor = Descriptor { id: keyway_manifest::PluginId::new("site.a"), ..Descriptor::EMPTY };

    #[test]
    fn a_refusal_names_everything_and_a_booking_ends_when_it_is_dropped() {
        let limits = ResourceLimits { open_files: Some(2), ..ResourceLimits::default() };
        let account = Account::new(&PLUGIN, &limits, World::new().audit);
        let first = account.book(Resource::OpenFiles, 2).unwrap();
        let refused = account.book(Resource::OpenFiles, 1).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "KW0662 plugin `site.a` has 2 open files of the 2 that it may have, and asked for 1 more; give something back, or raise \
             `open-files` in its limits"
        );
        drop(first);
        assert_eq!(account.usage(&PluginNumber::default(), Amount::default()).open_files.used, 0);
        account.set_limits(&ResourceLimits { open_files: Some(1), ..ResourceLimits::default() });
        let one = account.book(Resource::OpenFiles, 1).unwrap();
        assert!(account.book(Resource::OpenFiles, 1).is_err(), "the new limit counts");
        account.set_limits(&limits);
        drop((account.book(Resource::OpenFiles, 1).unwrap(), one));
        drop(account.book(Resource::Tasks, 1_000_000).unwrap());
        let files = account.usage(&PluginNumber::default(), Amount::default()).open_files;
        assert_eq!((files.used, files.peak, files.refused, files.limit), (0, 2, 2, Some(2)));
    }
}
