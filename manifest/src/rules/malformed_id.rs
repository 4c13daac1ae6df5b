//! An id is not of the form that ids have.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings, Source, Spanned, form_problem, is_service, quoted};

pub(super) const RULE: Rule = Rule::new("KW0120", "malformed_id", "an id is malformed").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    // What is provided under an id that is no service's has its better words in rule `provided_id_not_service`.
    let is_told_elsewhere = |id: &Spanned<String>| {
        let provides = &input.manifest.provides;
        provides.iter().any(|line| line.id.span == id.span && !is_service(&line.id.value))
    };
    for id in input.ids().filter(|id| !is_told_elsewhere(id)) {
        if let Some(diagnostic) = examine(id, input.source) {
            findings.push(diagnostic);
        }
    }
}

pub(crate) fn examine(id: &Spanned<String>, source: &Source) -> Option<Diagnostic> {
    if !id.value.is_ascii() {
        return None; // Rule `non_ascii_id` has better words.
    }
    let (problem, repaired) = form_problem(&id.value)?;
    let help = match repaired {
        Some(repaired) => format!("write `{repaired}`"),
        None if id.value.is_empty() || id.value.contains('.') => {
            "write lowercase segments divided by dots, for example `site.sitemap`".to_owned()
        }
        None => format!("put the name of your project or host before it, for example `site.{}`", example(&id.value)),
    };
    Some(Diagnostic::new(RULE.code, source.place(&id.span), format!("id {} {problem}", quoted(&id.value))).help(help))
}

fn example(id: &str) -> String {
    let id = id.to_ascii_lowercase();
    if form_problem(&format!("site.{id}")).is_none() { id } else { "sitemap".to_owned() }
}
