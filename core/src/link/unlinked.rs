//! Stands in for the way to a host in a build without one: nobody makes a context there, so no handle can exist.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::sync::Arc;

use keyway_manifest::Descriptor;

use super::Extending;
use crate::context::CapabilitySource;
use crate::guard::Timer;
use crate::hook::Interrupted;
use crate::{Error, ExtensionPoint};

/// Has no value.
pub(crate) struct Link<P: ?Sized>(Infallible, PhantomData<fn(&P)>);

impl<P: ExtensionPoint + ?Sized> Link<P> {
    pub(crate) fn load(&self) -> Loaded<P> {
        match self.0 {}
    }

    pub(crate) fn list(&self) -> Listed<P> {
        match self.0 {}
    }
}

impl<P: ?Sized> Clone for Link<P> {
    fn clone(&self) -> Self {
        match self.0 {}
    }
}

/// Has no value.
pub(crate) struct Loaded<P: ?Sized>(Infallible, PhantomData<fn(&P)>);

impl<P: ExtensionPoint + ?Sized> Loaded<P> {
    pub(crate) fn len(&self) -> usize {
        match self.0 {}
    }

    pub(crate) fn guard(&self, _: usize) -> &P::Guard {
        match self.0 {}
    }

    pub(crate) fn plugin(&self, _: usize) -> &'static Descriptor {
        match self.0 {}
    }

    pub(crate) fn iter(&self) -> std::iter::Empty<(&'static Descriptor, &P::Guard)> {
        match self.0 {}
    }
}

/// Has no value.
pub(crate) struct Listed<P: ?Sized>(Infallible, PhantomData<fn(&P)>);

impl<P: ExtensionPoint + ?Sized> Listed<P> {
    pub(crate) fn iter(&self) -> std::iter::Empty<Shared<P>> {
        match self.0 {}
    }
}

/// Has no value.
pub(crate) struct Shared<P: ?Sized>(Infallible, PhantomData<fn(&P)>);

impl<P: ExtensionPoint + ?Sized> Shared<P> {
    pub(crate) fn guard(&self) -> &P::Guard {
        match self.0 {}
    }

    pub(crate) fn plugin(&self) -> &'static Descriptor {
        match self.0 {}
    }
}

const NO_HOST: &str = "this build has no host: `keyway` was compiled without its feature `host`";

pub(crate) fn find<P: ExtensionPoint + ?Sized + 'static>(_: &dyn CapabilitySource) -> Result<(Link<P>, Extending), Error> {
    Err(Error::message(NO_HOST))
}

/// Never called: whoever needs a timer has found a point before.
pub(crate) fn timer() -> Arc<dyn Timer> {
    unreachable!("{NO_HOST}")
}

pub(crate) const fn report(_: &Interrupted) {}
