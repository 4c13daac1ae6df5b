//! Reads a lock: every independent mistake at once, each with its place.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;

use super::calendar::{Day, Moment};
use super::digest::Digest;
use super::keys::{DECISIONS, DIGESTS_KIND, LOCK, PERMISSION_KIND, PLUGIN_KIND, TIERS};
use super::model::{Decision, LockEntry, LockFile, Verdict};
use super::parsed::ParsedLock;
use super::permissions::{Permission, Permissions};
use super::rules::{
    approval_altered, decision_incomplete, duplicate_lock_entry, lock_too_large, lock_version, malformed_digest, malformed_name,
    malformed_source, malformed_time, merge_conflict, missing_lock_key, unknown_in_order, unknown_lock_key, unknown_word,
};
use super::source::PluginSource;
use crate::LockedTier;
use crate::parse::{
    Entry, Findings, Named, Report, Source, Spanned, Table, Value, compare_with_keys, named, read_text_or_none, strings, to_table,
};
use crate::rules::{examine_plugin_id, file_has_bom, invalid_version, wrong_type};
use crate::schema::Kind;

/// Reads the file for [`parse_lock`]; `None` when there is no such file.
///
/// `shown_as` is the name that messages use, best relative to the workspace root.
///
/// # Errors
/// The file is a folder or otherwise unreadable, larger than [`LARGEST_LOCK`](super::LARGEST_LOCK), not UTF-8, or begins with a
/// byte-order mark.
pub fn read_lock(path: &Path, shown_as: &str) -> Result<Option<String>, Report> {
    read_text_or_none(path, shown_as, lock_too_large::LARGEST, lock_too_large::diagnostic)
}

/// Understands the text of a `keyway.lock`.
///
/// `shown_as` names the file in messages. Digests of schemes that this version does not know are kept as they are.
///
/// # Errors
/// Everything that is wrong, in file order. Only a text that is not TOML, one with the markers of a merge conflict, or a `lock-version`
/// that this version does not know, hides what comes after it.
pub fn parse_lock(text: &str, shown_as: &str) -> Result<ParsedLock, Report> {
    parse(text, shown_as, true)
}

/// Understands the text of a `keyway.lock` whose `order` is about to be written anew, and need not fit the plugins: what is not there, or stands
/// there twice, is left out. For all else, see [`parse_lock`].
///
/// # Errors
/// Everything else that is wrong, in file order.
pub fn parse_lock_to_renew(text: &str, shown_as: &str) -> Result<ParsedLock, Report> {
    parse(text, shown_as, false)
}

fn parse(text: &str, shown_as: &str, order_counts: bool) -> Result<ParsedLock, Report> {
    let source = Source::new(text, shown_as);
    let mut findings = Findings::new();
    let mut reader = Reader { source: &source, findings: &mut findings, places: BTreeMap::new(), is_sound: true, order_counts };
    let file = reader.text();
    let places = reader.places;
    findings.finish()?;
    Ok(ParsedLock { file, source, places })
}

struct Reader<'a> {
    source: &'a Source,
    findings: &'a mut Findings,
    places: BTreeMap<String, Range<usize>>,
    /// Whether the file has the shape of a lock.
    is_sound: bool,
    /// Whether the start order must fit the plugins.
    order_counts: bool,
}

