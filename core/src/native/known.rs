//! How a program learns which extension points and events it knows, so that it can lend them to plugins that it loads.

/// Tells a program that loads native plugins of an extension point; `#[extension_point]` calls it.
#[doc(hidden)]
#[macro_export]
macro_rules! __register_point {
    ($point:ty) => {};
}

/// Tells a program that loads native plugins of an event; `#[derive(Event)]` calls it.
#[doc(hidden)]
#[macro_export]
macro_rules! __register_event {
    ($event:ty) => {};
}
