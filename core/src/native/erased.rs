//! A value whose type is forgotten on its way between a plugin and a host, and found again by a key.
//!
//! It stands in for `Box<dyn Any>`, which asks the value itself for its type. Each image numbers types for itself: a library that was
//! built apart from the host gives the same trait another `TypeId`, and a downcast in the host would answer no. Here the key lies
//! beside the value, so that the one who has compared both images can put the other image's key in its place.
#![allow(unsafe_code, reason = "reads a value by a key that was compared, where `Any` would ask the image that made the value")]

use std::any::{Any, TypeId};
use std::fmt;

/// A value of a type that only its key names.
///
/// Its destructor is that of the image that made it.
#[derive(keyway::Boundary)]
pub struct Erased {
    key: TypeId,
    value: Box<dyn Held>,
}

/// What is known of a value of any type: how to drop it.
#[keyway::boundary]
trait Held: Send + Sync {}

impl<T: Send + Sync> Held for T {}

impl Erased {
    /// Forgets the type of a value. Whoever names `T` in the same image gets it back.
    #[must_use]
    pub fn new<T: Send + Sync + 'static>(value: T) -> Self {
        Self { key: TypeId::of::<T>(), value: Box::new(value) }
    }

    /// The type by which the value is found.
    #[must_use]
    pub const fn key(&self) -> TypeId {
        self.key
    }

    /// Whether the value is a `T`.
    #[must_use]
    pub fn is<T: 'static>(&self) -> bool {
        self.key == TypeId::of::<T>()
    }

    /// The value, if it is a `T`.
    #[must_use]
    pub fn get<T: 'static>(&self) -> Option<&T> {
        // SAFETY: `key` is that of the value's type: `new` takes it from the type, and the caller of `adopt` answers for any other.
        self.is::<T>().then(|| unsafe { &*(&raw const *self.value).cast::<T>() })
    }

    /// Names the value's type as another image does.
    ///
    /// # Safety
    /// In the image whose key it is, `key` is that of a type with the same layout, the same vtables and the same meaning as the type
    /// that the value has in the image that made it. For a plugin that is a library the gate establishes that, and nothing else does.
    #[must_use]
    pub unsafe fn adopt(self, key: TypeId) -> Self {
        Self { key, ..self }
    }

    /// Lends the value under the name that another image has for its type.
    ///
    /// # Safety
    /// As for [`adopt`](Self::adopt).
    #[must_use]
    #[cfg(any(test, feature = "native"))]
    pub(crate) unsafe fn seen_as(&self, key: TypeId) -> Borrowed<'_> {
        Borrowed { key, value: &*self.value }
    }
}

/// A loan of a value whose type only a key names.
#[derive(Clone, Copy, keyway::Boundary)]
pub struct Borrowed<'a> {
    key: TypeId,
    value: &'a dyn Held,
}

impl<'a> Borrowed<'a> {
    /// The value, if it is a `T`.
    #[must_use]
    pub fn get<T: 'static>(self) -> Option<&'a T> {
        // SAFETY: `key` is that of the value's type: the caller of `seen_as`, the only one who makes this, answers for it.
        (self.key == TypeId::of::<T>()).then(|| unsafe { &*(&raw const *self.value).cast::<T>() })
    }
}

impl fmt::Debug for Borrowed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Borrowed").field("key", &self.key).finish_non_exhaustive()
    }
}

impl fmt::Debug for Erased {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Erased").field("key", &self.key).finish_non_exhaustive()
    }
}

/// One type as two images name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, keyway::Boundary)]
pub(crate) struct Twin {
    made: TypeId,
    seen: TypeId,
}

impl Twin {
    /// Says that the image which makes the values calls their type `made`, and the one that looks at them `seen`.
    ///
    /// # Safety
    /// Both are one type: as for [`Erased::adopt`].
    #[must_use]
    #[cfg(any(test, feature = "native"))]
    pub(crate) const unsafe fn new(made: TypeId, seen: TypeId) -> Self {
        Self { made, seen }
    }

