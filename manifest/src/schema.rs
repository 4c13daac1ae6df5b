//! The tables of keys that `plugin.toml` and `host.toml` may hold: the parser, its messages and the JSON Schema all read them.

/// One key of a table.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The key as written.
    pub name: &'static str,
    /// What stands behind it.
    pub kind: Kind,
    /// Whether it may be left out.
    pub presence: Presence,
    /// What it means, for editors and messages.
    pub docs: &'static str,
}

/// Whether a key may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It may be left out.
    Optional,
    /// It must be written; rule `missing_key` says so.
    Required,
    /// It must be written; a rule of its own says so, with better words.
    RequiredByRule,
}

/// What may stand behind a key.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A string; the example is shown in messages, in TOML.
    Text(&'static str),
    /// One string of a few.
    Choice(&'static [&'static str]),
    /// An integer.
    Integer,
    /// `true` or `false`.
    Flag,
    /// A list of strings; the example is shown in messages, in TOML.
    TextList(&'static str),
    /// A list of strings in short, or a table with these keys (`keyway.lock`).
    TextListOrTable(&'static str, &'static [Key]),
    /// `true`, or a list of strings (`host.toml`).
    TrueOrList,
    /// A table with these keys.
    Table(&'static [Key]),
    /// A table keyed by names of the author's choice; the value kind of each entry.
    Map(&'static Self, Names),
    /// A string in short, or a table with these keys.
    TextOrTable(&'static str, &'static [Key]),
    /// Any TOML.
    Free,
}

/// What the keys of a [`Kind::Map`] are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Plugin or service identifiers.
    Id,
    /// Service identifiers.
    ServiceId,
    /// Permission names.
    Permission,
    /// Names of publishers, of the author's choice.
    Publisher,
    /// Target triples.
    Target,
}

/// The one value of `manifest-version` that this version of Keyway reads.
pub const MANIFEST_VERSION: i64 = 1;

/// The words of `stability`, least settled first.
pub const STABILITIES: &[&str] = &["development", "alpha", "beta", "stable", "deprecated"];

pub(crate) const fn key(name: &'static str, kind: Kind, presence: Presence, docs: &'static str) -> Key {
    Key { name, kind, presence, docs }
}

const RANGE: &str = "\"^1.2\"";

const VERSION_RANGE: Key =
    key("version", Kind::Text(RANGE), Presence::Required, "Version range in Cargo's syntax: `^1.2`, `>=1, <3`, `*`.");
const REASON: Key =
    key("reason", Kind::Text("\"adds result pages\""), Presence::Optional, "Why, in one phrase; shown in messages.");

const REQUIREMENT: &[Key] = &[
    VERSION_RANGE,
    key(
        "optional",
        Kind::Flag,
        Presence::Optional,
        "`true`: may be absent, but when present its version must fit. Default `false`.",
    ),
    REASON,
];
const CONFLICT: &[Key] = &[VERSION_RANGE, REASON];
const PROVISION: &[Key] = &[
    key("version", Kind::Text("\"1.0.0\""), Presence::Required, "Version of the service's interface, three numbers."),
    key("exclusive", Kind::Flag, Presence::Optional, "`true`: no other plugin may provide the service. Default `false`."),
];
const PERMISSION: &[Key] = &[
    key(
        "scope",
        Kind::TextList("[\"content/**\"]"),
        Presence::RequiredByRule,
        "What the permission is about; the form depends on the permission.",
    ),
    key(
        "reason",
        Kind::Text("\"lists the pages\""),
        Presence::RequiredByRule,
        "Why it is needed; operators read it when they approve.",
    ),
    key("optional", Kind::Flag, Presence::Optional, "`true`: the plugin copes when it is denied. Default `false`."),
];

pub(crate) const REQUIREMENT_KIND: Kind = Kind::TextOrTable(RANGE, REQUIREMENT);
pub(crate) const CONFLICT_KIND: Kind = Kind::TextOrTable("\"*\"", CONFLICT);
pub(crate) const PROVISION_KIND: Kind = Kind::TextOrTable("\"1.0.0\"", PROVISION);
pub(crate) const PERMISSION_KIND: Kind = Kind::Table(PERMISSION);

const PLUGIN: &[Key] = &[
    key(
        "id",
        Kind::Text("\"site.sitemap\""),
        Presence::Required,
        "The plugin's identifier: lowercase segments divided by dots, two at least, 128 characters at most.",
    ),
    key(
        "host",
        Kind::Text("\"^0.1\""),
        Presence::RequiredByRule,
        "Versions of the host's SDK that the plugin was written for, in Cargo's range syntax.",
    ),
    key("stability", Kind::Choice(STABILITIES), Presence::Optional, "How settled the plugin is. Default `development`."),
    key(
        "notice",
        Kind::Text("\"use site.sitemap2 instead\""),
        Presence::Optional,
        "What a deprecated plugin tells its users; required when `stability = \"deprecated\"`.",
    ),
    key("version", Kind::Text("\"1.4.0\""), Presence::Optional, "The plugin's version. Default: the version in Cargo.toml."),
    key(
        "description",
        Kind::Text("\"serves the sitemap\""),
        Presence::Optional,
        "One line. Default: the description in Cargo.toml.",
    ),
];

const ORDER: &[Key] = &[
    key(
        "after",
        Kind::TextList("[\"site.router\"]"),
        Presence::Optional,
        "Plugins that start before this one, if they are present.",
    ),
    key(
        "before",
        Kind::TextList("[\"site.cache\"]"),
        Presence::Optional,
        "Plugins that start after this one, if they are present.",
    ),
];

/// The keys of `[limits]`.
pub const LIMITS: &[Key] = &[
    key("memory", Kind::Text("\"64MiB\""), Presence::Optional, "Memory. Units: B, kB, MB, GB, KiB, MiB, GiB."),
    key("call", Kind::Text("\"2s\""), Presence::Optional, "Time for one call. Units: ms, s, min."),
    key("start", Kind::Text("\"10s\""), Presence::Optional, "Time for `init` and `start` together. Units: ms, s, min."),
    key("stop", Kind::Text("\"5s\""), Presence::Optional, "Time for `stop`. Units: ms, s, min."),
    key("concurrent-calls", Kind::Integer, Presence::Optional, "Calls at the same time, at least 1."),
    key("storage", Kind::Text("\"1GiB\""), Presence::Optional, "Stored data. Units as for `memory`."),
    key("tasks", Kind::Integer, Presence::Optional, "Tasks that run at the same time, at least 1."),
    key("open-files", Kind::Integer, Presence::Optional, "Files that are open at the same time, at least 1."),
    key("queued-events", Kind::Integer, Presence::Optional, "Events that wait in one queue, at least 1."),
];

const STATE: &[Key] =
    &[key("version", Kind::Integer, Presence::Required, "Version of the state that the plugin saves, counted from 1.")];

/// The keys of `plugin.toml`.
pub const MANIFEST: &[Key] = &[
    key("manifest-version", Kind::Integer, Presence::Required, "Version of this format. The only one is 1."),
    key("plugin", Kind::Table(PLUGIN), Presence::Required, "Who the plugin is."),
    key(
        "requires",
        Kind::Map(&REQUIREMENT_KIND, Names::Id),
        Presence::Optional,
        "Plugins, and services (`service.…`), that must be present, each with a version range.",
    ),
    key("conflicts", Kind::Map(&CONFLICT_KIND, Names::Id), Presence::Optional, "Plugins that must not be present."),
    key(
        "provides",
        Kind::Map(&PROVISION_KIND, Names::ServiceId),
        Presence::Optional,
        "Services that the plugin offers to others.",
    ),
    key("order", Kind::Table(ORDER), Presence::Optional, "Start order among plugins that do not require each other."),
    key(
        "permissions",
        Kind::Map(&PERMISSION_KIND, Names::Permission),
        Presence::Optional,
        "What the plugin may do. Nothing is allowed that is not listed.",
    ),
    key("limits", Kind::Table(LIMITS), Presence::Optional, "Limits that the plugin sets itself; the host's may be stricter."),
    key("state", Kind::Table(STATE), Presence::Optional, "The form in which the plugin keeps its tables."),
    key(
        "config",
        Kind::Free,
        Presence::Optional,
        "Defaults of the plugin's configuration; its schema is the plugin's `Config` type.",
    ),
];

pub(crate) const SCOPES_BY_PERMISSION: Kind = Kind::TrueOrList;

const POLICY_PERMISSIONS: &[Key] = &[
    key(
        "allow",
        Kind::Map(&SCOPES_BY_PERMISSION, Names::Permission),
        Presence::Optional,
        "Permissions that may be granted: a list of scopes, or `true` for every scope.",
    ),
    key(
        "deny",
        Kind::Map(&SCOPES_BY_PERMISSION, Names::Permission),
        Presence::Optional,
        "Permissions that are refused, whatever allows them: a list of scopes, or `true` for every scope.",
    ),
];

const POLICY_PLUGIN: &[Key] =
    &[key("permissions", Kind::Table(POLICY_PERMISSIONS), Presence::Optional, "Rules about the permissions of this plugin.")];

pub(crate) const POLICY_PLUGIN_KIND: Kind = Kind::Table(POLICY_PLUGIN);

/// The words of `checksums`.
pub const CHECKSUMS: &[&str] = &["required", "if-present"];
/// The words of `undefined-symbols`.
pub const UNDEFINED_SYMBOLS: &[&str] = &["check", "allow"];
/// The words of `unload`.
pub const UNLOAD: &[&str] = &["never", "try"];

const PUBLISHER: &[Key] = &[
    key(
        "keys",
        Kind::TextList("[\"RWQ…\"]"),
        Presence::Required,
        "Public keys as minisign prints them; a signature by any of them counts.",
    ),
    key(
        "ids",
        Kind::TextList("[\"acme.*\"]"),
        Presence::Required,
        "Ids that plugins of this publisher may have: `acme.feed`, `acme.*` for all that begin with `acme.`, or `*`.",
    ),
];

pub(crate) const PUBLISHER_KIND: Kind = Kind::Table(PUBLISHER);

const NATIVE: &[Key] = &[
    key("require-signature", Kind::Flag, Presence::Optional, "`false`: libraries need not be signed. Default `true`."),
    key("publisher", Kind::Map(&PUBLISHER_KIND, Names::Publisher), Presence::Optional, "Who may sign, each by a name."),
    key("revoked-keys", Kind::TextList("[\"RWQ…\"]"), Presence::Optional, "Public keys whose signatures no longer count."),
    key(
        "checksums",
        Kind::Choice(CHECKSUMS),
        Presence::Optional,
        "`required`: each library stands in a `SHA256SUMS` beside it. Default `if-present`.",
    ),
    key("probe", Kind::Flag, Presence::Optional, "`true`: a process of its own opens each library first. Default `false`."),
    key(
        "undefined-symbols",
        Kind::Choice(UNDEFINED_SYMBOLS),
        Presence::Optional,
        "`check`: a library that imports what its manifest does not declare is refused. Default `allow`.",
    ),
    key(
        "unload",
        Kind::Choice(UNLOAD),
        Presence::Optional,
        "`try`: a library that is no longer used is unmapped where that can be done. Default `never`.",
    ),
    key("generations", Kind::Integer, Presence::Optional, "Images of one plugin that may be mapped. Default 16."),
    key("file-size", Kind::Text("\"64MiB\""), Presence::Optional, "Size of one library. Default 64MiB."),
    key("files", Kind::Integer, Presence::Optional, "Libraries that are looked at in one folder. Default 100."),
];

/// The words of `narrowing`, `version` and `artifacts`.
pub const LOCK_ANSWERS: &[&str] = &["pass", "ask"];

const LOCK: &[Key] = &[
    key("required", Kind::Flag, Presence::Optional, "`true`: a build without a `keyway.lock` is refused. Default `false`."),
    key(
        "narrowing",
        Kind::Choice(LOCK_ANSWERS),
        Presence::Optional,
        "`ask`: a plugin that asks for less than was approved needs a new approval. Default `pass`.",
    ),
    key(
        "version",
        Kind::Choice(LOCK_ANSWERS),
        Presence::Optional,
        "`ask`: another version of a plugin needs a new approval, though it asks for the same. Default `pass`.",
    ),
    key(
        "artifacts",
        Kind::Choice(LOCK_ANSWERS),
        Presence::Optional,
        "`pass`: a library is not compared with the locked digests. Default `ask`.",
    ),
];

/// The keys of `host.toml`.
pub const POLICY: &[Key] = &[
    key("permissions", Kind::Table(POLICY_PERMISSIONS), Presence::Optional, "Rules about the permissions of every plugin."),
    key("plugin", Kind::Map(&POLICY_PLUGIN_KIND, Names::Id), Presence::Optional, "Rules about one plugin, by its id."),
    key("native", Kind::Table(NATIVE), Presence::Optional, "Which plugins may be loaded as shared libraries; without it, none."),
    key("lock", Kind::Table(LOCK), Presence::Optional, "How strictly a build and a load are held to `keyway.lock`."),
];

impl Kind {
    /// The keys that an entry of this kind may have when it is written as a table.
    #[must_use]
    pub const fn keys(&self) -> &'static [Key] {
        match self {
            Self::Table(keys) | Self::TextOrTable(_, keys) | Self::TextListOrTable(_, keys) => keys,
            _ => &[],
        }
    }
}

#[cfg(all(test, feature = "parse"))]
pub(crate) mod tests {
    use super::{Key, Kind, MANIFEST, POLICY};
    use crate::parse::nearest;

    /// What is near a key that is missing is taken for it, so no table may have two keys near each other.
    pub(crate) fn no_key_is_near_another(keys: &[Key]) {
        for key in keys {
            for other in keys.iter().filter(|other| other.name != key.name) {
                assert!(nearest(other.name, [key.name]).is_empty(), "`{}` is near `{}`", other.name, key.name);
            }
            match key.kind {
                Kind::Map(entry, _) => no_key_is_near_another(entry.keys()),
                kind => no_key_is_near_another(kind.keys()),
            }
        }
    }

    #[test]
    fn no_key_is_near_another_of_its_table() {
        no_key_is_near_another(MANIFEST);
        no_key_is_near_another(POLICY);
    }
}
