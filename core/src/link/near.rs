//! The way of a plugin that is linked into the program: it reads the host's snapshot of a point.

use std::sync::Arc;

use keyway_manifest::Descriptor;

use crate::context::CapabilitySource;
use crate::guard::Timer;
use crate::hook::Interrupted;
use crate::host::{Extenders, Extensions, Loaded as Snapshot, Point, PointTable, TokioTimer, tell_of_interrupted};
use crate::{Error, ExtensionPoint};

/// Where the extensions of this moment are read.
pub(crate) struct Link<P: ExtensionPoint + ?Sized>(Point<P>);

impl<P: ExtensionPoint + ?Sized> Link<P> {
    pub(super) const fn to(point: Point<P>) -> Self {
        Self(point)
    }

    #[inline]
    pub(super) fn load(&self) -> Loaded<P> {
        Loaded(self.0.load())
    }

    #[inline]
    pub(super) fn list(&self) -> Listed<P> {
        Listed(self.0.extensions())
    }
}

impl<P: ExtensionPoint + ?Sized> Clone for Link<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// A loan of a snapshot.
pub(crate) struct Loaded<P: ExtensionPoint + ?Sized>(Snapshot<P>);

impl<P: ExtensionPoint + ?Sized> Loaded<P> {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    pub(super) fn guard(&self, index: usize) -> &P::Guard {
        self.0[index].guard()
    }

    #[inline]
    pub(super) fn plugin(&self, index: usize) -> &'static Descriptor {
        self.0[index].plugin()
    }
}

/// A share of a snapshot.
pub(crate) struct Listed<P: ExtensionPoint + ?Sized>(Extensions<P>);

impl<P: ExtensionPoint + ?Sized> Listed<P> {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    pub(super) fn guard(&self, index: usize) -> &P::Guard {
        self.0[index].guard()
    }

    pub(super) fn plugin(&self, index: usize) -> &'static Descriptor {
        self.0[index].plugin()
    }
}

impl<P: ExtensionPoint + ?Sized> Clone for Listed<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Looks a point up in the host that made `source`.
pub(super) fn find<P: ExtensionPoint + ?Sized + 'static>(
    source: &dyn CapabilitySource,
) -> Result<(Link<P>, Arc<Extenders>), Error> {
    let table = source.points().and_then(|table| table.downcast::<PointTable>().ok());
    let table = table.ok_or_else(|| Error::message("this host shows plugins no extensions of others"))?;
    let (point, extenders) = table.found::<P>()?;
    Ok((Link(point), extenders))
}

/// Where the time comes from.
pub(super) fn timer() -> Arc<dyn Timer> {
    Arc::new(TokioTimer)
}

/// Tells the operator of an interruption that no caller has to look at.
pub(super) fn report(interrupted: &Interrupted) {
    tell_of_interrupted(interrupted);
}
