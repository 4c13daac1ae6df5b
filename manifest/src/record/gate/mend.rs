//! What to do about types that differ.

use super::Row;
use super::type_id::declaring_crate;
use super::types::{KEYWAY, Types};

/// The part of a profile that Cargo counts into the numbers of types.
pub(super) const SAME_PROFILE: &str =
    "the same settings in `[profile]`, of which `opt-level`, `debug`, `lto` and `strip` count too";

impl Types<'_> {
    /// What to do about types of a package.
    pub(super) fn mend(&self, package: &str) -> String {
        let is_on_both_sides = |row: &Row| row.host != "-" && row.plugin != "-";
        match self.packages.iter().find(|difference| difference.name == package) {
            Some(difference) if !difference.help.is_empty() => {
                format!("give the plugin the packages of the program, {}, and build it again", difference.help)
            }
            Some(difference) if difference.rows.iter().any(is_on_both_sides) => {
                "give the plugin the packages of the program, which are listed below, and build it again".to_owned()
            }
            _ if package == KEYWAY => format!(
                "build the plugin from the source and with the features of `{package}` that the program has; \
                 `cargo tree -e features -i {package}` shows them"
            ),
            _ => format!(
                "build the plugin again with `{package}` as the program has it: it was changed without a new version, or has other \
                 features, which `cargo tree -e features -i {package}` shows"
            ),
        }
    }

    /// What to do about a type whose number differs. A debug build beside a release build is told first: it is the cause of all of them.
    pub(super) fn mend_number(&self, type_name: &str, package: &str) -> String {
        let is_of_other_packages = self.packages.iter().any(|difference| difference.name == package);
        let builds = match self.debug_assertions {
            (false, true) => "the library is a debug build and the program is not: build it with `--release`",
            (true, false) => {
                "the program is a debug build and the library is not: build the program with `--release`, or the library without it"
            }
            _ if is_of_other_packages => return format!("{}, with {SAME_PROFILE}", self.mend(package)),
            _ => {
                let foreign = declaring_crate(type_name);
                return format!(
                    "build both with the same features of `{foreign}`, which `cargo tree -e features -i {foreign}` shows, and with \
                     {SAME_PROFILE}"
                );
            }
        };
        if is_of_other_packages { format!("{builds}; and {}", self.mend(package)) } else { builds.to_owned() }
    }
}
