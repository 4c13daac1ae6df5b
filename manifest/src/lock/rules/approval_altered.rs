//! The permissions that are listed are not those that were decided about.

use std::ops::Range;

use crate::parse::{Diagnostic, Source, quoted};
use crate::rules::Rule;

pub(super) const RULE: Rule = Rule::new("KW0813", "approval_altered", "an approval is not about the permissions that are listed");

/// `has_scopes` tells whether the table of the approval has one of its own with what was decided about.
pub(in crate::lock) fn diagnostic(id: &str, hash: &Range<usize>, has_scopes: bool, source: &Source) -> Diagnostic {
    let message =
        format!("the decision about {} was not made about the permissions that stand here: they were edited", quoted(id));
    let scopes = if has_scopes { " with that of its `scopes`" } else { "" };
    let help = format!(
        "undo the edit, or take the table `[plugin.\"{id}\".approval]`{scopes} away, run `cargo keyway lock`, and decide again: `cargo keyway approve {id}`"
    );
    Diagnostic::new(RULE.code, source.place(hash), message).help(help)
}
