//! A list of scopes stands beside `true` for the same permission, so the list changes nothing and the grant is wider than it looks.

use super::Rule;
use crate::parse::{Diagnostic, Place, quoted};

pub(super) const RULE: Rule =
    Rule::new("KW0402", "policy_narrowing_without_effect", "a list of scopes has no effect beside `true`");

/// A list of scopes and a `true` for the same permission: one for every plugin, the other for the plugin `plugin`.
pub(crate) fn diagnostic(permission: &str, plugin: &str, narrow_is_general: bool, narrow: Place, wide: Place) -> Diagnostic {
    let (permission, plugin) = (quoted(permission), quoted(plugin));
    let (message, help) = if narrow_is_general {
        (
            format!("scopes of {permission} for every plugin have no effect on {plugin}, which is allowed every scope"),
            format!("replace `true` by the list of scopes that {plugin} needs"),
        )
    } else {
        (
            format!("scopes of {permission} for {plugin} have no effect, because every plugin is allowed every scope"),
            "take this line away if every scope is meant; else replace `true` by a list of scopes".to_owned(),
        )
    };
    Diagnostic::new(RULE.code, narrow, message).related("every scope is allowed here", wide).help(help)
}
