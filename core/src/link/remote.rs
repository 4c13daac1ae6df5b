//! The way of a plugin in a library: the host lends it the extensions of a moment, each behind a shield of the host's image.
//!
//! A call then goes through two guards. The one in here, with a slot that hands everything on, gives the plugin the methods that it was
//! compiled with; the one behind the host's shield does the work of a guard.

use std::any::TypeId;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use keyway_manifest::Descriptor;

use super::Extending;
use crate::context::CapabilitySource;
use crate::guard::{Slot, Timer};
use crate::hook::Interrupted;
use crate::native::Borrowed;
use crate::{Error, ExtensionPoint};

/// The host's side of a point that a plugin in a library calls.
#[keyway::boundary]
#[doc(hidden)]
pub trait RemotePoint: Send + Sync {
    /// The plugins that extend the point, running or not, in start order.
    fn extending(&self) -> Arc<[&'static Descriptor]>;

    /// Lends the extensions of this moment, one after the other, in start order, until `take` has had enough.
    fn lend(&self, take: &mut dyn FnMut(Lent<'_>) -> ControlFlow<()>);

    /// Where the time comes from.
    fn timer(&self) -> Arc<dyn Timer>;

    /// Tells the operator of an interruption that no caller has to look at.
    fn report(&self, interrupted: &Interrupted);
}

/// An extension as the host lends it.
#[doc(hidden)]
#[derive(Clone, Copy, keyway::Boundary)]
pub struct Lent<'a> {
    /// The plugin that extends the point.
    pub plugin: &'static Descriptor,
    /// An `Arc<P::Shielded>` of the point `P`, by the key that the library has for that type.
    pub shielded: Borrowed<'a>,
}

impl fmt::Debug for Lent<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Lent").field("plugin", &self.plugin.id).finish_non_exhaustive()
    }
}

/// Asks the host for the way to a point; `None` where it lends nothing, because plugin and host are one image.
pub(super) fn find<P: ExtensionPoint + ?Sized + 'static>(
    source: &dyn CapabilitySource,
) -> Result<Option<(Link<P>, Extending)>, Error> {
    let point = source.remote_point(P::INFO, TypeId::of::<Arc<P::Shielded>>())?;
    Ok(point.map(|point| {
        let extending = Extending::Remote(Arc::clone(&point));
        let slots = Arc::new(Slots { point: P::INFO, made: Mutex::default() });
        (Link { point, slots, typed: std::marker::PhantomData }, extending)
    }))
}

/// Where the extensions of this moment are asked for. It keeps none of them: a provider that stops is gone.
pub(crate) struct Link<P: ?Sized> {
    point: Arc<dyn RemotePoint>,
    slots: Arc<Slots>,
    typed: std::marker::PhantomData<fn(&P)>,
}

impl<P: ExtensionPoint + ?Sized> Link<P> {
    /// The extensions of this moment.
    pub(super) fn list(&self) -> Listed<P> {
        let mut list = Vec::new();
        self.point.lend(&mut |lent| {
            list.extend(self.taken(lent));
            ControlFlow::Continue(())
        });
        Listed::All(list.into())
    }

    /// The first of the extensions of this moment. Allocates nothing.
    pub(super) fn first(&self) -> Listed<P> {
        let mut first = None;
        self.point.lend(&mut |lent| {
            first = self.taken(lent);
            ControlFlow::Break(())
        });
        Listed::First(first)
    }

    fn taken(&self, Lent { plugin, shielded }: Lent<'_>) -> Option<(&'static Descriptor, P::Guard)> {
        // The host has given it the key that `find` asked for.
        let shielded = shielded.get::<Arc<P::Shielded>>()?;
        Some((plugin, P::guard(self.slots.of(plugin), Arc::clone(shielded))))
    }

    pub(super) fn timer(&self) -> Arc<dyn Timer> {
        self.point.timer()
    }

    pub(super) fn report(&self, interrupted: &Interrupted) {
        self.point.report(interrupted);
    }
}

impl<P: ?Sized> Clone for Link<P> {
    fn clone(&self) -> Self {
        Self { point: Arc::clone(&self.point), slots: Arc::clone(&self.slots), typed: std::marker::PhantomData }
    }
}

/// The slots that hand calls on, one for each plugin that was called; they hold nothing of it but its descriptor.
struct Slots {
    point: &'static keyway_manifest::PointInfo,
    made: Mutex<Vec<Arc<Slot>>>,
}

impl Slots {
    fn of(&self, plugin: &'static Descriptor) -> Arc<Slot> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = made.iter().find(|slot| std::ptr::eq(slot.descriptor(), plugin)) {
            return Arc::clone(slot);
        }
        let slot = Arc::new(Slot::lent(plugin, self.point));
        made.push(Arc::clone(&slot));
        slot
    }
}

/// The extensions of one moment, each with its plugin.
pub(crate) enum Listed<P: ExtensionPoint + ?Sized> {
    /// The first of them, for who calls one.
    First(Option<(&'static Descriptor, P::Guard)>),
    All(Arc<[(&'static Descriptor, P::Guard)]>),
}

impl<P: ExtensionPoint + ?Sized> Listed<P> {
    fn as_slice(&self) -> &[(&'static Descriptor, P::Guard)] {
        match self {
            Self::First(first) => first.as_slice(),
            Self::All(all) => all,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.as_slice().len()
    }

    pub(super) fn guard(&self, index: usize) -> &P::Guard {
        &self.as_slice()[index].1
    }

    pub(super) fn plugin(&self, index: usize) -> &'static Descriptor {
        self.as_slice()[index].0
    }
}

impl<P: ExtensionPoint + ?Sized> Clone for Listed<P> {
    fn clone(&self) -> Self {
        match self {
            Self::First(first) => Self::First(first.clone()),
            Self::All(all) => Self::All(Arc::clone(all)),
        }
    }
}
