//! The types of `keyway` itself that cross between a host and a library.

use keyway_manifest::record::TypeLayout;

use crate::context::{Seed, Shared};
use crate::event::{Envelope, Handed, Source, Subscription, Topic, TopicType};
use crate::guard::{CallError, Caught, Panicked, Trouble};
use crate::job::{JobRun, JobSpec};
use crate::native::Erased;
use crate::plugin::{Extension, Failure, Registration};
use crate::task::SpawnError;
use crate::{Error, capability};

macro_rules! own {
    ($($own:ty),* $(,)?) => { &[$(&TypeLayout::structure::<$own>(stringify!($own), &[])),*] };
}

/// Sizes and alignments of what crosses and is no part of an SDK's signatures. All else that could differ comes with another version of
/// `keyway`; these could differ within one, by the features that each side turns on, and must not.
pub const OWN: &[&TypeLayout] = own! {
    Seed, Shared, Registration, Extension, Subscription, Failure, Panicked, Trouble, Error, CallError, Erased, TopicType, Source, Handed,
    JobRun, JobSpec, SpawnError, Envelope<'static>, Topic<()>, Caught<'static, ()>, capability::OverLimit, capability::DataError,
};

#[cfg(test)]
mod tests {
    use super::OWN;

    #[test]
    fn none_is_empty_or_named_twice() {
        let mut names: Vec<_> = OWN.iter().map(|layout| layout.name).collect();
        assert!(OWN.iter().all(|layout| layout.size > 0), "{OWN:?}");
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
