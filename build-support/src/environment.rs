//! What Cargo tells a build script: folders, features, target.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::cfg::Selection;

/// The variables of a build script.
#[derive(Debug)]
pub(crate) struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// Takes the variables of this process.
    pub(crate) fn of_this_process() -> Self {
        Self::from_vars(std::env::vars_os())
    }

    /// Takes the given variables.
    pub(crate) fn from_vars(vars: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self(vars.into_iter().collect())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(&OsString::from(name)).and_then(|value| value.to_str())
    }

    /// A folder or program; `None` when Cargo did not start this process.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        self.0.get(&OsString::from(name)).map(PathBuf::from)
    }

    /// The target triple; empty when it is not known.
    pub(crate) fn target(&self) -> &str {
        self.text("TARGET").unwrap_or_default()
    }

    fn cfg(&self, name: &str) -> Option<&str> {
        self.text(&format!("CARGO_CFG_{}", name.to_uppercase()))
    }
}

impl Selection for Environment {
    fn has_feature(&self, feature: &str) -> bool {
        self.text(&format!("CARGO_FEATURE_{}", feature.to_uppercase().replace('-', "_"))).is_some()
    }

    fn cfg_is_set(&self, name: &str) -> bool {
        self.cfg(name).is_some()
    }

    /// Cargo leaves a name out when its only value is empty.
    fn cfg_has(&self, name: &str, value: &str) -> bool {
        self.cfg(name).unwrap_or_default().split(',').any(|known| known == value)
    }
}
