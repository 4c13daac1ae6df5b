//! `host.toml` says `false` for a permission, which could mean two things.

use super::Rule;
use crate::parse::{Diagnostic, Source, Spanned, quoted};

pub(super) const RULE: Rule = Rule::new("KW0401", "policy_false", "`false` is not a rule");

pub(crate) fn diagnostic(name: &Spanned<String>, value: &std::ops::Range<usize>, verb: &str, source: &Source) -> Diagnostic {
    let message = format!("`{verb}` says `false` for permission {}", quoted(&name.value));
    let help = if verb == "allow" {
        format!(
            "take the line away to leave it not allowed; to refuse it whatever else allows it, write `deny = {{ \"{}\" = true }}`",
            name.value
        )
    } else {
        "take the line away: what no rule denies is not denied".to_owned()
    };
    Diagnostic::new(RULE.code, source.place(value), message).help(help)
}
