//! A plugin while a hook asks it.

use std::fmt;
use std::ops::Deref;

use keyway_manifest::Descriptor;

use super::HookPoint;
use crate::link::Shared;

/// One plugin of a hook, in the hands of whoever asks it: call the methods of the hook's trait on it.
///
/// Move it into the future that asks, and let it go there: it keeps the plugin, also when that is switched off in the meantime.
pub struct Asked<H: HookPoint + ?Sized>(pub(super) Shared<H>);

impl<H: HookPoint + ?Sized> Asked<H> {
    /// Id of the plugin.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.plugin().id.as_str()
    }

    /// The plugin's manifest.
    #[must_use]
    pub fn plugin(&self) -> &'static Descriptor {
        self.0.plugin()
    }
}

impl<H: HookPoint + ?Sized> Deref for Asked<H> {
    type Target = H::Guard;

    #[inline]
    fn deref(&self) -> &H::Guard {
        self.0.guard()
    }
}

impl<H: HookPoint + ?Sized> fmt::Debug for Asked<H> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Asked").field(&self.id()).finish()
    }
}
