//! Reads `[native]` of `host.toml`: which plugins may be loaded as shared libraries.

use super::descriptor::{leak, leak_slice};
use super::diagnostic::Findings;
use super::document::{Entry, Table, Value, named};
use super::manifest::strings;
use super::nearest;
use super::source::{Source, Spanned};
use super::unit::Measure;
use crate::rules::{native_ids, native_key, native_value, native_without_publisher, policy_duplicate_rule};
use crate::{Checksums, NativePolicy, NativePublisher, UndefinedSymbols, Unload, schema};

/// Understands the table. What it leaks lives as long as the process, as all of a policy does.
pub(super) fn read(entry: &Entry, source: &Source, findings: &mut Findings) -> Option<NativePolicy> {
    let Value::Table(table) = &entry.value.value else { return None };
    let mut reader = Reader { table, source, findings };
    let default = NativePolicy::DEFAULT;
    let policy = NativePolicy {
        require_signature: reader.flag("require-signature").unwrap_or(default.require_signature),
        publishers: reader.publishers(),
        revoked_keys: reader.keys("revoked-keys"),
        checksums: reader.word("checksums", schema::CHECKSUMS, &[Checksums::Required, Checksums::IfPresent], default.checksums),
        probe: reader.flag("probe").unwrap_or(default.probe),
        undefined_symbols: reader.word(
            "undefined-symbols",
            schema::UNDEFINED_SYMBOLS,
            &[UndefinedSymbols::Check, UndefinedSymbols::Allow],
            default.undefined_symbols,
        ),
        unload: reader.word("unload", schema::UNLOAD, &[Unload::Never, Unload::Try], default.unload),
        generations: reader.count("generations", default.generations),
        file_size: reader.size("file-size", default.file_size),
        files: reader.count("files", default.files),
    };
    if policy.require_signature && table.get("publisher").is_none() && !is_told_otherwise(table) {
        findings.push(native_without_publisher::diagnostic(&entry.key.span, source));
    }
    Some(policy)
}

/// Whether another mistake explains that no publisher is named and signatures are asked for: a key of the wrong type, or a misspelt one.
fn is_told_otherwise(table: &Table) -> bool {
    const KEYS: [&str; 2] = ["require-signature", "publisher"];
    let is_misspelt = |key: &str| !KEYS.contains(&key) && !nearest(key, KEYS).is_empty();
    table.get(KEYS[0]).is_some_and(|entry| !matches!(entry.value.value, Value::Flag(_)))
        || table.entries.iter().any(|entry| is_misspelt(&entry.key.value))
}

struct Reader<'a> {
    table: &'a Table,
    source: &'a Source,
    findings: &'a mut Findings,
}

// A value of the wrong type has been reported by rule `wrong_type` and counts as its default here.
impl Reader<'_> {
    fn flag(&self, key: &str) -> Option<bool> {
        match self.table.get(key)?.value.value {
            Value::Flag(flag) => Some(flag),
            _ => None,
        }
    }

    fn text(&self, key: &str) -> Option<Spanned<String>> {
        let value = &self.table.get(key)?.value;
        match &value.value {
            Value::Text(text) => Some(Spanned::new(text.clone(), value.span.clone())),
            _ => None,
        }
    }

    fn word<T: Copy>(&mut self, key: &str, words: &[&str], meanings: &[T], default: T) -> T {
        let Some(written) = self.text(key) else { return default };
        match words.iter().position(|word| *word == written.value) {
            Some(index) => meanings[index],
            None => {
                self.findings.push(native_value::word(key, &written, words, self.source));
                default
            }
        }
    }

    fn size(&mut self, key: &str, default: u64) -> u64 {
        let Some(written) = self.text(key) else { return default };
        Measure::Size.parse(&written.value).unwrap_or_else(|problem| {
            self.findings.push(native_value::size(key, &written, &problem, self.source));
            default
        })
    }

    fn count(&mut self, key: &str, default: u32) -> u32 {
        let Some(entry) = self.table.get(key) else { return default };
        let Value::Integer(Some(written)) = entry.value.value else { return default };
        u32::try_from(written).ok().filter(|count| *count > 0).unwrap_or_else(|| {
            self.findings.push(native_value::count(key, written, &entry.value.span, default, self.source));
            default
        })
    }

    fn keys(&mut self, key: &str) -> &'static [&'static str] {
        match self.table.get(key).map(|entry| &entry.value.value) {
            Some(Value::List(items)) => self.checked_keys(&strings(items)),
            _ => &[],
        }
    }

    fn checked_keys(&mut self, keys: &[Spanned<String>]) -> &'static [&'static str] {
        for key in keys {
            if let Some(diagnostic) = native_key::examine(key, self.source) {
                self.findings.push(diagnostic);
            }
        }
        leak_slice(keys.iter().map(|key| leak(&key.value)).collect())
    }

    fn publishers(&mut self) -> &'static [NativePublisher] {
        let Some(table) = self.table.table("publisher") else { return &[] };
        let mut seen: Vec<Spanned<String>> = Vec::new();
        let mut publishers = Vec::new();
        for entry in named(table, &schema::PUBLISHER_KIND, self.source) {
            if let Some(first) = seen.iter().find(|first| first.value == entry.name.value) {
                self.findings.push(policy_duplicate_rule::diagnostic(&entry.name, first, "publisher", self.source));
            }
            if let Value::Table(table) = &entry.value.value {
                publishers.push(self.publisher(&entry.name, table));
            }
            seen.push(entry.name);
        }
        leak_slice(publishers)
    }

    fn publisher(&mut self, name: &Spanned<String>, table: &Table) -> NativePublisher {
        let mut keys: &[&str] = &[];
        if let Some(Entry { value: Spanned { value: Value::List(items), span }, .. }) = table.get("keys") {
            if items.is_empty() {
                self.findings.push(native_key::none(&name.value, span, self.source));
            }
            keys = self.checked_keys(&strings(items));
        }
        let mut ids: &[&str] = &[];
        if let Some(Entry { value: Spanned { value: Value::List(items), span }, .. }) = table.get("ids") {
            if items.is_empty() {
                self.findings.push(native_ids::none(&name.value, span, self.source));
            }
            let patterns = strings(items);
            for pattern in &patterns {
                if let Some(diagnostic) = native_ids::examine(pattern, self.source) {
                    self.findings.push(diagnostic);
                }
            }
            ids = leak_slice(patterns.iter().map(|pattern| leak(&pattern.value)).collect());
        }
        NativePublisher { name: leak(&name.value), keys, ids, location: self.source.place(&name.span).to_location() }
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::parse_policy;

    #[test]
    fn a_misspelt_key_is_one_mistake() {
        for (policy, code) in [
            ("require-signatur = false", "KW0112"),
            ("require-signature = \"no\"", "KW0114"),
            ("publishers.Acme.ids = [\"acme.*\"]", "KW0112"),
            ("checksums = \"required\"", "KW0407"),
            ("sandbox = true\nrequire-signature = true", "KW0112 KW0407"),
        ] {
            let report = parse_policy(&format!("[native]\n{policy}\n"), "host.toml", &[]).expect_err(policy);
            let mut codes: Vec<_> = report.into_diagnostics().iter().map(|diagnostic| diagnostic.code).collect();
            codes.sort_unstable();
            assert_eq!(codes.join(" "), code, "{policy}");
        }
    }
}
