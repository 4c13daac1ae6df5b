//! Types such as `Option<Request>` of which one argument is not known: what is known of the others shall not be lost.

use keyway_manifest::record::{Shape, TypeLayout};

use super::Boundary;

/// The layout of `T`, which is written like a type of the standard library with these arguments; `otherwise` when it is another.
///
/// `empty` is the layout of the same type with `()` for each argument. The name alone says nothing: an SDK's `Result<T>` has arguments
/// that its name hides, and then `empty` shows others than `()`.
#[must_use]
pub const fn standard_or<T>(
    empty: Option<&'static TypeLayout>,
    arguments: &'static [&'static TypeLayout],
    otherwise: TypeLayout,
) -> TypeLayout {
    let Some(TypeLayout { name, shape: Shape::Standard { arguments: units }, .. }) = empty else { return otherwise };
    if units.len() != arguments.len() {
        return otherwise;
    }
    let mut index = 0;
    while index < units.len() {
        if units[index].hash() != <() as Boundary>::LAYOUT.hash() {
            return otherwise;
        }
        index += 1;
    }
    TypeLayout::standard::<T>(name, arguments)
}
