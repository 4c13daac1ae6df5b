//! Stands in for the way to a host in a build without one: nobody makes a context there, so no handle can exist.

use std::convert::Infallible;
use std::marker::PhantomData;

use keyway_manifest::Descriptor;

use super::Providing;
use crate::context::CapabilitySource;
use crate::{Error, ExtensionPoint};

/// Has no value.
pub(super) struct Link<S: ?Sized>(Infallible, PhantomData<fn(&S)>);

impl<S: ExtensionPoint + ?Sized> Link<S> {
    pub(super) fn load(&self) -> Loaded<S> {
        match self.0 {}
    }
}

impl<S: ?Sized> Clone for Link<S> {
    fn clone(&self) -> Self {
        match self.0 {}
    }
}

/// Has no value.
pub(super) struct Loaded<S: ?Sized>(Infallible, PhantomData<fn(&S)>);

impl<S: ExtensionPoint + ?Sized> Loaded<S> {
    pub(super) fn len(&self) -> usize {
        match self.0 {}
    }

    pub(super) fn guard(&self, _: usize) -> &S::Guard {
        match self.0 {}
    }

    pub(super) fn plugin(&self, _: usize) -> &'static Descriptor {
        match self.0 {}
    }
}

pub(super) fn find<S: ExtensionPoint + ?Sized + 'static>(_: &dyn CapabilitySource) -> Result<(Link<S>, Providing), Error> {
    Err(Error::message("this build has no host: `keyway` was compiled without its feature `host`"))
}
