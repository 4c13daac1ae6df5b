//! From a checked manifest to its descriptor.

use super::CargoFacts;
use super::diagnostic::Diagnostic;
use super::manifest::{Field, LimitLines, Manifest, Relation};
use super::permission_names::PermissionNames;
use super::source::{Source, Spanned};
use super::unit::Measure;
use super::version::{parse_range, parse_version};
use crate::{
    Conflict, Descriptor, Limits, Location, OrderHint, PermissionRequest, PluginId, Provision, Requirement, ScopeKind, Stability,
    Target, VersionRange,
};

/// A manifest that no rule objects to, with what Cargo.toml adds.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The manifest as written.
    pub manifest: Manifest,
    /// What the author should know though nothing is wrong enough to refuse.
    pub warnings: Vec<Diagnostic>,
    /// The text the manifest was read from, to find places in it.
    pub source: Source,
    pub(crate) facts: CargoFacts,
    pub(crate) scope_kinds: Vec<ScopeKind>,
}

/// Keeps a string for the rest of the process.
pub(crate) fn leak(text: &str) -> &'static str {
    if text.is_empty() { "" } else { Box::leak(text.to_owned().into_boxed_str()) }
}

/// Keeps a list for the rest of the process.
pub(crate) fn leak_slice<T>(items: Vec<T>) -> &'static [T] {
    Box::leak(items.into_boxed_slice())
}

const CHECKED: &str = "`parse_manifest` gives a `Parsed` only after the rules accepted this value";

impl Parsed {
    /// Makes the descriptor. `extensions` is empty: only the derive knows the type's extension points.
    ///
    /// Its strings and lists are leaked, because a descriptor lives as long as the process: call it once per manifest.
    #[must_use]
    pub fn descriptor(&self) -> Descriptor {
        let manifest = &self.manifest;
        let host = manifest.host.get().expect(CHECKED);
        Descriptor {
            id: self.id(manifest.id.get().expect(CHECKED)),
            version: parse_version(manifest.version.get().map_or(self.facts.version.as_str(), |version| &version.value))
                .expect(CHECKED),
            package: leak(&self.facts.package),
            description: leak(manifest.description.get().map_or(self.facts.description.as_str(), |text| &text.value)),
            authors: leak(&self.facts.authors),
            license: leak(&self.facts.license),
            repository: leak(&self.facts.repository),
            host: parse_range(&host.value).expect(CHECKED),
            host_location: self.location(host),
            stability: stability(manifest.stability.text()).expect(CHECKED),
            notice: leak(manifest.notice.text()),
            requires: self.sorted(&manifest.requires, |line, id, location| Requirement {
                id,
                target: if is_service(&line.id.value) { Target::Service } else { Target::Plugin },
                range: range(line),
                optional: line.optional,
                reason: leak(line.reason.text()),
                location,
            }),
            conflicts: self.sorted(&manifest.conflicts, |line, id, location| Conflict {
                id,
                range: range(line),
                reason: leak(line.reason.text()),
                location,
            }),
            provides: self.sorted(&manifest.provides, |line, id, location| Provision {
                id,
                version: parse_version(line.version.text()).expect(CHECKED),
                exclusive: line.exclusive,
                location,
            }),
            after: self.order(&manifest.after),
            before: self.order(&manifest.before),
            permissions: self.permissions(),
            limits: limits(&manifest.limits),
            state_version: manifest.state_version.get().map_or(0, |version| u32::try_from(version.value).expect(CHECKED)),
            config_defaults: leak(&manifest.config),
            extensions: &[],
            asks: &[],
            events: &[],
            location: self.location(manifest.id.get().expect(CHECKED)),
        }
    }

    fn location<T>(&self, written: &Spanned<T>) -> Location {
        self.source.place(&written.span).to_location()
    }

    fn id(&self, written: &Spanned<String>) -> PluginId {
        PluginId::new(leak(&written.value))
    }

    fn sorted<T>(&self, lines: &[Relation], make: impl Fn(&Relation, PluginId, Location) -> T) -> &'static [T] {
        let mut lines: Vec<&Relation> = lines.iter().collect();
        lines.sort_by(|left, right| left.id.value.cmp(&right.id.value));
        leak_slice(lines.into_iter().map(|line| make(line, self.id(&line.id), self.location(&line.id))).collect())
    }

    fn order(&self, ids: &[Spanned<String>]) -> &'static [OrderHint] {
        let mut ids: Vec<&Spanned<String>> = ids.iter().collect();
        ids.sort_by(|left, right| left.value.cmp(&right.value));
        leak_slice(ids.into_iter().map(|id| OrderHint { id: self.id(id), location: self.location(id) }).collect())
    }

    fn permissions(&self) -> &'static [PermissionRequest] {
        let mut lines: Vec<_> = self.manifest.permissions.iter().zip(&self.scope_kinds).collect();
        lines.sort_by(|(left, _), (right, _)| left.name.value.cmp(&right.name.value));
        let request = |(line, kind): (&super::manifest::PermissionLine, &ScopeKind)| {
            let scopes = line.scope.get().expect(CHECKED);
            PermissionRequest {
                name: leak(&line.name.value),
                scope_kind: *kind,
                scopes: leak_slice(scopes.value.iter().map(|scope| leak(&scope.value)).collect()),
                optional: line.optional,
                reason: leak(line.reason.text()),
                location: self.location(&line.name),
            }
        };
        leak_slice(lines.into_iter().map(request).collect())
    }
}

/// Tells whether an id names a service.
pub(crate) fn is_service(id: &str) -> bool {
    id.starts_with("service.")
}

/// The stability of a word; an empty word is the default.
pub(crate) fn stability(word: &str) -> Option<Stability> {
    Some(match word {
        "" | "development" => Stability::Development,
        "alpha" => Stability::Alpha,
        "beta" => Stability::Beta,
        "stable" => Stability::Stable,
        "deprecated" => Stability::Deprecated,
        _ => return None,
    })
}

fn range(line: &Relation) -> VersionRange {
    parse_range(line.version.text()).expect(CHECKED)
}

fn limits(lines: &LimitLines) -> Limits {
    let read = |measure: Measure, field: &Field<String>| field.get().map(|text| measure.parse(&text.value).expect(CHECKED));
    let count = |field: &Field<i64>| field.get().map(|count| u32::try_from(count.value).expect(CHECKED));
    Limits {
        memory_bytes: read(Measure::Size, &lines.memory),
        call_millis: read(Measure::Duration, &lines.call),
        start_millis: read(Measure::Duration, &lines.start),
        stop_millis: read(Measure::Duration, &lines.stop),
        concurrent_calls: count(&lines.concurrent_calls),
        storage_bytes: read(Measure::Size, &lines.storage),
        tasks: count(&lines.tasks),
        open_files: count(&lines.open_files),
        queued_events: count(&lines.queued_events),
    }
}

/// The kinds of the scopes of each permission line; every name is known.
pub(crate) fn scope_kinds(manifest: &Manifest, names: PermissionNames<'_>) -> Vec<ScopeKind> {
    manifest.permissions.iter().map(|line| names.scope_kind(&line.name.value).expect(CHECKED)).collect()
}
