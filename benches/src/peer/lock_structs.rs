//! A `keyway.lock` read as one would without the framework: serde's derive and the crate `toml`, which check the shape and nothing else.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct File {
    /// The version of the format.
    pub lock_version: u32,
    /// The start order.
    pub order: Vec<String>,
    /// The plugins by id.
    pub plugin: BTreeMap<String, Entry>,
}

/// One plugin.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The plugin's version.
    pub version: String,
    /// Its package.
    pub package: String,
    /// Where the package comes from.
    pub source: String,
    /// How it is attached.
    pub tier: String,
    /// The digest of its manifest.
    pub manifest: String,
    /// What it asks for.
    pub permissions: BTreeMap<String, Vec<String>>,
    /// What was decided.
    pub approval: Decision,
}

/// What was decided about a plugin.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The verdict.
    pub decision: String,
    /// The hash of the permissions.
    pub permissions: String,
    /// The version that was looked at.
    pub version: String,
    /// Who decided.
    pub by: String,
    /// When.
    pub on: String,
    /// Why.
    pub reason: Option<String>,
    /// Until when.
    pub until: Option<String>,
}
