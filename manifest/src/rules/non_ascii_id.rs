//! An id holds a character outside ASCII, which may look exactly like one inside it.

use super::{Input, Rule};
use crate::parse::{Diagnostic, Findings, Source, Spanned, form_problem, look_alike, quoted};

pub(super) const RULE: Rule =
    Rule::new("KW0122", "non_ascii_id", "an id holds a look-alike or another non-ASCII character").over_manifests(check);

fn check(input: &Input<'_>, findings: &mut Findings) {
    for id in input.ids() {
        if let Some(diagnostic) = examine(id, input.source) {
            findings.push(diagnostic);
        }
    }
}

pub(crate) fn examine(id: &Spanned<String>, source: &Source) -> Option<Diagnostic> {
    let odd = id.value.chars().find(|c| !c.is_ascii())?;
    let name = format!("{} (U+{:04X})", quoted(&odd.to_string()), odd as u32);
    let message = match look_alike(odd) {
        Some(ascii) => format!("id {} holds {name}, which looks like `{ascii}` but is another character", quoted(&id.value)),
        None => format!("id {} holds {name}, and ids are ASCII", quoted(&id.value)),
    };
    let ascii: Option<String> = id.value.chars().map(|c| if c.is_ascii() { Some(c) } else { look_alike(c) }).collect();
    let help = match ascii.filter(|ascii| form_problem(ascii).is_none()) {
        Some(ascii) => format!("write `{ascii}` in ASCII letters"),
        None => "write lowercase ASCII letters, digits, `-` and `.`".to_owned(),
    };
    Some(Diagnostic::new(RULE.code, source.place(&id.span), message).help(help))
}
