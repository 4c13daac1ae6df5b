//! Where the extensions of each point are kept: without their type until the program asks for the point, with it from then on.

use std::any::{Any, TypeId};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use keyway_manifest::{Descriptor, PluginId, is_service};

use super::claim::HELP;
use super::extenders::Extenders;
use super::snapshot::{Current, Extension, Extensions, Point, Snapshot};
use super::tell::tell;
use crate::guard::Slot;
use crate::interleaved::{Mutex, PoisonError};
use crate::{Error, ExtensionPoint, plugin};

/// One extension of a running plugin and the host's side of it.
pub(super) struct Held {
    // Dropped before the slot, which keeps the library in place that it may have come from.
    pub(super) erased: plugin::Extension,
    pub(super) slot: Arc<Slot>,
}

/// All extension points that the plugins of a host extend, and those that were asked for. The list is swapped whole when one is added, so
/// finding one takes no lock.
pub(crate) struct PointTable {
    /// Those of the plugins that the host began with, which are nearly all: what never changes is found without a locked instruction. They
    /// are among `entries` too.
    begun_with: Box<[Arc<Entry>]>,
    /// Sorted by the hash of the id.
    entries: ArcSwap<Vec<Arc<Entry>>>,
    /// Held by whoever adds one.
    adding: Mutex<()>,
}

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
    extenders: Arc<Extenders>,
    kept: Mutex<Kept>,
    /// What readers of the trait to which the point belongs see, once one has asked and a plugin has extended the point.
    typed: OnceLock<Arc<dyn Typed>>,
    /// The trait to which the point belongs: that of the first plugin that extends it. Who only asks decides nothing.
    claim: OnceLock<Claim>,
}

/// The extensions of a point, and who waits for some.
#[derive(Default)]
struct Kept {
    held: Vec<Arc<Held>>,
    /// What was handed out before a plugin had extended the point, one for each trait that was asked for.
    waiting: Vec<Arc<dyn Typed>>,
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
    /// The type by which a [`Claim`] knows the trait, and the trait's name.
    fn shielded(&self) -> (TypeId, &'static str);
    fn as_any(&self) -> &dyn Any;
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<P: ExtensionPoint + ?Sized + 'static> Typed for Current<P> {
    fn rebuild(&self, held: &[Arc<Held>]) {
        self.set(snapshot(held));
    }

    fn shielded(&self) -> (TypeId, &'static str) {
        (TypeId::of::<Arc<P::Shielded>>(), std::any::type_name::<P>())
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
        let pairs = by_point(plugins);
        let entry = |pairs: &[(PluginId, &'static Descriptor)]| {
            let entry = Entry::new(pairs[0].0);
            entry.extenders.set(pairs.iter().map(|(_, plugin)| *plugin).collect());
            Arc::new(entry)
        };
        let entries: Vec<_> = pairs.chunk_by(|left, right| left.0 == right.0).map(entry).collect();
        Self { begun_with: entries.clone().into(), entries: ArcSwap::from_pointee(entries), adding: Mutex::new(()) }
    }

    /// Makes entries for the points that a plugin says it extends. An extension of any other point is never called.
    pub(super) fn make_room(&self, plugin: &Descriptor) {
        for extension in plugin.extensions {
            self.entry(extension.point.id);
        }
    }

    /// Notes which points the plugins extend as they are now, given in start order.
    pub(super) fn set_extenders(&self, plugins: impl Iterator<Item = &'static Descriptor>) {
        let pairs = by_point(plugins);
        for entry in self.entries.load().iter() {
            let key = (entry.id.hash(), entry.id);
            let rest = &pairs[pairs.partition_point(|(id, _)| (id.hash(), *id) < key)..];
            entry.extenders.set(rest.iter().take_while(|(id, _)| *id == entry.id).map(|(_, plugin)| *plugin).collect());
        }
    }

    /// The entry of a point, made if there is none.
    fn entry(&self, id: PluginId) -> Arc<Entry> {
        if let Some(entry) = self.find(id) {
            return entry;
        }
        let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = self.find(id) {
            return entry;
        }
        let entry = Arc::new(Entry::new(id));
        let mut entries = self.entries.load().to_vec();
        let at = entries.partition_point(|other| (other.id.hash(), other.id) < (id.hash(), id));
        entries.insert(at, Arc::clone(&entry));
        self.entries.store(Arc::new(entries));
        entry
    }

    /// Notes the trait of a plugin's extension, or answers the other one to which the point belongs already.
    pub(super) fn claim(&self, plugin: PluginId, extension: &plugin::Extension) -> Result<(), Claim> {
        let Some(entry) = self.find(extension.info.id) else { return Ok(()) };
        let shielded = extension.shielded_type();
        let claim = *entry.claim.get_or_init(|| Claim { shielded, point_type: extension.point_type, plugin });
        if claim.shielded == shielded { Ok(()) } else { Err(claim) }
    }

    /// Puts the extensions of all running plugins at the points of one kind, given in start order, in place of the ones before.
    pub(super) fn publish(&self, kind: Kind, plugins: impl Iterator<Item = Arc<[Arc<Held>]>>) {
        let entries = self.entries.load_full();
        let mut lists: Vec<Vec<Arc<Held>>> = entries.iter().map(|_| Vec::new()).collect();
        plugins.for_each(|extensions| sort_into(&entries, &mut lists, &extensions));
        for (entry, list) in entries.iter().zip(lists).filter(|(entry, _)| entry.kind == kind) {
            let mut kept = entry.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.held = list;
            entry.settle(&mut kept);
            if let Some(typed) = entry.typed.get() {
                typed.rebuild(&kept.held);
            }
        }
    }

    /// The handle of a point.
    pub(super) fn point<P: ExtensionPoint + ?Sized + 'static>(&self) -> Point<P> {
        self.entry(P::INFO.id).point("the program").unwrap_or_else(|problem| {
            let (point, asked) = (P::INFO.id.as_str(), std::any::type_name::<P>());
            tell!(error, { point, asked, } "{problem}");
            empty()
        })
    }

    /// The handle of a point for a plugin, and where it asks who extends the point.
    pub(crate) fn found<P: ExtensionPoint + ?Sized + 'static>(&self) -> Result<(Point<P>, Arc<Extenders>), Error> {
        let entry = self.entry(P::INFO.id);
        let point = entry.point("a plugin").map_err(Error::message)?;
        Ok((point, Arc::clone(&entry.extenders)))
    }

