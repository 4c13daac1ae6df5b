//! The extensions of one point as a host reads them: an immutable list in start order, swapped whole when a plugin comes or goes.

use std::fmt;
use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc;

use arc_swap::ArcSwap;
use keyway_manifest::Descriptor;
use tokio::sync::Notify;

use crate::ExtensionPoint;
use crate::guard::{CallCounts, Slot};

/// One plugin's extension at the point `P`: call the methods of the point's trait on it.
///
/// Cloning is cheap. One that is kept while its plugin is disabled answers every call with
/// [`CallErrorKind::Unavailable`](crate::CallErrorKind::Unavailable).
pub struct Extension<P: ExtensionPoint + ?Sized> {
    guard: P::Guard,
    slot: Arc<Slot>,
}

impl<P: ExtensionPoint + ?Sized> Extension<P> {
    pub(super) const fn new(guard: P::Guard, slot: Arc<Slot>) -> Self {
        Self { guard, slot }
    }

    /// The host's side, which tells this run of the plugin from all others.
    pub(super) const fn slot(&self) -> &Arc<Slot> {
        &self.slot
    }

    /// Id of the plugin.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.slot.descriptor().id.as_str()
    }

    /// The plugin's manifest.
    #[must_use]
    pub fn plugin(&self) -> &'static Descriptor {
        self.slot.descriptor()
    }

    /// What became of the calls of this extension so far.
    #[must_use]
    pub fn counts(&self) -> CallCounts {
        self.slot.counts()
    }

    /// Whether both are the same running instance of one plugin: `false` once the plugin was switched off and on between them.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.slot, &other.slot)
    }

    /// The guard itself, which implements the point's trait; for generic code.
    #[must_use]
    pub const fn guard(&self) -> &P::Guard {
        &self.guard
    }
}

impl<P: ExtensionPoint + ?Sized> Deref for Extension<P> {
    type Target = P::Guard;

    #[inline]
    fn deref(&self) -> &P::Guard {
        &self.guard
    }
}

impl<P: ExtensionPoint + ?Sized> Clone for Extension<P> {
    fn clone(&self) -> Self {
        Self { guard: self.guard.clone(), slot: Arc::clone(&self.slot) }
    }
}

impl<P: ExtensionPoint + ?Sized> fmt::Debug for Extension<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Extension").field("plugin", &self.id()).field("point", &P::INFO.id.as_str()).finish()
    }
}

/// The list behind every reader.
pub(super) struct Snapshot<P: ExtensionPoint + ?Sized> {
    extensions: Box<[Extension<P>]>,
    /// An `Arc<P::Shielded>` for each of them, once a library has asked: what is lent goes when the list goes, and so no later than
    /// without it.
    #[cfg(feature = "native")]
    lent: std::sync::OnceLock<Box<[crate::native::Erased]>>,
}

impl<P: ExtensionPoint + ?Sized> Snapshot<P> {
    pub(super) fn new(extensions: impl Iterator<Item = Extension<P>>) -> Arc<Self> {
        Arc::new(Self {
            extensions: extensions.collect(),
            #[cfg(feature = "native")]
            lent: std::sync::OnceLock::new(),
        })
    }
}

/// The extensions of the point `P` at one moment, in start order; a slice of [`Extension`].
///
/// Plugins that are switched on or off later do not change it: take a new one for each piece of work, as for each request.
///
/// ```
/// # use keyway::{ExtensionPoint, Host};
/// # fn example<P: ExtensionPoint + ?Sized + 'static>(host: &Host) {
/// for extension in &host.extensions::<P>() {
///     println!("{}: {:?}", extension.id(), extension.counts());
/// }
/// # }
/// ```
pub struct Extensions<P: ExtensionPoint + ?Sized>(Arc<Snapshot<P>>);

impl<P: ExtensionPoint + ?Sized> Extensions<P> {
    /// Finds the extension of a plugin by its id.
    #[must_use]
    pub fn of(&self, plugin: &str) -> Option<&Extension<P>> {
        self.iter().find(|extension| extension.id() == plugin)
    }

    /// Whether nothing has changed between both: for whoever keeps something that was made of the extensions of a point.
    ///
    /// `false` also after a switch of a plugin that does not extend this point.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<P: ExtensionPoint + ?Sized> Deref for Extensions<P> {
    type Target = [Extension<P>];

    #[inline]
    fn deref(&self) -> &[Extension<P>] {
        &self.0.extensions
    }
}

impl<P: ExtensionPoint + ?Sized> Clone for Extensions<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: ExtensionPoint + ?Sized> fmt::Debug for Extensions<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, P: ExtensionPoint + ?Sized> IntoIterator for &'a Extensions<P> {
    type Item = &'a Extension<P>;
    type IntoIter = std::slice::Iter<'a, Extension<P>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<P: ExtensionPoint + ?Sized> IntoIterator for Extensions<P> {
    type Item = Extension<P>;
    type IntoIter = IntoIter<P>;

    fn into_iter(self) -> IntoIter<P> {
        IntoIter { extensions: self, next: 0 }
    }
}

