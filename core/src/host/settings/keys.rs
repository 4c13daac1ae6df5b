//! Reads a table of the configuration key by key.

use toml::{Table, Value};

use super::{unknown_key, wrong_type};
use crate::host::failure::Problem;
use crate::host::origin::{self, Origin};

/// What a time must be.
pub(in crate::host) const TIME: &str = "a time above zero such as `\"10s\"`";

/// Reads the table at `place`, for example `["host", "reload"]`, and reports every mistake in it.
///
/// `read` takes one value; it answers `None` for a key that is not known, and what is expected for a value that is none.
pub(in crate::host) fn read_keys(
    place: &[&str],
    table: Table,
    known: &[&'static str],
    origins: &[Origin],
    problems: &mut Vec<Problem>,
    mut read: impl FnMut(&str, &Value) -> Option<Result<(), &'static str>>,
) {
    let prefix = format!("{}.", place.join("."));
    for (key, value) in table {
        let problem = match read(&key, &value) {
            Some(Ok(())) => continue,
            Some(Err(expected)) => wrong_type(&format!("{prefix}{key}"), expected, &value),
            None => unknown_key(&prefix, &key, known),
        };
        let path: Vec<_> = place.iter().copied().chain([key.as_str()]).collect();
        problems.push(problem.at(origin::find(origins, &path)));
    }
}

/// Sets what was read, or answers what was expected.
pub(in crate::host) fn set<T>(place: &mut Option<T>, value: Option<T>, expected: &'static str) -> Result<(), &'static str> {
    *place = Some(value.ok_or(expected)?);
    Ok(())
}
