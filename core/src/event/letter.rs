//! An event that somebody keeps: in a queue, until its turn comes.

#[cfg(feature = "data")]
use std::sync::Arc;

#[cfg(feature = "host")]
use keyway_manifest::PluginId;

use super::Envelope;
#[cfg(feature = "host")]
use super::Event;

/// An event that waits, its type forgotten.
#[keyway::boundary]
#[doc(hidden)]
pub trait Letter: Send + Sync {
    /// The event as observers see it.
    fn envelope(&self) -> Envelope<'_>;
}

/// The one implementation of [`Letter`].
#[cfg(feature = "host")]
pub(crate) struct Posted<E> {
    /// Who published it.
    pub(crate) publisher: PluginId,
    /// What it says.
    pub(crate) event: E,
}

#[cfg(feature = "host")]
impl<E: Event> Letter for Posted<E> {
    fn envelope(&self) -> Envelope<'_> {
        Envelope::new(E::INFO, self.publisher, &self.event)
    }
}

/// Makes a letter of what a deserializer holds.
#[cfg(feature = "data")]
pub(crate) type ReadLetter =
    fn(PluginId, &mut dyn erased_serde::Deserializer<'_>) -> Result<Arc<dyn Letter>, erased_serde::Error>;

/// The one implementation of [`ReadLetter`]; for durable events only.
#[cfg(feature = "data")]
pub(crate) fn read_letter<E: Event>(
    publisher: PluginId,
    from: &mut dyn erased_serde::Deserializer<'_>,
) -> Result<Arc<dyn Letter>, erased_serde::Error> {
    let stored = E::__STORED.ok_or_else(|| serde::de::Error::custom("the event is not durable"))?;
    Ok(Arc::new(Posted { publisher, event: (stored.read)(from)? }))
}