/// Iterates over the extensions of a snapshot by value; made by `for … in host.extensions::<P>()`.
pub struct IntoIter<P: ExtensionPoint + ?Sized> {
    extensions: Extensions<P>,
    next: usize,
}

impl<P: ExtensionPoint + ?Sized> Iterator for IntoIter<P> {
    type Item = Extension<P>;

    fn next(&mut self) -> Option<Extension<P>> {
        let extension = self.extensions.get(self.next)?.clone();
        self.next += 1;
        Some(extension)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.extensions.len() - self.next;
        (left, Some(left))
    }
}

impl<P: ExtensionPoint + ?Sized> ExactSizeIterator for IntoIter<P> {}

impl<P: ExtensionPoint + ?Sized> fmt::Debug for IntoIter<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&self.extensions[self.next..]).finish()
    }
}

/// A handle to one extension point of a host: keep it, and reading needs no look-up.
///
/// It stays valid when plugins are switched on and off, and after the host has stopped (it is empty then).
pub struct Point<P: ExtensionPoint + ?Sized>(pub(super) Arc<Current<P>>);

/// The place in which the newest snapshot of a point stands.
pub(super) struct Current<P: ExtensionPoint + ?Sized> {
    snapshot: ArcSwap<Snapshot<P>>,
    /// Wakes those who wait for the next snapshot.
    swapped: Notify,
}

impl<P: ExtensionPoint + ?Sized> Current<P> {
    pub(super) fn new(snapshot: Arc<Snapshot<P>>) -> Self {
        Self { snapshot: ArcSwap::new(snapshot), swapped: Notify::new() }
    }

    pub(super) fn set(&self, snapshot: Arc<Snapshot<P>>) {
        self.snapshot.store(snapshot);
        self.swapped.notify_waiters();
    }

    pub(super) fn extensions(&self) -> Extensions<P> {
        Extensions(self.snapshot.load_full())
    }
}

impl<P: ExtensionPoint + ?Sized> Point<P> {
    /// The extensions of this moment, to be kept as long as wanted. Takes no lock.
    #[must_use]
    pub fn extensions(&self) -> Extensions<P> {
        self.0.extensions()
    }

    /// Lends the extensions of this moment for a short while, without touching a reference count that threads share.
    ///
    /// Do not hold it across an `await`: each thread has few places for loans, and further ones cost as much as
    /// [`extensions`](Self::extensions).
    #[must_use]
    pub fn load(&self) -> Loaded<P> {
        Loaded(self.0.snapshot.load())
    }

    /// Whether the extensions are others than those that are known already. Costs one load.
    #[must_use]
    pub fn has_changed(&self, known: &Extensions<P>) -> bool {
        !Arc::ptr_eq(&self.0.snapshot.load(), &known.0)
    }

    /// Waits until the extensions are others than those that are known already, and answers them: for what a program does as long as a
    /// plugin runs, such as listening in its place. [`Extension::is_same`] tells which of them are new or gone.
    pub async fn changed(&self, known: &Extensions<P>) -> Extensions<P> {
        loop {
            let mut swapped = pin!(self.0.swapped.notified());
            // From here on no swap is missed.
            swapped.as_mut().enable();
            let extensions = self.extensions();
            if !extensions.is_same(known) {
                return extensions;
            }
            swapped.await;
        }
    }
}

impl<P: ExtensionPoint + ?Sized> Clone for Point<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: ExtensionPoint + ?Sized> fmt::Debug for Point<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Point").field("id", &P::INFO.id.as_str()).field("extensions", &self.extensions()).finish()
    }
}

/// A short loan of the extensions of a point; see [`Point::load`].
pub struct Loaded<P: ExtensionPoint + ?Sized>(arc_swap::Guard<Arc<Snapshot<P>>>);

impl<P: ExtensionPoint + ?Sized> Deref for Loaded<P> {
    type Target = [Extension<P>];

    #[inline]
    fn deref(&self) -> &[Extension<P>] {
        &self.0.extensions
    }
}

#[cfg(feature = "native")]
impl<P: ExtensionPoint + ?Sized + 'static> Loaded<P> {
    /// The `Arc<P::Shielded>` of each extension, for a library. They are made once for each snapshot.
    pub(super) fn lent(&self) -> &[crate::native::Erased] {
        let lend = |extension: &Extension<P>| crate::native::Erased::new(P::lend(extension.guard()));
        self.0.lent.get_or_init(|| self.iter().map(lend).collect())
    }
}

impl<P: ExtensionPoint + ?Sized> fmt::Debug for Loaded<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}
