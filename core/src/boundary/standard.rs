//! Layouts of the types of the language and the standard library: the compiler, which is the same on both sides, fixes them.

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::cell::{Cell, RefCell, UnsafeCell};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::ffi::{CStr, CString, OsStr, OsString};
use std::future::Future;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize, NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64,
    NonZeroU128, NonZeroUsize, ParseFloatError, ParseIntError, Saturating, Wrapping,
};
use std::ops::{Bound, ControlFlow, Range, RangeFrom, RangeInclusive, RangeTo};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::string::FromUtf8Error;
use std::sync::atomic::{
    AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize,
};
use std::sync::{Arc, Mutex, OnceLock, RwLock, Weak};
use std::time::{Duration, Instant, SystemTime};

use keyway_manifest::record::TypeLayout;

use super::Boundary;

/// Types without arguments, by their last names.
macro_rules! plain {
    ($($ty:ident)*) => {$(
        impl Boundary for $ty {
            const LAYOUT: &'static TypeLayout = const { &TypeLayout::standard::<Self>(stringify!($ty), &[]) };
        }
    )*};
}

plain! {
    bool char u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64
    NonZeroU8 NonZeroU16 NonZeroU32 NonZeroU64 NonZeroU128 NonZeroUsize
    NonZeroI8 NonZeroI16 NonZeroI32 NonZeroI64 NonZeroI128 NonZeroIsize
    AtomicBool AtomicU8 AtomicU16 AtomicU32 AtomicU64 AtomicUsize AtomicI8 AtomicI16 AtomicI32 AtomicI64 AtomicIsize
    String PathBuf OsString CString Duration Instant SystemTime ParseIntError ParseFloatError FromUtf8Error TypeId
    IpAddr Ipv4Addr Ipv6Addr SocketAddr SocketAddrV4 SocketAddrV6
}

/// Types without a size of their own.
macro_rules! unsized_plain {
    ($($ty:ident)*) => {$(
        impl Boundary for $ty {
            const LAYOUT: &'static TypeLayout = const { &TypeLayout::standard_unsized(stringify!($ty), &[]) };
        }
    )*};
}

unsized_plain!(str Path OsStr CStr);

/// Types with one argument, which may have no size where the type lets it.
macro_rules! one_argument {
    ($($name:literal $ty:ty where $argument:ident: $bound:path;)*) => {$(
        impl<$argument: Boundary + $bound> Boundary for $ty {
            const LAYOUT: &'static TypeLayout = const { &TypeLayout::standard::<Self>($name, &[T::LAYOUT]) };
        }
    )*};
    ($($name:literal $ty:ty;)*) => {$(
        impl<T: Boundary + ?Sized> Boundary for $ty {
            const LAYOUT: &'static TypeLayout = const { &TypeLayout::standard::<Self>($name, &[T::LAYOUT]) };
        }
    )*};
}

one_argument! {
    "&" &T;
    "&mut" &mut T;
    "Box" Box<T>;
    "Arc" Arc<T>;
    "Weak" Weak<T>;
    "PhantomData" PhantomData<T>;
}

one_argument! {
    "Vec" Vec<T> where T: Sized;
    "VecDeque" VecDeque<T> where T: Sized;
    "BTreeSet" BTreeSet<T> where T: Sized;
    "BinaryHeap" BinaryHeap<T> where T: Sized;
    "Option" Option<T> where T: Sized;
    "Pin" Pin<T> where T: Sized;
    "Mutex" Mutex<T> where T: Sized;
    "RwLock" RwLock<T> where T: Sized;
    "OnceLock" OnceLock<T> where T: Sized;
    "Cell" Cell<T> where T: Sized;
    "RefCell" RefCell<T> where T: Sized;
    "UnsafeCell" UnsafeCell<T> where T: Sized;
    "Range" Range<T> where T: Sized;
    "RangeFrom" RangeFrom<T> where T: Sized;
    "RangeTo" RangeTo<T> where T: Sized;
    "RangeInclusive" RangeInclusive<T> where T: Sized;
    "Bound" Bound<T> where T: Sized;
    "Wrapping" Wrapping<T> where T: Sized;
    "Saturating" Saturating<T> where T: Sized;
}

impl<T: Boundary + ToOwned + ?Sized> Boundary for Cow<'_, T> {
    const LAYOUT: &'static TypeLayout = const { &TypeLayout::standard::<Self>("Cow", &[T::LAYOUT]) };
}

impl<T: Boundary> Boundary for [T] {
    const LAYOUT: &'static TypeLayout = const { &TypeLayout::standard_unsized("[]", &[T::LAYOUT]) };
}

impl<T: Boundary, const N: usize> Boundary for [T; N] {
    const LAYOUT: &'static TypeLayout = const { &TypeLayout::standard::<Self>("array", &[T::LAYOUT]) };
}

/// Types with two arguments.
macro_rules! two_arguments {
    ($($name:literal $ty:ty;)*) => {$(
        impl<T: Boundary, U: Boundary> Boundary for $ty {
            const LAYOUT: &'static TypeLayout = const { &TypeLayout::standard::<Self>($name, &[T::LAYOUT, U::LAYOUT]) };
        }
    )*};
}

two_arguments! {
    "Result" Result<T, U>;
    "BTreeMap" BTreeMap<T, U>;
    "ControlFlow" ControlFlow<T, U>;
}

// Not used in Keyway, because their order is random; an SDK may have one in a type.
#[expect(clippy::disallowed_types, reason = "described, not used")]
mod hashed {
    use std::collections::{HashMap, HashSet};

    use super::{Boundary, TypeLayout};

    two_arguments!("HashMap" HashMap<T, U>;);
    one_argument!("HashSet" HashSet<T> where T: Sized;);
}

/// Tuples up to eight.
macro_rules! tuples {
    ($(($($part:ident)*))*) => {$(
        impl<$($part: Boundary),*> Boundary for ($($part,)*) {
            const LAYOUT: &'static TypeLayout = const { &TypeLayout::standard::<Self>("tuple", &[$($part::LAYOUT),*]) };
        }
    )*};
}

tuples!((A)(A B)(A B C)(A B C D)(A B C D E)(A B C D E F)(A B C D E F G)(A B C D E F G H));

impl Boundary for () {
    const LAYOUT: &'static TypeLayout = const { &TypeLayout::standard::<Self>("()", &[]) };
}

/// Types that hold pointers into the code of whoever made them.
macro_rules! code {
    ($($name:literal $ty:ty;)*) => {$(
        impl Boundary for $ty {
            const LAYOUT: &'static TypeLayout = const { &TypeLayout::standard_unsized($name, &[]).with_code() };
        }
    )*};
}

code! {
    "dyn Error" dyn std::error::Error + '_;
    "dyn Error + Send" dyn std::error::Error + Send + '_;
    "dyn Error + Send + Sync" dyn std::error::Error + Send + Sync + '_;
    "dyn Any" dyn Any;
    "dyn Any + Send" dyn Any + Send;
    "dyn Any + Send + Sync" dyn Any + Send + Sync;
}

impl Boundary for std::io::Error {
    const LAYOUT: &'static TypeLayout = const { &TypeLayout::standard::<Self>("std::io::Error", &[]).with_code() };
}

impl<T: Boundary> Boundary for dyn Future<Output = T> + Send + '_ {
    const LAYOUT: &'static TypeLayout = const { &TypeLayout::standard_unsized("dyn Future + Send", &[T::LAYOUT]).with_code() };
}
