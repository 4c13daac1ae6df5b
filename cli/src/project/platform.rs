//! What rustc knows of a target, for plugins that are there on some targets only.

use std::rc::Rc;

use crate::cargo::cfg_of;
use crate::failure::{Class, Failure, PROGRAM};

/// The `cfg` names and values of a target; a copy is light.
#[derive(Debug, Clone, Default)]
pub(crate) struct Platform(Rc<[(String, Option<String>)]>);

impl Platform {
    /// Asks rustc; `target` is a triple, or this machine when left out.
    ///
    /// # Errors
    /// rustc cannot be started, or does not know the target.
    pub(super) fn ask(target: Option<&str>) -> Result<Self, Failure> {
        let printed = cfg_of(target).map_err(|said| {
            let message =
                format!("`rustc --print cfg` cannot say what the target `{}` is: {said}", target.unwrap_or("of this machine"));
            Failure::new(Class::Project, PROGRAM, message).help("`rustc --print target-list` shows the targets that there are")
        })?;
        Ok(Self::parse(&printed))
    }

    /// Reads lines such as `unix` and `target_os="linux"`.
    fn parse(printed: &str) -> Self {
        let entry = |line: &str| match line.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.trim_matches('"').to_owned())),
            None => (line.to_owned(), None),
        };
        Self(printed.lines().map(entry).collect())
    }

    /// `cfg(name)`.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// `cfg(name = "value")`.
    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(known, its)| known == name && its.as_deref() == Some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::Platform;

    #[test]
    fn reads_what_rustc_prints() {
        let platform = Platform::parse("unix\ntarget_os=\"linux\"\ntarget_abi=\"\"\n");
        assert!(platform.is_set("unix") && !platform.is_set("windows"));
        assert!(platform.has("target_os", "linux") && platform.has("target_abi", "") && !platform.has("target_os", "macos"));
    }

    #[test]
    fn a_target_that_rustc_does_not_know_is_a_failure() {
        let failure = Platform::ask(Some("no-such-target")).unwrap_err().to_string();
        assert!(failure.contains("`no-such-target`"), "{failure}");
    }
}
