//! Asks of any type whether it is a [`Boundary`], while compiling and without demanding it.
//!
//! An inherent constant hides one of a trait. So `Probe::<T>::FOUND` is that of the `impl` with the bound where `T` meets it, and that
//! of the trait everywhere else.

use std::marker::PhantomData;

use keyway_manifest::record::TypeLayout;

use super::Boundary;

/// Has constants that say what is known about `T`.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<T>);

impl<T: Boundary + ?Sized> Probe<T> {
    /// The layout of `T`.
    pub const FOUND: Option<&'static TypeLayout> = Some(T::LAYOUT);
}

/// What is said of a type that is no [`Boundary`].
pub trait NotBoundary {
    /// Nothing.
    const FOUND: Option<&'static TypeLayout> = None;
}

impl<T: ?Sized> NotBoundary for Probe<T> {}

impl<T: 'static> Probe<T> {
    /// The layout of `T` when nothing but its size is known; without its name.
    pub const OPAQUE: TypeLayout = TypeLayout::opaque::<T>("");
}

/// What is said of a type without a size of its own.
pub trait Unsized {
    /// The layout of the type when nothing is known about it; without its name.
    const OPAQUE: TypeLayout;
}

impl<T: ?Sized + 'static> Unsized for Probe<T> {
    const OPAQUE: TypeLayout = TypeLayout::opaque_unsized::<T>("");
}
