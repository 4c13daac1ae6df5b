//! The way from a handle to the host's snapshot of providers.

use keyway_manifest::Descriptor;

use super::Providing;
use crate::context::CapabilitySource;
use crate::host::{Loaded as Snapshot, Point, PointTable};
use crate::{Error, ExtensionPoint};

/// Where the providers of this moment are read.
pub(super) struct Link<S: ExtensionPoint + ?Sized>(Point<S>);

impl<S: ExtensionPoint + ?Sized> Link<S> {
    #[inline]
    pub(super) fn load(&self) -> Loaded<S> {
        Loaded(self.0.load())
    }
}

impl<S: ExtensionPoint + ?Sized> Clone for Link<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// A loan of the providers of one moment.
pub(super) struct Loaded<S: ExtensionPoint + ?Sized>(Snapshot<S>);

impl<S: ExtensionPoint + ?Sized> Loaded<S> {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    pub(super) fn guard(&self, index: usize) -> &S::Guard {
        self.0[index].guard()
    }

    pub(super) fn plugin(&self, index: usize) -> &'static Descriptor {
        self.0[index].plugin()
    }
}

/// Looks a service up in the host that made `source`.
pub(super) fn find<S: ExtensionPoint + ?Sized + 'static>(source: &dyn CapabilitySource) -> Result<(Link<S>, Providing), Error> {
    let table = source.services().and_then(|table| table.downcast::<PointTable>().ok());
    let table = table.ok_or_else(|| Error::message("this host has no services"))?;
    let (point, providing) = table.service::<S>()?;
    Ok((Link(point), providing))
}
