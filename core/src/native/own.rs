//! The types of Keyway itself that cross between a host and a library, whatever points the plugin uses.

use keyway_manifest::record::TypeLayout;

use crate::capability::{
    ClockSource, DataError, DatabaseSource, EnvironmentSource, FileSystem, HttpClient, KeyValueSource, LogSink, MemorySource,
    OverLimit, RandomSource, SecretSource,
};
use crate::context::{CapabilitySource, ConfigSource, Seed, Shared};
use crate::event::{AnyEvent, Envelope, Handed, Hear, NotKept, Sink, Source, Subscription, Topic, TopicType};
use crate::guard::{CallError, Caught, Panicked, Timer, Trouble};
use crate::job::{JobRun, JobSpec, StopSignal};
use crate::link::{Lent, RemotePoint};
use crate::native::Erased;
use crate::plugin::{Extension, Failure, Instance, Registration};
use crate::state::{StateReader, StateWriter};
use crate::task::{SpawnError, StopTask, TaskSource};
use crate::{Boundary, Error};

macro_rules! own {
    ($($own:ty,)*) => { &[$(<$own as Boundary>::LAYOUT),*] };
}

/// Their layouts. Two versions of Keyway, or one with different features, fit together when these are alike.
///
/// The types that they consist of are in them. A trait object is described by its methods.
pub const OWN: &[&TypeLayout] = own! {
    CallError, Caught<'static, ()>, DataError, Envelope<'static>, Erased, Error, Extension, Failure, Handed, JobRun, JobSpec,
    Lent<'static>, NotKept, OverLimit, Panicked, Registration, Seed, Shared, Source, SpawnError, Subscription, Topic<()>, TopicType, Trouble,
    dyn AnyEvent, dyn CapabilitySource, dyn ClockSource, dyn ConfigSource, dyn DatabaseSource, dyn EnvironmentSource, dyn FileSystem,
    dyn Hear<()>, dyn HttpClient, dyn Instance, dyn KeyValueSource, dyn LogSink, dyn MemorySource, dyn RandomSource, dyn RemotePoint,
    dyn SecretSource, dyn Sink<()>, dyn StateReader, dyn StateWriter, dyn StopSignal, dyn StopTask, dyn TaskSource, dyn Timer,
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use keyway_manifest::record::{Shape, TypeLayout};

    use super::OWN;

    fn is_trait_object(layout: &TypeLayout) -> bool {
        layout.name.starts_with("dyn ")
    }

    #[test]
    fn none_is_empty_or_named_twice() {
        let names: BTreeSet<_> = OWN.iter().map(|layout| layout.name).collect();
        assert_eq!(names.len(), OWN.len());
        for layout in OWN {
            let parts = match layout.shape {
                Shape::Standard { arguments } => arguments.len(),
                Shape::Struct { fields } => fields.len(),
                Shape::Enum { variants } => variants.len(),
                Shape::Recursive | Shape::Opaque { .. } => 0,
            };
            assert!(parts > 0, "{layout:?}");
            assert!(is_trait_object(layout) || layout.size > 0, "{layout:?}");
        }
    }

    /// A type of which only the size is compared may change in a patch release without being refused. There is none.
    #[test]
    fn none_is_opaque() {
        fn opaque(layout: &TypeLayout, found: &mut BTreeSet<&'static str>) {
            match layout.shape {
                Shape::Standard { arguments } => arguments.iter().for_each(|argument| opaque(argument, found)),
                Shape::Struct { fields } => fields.iter().for_each(|field| opaque(field.layout, found)),
                Shape::Enum { variants } => {
                    variants.iter().flat_map(|variant| variant.fields).for_each(|field| opaque(field.layout, found));
                }
                Shape::Recursive => {}
                Shape::Opaque { .. } => {
                    found.insert(layout.name);
                }
            }
        }
        let mut found = BTreeSet::new();
        OWN.iter().for_each(|layout| opaque(layout, &mut found));
        assert_eq!(found, BTreeSet::new());
    }
}
