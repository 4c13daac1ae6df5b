//! The way from a handle to the host's snapshot of a point.

use std::sync::Arc;

use keyway_manifest::Descriptor;

use super::Extending;
use crate::context::CapabilitySource;
use crate::guard::Timer;
use crate::hook::Interrupted;
use crate::host::{Extensions, Loaded as Snapshot, Point, PointTable, TokioTimer, tell_of_interrupted};
use crate::{Error, ExtensionPoint};

/// Where the extensions of this moment are read.
pub(crate) struct Link<P: ExtensionPoint + ?Sized>(Point<P>);

impl<P: ExtensionPoint + ?Sized> Link<P> {
    pub(crate) const fn to(point: Point<P>) -> Self {
        Self(point)
    }

    #[inline]
    pub(crate) fn load(&self) -> Loaded<P> {
        Loaded(self.0.load())
    }

    #[inline]
    pub(crate) fn list(&self) -> Listed<P> {
        Listed(self.0.extensions())
    }
}

impl<P: ExtensionPoint + ?Sized> Clone for Link<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// A loan of the extensions of one moment, not to be held while something is awaited.
pub(crate) struct Loaded<P: ExtensionPoint + ?Sized>(Snapshot<P>);

impl<P: ExtensionPoint + ?Sized> Loaded<P> {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    pub(crate) fn guard(&self, index: usize) -> &P::Guard {
        self.0[index].guard()
    }

    pub(crate) fn plugin(&self, index: usize) -> &'static Descriptor {
        self.0[index].plugin()
    }

    #[inline]
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&'static Descriptor, &P::Guard)> {
        self.0.iter().map(|extension| (extension.plugin(), extension.guard()))
    }
}

/// The extensions of one moment, to be kept while they are called.
pub(crate) struct Listed<P: ExtensionPoint + ?Sized>(Extensions<P>);

impl<P: ExtensionPoint + ?Sized> Listed<P> {
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Shared<P>> {
        (0..self.0.len()).map(|index| Shared { extensions: self.0.clone(), index })
    }
}

/// One of the extensions of a moment; it keeps them all, which costs one count where a clone of the guard costs two.
pub(crate) struct Shared<P: ExtensionPoint + ?Sized> {
    extensions: Extensions<P>,
    index: usize,
}

impl<P: ExtensionPoint + ?Sized> Shared<P> {
    #[inline]
    pub(crate) fn guard(&self) -> &P::Guard {
        self.extensions[self.index].guard()
    }

    pub(crate) fn plugin(&self) -> &'static Descriptor {
        self.extensions[self.index].plugin()
    }
}

/// Looks a point up in the host that made `source`.
pub(crate) fn find<P: ExtensionPoint + ?Sized + 'static>(source: &dyn CapabilitySource) -> Result<(Link<P>, Extending), Error> {
    let table = source.points().and_then(|table| table.downcast::<PointTable>().ok());
    let table = table.ok_or_else(|| Error::message("this host shows plugins no extensions of others"))?;
    let (point, extending) = table.found::<P>()?;
    Ok((Link(point), extending))
}

/// Where the time comes from.
pub(crate) fn timer() -> Arc<dyn Timer> {
    Arc::new(TokioTimer)
}

/// Tells the operator of an interruption that no caller has to look at.
pub(crate) fn report(interrupted: &Interrupted) {
    tell_of_interrupted(interrupted);
}
