//! The points and events that this program was compiled with: what plugins in libraries can extend, call, publish and subscribe to.
//!
//! `#[extension_point]` and `#[derive(Event)]` put them in the list while the program is linked; see `core/src/native/known.rs`.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use keyway_manifest::record::{EventLayout, PointLayout};
use keyway_manifest::{EventInfo, PluginId, PointInfo};

use super::remote::{self, Terms};
use crate::event::{Event, TopicType};
use crate::host::PointTable;
use crate::host::tell::tell;
use crate::link::RemotePoint;
use crate::{Error, ExtensionPoint};

/// An extension point that the program was compiled with.
#[derive(Clone, Copy)]
pub struct KnownPoint {
    /// Id, version, failure policy and method signatures.
    pub info: &'static PointInfo,
    /// What crosses when its methods are called.
    pub(super) layout: &'static PointLayout,
    /// What this program calls the type `Arc<P::Shielded>` of the point `P`.
    pub(super) shielded: TypeId,
    /// The trait with its path, for messages.
    pub(super) name: fn() -> &'static str,
    /// Makes the way to the point for a library.
    pub(super) remote: MakeRemote,
}

/// Makes the way to one point.
pub(super) type MakeRemote = fn(&PointTable, Terms) -> Result<Arc<dyn RemotePoint>, Error>;

/// An event that the program was compiled with.
#[derive(Clone, Copy)]
pub struct KnownEvent {
    pub(super) kind: TopicType,
    pub(super) layout: &'static EventLayout,
}

impl KnownPoint {
    /// The point `P`.
    #[must_use]
    pub const fn of<P: ExtensionPoint + ?Sized + 'static>() -> Self {
        Self {
            info: P::INFO,
            layout: P::LAYOUT,
            shielded: TypeId::of::<Arc<P::Shielded>>(),
            name: std::any::type_name::<P>,
            remote: remote::remote::<P>,
        }
    }
}

impl KnownEvent {
    /// The event `E`.
    #[must_use]
    pub const fn of<E: Event>() -> Self {
        Self { kind: TopicType::of::<E>(), layout: E::LAYOUT }
    }

    /// Topic, version and schema.
    #[must_use]
    pub const fn info(&self) -> &'static EventInfo {
        self.kind.info
    }
}

/// All points and events of this program, by id and topic.
pub(in crate::host) struct Known {
    points: BTreeMap<PluginId, KnownPoint>,
    events: BTreeMap<PluginId, KnownEvent>,
}

impl Known {
    /// Those of this program.
    pub(in crate::host) fn of_program() -> &'static Self {
        static KNOWN: LazyLock<Known> = LazyLock::new(|| {
            let (known, doubtful) = Known::sort(crate::native::known_points(), crate::native::known_events());
            for Doubtful { id, kind, names } in doubtful {
                let id = id.as_str();
                tell!(
                    error,
                    { id, }
                    "KW0768 this program was compiled with two types for the {kind} `{id}`: {names}; no library that uses it is loaded\n  \
                     help: give each an id of its own; if both are one type of one SDK, `cargo tree -d` shows its two versions"
                );
            }
            known
        });
        &KNOWN
    }

    /// Sorts what was registered, and leaves out what two types claim: nobody could tell which of them a library means.
    fn sort(points: Vec<KnownPoint>, events: Vec<KnownEvent>) -> (Self, Vec<Doubtful>) {
        let mut doubtful = Vec::new();
        let points =
            unambiguous(points, &mut doubtful, |point| (point.info.id, point.shielded, "point", (point.name)().to_owned()));
        let events = unambiguous(events, &mut doubtful, |event| {
            let EventInfo { topic, type_path, package, .. } = event.kind.info;
            (*topic, event.kind.id, "topic", format!("{type_path} of {package}"))
        });
        (Self { points, events }, doubtful)
    }

    /// What crosses at all the points, for the gate.
    pub(in crate::host) fn point_layouts(&self) -> Vec<&'static PointLayout> {
        self.points.values().map(|point| point.layout).collect()
    }

    /// What crosses with all the events, for the gate.
    pub(in crate::host) fn event_layouts(&self) -> Vec<&'static EventLayout> {
        self.events.values().map(|event| event.layout).collect()
    }

    /// The point of that id.
    pub(in crate::host) fn point(&self, id: PluginId) -> Option<&KnownPoint> {
        self.points.get(&id)
    }

    /// The event of that topic.
    pub(in crate::host) fn event(&self, topic: PluginId) -> Option<&KnownEvent> {
        self.events.get(&topic)
    }
}

