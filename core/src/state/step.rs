//! The steps between two forms of a plugin's state.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Plugin};

/// How a state of the form `FROM` becomes one of the next form, `FROM + 1`.
///
/// A plugin whose attribute says `state(version = 3, migrates_from = 1)` has `Upgrade<1>` and `Upgrade<2>`. The `New` of each step is
/// the `Old` of the one after it, and that of the last is the plugin's [`State`](super::Stateful::State).
#[diagnostic::on_unimplemented(
    message = "KW0262 the state of the plugin `{Self}` cannot be migrated: the step from version {FROM} to the next one is missing",
    label = "`migrates_from` says that this version is still taken",
    note = "write `impl Upgrade<{FROM}> for {Self}`, or raise `migrates_from` in `state(…)` beyond {FROM}"
)]
pub trait Upgrade<const FROM: u32>: Plugin {
    /// The state in the form `FROM`.
    type Old: DeserializeOwned;
    /// The state in the form `FROM + 1`.
    type New;

    /// Makes the newer form of the older one.
    ///
    /// # Errors
    /// When there is no newer form of this state. The reload fails then, and the older instance goes on serving.
    fn upgrade(old: Self::Old) -> Result<Self::New, Error>;
}

/// How a state of the form `FROM` becomes one of the form before it, `FROM - 1`, for an older version of the plugin that takes over.
///
/// Needed for each form down to `migrates_from` when the attribute says `downgrade = "supported"` or `"lossy"`.
#[diagnostic::on_unimplemented(
    message = "KW0263 the state of the plugin `{Self}` cannot be handed to an older version: the step down from version {FROM} is missing",
    label = "`downgrade` says that there is one",
    note = "write `impl Downgrade<{FROM}> for {Self}`, or say `downgrade = \"refused\"` in `state(…)`"
)]
pub trait Downgrade<const FROM: u32>: Plugin {
    /// The state in the form `FROM`.
    type New;
    /// The state in the form `FROM - 1`.
    type Old: Serialize;

    /// Makes the older form of the newer one.
    ///
    /// # Errors
    /// When there is no older form of this state. The reload fails then, and this instance goes on serving.
    fn downgrade(new: Self::New) -> Result<Self::Old, Error>;
}
