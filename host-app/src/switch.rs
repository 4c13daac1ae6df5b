//! What ends when a plugin is switched off.

use keyway::ExtensionPoint;
use keyway::host::{Extension, Point};

/// Waits until an extension is no longer the one that runs: its plugin was switched off, or off and on again.
pub(crate) async fn gone<P: ExtensionPoint + ?Sized>(point: &Point<P>, extension: &Extension<P>) {
    let mut now = point.extensions();
    while now.iter().any(|other| other.is_same(extension)) {
        now = point.changed(&now).await;
    }
}
