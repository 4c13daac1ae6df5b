//! The extensions of a point as one concrete type, so that calls of different plugins are direct and can be inlined.
//!
//! `host! { concrete = [Route] }` nests the plugins of a host in a tuple, `(Link<0, A>, (Link<1, B>, ()))`, one [`Link`] for each plugin
//! of its table: the guard of a plugin that extends the point, or [`Absent`]. Which of the two is found while the host compiles,
//! by [`Select`]. `#[extension_point]` generates the trait that walks such a tuple, in start order.

use std::fmt;
use std::marker::PhantomData;

/// Stands for a plugin that does not extend the point.
#[derive(Debug, Clone, Copy)]
pub struct Absent;

/// What the plugin number `N` of the host's table has for the point.
#[derive(Debug, Clone)]
pub struct Link<const N: u16, E>(pub E);

/// The start order of a host's table, as a type, so that walking needs no memory.
pub trait StartOrder: Send + Sync {
    /// Numbers of plugins in the table, in start order.
    const ORDER: &'static [u16];
}

/// Links with the order to walk them in.
#[derive(Clone)]
pub struct Ordered<L, O> {
    links: L,
    order: PhantomData<fn() -> O>,
}

impl<L, O: StartOrder> Ordered<L, O> {
    /// Puts links and order together.
    pub const fn new(links: L) -> Self {
        Self { links, order: PhantomData }
    }

    /// The links, in the order of the table.
    #[inline]
    pub const fn links(&self) -> &L {
        &self.links
    }
}

impl<L: fmt::Debug, O> fmt::Debug for Ordered<L, O> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Ordered").field(&self.links).finish()
    }
}

/// Finds out whether the plugin type `P` extends the point `T`.
///
/// `(&Select::<P, dyn T>::NEW).link::<N>(&host)` is a method of `Extending` when `P: Extends<dyn T>`, and else of `NotExtending`, which
/// is one reference further away and so only considered when the first does not apply. Both types must be concrete there.
pub struct Select<P, T: ?Sized>(PhantomData<fn() -> P>, PhantomData<fn(&T)>);

impl<P, T: ?Sized> Select<P, T> {
    /// The only value.
    pub const NEW: Self = Self(PhantomData, PhantomData);
}

impl<P, T: ?Sized> fmt::Debug for Select<P, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Select")
    }
}

#[cfg(feature = "host")]
pub use with_host::{Extending, NotExtending};

#[cfg(feature = "host")]
mod with_host {
    use super::{Absent, Link, Select};
    use crate::extension_point::Carries;
    use crate::{Extends, Host};

    /// The link of a plugin that extends the point: its guard, unless it does not run.
    pub trait Extending {
        /// The guard around the plugin's own type.
        type Guard;

        /// Takes the running instance out of the host.
        fn link<const N: u16>(&self, host: &Host) -> Link<N, Option<Self::Guard>>;
    }

    impl<P: Extends<T>, T: Carries<P> + ?Sized> Extending for Select<P, T> {
        type Guard = T::Concrete;

        fn link<const N: u16>(&self, host: &Host) -> Link<N, Option<T::Concrete>> {
            let slot = host.slot::<T>(P::DESCRIPTOR.id.as_str());
            Link(slot.zip(host.concrete::<P>()).map(|(slot, plugin)| T::concrete(slot, &plugin)))
        }
    }

    /// The link of a plugin that does not extend the point.
    pub trait NotExtending {
        /// Says so.
        fn link<const N: u16>(&self, host: &Host) -> Link<N, Absent>;
    }

    impl<P, T: ?Sized> NotExtending for &Select<P, T> {
        fn link<const N: u16>(&self, _: &Host) -> Link<N, Absent> {
            Link(Absent)
        }
    }
}
