//! The permissions that Keyway itself knows, and the kinds of scope they take.

use crate::text;

/// What the scopes of a permission are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeKind {
    /// A relative path pattern: segments divided by `/`, `*` inside a segment, a last `**` for everything below. Example: `content/**`.
    Path,
    /// A web origin, scheme and host and optional port: `https://search.example`, `https://*.example.com:8443`.
    Origin,
    /// An address to listen on: `127.0.0.1:1965`, `[::1]:1965`; `*` for any port.
    Address,
    /// A database table: `comments`, `comments_*`.
    Table,
    /// A program name without a path: `git`.
    Program,
    /// An environment variable: `SITE_TOKEN`, `SITE_*`.
    Variable,
    /// An absolute URL path pattern: `/sitemap.xml`, `/blog/**`.
    Route,
    /// An event topic: segments divided by `.`, `*` for one segment, a last `**` for the rest. Example: `content.*`.
    Topic,
    /// A plain name of letters, digits, `-`, `_` and `.`: a job, a secret. Example: `nightly-*`.
    Name,
}

impl ScopeKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Path,
        Self::Origin,
        Self::Address,
        Self::Table,
        Self::Program,
        Self::Variable,
        Self::Route,
        Self::Topic,
        Self::Name,
    ];

    /// The kind's name in code, for example `Path` in `host! { permissions = ["mail.read" = Path] }`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Path => "Path",
            Self::Origin => "Origin",
            Self::Address => "Address",
            Self::Table => "Table",
            Self::Program => "Program",
            Self::Variable => "Variable",
            Self::Route => "Route",
            Self::Topic => "Topic",
            Self::Name => "Name",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// One permission: its name, the kind of its scopes, and what it allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermissionSpec {
    /// Dotted name as written in a manifest, for example `filesystem.read`.
    pub name: &'static str,
    /// What its scopes look like.
    pub scope: ScopeKind,
    /// A phrase that completes "allows the plugin to …".
    pub summary: &'static str,
}

/// The permissions built into Keyway, in the order of their bits. An SDK may declare more.
pub const PERMISSIONS: &[PermissionSpec] = &[
    spec("filesystem.read", ScopeKind::Path, "read files and list folders below the named paths"),
    spec("filesystem.write", ScopeKind::Path, "create, change and delete files below the named paths"),
    spec("network.client", ScopeKind::Origin, "send requests to the named origins"),
    spec("network.server", ScopeKind::Address, "listen on the named addresses"),
    spec("database.read", ScopeKind::Table, "read the named tables"),
    spec("database.write", ScopeKind::Table, "change the named tables"),
    spec("process.execute", ScopeKind::Program, "start the named programs"),
    spec("env.read", ScopeKind::Variable, "read the named environment variables"),
    spec("http.routes", ScopeKind::Route, "answer requests for the named URL paths"),
    spec("events.publish", ScopeKind::Topic, "publish events on the named topics"),
    spec("events.subscribe", ScopeKind::Topic, "receive events of the named topics"),
    spec("storage.keys", ScopeKind::Path, "keep values under the named keys of its own key-value storage"),
    spec("jobs.schedule", ScopeKind::Name, "have the named jobs run on a schedule"),
    spec("secrets.read", ScopeKind::Name, "read the named secrets"),
];

const fn spec(name: &'static str, scope: ScopeKind, summary: &'static str) -> PermissionSpec {
    PermissionSpec { name, scope, summary }
}

impl PermissionSpec {
    /// Finds a built-in permission by name.
    #[must_use]
    pub const fn find(name: &str) -> Option<&'static Self> {
        let mut index = 0;
        while index < PERMISSIONS.len() {
            if text::equal(PERMISSIONS[index].name, name) {
                return Some(&PERMISSIONS[index]);
            }
            index += 1;
        }
        None
    }
}
