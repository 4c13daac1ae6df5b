//! The rules that a `keyway.lock` must keep, one file here for each: code, title and check.
//!
//! A new rule is a new file, a line in [`LOCK_RULES`], a page in `docs/errors/` and a fixture in `tests/fixtures/lock/`. What every TOML
//! file and every id must be is in [`crate::rules`].

use crate::rules::Rule;

pub(super) mod approval_altered;
pub(super) mod decision_incomplete;
pub(super) mod duplicate_lock_entry;
pub(super) mod lock_too_large;
pub(super) mod lock_version;
pub(super) mod malformed_digest;
pub(super) mod malformed_name;
pub(super) mod malformed_source;
pub(super) mod malformed_time;
pub(super) mod merge_conflict;
pub(super) mod missing_lock_key;
pub(super) mod unknown_in_order;
pub(super) mod unknown_lock_key;
pub(super) mod unknown_word;

/// All rules about the file, by code.
pub const LOCK_RULES: &[Rule] = &[
    lock_too_large::RULE,
    merge_conflict::RULE,
    lock_version::RULE,
    unknown_lock_key::RULE,
    missing_lock_key::RULE,
    duplicate_lock_entry::RULE,
    unknown_word::RULE,
    malformed_digest::RULE,
    malformed_source::RULE,
    malformed_name::RULE,
    malformed_time::RULE,
    decision_incomplete::RULE,
    approval_altered::RULE,
    unknown_in_order::RULE,
];

/// What helps when the text of a lock cannot be mended by hand.
const TAKE_IT_BACK: &str = "take the file back from version control, or delete the plugin's tables and run `cargo keyway lock`";

#[cfg(test)]
mod tests {
    use super::LOCK_RULES;
    use crate::rules::tests::{check_codes, check_files, check_pages};

    #[test]
    fn every_rule_has_its_file_its_code_and_its_page() {
        check_files(LOCK_RULES, "manifest/src/lock/rules");
        check_codes(LOCK_RULES);
        check_pages(LOCK_RULES);
    }
}
