//! How a program learns which extension points and events it knows, so that it can lend them to plugins that it loads.
//!
//! As with the census, a linker collects them; unlike there, whatever is missing is missed: a library that uses it is refused. Only programs
//! with the feature `native` pay for it.

/// Tells a program that loads native plugins of an extension point; `#[extension_point]` calls it.
#[cfg(not(feature = "native"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __register_point {
    ($point:ty) => {};
}

/// Tells a program that loads native plugins of an event; `#[derive(Event)]` calls it.
#[cfg(not(feature = "native"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __register_event {
    ($event:ty) => {};
}

#[cfg(all(feature = "native", not(feature = "linkme")))]
mod backend {
    use crate::host::native::{KnownEvent, KnownPoint};

    inventory::collect!(KnownPoint);
    inventory::collect!(KnownEvent);

    /// All points that the linker kept, in no order.
    pub(crate) fn known_points() -> Vec<KnownPoint> {
        inventory::iter::<KnownPoint>().copied().collect()
    }

    /// All events that the linker kept, in no order.
    pub(crate) fn known_events() -> Vec<KnownEvent> {
        inventory::iter::<KnownEvent>().copied().collect()
    }

    /// Tells a program that loads native plugins of an extension point; `#[extension_point]` calls it.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __register_point {
        ($point:ty) => {
            $crate::__private::inventory::submit! { $crate::__private::KnownPoint::of::<$point>() }
        };
    }

    /// Tells a program that loads native plugins of an event; `#[derive(Event)]` calls it.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __register_event {
        ($event:ty) => {
            $crate::__private::inventory::submit! { $crate::__private::KnownEvent::of::<$event>() }
        };
    }
}

#[cfg(all(feature = "native", feature = "linkme"))]
mod backend {
    use crate::host::native::{KnownEvent, KnownPoint};

    /// The points of this program.
    #[linkme::distributed_slice]
    #[doc(hidden)]
    pub static KNOWN_POINTS: [KnownPoint] = [..];

    /// The events of this program.
    #[linkme::distributed_slice]
    #[doc(hidden)]
    pub static KNOWN_EVENTS: [KnownEvent] = [..];

    /// All points that the linker kept, in no order.
    pub(crate) fn known_points() -> Vec<KnownPoint> {
        KNOWN_POINTS.to_vec()
    }

    /// All events that the linker kept, in no order.
    pub(crate) fn known_events() -> Vec<KnownEvent> {
        KNOWN_EVENTS.to_vec()
    }

    /// Tells a program that loads native plugins of an extension point; `#[extension_point]` calls it.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __register_point {
        ($point:ty) => {
            const _: () = {
                #[$crate::__private::linkme::distributed_slice($crate::__private::KNOWN_POINTS)]
                #[linkme(crate = $crate::__private::linkme)]
                static __KEYWAY_POINT: $crate::__private::KnownPoint = $crate::__private::KnownPoint::of::<$point>();
            };
        };
    }

    /// Tells a program that loads native plugins of an event; `#[derive(Event)]` calls it.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __register_event {
        ($event:ty) => {
            const _: () = {
                #[$crate::__private::linkme::distributed_slice($crate::__private::KNOWN_EVENTS)]
                #[linkme(crate = $crate::__private::linkme)]
                static __KEYWAY_EVENT: $crate::__private::KnownEvent = $crate::__private::KnownEvent::of::<$event>();
            };
        };
    }
}

#[cfg(all(feature = "native", feature = "linkme"))]
pub use backend::{KNOWN_EVENTS, KNOWN_POINTS};
#[cfg(feature = "native")]
pub(crate) use backend::{known_events, known_points};
