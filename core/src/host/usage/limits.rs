//! How much a plugin may have of each resource, as far as somebody said so.

use keyway_manifest::Descriptor;

use crate::capability::Resource;

/// The limits of one plugin, or what one side says about them. `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::host) struct ResourceLimits {
    pub(in crate::host) memory: Option<u64>,
    pub(in crate::host) tasks: Option<u64>,
    pub(in crate::host) open_files: Option<u64>,
    pub(in crate::host) storage: Option<u64>,
}

impl ResourceLimits {
    pub(in crate::host) const NONE: Self = Self { memory: None, tasks: None, open_files: None, storage: None };

    /// What the author of a plugin says in the manifest.
    pub(in crate::host) fn of_manifest(descriptor: &Descriptor) -> Self {
        let limits = &descriptor.limits;
        Self {
            memory: limits.memory_bytes,
            tasks: limits.tasks.map(u64::from),
            open_files: limits.open_files.map(u64::from),
            storage: limits.storage_bytes,
        }
    }

    pub(in crate::host) const fn get(&self, resource: Resource) -> Option<u64> {
        match resource {
            Resource::Memory => self.memory,
            Resource::Tasks => self.tasks,
            Resource::OpenFiles => self.open_files,
            Resource::Storage => self.storage,
        }
    }

    pub(in crate::host) const fn set(&mut self, resource: Resource, limit: u64) {
        let place = match resource {
            Resource::Memory => &mut self.memory,
            Resource::Tasks => &mut self.tasks,
            Resource::OpenFiles => &mut self.open_files,
            Resource::Storage => &mut self.storage,
        };
        *place = Some(limit);
    }

    /// The laxer of both, one by one.
    pub(in crate::host) fn laxest(self, other: Self) -> Self {
        let laxer = |left: Option<u64>, right: Option<u64>| left.zip(right).map(|(left, right)| left.max(right));
        Self {
            memory: laxer(self.memory, other.memory),
            tasks: laxer(self.tasks, other.tasks),
            open_files: laxer(self.open_files, other.open_files),
            storage: laxer(self.storage, other.storage),
        }
    }

    /// The stricter of both, one by one.
    pub(in crate::host) fn strictest(self, other: Self) -> Self {
        let stricter = |left: Option<u64>, right: Option<u64>| left.into_iter().chain(right).min();
        Self {
            memory: stricter(self.memory, other.memory),
            tasks: stricter(self.tasks, other.tasks),
            open_files: stricter(self.open_files, other.open_files),
            storage: stricter(self.storage, other.storage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_of_all_sides_applies_one_by_one() {
        let left = ResourceLimits { memory: Some(5), tasks: Some(1), ..ResourceLimits::NONE };
        let right = ResourceLimits { memory: Some(3), tasks: Some(2), storage: Some(9), ..ResourceLimits::NONE };
        let both = ResourceLimits { memory: Some(3), tasks: Some(1), open_files: None, storage: Some(9) };
        let either = ResourceLimits { memory: Some(5), tasks: Some(2), ..ResourceLimits::NONE };
        assert_eq!((left.laxest(right), right.laxest(left)), (either, either));
        assert_eq!((left.strictest(right), right.strictest(left)), (both, both));
        let mut set = ResourceLimits::NONE;
        for (index, resource) in (1..).zip(Resource::ALL) {
            set.set(resource, index);
            assert_eq!(set.get(resource), Some(index));
        }
    }
}
