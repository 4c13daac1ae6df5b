//! Who extends a point: what a handle asks for each time, because a reload of a plugin may change it.

use std::sync::Arc;

use keyway_manifest::Descriptor;

use crate::interleaved::{Mutex, PoisonError};

/// The plugins that extend a point, running or not, in start order. It holds nothing of them but their descriptors.
#[derive(Default)]
pub(crate) struct Extenders(Mutex<Arc<[&'static Descriptor]>>);

impl Extenders {
    /// The plugins of this moment.
    pub(crate) fn now(&self) -> Arc<[&'static Descriptor]> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts others in their place.
    pub(super) fn set(&self, plugins: Arc<[&'static Descriptor]>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = plugins;
    }
}
