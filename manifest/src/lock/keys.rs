//! The table of keys that `keyway.lock` may hold.

use crate::schema::{Key, Kind, Names, Presence, key};

/// The one value of `lock-version` that this version of Keyway reads and writes.
pub const LOCK_VERSION: i64 = 1;

/// The words of `tier`.
pub const TIERS: &[&str] = &["static", "native"];

/// The words of `decision`.
pub const DECISIONS: &[&str] = &["approved", "denied", "revoked"];

const SCOPES: &str = "[\"content/**\"]";
const VERSION: &str = "\"1.0.0\"";
const DIGEST: &str = "\"sha256:…\"";

const PERMISSION: &[Key] = &[
    key("scope", Kind::TextList(SCOPES), Presence::Required, "What the permission is about."),
    key("optional", Kind::Flag, Presence::Optional, "`true`: the plugin copes without it."),
];

/// A permission is a list of scopes, or a table when it is optional.
pub(super) const PERMISSION_KIND: Kind = Kind::TextListOrTable(SCOPES, PERMISSION);

/// The digests of one target.
pub(super) const DIGESTS_KIND: Kind = Kind::TextList("[\"sha256:…\"]");

const DECISION: &[Key] = &[
    key("decision", Kind::Choice(DECISIONS), Presence::Required, "What was decided."),
    key("permissions", Kind::Text(DIGEST), Presence::Required, "The permission hash that the decision is about."),
    key("version", Kind::Text(VERSION), Presence::Required, "The version of the plugin when it was decided."),
    key("by", Kind::Text("\"ada@example.org\""), Presence::Required, "Who decided."),
    key("on", Kind::Text("\"2026-11-21T18:00:00Z\""), Presence::Required, "When."),
    key("reason", Kind::Text("\"reviewed in #12\""), Presence::Optional, "Why; may be left out only when it was approved."),
    key("until", Kind::Text("\"2027-01-31\""), Presence::Optional, "The last day (UTC) on which an approval holds."),
    key(
        "scopes",
        Kind::Map(&PERMISSION_KIND, Names::Permission),
        Presence::Optional,
        "The permissions that it was decided about, when the plugin asks for others now.",
    ),
];

const PLUGIN: &[Key] = &[
    key("version", Kind::Text(VERSION), Presence::Required, "The plugin's version."),
    key("package", Kind::Text("\"cms-plugin-sitemap\""), Presence::Required, "The Cargo package that holds it."),
    key("source", Kind::Text("\"path:plugins/sitemap\""), Presence::Required, "Where the package comes from."),
    key("checksum", Kind::Text(DIGEST), Presence::Optional, "The digest of the package in its registry."),
    key("tier", Kind::Choice(TIERS), Presence::Required, "How the plugin is attached."),
    key("manifest", Kind::Text(DIGEST), Presence::Required, "The digest of its manifest."),
    key("permissions", Kind::Map(&PERMISSION_KIND, Names::Permission), Presence::Optional, "What its manifest asks for."),
    key("artifacts", Kind::Map(&DIGESTS_KIND, Names::Target), Presence::Optional, "The digests of its libraries, by target."),
    key("approval", Kind::Table(DECISION), Presence::Optional, "What was decided about its permissions."),
];

pub(super) const PLUGIN_KIND: Kind = Kind::Table(PLUGIN);

/// The keys of `keyway.lock`.
pub(super) const LOCK: &[Key] = &[
    key("lock-version", Kind::Integer, Presence::Required, "The version of this format."),
    key("order", Kind::TextList("[\"site.content\"]"), Presence::Required, "The start order with the default features."),
    key("plugin", Kind::Map(&PLUGIN_KIND, Names::Id), Presence::Optional, "The plugins, each by its id."),
];

#[cfg(test)]
mod tests {
    #[test]
    fn no_key_is_near_another_of_its_table() {
        crate::schema::tests::no_key_is_near_another(super::LOCK);
    }
}