    /// The extensions of a point at this moment. Once its type is known, no handle is made on the way.
    pub(super) fn extensions<P: ExtensionPoint + ?Sized + 'static>(&self) -> Extensions<P> {
        let known = current::<P>(&self.begun_with).map(Current::extensions);
        let known = known.or_else(|| current::<P>(&self.entries.load()).map(Current::extensions));
        known.unwrap_or_else(|| self.point::<P>().extensions())
    }

    fn find(&self, id: PluginId) -> Option<Arc<Entry>> {
        let entries = self.entries.load();
        find(&entries, id).map(|index| Arc::clone(&entries[index]))
    }
}

fn find(entries: &[Arc<Entry>], id: PluginId) -> Option<usize> {
    entries.binary_search_by_key(&(id.hash(), id), |entry| (entry.id.hash(), entry.id)).ok()
}

/// What readers of a point see, once its type is known.
fn current<P: ExtensionPoint + ?Sized + 'static>(entries: &[Arc<Entry>]) -> Option<&Current<P>> {
    let typed = find(entries, P::INFO.id).and_then(|index| entries[index].typed.get());
    typed.and_then(|typed| typed.as_any().downcast_ref())
}

/// Each plugin with each point that it extends, sorted as the entries are; those of one point stay in the order of the plugins.
fn by_point(plugins: impl Iterator<Item = &'static Descriptor>) -> Vec<(PluginId, &'static Descriptor)> {
    let pairs = plugins.flat_map(|plugin| plugin.extensions.iter().map(move |entry| (entry.point.id, plugin)));
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_by_key(|(id, _)| (id.hash(), *id));
    pairs
}

fn sort_into(entries: &[Arc<Entry>], lists: &mut [Vec<Arc<Held>>], extensions: &[Arc<Held>]) {
    for held in extensions {
        match find(entries, held.erased.info.id) {
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

fn empty<P: ExtensionPoint + ?Sized>() -> Point<P> {
    Point(Arc::new(Current::new(Snapshot::new(std::iter::empty()))))
}

impl Entry {
    fn new(id: PluginId) -> Self {
        Self {
            id,
            kind: if is_service(&id) { Kind::Service } else { Kind::Point },
            extenders: Arc::default(),
            kept: Mutex::default(),
            typed: OnceLock::new(),
            claim: OnceLock::new(),
        }
    }

    /// The handle of the point, for `who` asks. It belongs to the trait that a plugin extends there: for another one, a problem comes
    /// back. Before any plugin has extended it, each trait has a handle, and one of them will turn out to be right.
    fn point<P: ExtensionPoint + ?Sized + 'static>(&self, who: &str) -> Result<Point<P>, String> {
        let fitting = |typed: &Arc<dyn Typed>| Arc::clone(typed).into_any().downcast::<Current<P>>().ok();
        if let Some(current) = self.typed.get().and_then(fitting) {
            return Ok(Point(current));
        }
        // The lock keeps `publish` from changing the list between reading it and being seen as typed.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let claim = self.claim.get();
        if let Some(claim) = claim.filter(|claim| claim.shielded != TypeId::of::<Arc<P::Shielded>>()) {
            return Err(claim.problem(self.id, std::any::type_name::<P>(), who));
        }
        if claim.is_some() {
            self.settle(&mut kept);
            let typed = self.typed.get_or_init(|| Arc::new(Current::<P>::new(snapshot(&kept.held))));
            return fitting(typed).map(Point).ok_or_else(|| format!("the point `{}` was read as two traits at a time", self.id));
        }
        let current = kept.waiting.iter().find_map(fitting).unwrap_or_else(|| {
            let current = Arc::new(Current::<P>::new(snapshot(&[])));
            kept.waiting.push(Arc::clone(&current) as Arc<dyn Typed>);
            current
        });
        Ok(Point(current))
    }

    /// Once the point is known to belong to a trait, tells those apart that have waited.
    fn settle(&self, kept: &mut Kept) {
        let Some(claim) = self.claim.get() else { return };
        for typed in kept.waiting.drain(..) {
            let (shielded, asked) = typed.shielded();
            if shielded == claim.shielded {
                // Only here and in `point`, both under the lock, and a trait waits once.
                let _ = self.typed.set(typed);
            } else {
                let (point, problem) = (self.id.as_str(), claim.problem(self.id, asked, "somebody"));
                tell!(error, { point, asked, } "{problem}");
            }
        }
    }
}

impl Claim {
    /// What to tell of another trait.
    fn problem(&self, point: PluginId, asked: &str, who: &str) -> String {
        let Self { point_type, plugin, .. } = self;
        format!(
            "KW0613 {who} asked for the extensions of `{asked}`, but the point `{point}` is that of `{point_type}`, which `{plugin}` \
             extends; it finds none\n  help: {HELP}"
        )
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

#[cfg(all(test, keyway_shuttle))]
#[path = "point_table_interleavings.rs"]
mod interleavings;
