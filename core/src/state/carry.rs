//! What `#[derive(Plugin)]` writes down of `state(…)`, piece by piece: it is compiled in the plugin's crate, and its panics are caught
//! there.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Downgrade, Stateful, Upgrade};
use crate::Error;

/// Where a host puts a state.
#[keyway::boundary]
pub trait StateWriter: Send {
    /// Writes the whole state.
    ///
    /// # Errors
    /// When it is larger than the host takes, or has a part that the host's format cannot hold.
    fn write(&mut self, state: &dyn erased_serde::Serialize) -> Result<(), Error>;
}

/// Where a host has a state from.
#[keyway::boundary]
pub trait StateReader: Send {
    /// Lends a deserializer to `read`.
    ///
    /// # Errors
    /// What `read` answered.
    fn read(&mut self, read: &mut crate::context::ConfigReader<'_>) -> Result<(), Error>;
}

/// Which way a state goes. One function for both ways lets the compiler say once what is missing for either.
pub enum Carried<'a> {
    /// Out of the plugin.
    To(&'a mut dyn StateWriter),
    /// Into the plugin.
    From(&'a mut dyn StateReader),
}

impl fmt::Debug for Carried<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::To(_) => "To",
            Self::From(_) => "From",
        })
    }
}

/// The state of a plugin in its newest form.
///
/// # Errors
/// What the plugin answers.
pub fn saved<P: Stateful>(plugin: &P) -> Result<P::State, Error> {
    plugin.save_state()
}

/// Writes a state if its form is the one asked for; gives it back otherwise.
///
/// # Errors
/// What the writer answers.
pub fn write_at<T: Serialize>(state: T, is_asked_for: bool, to: &mut dyn StateWriter) -> Result<Option<T>, Error> {
    if !is_asked_for {
        return Ok(Some(state));
    }
    to.write(&state)?;
    Ok(None)
}

/// One step down.
///
/// # Errors
/// What the step answers.
pub fn downgraded<P: Downgrade<FROM>, const FROM: u32>(newer: P::New) -> Result<P::Old, Error> {
    P::downgrade(newer).map_err(|error| error.context(format!("from version {FROM} of the state to the one before it")))
}

/// The state that came from the step before, or, when its form is the one to be read, what the reader has.
///
/// # Errors
/// What the reader answers.
pub fn read_at<T: DeserializeOwned>(
    state: Option<T>,
    is_asked_for: bool,
    from: &mut dyn StateReader,
) -> Result<Option<T>, Error> {
    if !is_asked_for {
        return Ok(state);
    }
    let mut read = None;
    from.read(&mut |deserializer| {
        read = Some(erased_serde::deserialize(deserializer)?);
        Ok(())
    })?;
    Ok(read)
}

/// One step up, of a state that was read before it.
///
/// # Errors
/// What the step answers.
pub fn upgraded<P: Upgrade<FROM>, const FROM: u32>(older: Option<P::Old>) -> Result<Option<P::New>, Error> {
    let of_step = |error: Error| error.context(format!("from version {FROM} of the state to the next one"));
    older.map(P::upgrade).transpose().map_err(of_step)
}

/// Gives a plugin its state: what came from the last step, or, when its newest form is the one to be read, what the reader has.
///
/// # Errors
/// What the plugin or the reader answers; and when `version` is none of its forms.
pub fn restored<P: Stateful>(
    plugin: &P,
    version: u32,
    is_newest: bool,
    state: Option<P::State>,
    from: &mut dyn StateReader,
) -> Result<(), Error> {
    plugin.restore_state(read_at(state, is_newest, from)?.ok_or_else(|| no_such_version(version))?)
}

/// What to say of a form that is none of the plugin's.
#[must_use]
pub fn no_such_version(version: u32) -> Error {
    Error::message(format!("version {version} of the state is none that the plugin knows"))
}
