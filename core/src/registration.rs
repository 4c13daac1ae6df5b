//! The census: every plugin that the linker kept says so here. Beside `native/known.rs` the only file that names inventory and linkme.
//!
//! The table that `host!` emits is the truth; the census finds what it misses. DESIGN facts: a crate that no code names is
//! dropped by rustc, and some link modes lose constructors, so registration alone can never be trusted to be complete.

use keyway_manifest::Descriptor;

/// One plugin that registered itself while the program was linked.
#[derive(Debug, Clone, Copy)]
pub struct Registered {
    /// The plugin's descriptor.
    pub descriptor: &'static Descriptor,
    /// Where the derive stands, `file:line`.
    pub site: &'static str,
}

#[cfg(not(feature = "linkme"))]
mod backend {
    inventory::collect!(super::Registered);

    pub(super) fn registered() -> Vec<super::Registered> {
        inventory::iter::<super::Registered>().copied().collect()
    }
}

#[cfg(feature = "linkme")]
mod backend {
    pub(super) fn registered() -> Vec<super::Registered> {
        super::REGISTERED.to_vec()
    }
}

/// The plugins that registered themselves, collected by the linker without code before `main`.
#[cfg(feature = "linkme")]
#[linkme::distributed_slice]
#[doc(hidden)]
pub static REGISTERED: [Registered] = [..];

/// Every plugin that the linker kept, in no order.
pub(crate) fn registered() -> Vec<Registered> {
    backend::registered()
}

/// Every plugin that the linker kept, sorted by id.
#[must_use]
pub fn census() -> Vec<Registered> {
    let mut all = backend::registered();
    all.sort_by_key(|entry| (entry.descriptor.id, entry.site));
    all
}

/// Registers a plugin with the census; the derive calls it.
#[cfg(not(feature = "linkme"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __register {
    ($descriptor:expr) => {
        $crate::__private::inventory::submit! {
            $crate::__private::Registered {
                descriptor: $descriptor,
                site: ::core::concat!(::core::file!(), ":", ::core::line!()),
            }
        }
    };
}

/// Registers a plugin with the census; the derive calls it.
#[cfg(feature = "linkme")]
#[doc(hidden)]
#[macro_export]
macro_rules! __register {
    ($descriptor:expr) => {
        #[$crate::__private::linkme::distributed_slice($crate::__private::REGISTERED)]
        #[linkme(crate = $crate::__private::linkme)]
        static __KEYWAY_REGISTERED: $crate::__private::Registered = $crate::__private::Registered {
            descriptor: $descriptor,
            site: ::core::concat!(::core::file!(), ":", ::core::line!()),
        };
    };
}
