//! What crosses the boundary at a point, and with an event.

use super::{SdkFacts, TypeLayout};
use crate::{EventInfo, PointInfo};

/// An extension point, service or hook with the layouts of all that its methods take and return.
#[derive(Debug, Clone, Copy)]
pub struct PointLayout {
    /// Id, version and signature hashes.
    pub info: &'static PointInfo,
    /// The package that declares the trait.
    pub sdk: SdkFacts,
    /// The methods in the order of the trait, which is that of its vtable.
    pub methods: &'static [MethodLayout],
    /// Whether the trait says that it is for static plugins only, because it lends `'static` references.
    pub static_only: bool,
}

/// A method of a point.
#[derive(Debug, Clone, Copy)]
pub struct MethodLayout {
    /// Its name.
    pub name: &'static str,
    /// The hash of its signature's tokens, as in [`PointInfo::methods`].
    pub hash: u64,
    /// The signature as written, on one line, to show beside another: `async fn handle(&self, request: &Request) -> Response`.
    pub signature: &'static str,
    /// The arguments without `self`.
    pub arguments: &'static [ArgumentLayout],
    /// What it returns; for an async method, what its future gives.
    pub output: &'static TypeLayout,
}

/// An argument of a method.
#[derive(Debug, Clone, Copy)]
pub struct ArgumentLayout {
    /// Its name, for messages.
    pub name: &'static str,
    /// Its type.
    pub layout: &'static TypeLayout,
}

/// An event with the layout of its type.
#[derive(Debug, Clone, Copy)]
pub struct EventLayout {
    /// Topic, version and schema.
    pub info: &'static EventInfo,
    /// The package that declares the type.
    pub sdk: SdkFacts,
    /// The type.
    pub layout: &'static TypeLayout,
}
