//! Where the extensions of each point are kept: without their type until the program asks for the point, with it from then on.

use std::any::Any;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use keyway_manifest::{Descriptor, PluginId, is_service};

use super::snapshot::{Current, Extension, Point, Snapshot};
use crate::guard::Slot;
use crate::{Error, ExtensionPoint, plugin};

/// One extension of a running plugin and the host's side of it.
pub(super) struct Held {
    pub(super) slot: Arc<Slot>,
    pub(super) erased: plugin::Extension,
}

/// All extension points that the plugins of a host extend. The set is fixed when the host is built, so finding one takes no lock.
pub(crate) struct PointTable(Vec<Entry>);

/// Who reads the extensions of a point: the host alone, or other plugins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// What the host calls.
    Point,
    /// What plugins call too, also while the host starts and stops.
    Service,
}

struct Entry {
    id: PluginId,
    kind: Kind,
    /// The plugins that extend it, running or not.
    plugins: Arc<[&'static Descriptor]>,
    held: Mutex<Vec<Arc<Held>>>,
    typed: OnceLock<Arc<dyn Typed>>,
}

/// A [`Current`] whose point is not known by type here.
trait Typed: Send + Sync {
    fn rebuild(&self, held: &[Arc<Held>]);
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<P: ExtensionPoint + ?Sized + 'static> Typed for Current<P> {
    fn rebuild(&self, held: &[Arc<Held>]) {
        self.set(snapshot(held));
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

impl PointTable {
    /// Makes the table for plugins that are given in start order.
    pub(super) fn new(plugins: impl Iterator<Item = &'static Descriptor>) -> Self {
        let pairs = plugins.flat_map(|plugin| plugin.extensions.iter().map(move |entry| (entry.point.id, plugin)));
        let mut pairs: Vec<_> = pairs.collect();
        pairs.sort_by_key(|(id, _)| (id.hash(), *id));
        let entry = |pairs: &[(PluginId, &'static Descriptor)]| Entry {
            id: pairs[0].0,
            kind: if is_service(&pairs[0].0) { Kind::Service } else { Kind::Point },
            plugins: pairs.iter().map(|(_, plugin)| *plugin).collect(),
            held: Mutex::default(),
            typed: OnceLock::new(),
        };
        Self(pairs.chunk_by(|left, right| left.0 == right.0).map(entry).collect())
    }

    /// Puts the extensions of all running plugins at the points of one kind, given in start order, in place of the ones before.
    pub(super) fn publish(&self, kind: Kind, plugins: impl Iterator<Item = Arc<[Arc<Held>]>>) {
        let mut lists: Vec<Vec<Arc<Held>>> = self.0.iter().map(|_| Vec::new()).collect();
        plugins.for_each(|extensions| self.sort_into(&mut lists, &extensions));
        for (entry, list) in self.0.iter().zip(lists).filter(|(entry, _)| entry.kind == kind) {
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
                None => tracing::error!(
                    plugin = held.slot.descriptor().id.as_str(),
                    point = held.erased.info.id.as_str(),
                    "KW0613 the plugin brings an extension that its descriptor does not list; it is never called"
                ),
            }
        }
    }

    /// The handle of a point; one that stays empty when no plugin of the host extends it.
    pub(super) fn point<P: ExtensionPoint + ?Sized + 'static>(&self) -> Point<P> {
        let Some(entry) = self.find(P::INFO.id).map(|index| &self.0[index]) else { return empty() };
        entry.point().unwrap_or_else(|problem| {
            tracing::error!(point = P::INFO.id.as_str(), "{problem}; it finds no extensions");
            empty()
        })
    }

    /// The handle of a service, and the plugins that provide it, running or not.
    pub(crate) fn service<S: ExtensionPoint + ?Sized + 'static>(&self) -> Result<(Point<S>, Arc<[&'static Descriptor]>), Error> {
        match self.find(S::INFO.id).map(|index| &self.0[index]) {
            Some(entry) => Ok((entry.point().map_err(Error::message)?, Arc::clone(&entry.plugins))),
            None => Ok((empty(), Arc::default())),
        }
    }

    fn find(&self, id: PluginId) -> Option<usize> {
        self.0.binary_search_by_key(&(id.hash(), id), |entry| (entry.id.hash(), entry.id)).ok()
    }
}

fn empty<P: ExtensionPoint + ?Sized>() -> Point<P> {
    Point(Arc::new(Current::new(Snapshot::new(std::iter::empty()))))
}

impl Entry {
    /// The handle of the point, which takes its type from whoever asks first; a problem when another type asks later.
    fn point<P: ExtensionPoint + ?Sized + 'static>(&self) -> Result<Point<P>, String> {
        let typed = self.typed.get().unwrap_or_else(|| {
            // The lock keeps `publish` from changing the list between reading it and being seen as typed.
            let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            self.typed.get_or_init(|| Arc::new(Current::<P>::new(snapshot(&held))))
        });
        Arc::clone(typed).into_any().downcast().map(Point).map_err(|_| {
            let (id, asked) = (P::INFO.id, std::any::type_name::<P>());
            format!("KW0613 two traits claim the same point id: `{asked}` is not the first that claims `{id}`")
        })
    }
}

fn snapshot<P: ExtensionPoint + ?Sized>(held: &[Arc<Held>]) -> Arc<Snapshot<P>> {
    Snapshot::new(held.iter().filter_map(|held| {
        let Some(shielded) = held.erased.shielded::<P>() else {
            tracing::error!(
                plugin = held.slot.descriptor().id.as_str(),
                point = P::INFO.id.as_str(),
                expected = std::any::type_name::<P>(),
                found = held.erased.point_type,
                "KW0613 the plugin extends another trait with the same point id; it is never called"
            );
            return None;
        };
        Some(Extension::new(P::guard(Arc::clone(&held.slot), shielded), Arc::clone(&held.slot)))
    }))
}
