//! The manifest as written: what the author typed, with spans, before any rule has looked at it.

use std::ops::Range;

use super::config;
use super::document::{Table, Value, named};
use super::source::{Source, Spanned};
use super::structure::is_misspelt;
use crate::schema::{CONFLICT_KIND, Kind, PERMISSION_KIND, PROVISION_KIND, REQUIREMENT_KIND};

/// A key that may have been left out, or hold a value of the wrong type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// Not written.
    #[default]
    Absent,
    /// Written with a value of another type or under a misspelt name; the rules `wrong_type` and `unknown_key` report it and no other
    /// rule adds to that.
    Mistyped,
    /// Written.
    Written(Spanned<T>),
}

impl<T> Field<T> {
    /// The value with its span, when it was written with the right type.
    pub const fn get(&self) -> Option<&Spanned<T>> {
        match self {
            Self::Written(value) => Some(value),
            Self::Absent | Self::Mistyped => None,
        }
    }

    /// Tells whether the key was left out.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl Field<String> {
    /// The text, or an empty one.
    #[must_use]
    pub fn text(&self) -> &str {
        self.get().map_or("", |text| text.value.as_str())
    }
}

/// A `plugin.toml` as written.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Manifest {
    /// `manifest-version`.
    pub manifest_version: Field<i64>,
    /// The `[plugin]` header, or the key when the table is written another way; `None` when there is none.
    pub plugin_header: Option<Range<usize>>,
    /// `plugin.id`.
    pub id: Field<String>,
    /// `plugin.version`.
    pub version: Field<String>,
    /// `plugin.description`.
    pub description: Field<String>,
    /// `plugin.host`.
    pub host: Field<String>,
    /// `plugin.stability`.
    pub stability: Field<String>,
    /// `plugin.notice`.
    pub notice: Field<String>,
    /// `[requires]` in file order.
    pub requires: Vec<Relation>,
    /// `[conflicts]` in file order.
    pub conflicts: Vec<Relation>,
    /// `[provides]` in file order; `version` is the service's.
    pub provides: Vec<Relation>,
    /// `order.after`.
    pub after: Vec<Spanned<String>>,
    /// `order.before`.
    pub before: Vec<Spanned<String>>,
    /// `[permissions]` in file order.
    pub permissions: Vec<PermissionLine>,
    /// `[limits]`.
    pub limits: LimitLines,
    /// `state.version`.
    pub state_version: Field<i64>,
    /// `[config]` as TOML text; empty when there is none.
    pub config: String,
}

/// One line of `[requires]`, `[conflicts]` or `[provides]`.
#[derive(Debug, Clone)]
pub struct Relation {
    /// The id on the left.
    pub id: Spanned<String>,
    /// The version or version range.
    pub version: Field<String>,
    /// `optional = true` (requires).
    pub optional: bool,
    /// `exclusive = true` (provides).
    pub exclusive: bool,
    /// Why; absent in short form.
    pub reason: Field<String>,
}

/// One line of `[permissions]`.
#[derive(Debug, Clone)]
pub struct PermissionLine {
    /// The permission's name on the left.
    pub name: Spanned<String>,
    /// The scopes.
    pub scope: Field<Vec<Spanned<String>>>,
    /// Why it is asked for.
    pub reason: Field<String>,
    /// `optional = true`.
    pub optional: bool,
    /// The line is not a table at all, so nothing else can be said about it.
    pub is_table: bool,
}

/// `[limits]` as written.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct LimitLines {
    /// Memory.
    pub memory: Field<String>,
    /// Time for one call.
    pub call: Field<String>,
    /// Time for `init` and `start` together.
    pub start: Field<String>,
    /// Time for `stop`.
    pub stop: Field<String>,
    /// Calls at the same time.
    pub concurrent_calls: Field<i64>,
    /// Stored data.
    pub storage: Field<String>,
    /// Tasks that run at the same time.
    pub tasks: Field<i64>,
    /// Files that are open at the same time.
    pub open_files: Field<i64>,
    /// Events that wait in one queue.
    pub queued_events: Field<i64>,
}

