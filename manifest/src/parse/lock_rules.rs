//! Reads `[lock]` of `host.toml`: how strictly a build and a load are held to `keyway.lock`.

use super::diagnostic::Findings;
use super::document::{Entry, Table, Value};
use super::source::{Source, Spanned};
use crate::rules::lock_value;
use crate::{LockAnswer, LockRules, schema};

/// Understands the table. A value of the wrong type has been reported by rule `wrong_type` and counts as its default here.
pub(super) fn read(entry: &Entry, source: &Source, findings: &mut Findings) -> LockRules {
    let default = LockRules::DEFAULT;
    let Value::Table(table) = &entry.value.value else { return default };
    let required = match table.get("required").map(|entry| &entry.value.value) {
        Some(Value::Flag(required)) => *required,
        _ => default.required,
    };
    let mut read = |key, default| answer(table, key, default, source, findings);
    LockRules {
        required,
        narrowing: read("narrowing", default.narrowing),
        version: read("version", default.version),
        artifacts: read("artifacts", default.artifacts),
    }
}

fn answer(table: &Table, key: &str, default: LockAnswer, source: &Source, findings: &mut Findings) -> LockAnswer {
    let Some(value) = table.get(key).map(|entry| &entry.value) else { return default };
    let Value::Text(word) = &value.value else { return default };
    let known = [LockAnswer::Pass, LockAnswer::Ask];
    known.into_iter().find(|answer| answer.as_str() == word).unwrap_or_else(|| {
        let written = Spanned::new(word.clone(), value.span.clone());
        findings.push(lock_value::word(key, &written, schema::LOCK_ANSWERS, source));
        default
    })
}

#[cfg(test)]
mod tests {
    use crate::parse::parse_policy;
    use crate::{LockAnswer, LockRules};

    fn rules(text: &str) -> LockRules {
        parse_policy(text, "host.toml", &[]).unwrap_or_else(|report| panic!("{report}")).lock
    }

    #[test]
    fn what_is_not_written_has_its_default() {
        assert_eq!(rules(""), LockRules::DEFAULT);
        assert_eq!(rules("[lock]\n"), LockRules::DEFAULT);
        let strict = rules("[lock]\nrequired = true\nnarrowing = 'ask'\nversion = 'ask'\nartifacts = 'pass'\n");
        let expected =
            LockRules { required: true, narrowing: LockAnswer::Ask, version: LockAnswer::Ask, artifacts: LockAnswer::Pass };
        assert_eq!(strict, expected);
    }

    #[test]
    fn each_mistake_is_told_once() {
        for (line, expected) in [
            ("narrowing = 'no'", "KW0800 `narrowing` is `no`, which it does not know | write `pass` or `ask`, in quotes"),
            ("version = 'Ask'", "KW0800 `version` is `Ask`, which it does not know | write `\"ask\"`"),
            ("artifacts = false", "KW0114 `artifacts` must be a string, but it is a boolean | write `pass` or `ask`, in quotes"),
            (
                "required = 'true'",
                "KW0114 `required` must be `true` or `false`, but it is a string | take the quotes away: `true`",
            ),
            ("artefacts = 'ask'", "KW0112 `[lock]` has no key `artefacts` | write `artifacts`"),
        ] {
            let report = parse_policy(&format!("[lock]\n{line}\n"), "host.toml", &[]).expect_err(line);
            let told: Vec<String> = report
                .diagnostics()
                .iter()
                .map(|diagnostic| format!("{} {} | {}", diagnostic.code, diagnostic.message, diagnostic.help))
                .collect();
            assert_eq!(told, [expected]);
        }
    }
}
