//! Where the extensions of each point are kept: without their type until the program asks for the point, with it from then on.

use std::any::{Any, TypeId};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use keyway_manifest::{Descriptor, PluginId, is_service};

use super::claim::HELP;
use super::snapshot::{Current, Extension, Extensions, Point, Snapshot};
use super::tell::tell;
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
    /// The trait to which the point belongs: that of the first plugin that extends it.
    claim: OnceLock<Claim>,
}

/// Whose a point is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    shielded: TypeId,
    pub(super) point_type: &'static str,
    pub(super) plugin: PluginId,
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
            claim: OnceLock::new(),
        };
        Self(pairs.chunk_by(|left, right| left.0 == right.0).map(entry).collect())
    }

    /// Notes the trait of a plugin's extension, or answers the other one to which the point belongs already.
    pub(super) fn claim(&self, plugin: PluginId, extension: &plugin::Extension) -> Result<(), Claim> {
        let Some(index) = self.find(extension.info.id) else { return Ok(()) };
        let shielded = extension.shielded_type();
        let claim = *self.0[index].claim.get_or_init(|| Claim { shielded, point_type: extension.point_type, plugin });
        if claim.shielded == shielded { Ok(()) } else { Err(claim) }
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
                None => {
                    let (plugin, point) = (held.slot.descriptor().id.as_str(), held.erased.info.id.as_str());
                    tell!(
                        error,
                        { plugin, point, }
                        "KW0613 plugin `{plugin}` brings an extension of `{point}` that its descriptor does not list, so it is never \
                         called\n  help: let `#[derive(Plugin)]` make the descriptor"
                    );
                }
            }
        }
    }

    /// The handle of a point; one that stays empty when no plugin of the host extends it.
    pub(super) fn point<P: ExtensionPoint + ?Sized + 'static>(&self) -> Point<P> {
        let Some(entry) = self.find(P::INFO.id).map(|index| &self.0[index]) else { return empty() };
        entry.point("the program").unwrap_or_else(|problem| {
            let (point, asked) = (P::INFO.id.as_str(), std::any::type_name::<P>());
            tell!(error, { point, asked, } "{problem}");
            empty()
        })
    }

    /// The handle of a point for a plugin, and the plugins that extend it, running or not.
    pub(crate) fn found<P: ExtensionPoint + ?Sized + 'static>(&self) -> Result<(Point<P>, Arc<[&'static Descriptor]>), Error> {
        match self.find(P::INFO.id).map(|index| &self.0[index]) {
            Some(entry) => Ok((entry.point("a plugin").map_err(Error::message)?, Arc::clone(&entry.plugins))),
            None => Ok((empty(), Arc::default())),
        }
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

fn empty<P: ExtensionPoint + ?Sized>() -> Point<P> {
    Point(Arc::new(Current::new(Snapshot::new(std::iter::empty()))))
}

impl Entry {
    /// The handle of the point, for `who` asks. It belongs to the trait that a plugin extends there, or else to the first one that
    /// somebody asked for; for another trait, a problem comes back.
    fn point<P: ExtensionPoint + ?Sized + 'static>(&self, who: &str) -> Result<Point<P>, String> {
        let (id, asked) = (P::INFO.id, std::any::type_name::<P>());
        if let Some(claim) = self.claim.get().filter(|claim| claim.shielded != TypeId::of::<Arc<P::Shielded>>()) {
            let Claim { point_type, plugin, .. } = claim;
            return Err(format!(
                "KW0613 {who} asked for the extensions of `{asked}`, but the point `{id}` is that of `{point_type}`, which `{plugin}` \
                 extends; it finds none\n  help: {HELP}"
            ));
        }
        let typed = self.typed.get().unwrap_or_else(|| {
            // The lock keeps `publish` from changing the list between reading it and being seen as typed.
            let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            self.typed.get_or_init(|| Arc::new(Current::<P>::new(snapshot(&held))))
        });
        Arc::clone(typed).into_any().downcast().map(Point).map_err(|_| {
            format!(
                "KW0613 two traits claim the point `{id}`: `{asked}` is the second one and finds no extensions\n  help: {HELP}"
            )
        })
    }
}

fn snapshot<P: ExtensionPoint + ?Sized>(held: &[Arc<Held>]) -> Arc<Snapshot<P>> {
    Snapshot::new(held.iter().filter_map(|held| {
        let Some(shielded) = held.erased.shielded::<P>() else {
            let (plugin, found) = (held.slot.descriptor().id.as_str(), held.erased.point_type);
            let (point, expected) = (P::INFO.id.as_str(), std::any::type_name::<P>());
            tell!(
                error,
                { plugin, point, }
                "KW0613 plugin `{plugin}` extends `{found}`, but the program reads the point `{point}` as `{expected}`, so it is never \
                 called\n  help: {HELP}"
            );
            return None;
        };
        Some(Extension::new(P::guard(Arc::clone(&held.slot), shielded), Arc::clone(&held.slot)))
    }))
}
