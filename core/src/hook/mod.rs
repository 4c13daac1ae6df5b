//! Hooks: extension points whose plugins are asked together, in one of four ways that is part of the point.
//!
//! `#[extension_point(…, mode = "veto")]` makes a point a hook. A host asks all plugins of it through `Host::hook`, a plugin through
//! [`Context::hook`](crate::Context::hook), which its attribute declares: `#[plugin(asks(BeforeDelete))]`. The [`Hook`] has the one
//! method of that mode only: nobody can ask a hook that decides in a way that does not listen to the answer.
//!
//! ```
//! use keyway::prelude::*;
//! use keyway::{CallError, Hook, extension_point};
//!
//! /// Asked before a page is deleted: declared by the SDK.
//! #[extension_point(id = "doc.before-delete", version = "1.0.0", on_failure = "closed", mode = "veto")]
//! pub trait BeforeDelete {
//!     /// The error is the reason.
//!     async fn may_delete(&self, path: &str) -> Result<(), CallError>;
//! }
//!
//! /// Deletes old pages, unless another plugin objects.
//! #[derive(Plugin)]
//! #[plugin(asks(BeforeDelete), manifest_text = r#"
//!     manifest-version = 1
//!     [plugin]
//!     id = "doc.tidy"
//!     version = "1.0.0"
//!     host = "*"
//! "#)]
//! pub struct Tidy {
//!     before_delete: Hook<dyn BeforeDelete>,
//! }
//!
//! impl Lifecycle for Tidy {
//!     type Config = ();
//!
//!     async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
//!         Ok(Self { before_delete: ctx.hook()? })
//!     }
//! }
//!
//! impl Tidy {
//!     async fn delete(&self, path: &str) -> Result<(), Error> {
//!         self.before_delete.veto(|plugin| async move { plugin.may_delete(path).await }).await?;
//!         // nobody objects
//!         Ok(())
//!     }
//! }
//! # fn main() {}
//! ```

mod answer;
mod asked;
mod asking;
mod asking_now;
mod chain;
mod round;

use crate::{ExtensionPoint, Plugin};

pub use answer::{Answer, Answers, Interrupted, Interruption, Stopped};
pub use asked::Asked;
pub use asking::Hook;

/// An extension point with a mode: implemented for `dyn Trait` by `#[extension_point(…, mode = "…")]` on the trait, not by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a hook",
    label = "has no mode in which its plugins are asked together",
    note = "add `mode = \"first\"`, `\"all\"`, `\"fold\"` or `\"veto\"` to its `#[extension_point(…)]`, or ask each of `host.extensions()`"
)]
pub trait HookPoint: ExtensionPoint {
    /// [`First`], [`All`], [`Fold`] or [`Veto`].
    type Mode;
}

/// A hook whose plugins are also told what happened before they came: implemented by `#[extension_point(…, mode = "all", historic)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a historic hook",
    label = "its plugins are not told what happened before they started",
    note = "add `historic` to its `#[extension_point(…, mode = \"all\")]`, or ask it through `host.hook()`"
)]
pub trait HistoricPoint: HookPoint<Mode = All> {}

/// Says that a plugin asks the hook `H`: written by `#[derive(Plugin)]` for each trait in `asks(…)`.
#[diagnostic::on_unimplemented(
    message = "the plugin `{Self}` asks a hook that its attribute does not list",
    label = "the trait of the hook is not in `asks(…)`",
    note = "add the trait to `#[plugin(asks(…))]`"
)]
pub trait Asks<H: HookPoint + ?Sized>: Plugin {}

/// The first answer counts, and the plugins after it are not asked: `mode = "first"`.
#[derive(Debug)]
pub enum First {}

/// Every answer counts: `mode = "all"`.
#[derive(Debug)]
pub enum All {}

/// Each plugin gets the result of the one before: `mode = "fold"`.
#[derive(Debug)]
pub enum Fold {}

/// Any plugin may stop what is about to happen, with a reason: `mode = "veto"`, always `on_failure = "closed"`.
#[derive(Debug)]
pub enum Veto {}

/// What one plugin makes of a value that is handed from plugin to plugin: an `Option`, in which `None` leaves the value as it was (also
/// when a call was skipped), or a `Result`, in which an error ends the hook.
///
/// A bare value is neither: at an `open` point a failed plugin would put a neutral value in the place of what all before it did.
#[diagnostic::on_unimplemented(
    message = "a plugin of a `fold` hook answers with `Option<{T}>` or `Result<{T}, _>`, not with `{Self}`",
    label = "says neither that nothing changed nor that the plugin failed"
)]
pub trait Next<T> {
    /// Why the hook ends.
    type Error;

    /// The next value; `None` to keep the one before.
    ///
    /// # Errors
    /// Why the hook ends.
    fn next(self) -> Result<Option<T>, Self::Error>;
}

impl<T> Next<T> for Option<T> {
    type Error = std::convert::Infallible;

    fn next(self) -> Result<Self, Self::Error> {
        Ok(self)
    }
}

impl<T, E> Next<T> for Result<T, E> {
    type Error = E;

    fn next(self) -> Result<Option<T>, E> {
        self.map(Some)
    }
}