// What is missing or malformed has been reported, so that what stands in for it is never handed out.
impl Reader<'_> {
    fn text(&mut self) -> LockFile {
        for check in [lock_too_large::check, file_has_bom::check, missing_lock_key::check_empty, merge_conflict::check] {
            if let Some(diagnostic) = check(self.source) {
                self.findings.push(diagnostic);
                return LockFile::default();
            }
        }
        to_table(self.source, self.findings).map(|document| self.document(&document)).unwrap_or_default()
    }

    fn document(&mut self, document: &Table) -> LockFile {
        if let Some(diagnostic) = lock_version::check(document, self.source) {
            self.findings.push(diagnostic);
            return LockFile::default();
        }
        let faults = compare_with_keys(document, LOCK, self.source);
        unknown_lock_key::check(&faults, self.source, self.findings);
        missing_lock_key::check(&faults, self.source, self.findings);
        wrong_type::check(&faults, self.source, self.findings);
        self.is_sound = faults.is_empty();
        let mut plugins = BTreeMap::new();
        for entry in self.distinct(document, "plugin", &PLUGIN_KIND) {
            examine_plugin_id(&entry.name, self.source).for_each(|diagnostic| self.findings.push(diagnostic));
            self.places.insert(entry.name.value.clone(), entry.name.span.clone());
            if let Value::Table(table) = &entry.value.value {
                let read = self.plugin(&entry.name.value, table);
                plugins.insert(entry.name.value, read);
            }
        }
        let mut order = texts(document, "order");
        if self.order_counts {
            unknown_in_order::check(&order, &self.places, self.source, self.findings);
        } else {
            let mut seen = BTreeSet::new();
            order.retain(|id| plugins.contains_key(&id.value) && seen.insert(id.value.clone()));
        }
        LockFile { order: order.into_iter().map(|id| id.value).collect(), plugins }
    }

    fn plugin(&mut self, id: &str, table: &Table) -> LockEntry {
        let permissions = self.permissions(table, "permissions");
        let source = self.parsed(table, "source", malformed_source::diagnostic);
        if let (Some(origin), Some(written)) = (&source, table.get("source")) {
            malformed_source::check_checksum(origin, written, table.get("checksum"), self.source, self.findings);
        }
        LockEntry {
            version: self.version(table),
            package: self.name(table, "package"),
            source: source.unwrap_or(PluginSource::Registry(None)),
            checksum: self.parsed(table, "checksum", malformed_digest::diagnostic),
            tier: self.word(table, "tier", TIERS, &[LockedTier::Static, LockedTier::Native]),
            manifest: self.sha256(table, "manifest").unwrap_or_else(|| Digest::sha256(&[])),
            artifacts: self.artifacts(table),
            approval: table.get("approval").and_then(|entry| self.decision(id, entry, permissions.as_ref())),
            permissions: permissions.unwrap_or_default(),
        }
    }

    /// `requested` is `None` when something is wrong with it.
    fn decision(&mut self, id: &str, entry: &Entry, requested: Option<&Permissions>) -> Option<Decision> {
        let Value::Table(table) = &entry.value.value else { return None };
        let permissions = match table.get("scopes") {
            Some(_) => self.permissions(table, "scopes"),
            None => requested.cloned(),
        };
        let hash = self.sha256(table, "permissions");
        if let (Some(permissions), Some(written)) = (&permissions, text(table, "permissions"))
            && hash.is_some_and(|hash| hash != permissions.hash(id))
        {
            self.findings.push(approval_altered::diagnostic(id, &written.span, table.get("scopes").is_some(), self.source));
        }
        let decision = Decision {
            verdict: self.word(table, "decision", DECISIONS, &[Verdict::Approved, Verdict::Denied, Verdict::Revoked]),
            permissions: permissions.unwrap_or_default(),
            version: self.version(table),
            by: self.name(table, "by"),
            on: self.parsed(table, "on", malformed_time::moment).unwrap_or(Moment::EPOCH),
            reason: table.get("reason").map(|_| self.name(table, "reason")),
            until: self.parsed::<Day>(table, "until", malformed_time::day),
        };
        decision_incomplete::check(id, &decision, entry, self.source, self.findings);
        Some(decision)
    }

    /// The permissions of a table; `None` when something is wrong with them.
    fn permissions(&mut self, table: &Table, key: &str) -> Option<Permissions> {
        let found = self.findings.count();
        let mut permissions = Permissions::default();
        for entry in self.distinct(table, key, &PERMISSION_KIND) {
            let (items, optional) = match &entry.value.value {
                Value::List(items) => (strings(items), false),
                Value::Table(inner) => {
                    let optional = inner.get("optional").is_some_and(|entry| matches!(entry.value.value, Value::Flag(true)));
                    (texts(inner, "scope"), optional)
                }
                _ => continue, // Rule `wrong_type` reports it.
            };
            malformed_name::check_permission(&entry, &items, self.source, self.findings);
            let scopes = items.into_iter().map(|scope| scope.value).collect();
            permissions.by_name.insert(entry.name.value, Permission { scopes, optional });
        }
        (self.is_sound && self.findings.count() == found).then_some(permissions)
    }

    fn artifacts(&mut self, table: &Table) -> BTreeMap<String, BTreeSet<Digest>> {
        let mut artifacts = BTreeMap::new();
        for entry in self.distinct(table, "artifacts", &DIGESTS_KIND) {
            let Value::List(items) = &entry.value.value else { continue };
            malformed_name::check_target(&entry, self.source, self.findings);
            let mut digests = BTreeSet::new();
            for item in strings(items) {
                match item.value.parse() {
                    Ok(digest) => _ = digests.insert(digest),
                    Err(problem) => self.findings.push(malformed_digest::diagnostic("artifacts", &item, &problem, self.source)),
                }
            }
            artifacts.insert(entry.name.value, digests);
        }
        artifacts
    }

    /// The entries of a table keyed by names, each name once.
    fn distinct<'t>(&mut self, table: &'t Table, key: &str, kind: &Kind) -> Vec<Named<'t>> {
        let Some(inner) = table.table(key) else { return Vec::new() };
        let mut seen: BTreeMap<String, Range<usize>> = BTreeMap::new();
        let mut distinct = Vec::new();
        for entry in named(inner, kind, self.source) {
            if let Some(first) = seen.get(&entry.name.value) {
                self.findings.push(duplicate_lock_entry::diagnostic(&entry.name, first, self.source));
                continue;
            }
            seen.insert(entry.name.value.clone(), entry.name.span.clone());
            distinct.push(entry);
        }
        distinct
    }

    fn version(&mut self, table: &Table) -> String {
        let Some(version) = text(table, "version") else { return String::new() };
        if let Some(diagnostic) = invalid_version::examine(&version, self.source) {
            self.findings.push(diagnostic);
        }
        version.value
    }

    /// A text that is a name: not empty, and without control characters.
    fn name(&mut self, table: &Table, key: &str) -> String {
        let Some(name) = text(table, key) else { return String::new() };
        malformed_name::check_text(key, &name, self.source, self.findings);
        name.value
    }

    fn word<T: Copy>(&mut self, table: &Table, key: &str, words: &[&str], meanings: &[T]) -> T {
        let Some(written) = text(table, key) else { return meanings[0] };
        words.iter().position(|word| *word == written.value).map_or_else(
            || {
                self.findings.push(unknown_word::diagnostic(key, &written, words, self.source));
                meanings[0]
            },
            |index| meanings[index],
        )
    }

    /// A digest that this version must be able to compare.
    fn sha256(&mut self, table: &Table, key: &str) -> Option<Digest> {
        let digest: Digest = self.parsed(table, key, malformed_digest::diagnostic)?;
        if digest.is_sha256() {
            return Some(digest);
        }
        let written = text(table, key)?;
        self.findings.push(malformed_digest::not_comparable(key, &written, self.source));
        None
    }

    fn parsed<T: FromStr>(
        &mut self,
        table: &Table,
        key: &str,
        diagnostic: fn(&str, &Spanned<String>, &T::Err, &Source) -> crate::parse::Diagnostic,
    ) -> Option<T> {
        let written = text(table, key)?;
        match written.value.parse() {
            Ok(value) => Some(value),
            Err(problem) => {
                self.findings.push(diagnostic(key, &written, &problem, self.source));
                None
            }
        }
    }
}

fn text(table: &Table, key: &str) -> Option<Spanned<String>> {
    let value = &table.get(key)?.value;
    match &value.value {
        Value::Text(text) => Some(Spanned::new(text.clone(), value.span.clone())),
        _ => None,
    }
}

fn texts(table: &Table, key: &str) -> Vec<Spanned<String>> {
    match table.get(key).map(|entry| &entry.value.value) {
        Some(Value::List(items)) => strings(items),
        _ => Vec::new(),
    }
}
