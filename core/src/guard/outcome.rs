//! What a guard returns when a call gave no answer, by the failure policy of the extension point.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;

use super::CallError;

/// The answer of one method as the guard sees it. The two policies are types, so that a `closed` point cannot be called as `open`.
#[doc(hidden)]
pub trait Outcome {
    /// What the method returns.
    type Return;
    /// The message of a failure that the plugin reported itself, if `answer` is one.
    fn failure(answer: &Self::Return) -> Option<String>;
    /// The answer in place of one that did not come.
    fn replace(error: CallError) -> Self::Return;
    /// Whether a failure that the plugin reported itself is replaced too.
    const SKIPS_FAILURES: bool;
}

/// The policy `closed`: the error goes up.
#[derive(Debug)]
#[doc(hidden)]
pub struct OutcomeClosed<R>(std::marker::PhantomData<fn() -> R>);

/// The policy `open`: the call is skipped.
#[derive(Debug)]
#[doc(hidden)]
pub struct OutcomeOpen<R>(std::marker::PhantomData<fn() -> R>);

/// A return type through which the error of a call can go up: `Result<_, E>` where `E` can be made from a [`CallError`].
#[diagnostic::on_unimplemented(
    message = "a method of a `closed` extension point must return `Result<_, E>` where `E: From<keyway::CallError>`, not `{Self}`",
    label = "a failed call has no way to go up through this type",
    note = "return a `Result` whose error implements `From<keyway::CallError>`, or declare the point with `on_failure = \"open\"`"
)]
pub trait Closed: Sized {
    /// Makes the return value from the error.
    fn from_error(error: CallError) -> Self;
    /// Whether this is an error that the plugin returned.
    fn is_failure(&self) -> bool;
}

// So that an error type without the conversion is told in the words above, not as a missing `From`.
#[diagnostic::do_not_recommend]
impl<T, E: From<CallError>> Closed for Result<T, E> {
    fn from_error(error: CallError) -> Self {
        Err(error.into())
    }

    fn is_failure(&self) -> bool {
        self.is_err()
    }
}

/// A type with a value that changes nothing, which stands in for the answer of a skipped call at an `open` extension point.
///
/// Implemented for `()`, `bool` (`false`), numbers (0), `Option` (`None`), `String` and the collections (empty), and for
/// `Result<T, E>` (`Ok` of the neutral `T`). Implement it for your own return types.
#[diagnostic::on_unimplemented(
    message = "a method of an `open` extension point must return a type with a neutral value, which `{Self}` has not",
    label = "there is no value that stands for a skipped call",
    note = "implement `keyway::Neutral` for `{Self}`, return an `Option`, or declare the point with `on_failure = \"closed\"`"
)]
pub trait Neutral: Sized {
    /// The value that changes nothing.
    fn neutral() -> Self;
    /// The message, if this value is a failure that the plugin reported; such an answer is counted and replaced by the neutral one.
    fn failure(&self) -> Option<String> {
        None
    }
}

macro_rules! neutral_is_default {
    ($($type:ty),*) => { $(impl Neutral for $type { fn neutral() -> Self { Self::default() } })* };
}

neutral_is_default!((), bool, u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64, String);

impl<T> Neutral for Option<T> {
    fn neutral() -> Self {
        None
    }
}

impl<T> Neutral for Vec<T> {
    fn neutral() -> Self {
        Self::new()
    }
}

impl<T> Neutral for BTreeSet<T> {
    fn neutral() -> Self {
        Self::new()
    }
}

impl<K, V> Neutral for BTreeMap<K, V> {
    fn neutral() -> Self {
        Self::new()
    }
}

impl<T: Clone> Neutral for Cow<'_, [T]> {
    fn neutral() -> Self {
        Cow::Borrowed(&[])
    }
}

impl Neutral for Cow<'_, str> {
    fn neutral() -> Self {
        Cow::Borrowed("")
    }
}

impl Neutral for &str {
    fn neutral() -> Self {
        ""
    }
}

impl<T> Neutral for &[T] {
    fn neutral() -> Self {
        &[]
    }
}

impl<T: Neutral, E: std::fmt::Display> Neutral for Result<T, E> {
    fn neutral() -> Self {
        Ok(T::neutral())
    }

    fn failure(&self) -> Option<String> {
        let error = self.as_ref().err()?;
        // The error may carry one of the plugin's own, whose code must not panic into the host.
        let text = super::catch(AssertUnwindSafe(|| error.to_string()));
        Some(text.unwrap_or_else(|panic| format!("an error that cannot be shown: {}", panic.message())))
    }
}

impl<R: Closed> Outcome for OutcomeClosed<R> {
    type Return = R;
    const SKIPS_FAILURES: bool = false;

    #[inline]
    fn failure(answer: &R) -> Option<String> {
        answer.is_failure().then(String::new)
    }

    fn replace(error: CallError) -> R {
        R::from_error(error)
    }
}

impl<R: Neutral> Outcome for OutcomeOpen<R> {
    type Return = R;
    const SKIPS_FAILURES: bool = true;

    #[inline]
    fn failure(answer: &R) -> Option<String> {
        answer.failure()
    }

    fn replace(_: CallError) -> R {
        R::neutral()
    }
}
