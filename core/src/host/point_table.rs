//! Where the extensions of each point are kept: without their type until the program asks for the point, with it from then on.

use std::any::Any;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use keyway_manifest::PluginId;

use super::snapshot::{Current, Extension, Extensions, Point, Snapshot};
use super::tell::tell;
use crate::ExtensionPoint;
use crate::guard::Slot;
use crate::plugin;

/// One extension of a running plugin and the host's side of it.
pub(super) struct Held {
    pub(super) slot: Arc<Slot>,
    pub(super) erased: plugin::Extension,
}

/// All extension points that the plugins of a host extend. The set is fixed when the host is built, so finding one takes no lock.
pub(super) struct PointTable(Vec<Entry>);

struct Entry {
    id: PluginId,
    held: Mutex<Vec<Arc<Held>>>,
    typed: OnceLock<Arc<dyn Typed>>,
}

/// A [`Current`] whose point is not known by type here.
trait Typed: Send + Sync {
    fn rebuild(&self, held: &[Arc<Held>]);
    fn as_any(&self) -> &dyn Any;
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<P: ExtensionPoint + ?Sized + 'static> Typed for Current<P> {
    fn rebuild(&self, held: &[Arc<Held>]) {
        self.set(snapshot(held));
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

impl PointTable {
    pub(super) fn new(points: impl Iterator<Item = PluginId>) -> Self {
        let mut ids: Vec<_> = points.collect();
        ids.sort_unstable_by_key(|id| (id.hash(), *id));
        ids.dedup();
        Self(ids.into_iter().map(|id| Entry { id, held: Mutex::default(), typed: OnceLock::new() }).collect())
    }

    /// Puts the extensions of all running plugins, given in start order, in place of the ones before.
    pub(super) fn publish(&self, plugins: impl Iterator<Item = Arc<[Arc<Held>]>>) {
        let mut lists: Vec<Vec<Arc<Held>>> = self.0.iter().map(|_| Vec::new()).collect();
        plugins.for_each(|extensions| self.sort_into(&mut lists, &extensions));
        for (entry, list) in self.0.iter().zip(lists) {
            let mut held = entry.held.lock().unwrap_or_else(PoisonError::into_inner);
            *held = list;
            if let Some(typed) = entry.typed.get() {
                typed.rebuild(&held);
            }
        }
    }

    fn sort_into(&self, lists: &mut [Vec<Arc<Held>>], extensions: &[Arc<Held>]) {
        for held in extensions {
            match self.find(held.erased.info.id) {
                Some(index) => lists[index].push(Arc::clone(held)),
                None => tell!(
                    error,
                    { plugin = held.slot.descriptor().id.as_str(), point = held.erased.info.id.as_str(), }
                    "KW0613 the plugin brings an extension that its descriptor does not list; it is never called"
                ),
            }
        }
    }

    /// The handle of a point; one that stays empty when no plugin of the host extends it.
    pub(super) fn point<P: ExtensionPoint + ?Sized + 'static>(&self) -> Point<P> {
        let empty = || Point(Arc::new(Current::new(Snapshot::new(std::iter::empty()))));
        let Some(entry) = self.find(P::INFO.id).map(|index| &self.0[index]) else { return empty() };
        let typed = entry.typed.get().unwrap_or_else(|| {
            // The lock keeps `publish` from changing the list between reading it and being seen as typed.
            let held = entry.held.lock().unwrap_or_else(PoisonError::into_inner);
            entry.typed.get_or_init(|| Arc::new(Current::<P>::new(snapshot(&held))))
        });
        Arc::clone(typed).into_any().downcast().map_or_else(
            |_| {
                let (point, asked) = (P::INFO.id.as_str(), std::any::type_name::<P>());
                tell!(error, { point, asked, } "KW0613 two traits claim the same point id; the second one finds no extensions");
                empty()
            },
            Point,
        )
    }

    /// The extensions of a point at this moment. Once its type is known, no handle is made on the way.
    pub(super) fn extensions<P: ExtensionPoint + ?Sized + 'static>(&self) -> Extensions<P> {
        let known = self.find(P::INFO.id).and_then(|index| self.0[index].typed.get());
        let current = known.and_then(|typed| typed.as_any().downcast_ref::<Current<P>>());
        current.map_or_else(|| self.point::<P>().extensions(), Current::extensions)
    }

    fn find(&self, id: PluginId) -> Option<usize> {
        self.0.binary_search_by_key(&(id.hash(), id), |entry| (entry.id.hash(), entry.id)).ok()
    }
}

fn snapshot<P: ExtensionPoint + ?Sized>(held: &[Arc<Held>]) -> Arc<Snapshot<P>> {
    Snapshot::new(held.iter().filter_map(|held| {
        let Some(shielded) = held.erased.shielded::<P>() else {
            tell!(
                error,
                {
                    plugin = held.slot.descriptor().id.as_str(),
                    point = P::INFO.id.as_str(),
                    expected = std::any::type_name::<P>(),
                    found = held.erased.point_type,
                }
                "KW0613 the plugin extends another trait with the same point id; it is never called"
            );
            return None;
        };
        Some(Extension::new(P::guard(Arc::clone(&held.slot), shielded), Arc::clone(&held.slot)))
    }))
}
