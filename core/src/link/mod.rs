//! The way from a handle of a plugin, such as [`Service`](crate::Service) or [`Hook`](crate::Hook), to the host's extensions of a point.
//!
//! It has two forms. A plugin that is linked into the program reads the host's snapshots. One in a library cannot: its image has other
//! statics, thread-local variables and types, so the host lends it what it needs. Which one it is shows when the program runs, because a
//! library may have been built with the feature `host` too.

#[cfg(feature = "host")]
mod near;
mod remote;

use std::sync::Arc;

use keyway_manifest::Descriptor;

use crate::context::CapabilitySource;
use crate::guard::Timer;
use crate::hook::Interrupted;
use crate::{Error, ExtensionPoint};

pub use remote::{Lent, RemotePoint};

/// Who extends a point, running or not. The host is asked each time, because another release of a plugin may extend others.
#[derive(Clone)]
pub(crate) enum Extending {
    #[cfg(feature = "host")]
    Near(Arc<crate::host::Extenders>),
    Remote(Arc<dyn RemotePoint>),
}

impl Extending {
    /// The plugins of this moment, in start order.
    pub(crate) fn now(&self) -> Arc<[&'static Descriptor]> {
        match self {
            #[cfg(feature = "host")]
            Self::Near(extenders) => extenders.now(),
            Self::Remote(point) => point.extending(),
        }
    }
}

/// Looks a point up in the host that made `source`.
pub(crate) fn find<P: ExtensionPoint + ?Sized + 'static>(source: &dyn CapabilitySource) -> Result<(Link<P>, Extending), Error> {
    if let Some((link, extending)) = remote::find::<P>(source)? {
        return Ok((Link::Remote(link), extending));
    }
    #[cfg(feature = "host")]
    return near::find::<P>(source).map(|(link, extenders)| (Link::Near(link), Extending::Near(extenders)));
    #[cfg(not(feature = "host"))]
    Err(Error::message("this host shows plugins no extensions of others"))
}

/// Where the extensions of this moment are found.
pub(crate) enum Link<P: ExtensionPoint + ?Sized> {
    #[cfg(feature = "host")]
    Near(near::Link<P>),
    Remote(remote::Link<P>),
}

impl<P: ExtensionPoint + ?Sized> Link<P> {
    /// The way through the snapshots of this program's host.
    #[cfg(feature = "host")]
    pub(crate) const fn to(point: crate::host::Point<P>) -> Self {
        Self::Near(near::Link::to(point))
    }

    /// Whether the host lends the extensions.
    #[inline]
    pub(crate) const fn is_remote(&self) -> bool {
        match self {
            #[cfg(feature = "host")]
            Self::Near(_) => false,
            Self::Remote(_) => true,
        }
    }

    /// Lends the extensions of this moment.
    #[inline]
    pub(crate) fn load(&self) -> Loaded<P> {
        match self {
            #[cfg(feature = "host")]
            Self::Near(link) => Loaded::Near(link.load()),
            Self::Remote(link) => Loaded::Remote(link.list()),
        }
    }

    /// Lends the first of the extensions of this moment; others may be lent with it.
    #[inline]
    pub(crate) fn first(&self) -> Loaded<P> {
        match self {
            #[cfg(feature = "host")]
            Self::Near(link) => Loaded::Near(link.load()),
            Self::Remote(link) => Loaded::Remote(link.first()),
        }
    }

    /// The extensions of this moment, to be kept while they are called.
    #[inline]
    pub(crate) fn list(&self) -> Listed<P> {
        match self {
            #[cfg(feature = "host")]
            Self::Near(link) => Listed::Near(link.list()),
            Self::Remote(link) => Listed::Remote(link.list()),
        }
    }

    /// Where the time comes from.
    pub(crate) fn timer(&self) -> Arc<dyn Timer> {
        match self {
            #[cfg(feature = "host")]
            Self::Near(_) => near::timer(),
            Self::Remote(link) => link.timer(),
        }
    }

    /// Tells the operator of an interruption that no caller has to look at.
    pub(crate) fn report(&self, interrupted: &Interrupted) {
        match self {
            #[cfg(feature = "host")]
            Self::Near(_) => near::report(interrupted),
            Self::Remote(link) => link.report(interrupted),
        }
    }
}

impl<P: ExtensionPoint + ?Sized> Clone for Link<P> {
    fn clone(&self) -> Self {
        match self {
            #[cfg(feature = "host")]
            Self::Near(link) => Self::Near(link.clone()),
            Self::Remote(link) => Self::Remote(link.clone()),
        }
    }
}

/// A loan of the extensions of one moment, not to be held while something is awaited.
pub(crate) enum Loaded<P: ExtensionPoint + ?Sized> {
    #[cfg(feature = "host")]
    Near(near::Loaded<P>),
    Remote(remote::Listed<P>),
}

impl<P: ExtensionPoint + ?Sized> Loaded<P> {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        match self {
            #[cfg(feature = "host")]
            Self::Near(loaded) => loaded.len(),
            Self::Remote(listed) => listed.len(),
        }
    }

    #[inline]
    pub(crate) fn guard(&self, index: usize) -> &P::Guard {
        match self {
            #[cfg(feature = "host")]
            Self::Near(loaded) => loaded.guard(index),
            Self::Remote(listed) => listed.guard(index),
        }
    }

    #[inline]
    pub(crate) fn plugin(&self, index: usize) -> &'static Descriptor {
        match self {
            #[cfg(feature = "host")]
            Self::Near(loaded) => loaded.plugin(index),
            Self::Remote(listed) => listed.plugin(index),
        }
    }

    #[inline]
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&'static Descriptor, &P::Guard)> {
        (0..self.len()).map(|index| (self.plugin(index), self.guard(index)))
    }
}

/// The extensions of one moment, to be kept while they are called.
pub(crate) enum Listed<P: ExtensionPoint + ?Sized> {
    #[cfg(feature = "host")]
    Near(near::Listed<P>),
    Remote(remote::Listed<P>),
}

impl<P: ExtensionPoint + ?Sized> Listed<P> {
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Shared<P>> {
        let len = match self {
            #[cfg(feature = "host")]
            Self::Near(listed) => listed.len(),
            Self::Remote(listed) => listed.len(),
        };
        (0..len).map(|index| Shared { listed: self.clone(), index })
    }
}

impl<P: ExtensionPoint + ?Sized> Clone for Listed<P> {
    fn clone(&self) -> Self {
        match self {
            #[cfg(feature = "host")]
            Self::Near(listed) => Self::Near(listed.clone()),
            Self::Remote(listed) => Self::Remote(listed.clone()),
        }
    }
}

/// One of the extensions of a moment; it keeps them all, which costs one count where a clone of the guard costs two.
pub(crate) struct Shared<P: ExtensionPoint + ?Sized> {
    listed: Listed<P>,
    index: usize,
}

impl<P: ExtensionPoint + ?Sized> Shared<P> {
    #[inline]
    pub(crate) fn guard(&self) -> &P::Guard {
        match &self.listed {
            #[cfg(feature = "host")]
            Listed::Near(listed) => listed.guard(self.index),
            Listed::Remote(listed) => listed.guard(self.index),
        }
    }

    pub(crate) fn plugin(&self) -> &'static Descriptor {
        match &self.listed {
            #[cfg(feature = "host")]
            Listed::Near(listed) => listed.plugin(self.index),
            Listed::Remote(listed) => listed.plugin(self.index),
        }
    }
}
