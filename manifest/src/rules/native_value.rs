//! A word, a size or a count in `[native]` of `host.toml` is none that the key takes.

use std::ops::Range;

use super::Rule;
use crate::parse::{Diagnostic, Measure, Source, Spanned, UnitProblem, quoted};

pub(super) const RULE: Rule = Rule::new("KW0404", "native_value", "a value of `[native]` is not understood");

/// The word is none of those that the key knows.
pub(crate) fn word(key: &str, written: &Spanned<String>, known: &[&str], source: &Source) -> Diagnostic {
    super::unknown_word(RULE.code, key, written, known, source)
}

/// The size cannot be read.
pub(crate) fn size(key: &str, written: &Spanned<String>, problem: &UnitProblem, source: &Source) -> Diagnostic {
    let text = quoted(&written.value);
    let example = Measure::Size.example();
    let (message, right) = match problem {
        UnitProblem::Malformed(guess) => {
            let units = Measure::Size.units();
            let right = guess.clone().unwrap_or_else(|| example.to_owned());
            (format!("`{key}` is {text}, not a whole number with a unit ({units})"), right)
        }
        UnitProblem::Zero => (format!("`{key}` is zero, so that nothing could be loaded"), example.to_owned()),
        UnitProblem::Overflow => (format!("`{key}` is {text}, more than 64 bits can count"), example.to_owned()),
    };
    Diagnostic::new(RULE.code, source.place(&written.span), message).help(format!("write, for example, `{key} = \"{right}\"`"))
}

/// The number is zero, negative or larger than can be counted.
pub(crate) fn count(key: &str, written: i64, span: &Range<usize>, default: u32, source: &Source) -> Diagnostic {
    let message = format!("`{key}` is {written}, not between 1 and {}", u32::MAX);
    Diagnostic::new(RULE.code, source.place(span), message).help(format!("write, for example, `{key} = {default}`"))
}
