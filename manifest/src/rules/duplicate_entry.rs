//! An id stands twice in the same table or list, possibly in two spellings.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings, Spanned, quoted};

pub(super) const RULE: Rule = Rule::new("KW0133", "duplicate_entry", "an id is listed twice").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    let manifest = input.manifest;
    for (table, lines) in [("requires", &manifest.requires), ("conflicts", &manifest.conflicts), ("provides", &manifest.provides)]
    {
        let ids: Vec<&Spanned<String>> = lines.iter().map(|line| &line.id).collect();
        report(&format!("`[{table}]`"), &ids, input, findings);
    }
    for (list, ids) in [("after", &manifest.after), ("before", &manifest.before)] {
        report(&format!("`{list}`"), &ids.iter().collect::<Vec<_>>(), input, findings);
    }
}

fn report(table: &str, ids: &[&Spanned<String>], input: &Input<'_>, findings: &mut Findings) {
    for (index, id) in ids.iter().enumerate() {
        if let Some(first) = ids[..index].iter().find(|first| first.value == id.value) {
            let message = format!("{table} lists {} twice", quoted(&id.value));
            let diagnostic = Diagnostic::new(RULE.code, input.source.place(&id.span), message);
            findings
                .push(diagnostic.related("it is listed here first", input.source.place(&first.span)).help("keep one of the two"));
        }
    }
}
