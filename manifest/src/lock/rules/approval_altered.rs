//! The permissions that are listed are not those that were decided about.

use std::ops::Range;

use crate::parse::{Diagnostic, Source, quoted};
use crate::rules::Rule;

pub(super) const RULE: Rule = Rule::new("KW0813", "approval_altered", "an approval is not about the permissions that are listed");

pub(in crate::lock) fn diagnostic(id: &str, hash: &Range<usize>, source: &Source) -> Diagnostic {
    let message =
        format!("the decision about {} was not made about the permissions that stand here: they were edited", quoted(id));
    let help = format!(
        "undo the edit, or take the table `[plugin.\"{id}\".approval]` away, run `cargo keyway lock`, and decide again: `cargo keyway approve {id}`"
    );
    Diagnostic::new(RULE.code, source.place(hash), message).help(help)
}
