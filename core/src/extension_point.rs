//! The type-level side of an extension point: what `#[extension_point]` implements for `dyn Trait`.

use std::sync::Arc;

use keyway_manifest::PointInfo;
use keyway_manifest::record::PointLayout;

use crate::Plugin;
use crate::guard::Slot;

/// An extension point: implemented for `dyn Trait` by `#[extension_point]` on the trait, not by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an extension point",
    label = "not marked as an extension point",
    note = "put `#[extension_point(id = \"…\", version = \"…\", on_failure = \"…\")]` on the trait"
)]
// Not `: 'static`, and implemented for `dyn Trait + 'a`: rustc forgets lifetimes when it asks whether a future is `Send`, and a future
// that holds an `Extension<dyn Trait>` would not be (https://github.com/rust-lang/rust/issues/110338).
pub trait ExtensionPoint {
    /// Id, version, failure policy and method signatures.
    const INFO: &'static PointInfo;

    /// The layouts of all that the methods take and return.
    #[doc(hidden)]
    const LAYOUT: &'static PointLayout;

    /// The object-safe form of the trait in which each method catches panics; it is implemented in the plugin's crate.
    #[doc(hidden)]
    type Shielded: ?Sized + Send + Sync + 'static;

    /// The form that hosts call: the trait's methods, each counted, limited in time and attributed to its plugin.
    type Guard: Clone + Send + Sync + 'static;

    /// Puts a guard around a shielded extension.
    #[doc(hidden)]
    fn guard(slot: Arc<Slot>, shielded: Arc<Self::Shielded>) -> Self::Guard;

    /// Puts a panic shield around a guard, as around a plugin: so a host lends an extension to a plugin in a library, whose own guard
    /// goes around that.
    #[doc(hidden)]
    fn lend(guard: &Self::Guard) -> Arc<Self::Shielded>;
}

/// A point that a plugin of type `T` can extend: implemented by `#[extension_point]` for every `T` that implements the trait.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an extension point",
    label = "not marked as an extension point",
    note = "put `#[extension_point(id = \"…\", version = \"…\", on_failure = \"…\")]` on the trait"
)]
pub trait Carries<T>: ExtensionPoint {
    /// The guard around a plugin of this very type, for direct calls.
    type Concrete: Clone + Send + Sync + 'static;

    /// Puts the panic shield around the plugin's implementation.
    fn shield(plugin: &Arc<T>) -> Arc<Self::Shielded>;

    /// Puts shield and guard around the plugin without erasing its type.
    fn concrete(slot: Arc<Slot>, plugin: &Arc<T>) -> Self::Concrete;
}

/// Says that a plugin extends the point `P`: written by `#[derive(Plugin)]` for each trait in `provides(…)`.
pub trait Extends<P: ?Sized>: Plugin {}

/// A plugin's implementation behind its panic shield. The derive names it in the plugin's crate, so the code that catches is
/// compiled there: a panic must not leave the image whose standard library raised it.
#[derive(Debug)]
#[doc(hidden)]
pub struct Shield<T>(Option<Arc<T>>);

impl<T> Shield<T> {
    /// Wraps a plugin.
    #[must_use]
    pub fn new(plugin: &Arc<T>) -> Self {
        Self(Some(Arc::clone(plugin)))
    }

    /// The plugin behind the shield.
    #[inline]
    #[must_use]
    pub fn plugin(&self) -> &T {
        match &self.0 {
            Some(plugin) => plugin,
            None => unreachable!("only `drop` takes the plugin out"),
        }
    }
}

impl<T> Drop for Shield<T> {
    fn drop(&mut self) {
        let plugin = self.0.take();
        // Whoever keeps an old snapshot may be the last to hold the plugin; a panic of its `Drop` is not theirs to bear.
        let _ = crate::guard::catch(std::panic::AssertUnwindSafe(|| drop(plugin)));
    }
}