/// Takes from a document what has the right type; the rest is for the rules about structure to report.
pub(crate) fn read(document: &Table, source: &Source) -> Manifest {
    let mut manifest = Manifest { manifest_version: integer(document, "manifest-version"), ..Manifest::default() };
    if let Some(entry) = document.get("plugin") {
        let header = matches!(&entry.value.value, Value::Table(table) if table.header);
        manifest.plugin_header = Some(if header { entry.value.span.clone() } else { entry.key.span.clone() });
    }
    if let Some(plugin) = document.table("plugin") {
        manifest.id = text(plugin, "id");
        manifest.version = text(plugin, "version");
        manifest.description = text(plugin, "description");
        manifest.host = text(plugin, "host");
        manifest.stability = text(plugin, "stability");
        manifest.notice = text(plugin, "notice");
    }
    manifest.requires = relations(document, "requires", &REQUIREMENT_KIND, source);
    manifest.conflicts = relations(document, "conflicts", &CONFLICT_KIND, source);
    manifest.provides = relations(document, "provides", &PROVISION_KIND, source);
    if let Some(order) = document.table("order") {
        manifest.after = texts(order, "after").get().map(|list| list.value.clone()).unwrap_or_default();
        manifest.before = texts(order, "before").get().map(|list| list.value.clone()).unwrap_or_default();
    }
    manifest.permissions = permissions(document, source);
    if let Some(limits) = document.table("limits") {
        manifest.limits = LimitLines {
            memory: text(limits, "memory"),
            call: text(limits, "call"),
            start: text(limits, "start"),
            stop: text(limits, "stop"),
            concurrent_calls: integer(limits, "concurrent-calls"),
            storage: text(limits, "storage"),
            tasks: integer(limits, "tasks"),
            open_files: integer(limits, "open-files"),
            queued_events: integer(limits, "queued-events"),
        };
    }
    if let Some(state) = document.table("state") {
        manifest.state_version = integer(state, "version");
    }
    if let Some(table) = document.table("config") {
        manifest.config = config::to_toml(table, source);
    }
    manifest
}

fn relations(document: &Table, table: &str, kind: &Kind, source: &Source) -> Vec<Relation> {
    let Some(table) = document.table(table) else { return Vec::new() };
    let relation = |entry: super::document::Named<'_>| {
        let mut relation =
            Relation { id: entry.name, version: Field::Mistyped, optional: false, exclusive: false, reason: Field::Absent };
        match &entry.value.value {
            Value::Text(version) => relation.version = Field::Written(Spanned::new(version.clone(), entry.value.span.clone())),
            Value::Table(table) => {
                relation.version = text(table, "version");
                relation.optional = flag(table, "optional");
                relation.exclusive = flag(table, "exclusive");
                relation.reason = text(table, "reason");
            }
            _ => {}
        }
        relation
    };
    named(table, kind, source).into_iter().map(relation).collect()
}

fn permissions(document: &Table, source: &Source) -> Vec<PermissionLine> {
    let Some(table) = document.table("permissions") else { return Vec::new() };
    let line = |entry: super::document::Named<'_>| match &entry.value.value {
        Value::Table(table) => PermissionLine {
            name: entry.name,
            scope: texts(table, "scope"),
            reason: text(table, "reason"),
            optional: flag(table, "optional"),
            is_table: true,
        },
        _ => {
            PermissionLine { name: entry.name, scope: Field::Mistyped, reason: Field::Mistyped, optional: false, is_table: false }
        }
    };
    named(table, &PERMISSION_KIND, source).into_iter().map(line).collect()
}

fn absent<T>(table: &Table, key: &str) -> Field<T> {
    if is_misspelt(table, key) { Field::Mistyped } else { Field::Absent }
}

fn text(table: &Table, key: &str) -> Field<String> {
    match table.get(key) {
        None => absent(table, key),
        Some(entry) => match &entry.value.value {
            Value::Text(text) => Field::Written(Spanned::new(text.clone(), entry.value.span.clone())),
            _ => Field::Mistyped,
        },
    }
}

fn integer(table: &Table, key: &str) -> Field<i64> {
    match table.get(key) {
        None => absent(table, key),
        Some(entry) => match entry.value.value {
            Value::Integer(Some(number)) => Field::Written(Spanned::new(number, entry.value.span.clone())),
            _ => Field::Mistyped,
        },
    }
}

fn flag(table: &Table, key: &str) -> bool {
    matches!(table.get(key).map(|entry| &entry.value.value), Some(Value::Flag(true)))
}

/// The strings of a list; items of another type are left out, `wrong_type` reports them.
pub(crate) fn texts(table: &Table, key: &str) -> Field<Vec<Spanned<String>>> {
    match table.get(key) {
        None => absent(table, key),
        Some(entry) => match &entry.value.value {
            Value::List(items) => {
                let texts: Vec<_> = strings(items);
                if texts.is_empty() && !items.is_empty() {
                    return Field::Mistyped;
                }
                Field::Written(Spanned::new(texts, entry.value.span.clone()))
            }
            _ => Field::Mistyped,
        },
    }
}

/// The strings among a list's items.
pub(crate) fn strings(items: &[Spanned<Value>]) -> Vec<Spanned<String>> {
    let string = |item: &Spanned<Value>| match &item.value {
        Value::Text(text) => Some(Spanned::new(text.clone(), item.span.clone())),
        _ => None,
    };
    items.iter().filter_map(string).collect()
}