/// An id that two types of the program claim.
struct Doubtful {
    id: PluginId,
    kind: &'static str,
    names: String,
}

fn unambiguous<T>(
    all: Vec<T>,
    doubtful: &mut Vec<Doubtful>,
    describe: impl Fn(&T) -> (PluginId, TypeId, &'static str, String),
) -> BTreeMap<PluginId, T> {
    let mut by_id: BTreeMap<PluginId, Vec<T>> = BTreeMap::new();
    for entry in all {
        let (id, ty, ..) = describe(&entry);
        let entries = by_id.entry(id).or_default();
        if entries.iter().all(|other| describe(other).1 != ty) {
            entries.push(entry);
        }
    }
    let mut sole = BTreeMap::new();
    for (id, mut entries) in by_id {
        if entries.len() == 1 {
            sole.extend(entries.pop().map(|entry| (id, entry)));
            continue;
        }
        let mut names: Vec<_> = entries.iter().map(|entry| format!("`{}`", describe(entry).3)).collect();
        names.sort();
        let kind = describe(&entries[0]).2;
        doubtful.push(Doubtful { id, kind, names: names.join(" and ") });
    }
    sole
}

impl fmt::Debug for KnownPoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("KnownPoint").field(&(self.name)()).finish()
    }
}

impl fmt::Debug for KnownEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("KnownEvent").field(&self.kind.info.type_path).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Job;

    mod one {
        /// One of two traits with one id.
        #[keyway::extension_point(id = "test.doubtful", version = "1.0.0", on_failure = "open")]
        pub(super) trait Doubtful {}

        #[derive(keyway::Event)]
        #[event(topic = "test.doubted", version = "1.0.0")]
        pub(super) struct Doubted;
    }

    mod other {
        /// The other one.
        #[keyway::extension_point(id = "test.doubtful", version = "1.0.0", on_failure = "open")]
        pub(super) trait Doubtful {}

        #[derive(keyway::Event)]
        #[event(topic = "test.doubted", version = "1.0.0")]
        pub(super) struct Doubted;
    }

    #[derive(keyway::Event)]
    #[event(topic = "test.sole", version = "1.0.0")]
    struct Sole;

    #[test]
    fn the_program_knows_its_own_points_and_events() {
        let known = Known::of_program();
        assert_eq!(
            known.point(<dyn Job>::INFO.id).map(|job| job.shielded),
            Some(TypeId::of::<Arc<<dyn Job as ExtensionPoint>::Shielded>>())
        );
        assert_eq!(known.event(Sole::INFO.topic).map(|event| event.kind.id), Some(TypeId::of::<Sole>()));
        assert!(known.point(PluginId::new("test.nobodys")).is_none());
        let points: Vec<_> = known.point_layouts().iter().map(|layout| layout.info.id).collect();
        assert!(points.contains(&<dyn Job>::INFO.id) && points.is_sorted());
        assert!(known.event_layouts().iter().any(|layout| layout.info.topic == Sole::INFO.topic));
    }

    #[test]
    fn what_two_types_claim_is_left_out_and_told() {
        let points =
            vec![KnownPoint::of::<dyn Job>(), KnownPoint::of::<dyn other::Doubtful>(), KnownPoint::of::<dyn one::Doubtful>()];
        let events = vec![KnownEvent::of::<one::Doubted>(), KnownEvent::of::<Sole>(), KnownEvent::of::<other::Doubted>()];
        let (known, doubtful) = Known::sort(points, events);
        assert_eq!((known.points.len(), known.events.len()), (1, 1));
        let told: Vec<_> = doubtful.iter().map(|doubtful| (doubtful.id.as_str(), doubtful.kind)).collect();
        assert_eq!(told, [("test.doubtful", "point"), ("test.doubted", "topic")]);
        assert!(doubtful[0].names.contains("::one::Doubtful` and `"), "{}", doubtful[0].names);
    }

    #[test]
    fn what_is_registered_twice_is_one() {
        let (known, doubtful) = Known::sort(vec![KnownPoint::of::<dyn Job>(); 2], vec![KnownEvent::of::<Sole>(); 2]);
        assert!(doubtful.is_empty());
        assert_eq!((known.points.len(), known.events.len()), (1, 1));
    }
}
