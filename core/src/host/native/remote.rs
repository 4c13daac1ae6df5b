//! The host's side of a point that a plugin in a library calls: it lends the extensions of a moment.

use std::any::TypeId;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use keyway_manifest::Descriptor;

use super::translate::Gated;
use crate::guard::Timer;
use crate::hook::Interrupted;
use crate::host::{Extenders, Point, PointTable, tell_of_interrupted};
use crate::link::{Lent, RemotePoint};
use crate::plugin::BoxFuture;
use crate::task::TaskSource;
use crate::{Error, ExtensionPoint};

/// To whom a point is lent.
pub(super) struct Terms {
    pub(super) gated: Arc<Gated>,
    /// What the library calls the type `Arc<P::Shielded>`.
    pub(super) shielded: TypeId,
    /// What waits for the plugin.
    pub(super) tasks: Arc<dyn TaskSource>,
}

/// Makes the way to the point `P`.
pub(super) fn remote<P: ExtensionPoint + ?Sized + 'static>(
    table: &PointTable,
    terms: Terms,
) -> Result<Arc<dyn RemotePoint>, Error> {
    let (point, extenders) = table.found::<P>()?;
    Ok(Arc::new(Remote { point, extenders, terms }))
}

struct Remote<P: ExtensionPoint + ?Sized> {
    point: Point<P>,
    extenders: Arc<Extenders>,
    terms: Terms,
}

impl<P: ExtensionPoint + ?Sized + 'static> RemotePoint for Remote<P> {
    fn extending(&self) -> Arc<[&'static Descriptor]> {
        self.extenders.now()
    }

    fn lend(&self, take: &mut dyn FnMut(Lent<'_>) -> ControlFlow<()>) {
        let loaded = self.point.load();
        for (extension, shielded) in loaded.iter().zip(loaded.lent()) {
            let shielded = self.terms.gated.lend_extension(shielded, self.terms.shielded);
            if take(Lent { plugin: extension.plugin(), shielded }).is_break() {
                break;
            }
        }
    }

    fn timer(&self) -> Arc<dyn Timer> {
        Arc::new(TaskTimer(Arc::clone(&self.terms.tasks)))
    }

    fn report(&self, interrupted: &Interrupted) {
        tell_of_interrupted(interrupted);
    }
}

/// Sleeps on the host's runtime, which a library's thread may know nothing of; the clock is that of this image.
struct TaskTimer(Arc<dyn TaskSource>);

impl Timer for TaskTimer {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.sleep(duration)
    }
}
