//! What an audit says, as data: what is written as JSON and read back to be compared.

use serde::{Deserialize, Serialize};

use super::class::Class;

/// What was found in the plugins of a host, or in one plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// The target that was built for.
    pub target: String,
    /// The plugins, by id.
    pub plugins: Vec<PluginAudit>,
    /// Plugins of the build that have no crate of their own, so that their code cannot be told from the host's.
    pub left_out: Vec<String>,
    /// Allowances that nothing made use of.
    pub unused_allowances: Vec<String>,
}

/// What was found in one plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginAudit {
    /// The plugin's id.
    pub id: String,
    /// The plugin's version.
    pub version: String,
    /// Its package.
    pub package: String,
    /// Its manifest, from the project's folder.
    pub manifest: String,
    /// What its manifest asks for.
    pub permissions: Vec<PermissionAudit>,
    /// What its code can do past Keyway.
    pub uses: Vec<Use>,
    /// Crates that are linked with it, but neither Keyway nor the SDK nor needed by those.
    pub brought: Vec<String>,
    /// What of it runs while it is built, which is not in its object code.
    pub at_build_time: Vec<AtBuildTime>,
    /// What a reader of this audit has to know.
    pub notes: Vec<String>,
}

/// A permission that a manifest asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionAudit {
    /// Its name.
    pub name: String,
    /// What the code does with it.
    pub used: Used,
    /// Where, if that has places.
    pub places: Vec<Place>,
}

/// Whether and how a permission is made use of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Used {
    /// Through Keyway, which holds it to its scopes.
    Keyway,
    /// Past Keyway alone: its scopes are not held to.
    Directly,
    /// By the extension points that need it.
    Point,
    /// Not at all: the manifest could ask for less.
    No,
    /// Object code does not tell.
    Unknown,
}

/// One thing that a plugin's code can do past Keyway.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// Its class.
    pub class: Class,
    /// What is called, or written: the path of a function, a name of C, a keyword.
    pub name: String,
    /// A phrase that completes "the plugin …".
    pub does: String,
    /// The packages that lead from the plugin to the one whose code it is; empty for its own code.
    pub through: Vec<String>,
    /// What is to be thought of it.
    pub verdict: Verdict,
    /// The lines of the plugin that lead there.
    pub places: Vec<Place>,
    /// Where it stands in the code of another package.
    pub site: Option<String>,
}

/// What is to be thought of a use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Verdict {
    /// The manifest asks for a permission that speaks of it.
    Declared {
        /// The permission.
        permission: String,
    },
    /// No permission that the manifest asks for speaks of it.
    Undeclared {
        /// The permissions of which one would; none, if nothing but an allowance can.
        permissions: Vec<String>,
    },
    /// `keyway-audit.toml` allows it.
    Allowed {
        /// Why.
        reason: String,
    },
    /// It is in the plugin's own code, but nothing leads there.
    Unreached,
}

/// A line of a plugin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The file, from the project's folder.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The function.
    pub function: String,
    /// The functions between that one and the use.
    pub through: Vec<String>,
}

/// Something that runs while a plugin is built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtBuildTime {
    /// Package and version.
    pub package: String,
    /// `build script` or `procedural macro`.
    pub what: String,
}

impl Audit {
    /// How many uses no manifest speaks of.
    #[must_use]
    pub fn undeclared(&self) -> usize {
        self.plugins.iter().map(|plugin| plugin.undeclared().count()).sum()
    }
}

impl PluginAudit {
    /// The uses that the plugin's manifest does not speak of.
    pub fn undeclared(&self) -> impl Iterator<Item = &Use> {
        self.uses.iter().filter(|found| matches!(found.verdict, Verdict::Undeclared { .. }))
    }
}
