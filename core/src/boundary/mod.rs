//! Types that cross between a host and a plugin that was loaded as a library, as the compiler laid them out.
//!
//! Both sides write the layouts of what crosses into their programs, and a host compares them before any code of the library runs: a
//! struct whose fields another version has in another order is refused, with both versions side by side. `#[extension_point]` and
//! `#[derive(Event)]` collect them by themselves; an SDK adds `#[derive(Boundary)]` to the types that its traits name.
//!
//! The guide says more: `docs/native.md`.

mod arguments;
mod manifest;
mod probe;
mod standard;

use keyway_manifest::record::TypeLayout;

#[doc(hidden)]
pub use arguments::standard_or;
#[doc(hidden)]
pub use probe::{NotBoundary, Probe, Unsized};

/// A type whose layout a host can compare with that of a plugin: implemented by `#[derive(Boundary)]`, not by hand.
///
/// A type without it crosses as well: of such a type only its size, its alignment and the compiler's number for it are compared.
///
/// ```
/// use keyway::Boundary;
/// use keyway::manifest::record::Shape;
///
/// #[derive(Boundary)]
/// pub struct Heading {
///     pub level: u8,
///     pub text: String,
/// }
///
/// let Shape::Struct { fields } = Heading::LAYOUT.shape else { unreachable!() };
/// assert_eq!(fields[1].name, "text");
/// assert_eq!(fields[1].layout.size, size_of::<String>());
/// ```
#[diagnostic::on_unimplemented(
    message = "the layout of `{Self}` is not known",
    label = "`#[derive(Boundary)]` is missing",
    note = "put `#[derive(Boundary)]` on the type, or `#[boundary(opaque)]` on the field"
)]
pub trait Boundary {
    /// What the type consists of.
    const LAYOUT: &'static TypeLayout;
}
