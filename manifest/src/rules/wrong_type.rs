//! A value has another type than its key takes.

use super::{Input, Rule};
use crate::PermissionSpec;
use crate::parse::{Diagnostic, Fault, Findings, Source, Value, one_of, quoted};
use crate::schema::Kind;

pub(super) const RULE: Rule = Rule::new("KW0114", "wrong_type", "a value has the wrong type").over_manifests(over_manifest);

fn over_manifest(input: &Input<'_>, findings: &mut Findings) {
    check(input.faults, input.source, findings);
}

pub(crate) fn check(faults: &[Fault<'_>], source: &Source, findings: &mut Findings) {
    for fault in faults {
        let Fault::WrongType { key, value, kind } = fault else { continue };
        let written = source.slice(&value.span);
        let found = match value.value {
            Value::Integer(None) => "an integer beyond 64 bits",
            ref other => other.type_name(),
        };
        let key = match key.strip_prefix("an item of ") {
            Some(list) => format!("an item of {}", quoted(list)),
            None => quoted(key),
        };
        let message = format!("{key} must be {}, but it is {found}", expected(kind));
        findings.push(Diagnostic::new(RULE.code, source.place(&value.span), message).help(help(kind, &value.value, written)));
    }
}

fn expected(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text(_) | Kind::Choice(_) => "a string",
        Kind::Integer => "an integer",
        Kind::Flag => "`true` or `false`",
        Kind::TextList(_) => "a list of strings",
        Kind::TrueOrList => "`true` or a list of strings",
        Kind::Table(_) | Kind::Map(..) | Kind::Free => "a table",
        Kind::TextOrTable(..) => "a string or a table",
        Kind::TextListOrTable(..) => "a list of strings or a table",
    }
}

fn help(kind: &Kind, value: &Value, written: &str) -> String {
    // Only a short value of one line reads well inside a sentence.
    let short = written.len() <= 60 && !written.contains(['\n', '`']);
    match (kind, value) {
        (Kind::TextList(_) | Kind::TextListOrTable(..) | Kind::TrueOrList, Value::Text(_)) if short => {
            format!("write a list: `[{written}]`")
        }
        (Kind::Text(example), Value::Integer(_)) if is_limit(example) => format!("give a unit: `\"{written}{}\"`", unit(example)),
        (Kind::Text(_) | Kind::TextOrTable(..), Value::Integer(_) | Value::Float | Value::Flag(_) | Value::Date) if short => {
            format!("put it in quotes: `\"{written}\"`")
        }
        (Kind::Integer | Kind::Flag, Value::Text(text))
            if text.parse::<i64>().is_ok() || matches!(text.as_str(), "true" | "false") =>
        {
            format!("take the quotes away: `{text}`")
        }
        (
            Kind::Text(example) | Kind::TextList(example) | Kind::TextOrTable(example, _) | Kind::TextListOrTable(example, _),
            _,
        ) => {
            format!("write, for example, `{example}`")
        }
        (Kind::Choice(words), _) => format!("write {}, in quotes", one_of(words)),
        (Kind::Integer, _) => "write a whole number without quotes, for example `1`".to_owned(),
        (Kind::Flag, _) => "write `true` or `false` without quotes".to_owned(),
        (Kind::TrueOrList, _) => "write `true` for every scope, or a list of scopes in quotes".to_owned(),
        (Kind::Table(keys), _) if keys.iter().any(|key| key.name == "scope") => {
            "write `{ scope = [\"…\"], reason = \"…\" }`".to_owned()
        }
        (Kind::Map(Kind::TrueOrList, _), Value::List(items)) => {
            let first = items.iter().find_map(|item| match &item.value {
                Value::Text(permission) if PermissionSpec::find(permission).is_some() => Some(permission.as_str()),
                _ => None,
            });
            let first = first.unwrap_or("filesystem.read");
            format!("write each permission with its scopes: `{{ \"{first}\" = true }}`, or a list of scopes instead of `true`")
        }
        (Kind::Table(_) | Kind::Map(..) | Kind::Free, _) => "write a `[header]` line and the keys below it".to_owned(),
    }
}

fn is_limit(example: &str) -> bool {
    !unit(example).is_empty()
}

/// The unit of a limit's example such as `"64MiB"`; empty for another example.
fn unit(example: &str) -> &str {
    let inner = example.trim_matches('"');
    let unit = inner.trim_start_matches(|c: char| c.is_ascii_digit());
    if unit.len() < inner.len() && unit.chars().all(|c| c.is_ascii_alphabetic()) { unit } else { "" }
}