    /// A value that the other image has made, if `T` is what this image calls its type.
    #[must_use]
    pub(crate) fn view<'a, T: 'static>(&self, value: &'a dyn Any) -> Option<&'a T> {
        // `type_id` is asked of the value, and so answered by the image that made it.
        let is_twin = value.type_id() == self.made && TypeId::of::<T>() == self.seen;
        // SAFETY: the value is of the type `made`, and whoever made this twin answers for it that this is a `T` here.
        is_twin.then(|| unsafe { &*(&raw const *value).cast::<T>() })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_value_comes_back_as_its_own_type_only() {
        let erased = Erased::new(String::from("shown"));
        assert_eq!(erased.get::<String>().map(String::as_str), Some("shown"));
        assert_eq!(erased.get::<&'static str>(), None);
        assert_eq!(erased.get::<Box<str>>(), None);
        assert_eq!(erased.key(), TypeId::of::<String>());
    }

    #[test]
    fn a_loan_answers_to_its_own_key_alone() {
        #[repr(transparent)]
        struct Theirs(String);
        #[repr(transparent)]
        struct Ours(String);
        let erased = Erased::new(Theirs("shown".into()));
        // SAFETY: both types are one `String`.
        let lent = unsafe { erased.seen_as(TypeId::of::<Ours>()) };
        assert_eq!(lent.get::<Ours>().map(|ours| ours.0.as_str()), Some("shown"));
        assert!(lent.get::<Theirs>().is_none() && lent.get::<String>().is_none());
        assert_eq!(erased.get::<Theirs>().map(|theirs| theirs.0.as_str()), Some("shown"), "the value itself keeps its key");
    }

    #[test]
    fn types_that_differ_in_a_bound_only_are_different() {
        let erased = Erased::new(Arc::new(7_u8) as Arc<dyn fmt::Debug + Send + Sync>);
        assert!(erased.get::<Arc<dyn fmt::Debug + Send>>().is_none());
        assert!(erased.is::<Arc<dyn fmt::Debug + Send + Sync>>());
    }

    #[test]
    fn a_twin_shows_values_of_its_two_types_only() {
        #[repr(transparent)]
        struct Theirs(String);
        #[repr(transparent)]
        struct Ours(String);
        // SAFETY: both types are one `String`.
        let twin = unsafe { Twin::new(TypeId::of::<Theirs>(), TypeId::of::<Ours>()) };
        let made = Theirs("shown".into());
        assert_eq!(twin.view::<Ours>(&made).map(|ours| ours.0.as_str()), Some("shown"));
        assert!(twin.view::<Theirs>(&made).is_none(), "what has its own type needs no twin");
        assert!(twin.view::<String>(&made).is_none());
        assert!(twin.view::<Ours>(&String::from("of another type")).is_none());
    }

    #[test]
    fn a_value_without_a_size_is_kept_too() {
        assert_eq!(Erased::new(()).get::<()>(), Some(&()));
    }

    #[test]
    fn an_adopted_value_answers_to_the_new_key_and_is_dropped_once() {
        // As two images see one type: each has a type of its own, both of the same layout.
        #[repr(transparent)]
        struct Theirs(Arc<u8>);
        #[repr(transparent)]
        struct Ours(Arc<u8>);
        let counted = Arc::new(7);
        let erased = Erased::new(Theirs(Arc::clone(&counted)));
        // SAFETY: both types are one `Arc<u8>`, so what is valid as one is valid as the other.
        let erased = unsafe { erased.adopt(TypeId::of::<Ours>()) };
        assert!(erased.get::<Theirs>().is_none());
        assert_eq!(erased.get::<Ours>().map(|ours| *ours.0), Some(7));
        assert_eq!(Arc::strong_count(&counted), 2);
        drop(erased);
        assert_eq!(Arc::strong_count(&counted), 1);
    }
}
