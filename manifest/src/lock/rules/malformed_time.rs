//! A day or a moment is not of the form that the lock writes.

use crate::lock::calendar::NotInCalendar;
use crate::parse::{Diagnostic, Source, Spanned, quoted};
use crate::rules::Rule;

pub(super) const RULE: Rule = Rule::new("KW0811", "malformed_time", "a day or a moment is malformed");

pub(in crate::lock) fn day(key: &str, written: &Spanned<String>, _: &NotInCalendar, source: &Source) -> Diagnostic {
    let message = format!("`{key}` is {}, which is no day", quoted(&written.value));
    Diagnostic::new(RULE.code, source.place(&written.span), message)
        .help("write year, month and day, for example `\"2027-01-31\"`")
}

pub(in crate::lock) fn moment(key: &str, written: &Spanned<String>, _: &NotInCalendar, source: &Source) -> Diagnostic {
    let message = format!("`{key}` is {}, which is no moment", quoted(&written.value));
    Diagnostic::new(RULE.code, source.place(&written.span), message)
        .help("write a day and a time in UTC, for example `\"2026-11-21T18:00:00Z\"`")
}
