//! A surface as data.

use std::collections::BTreeMap;

use keyway_manifest::ScopeKind;
use keyway_manifest::surface::SURFACE_FORMAT;
use serde::{Deserialize, Serialize};

/// What the plugins of a program extend, offer, need and ask for.
///
/// A later version of Keyway may say more; what is not known here is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surface {
    /// The version of its form: 1.
    pub format: u64,
    /// The package of the host.
    pub host: Package,
    /// The version of Keyway.
    pub keyway: String,
    /// The SDK that the host is built on; `null` when `host!` was told none.
    pub sdk: Option<Package>,
    /// Whether a panic of a plugin ends the program.
    pub panic_abort: bool,
    /// How many plugins start at each level.
    pub levels: Vec<usize>,
    /// The plugins, in start order.
    pub plugins: Vec<SurfacePlugin>,
}

/// A Cargo package with its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Its name.
    pub package: String,
    /// Its version.
    pub version: String,
}

/// What one plugin extends, offers, needs and asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurfacePlugin {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// The Cargo package that holds it; empty for one that was written by hand.
    pub package: String,
    /// The licence of the package; empty when it says none.
    pub license: String,
    /// `development`, `alpha`, `beta`, `stable` or `deprecated`.
    pub stability: String,
    /// The services that it offers.
    pub provides: Vec<SurfaceProvision>,
    /// The plugins and services that it needs.
    pub requires: Vec<SurfaceRequirement>,
    /// The URL paths that it asks for: the scopes of `http.routes`.
    pub routes: Vec<String>,
    /// What it asks for.
    pub permissions: Vec<SurfacePermission>,
    /// The limits that it sets itself, those that are set.
    pub limits: Limits,
    /// How it is attached: `static` or `native`.
    pub tier: String,
    /// The points that it extends.
    pub extends: Vec<String>,
    /// The hooks that it asks.
    pub asks: Vec<String>,
    /// The topics of the events that it publishes.
    pub publishes: Vec<String>,
    /// The topics of the events that it subscribes to by their types.
    pub subscribes: Vec<String>,
}

/// Limits by their names, such as `memory_bytes` and `call_millis`.
pub type Limits = BTreeMap<String, u64>;

/// A service that a plugin offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurfaceProvision {
    /// Its id.
    pub id: String,
    /// The version of its interface.
    pub version: String,
    /// Whether no other plugin may offer it.
    pub exclusive: bool,
}

/// A plugin or service that a plugin needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurfaceRequirement {
    /// Its id.
    pub id: String,
    /// `plugin` or `service`.
    pub kind: String,
    /// The versions that will do.
    pub versions: String,
    /// Whether the plugin copes without.
    pub optional: bool,
}

/// One permission that a plugin asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurfacePermission {
    /// Its dotted name.
    pub name: String,
    /// What its scopes are written as, in the words of `host!`: `Path`, `Origin` and so on.
    pub kind: String,
    /// The scopes.
    pub scopes: Vec<String>,
    /// Whether the plugin copes without.
    pub optional: bool,
    /// Why it is asked for.
    pub reason: String,
}

/// Why a text is no surface that is understood here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Misread {
    /// Its form is newer.
    Newer(u64),
    /// It is none.
    Malformed(String),
}

impl Surface {
    /// Reads the text that lies in a program.
    pub(super) fn parse(text: &str) -> Result<Self, Misread> {
        #[derive(Deserialize)]
        struct Head {
            format: u64,
        }
        let malformed = |error: serde_json::Error| Misread::Malformed(error.to_string());
        let head: Head = serde_json::from_str(text).map_err(malformed)?;
        if head.format > SURFACE_FORMAT {
            return Err(Misread::Newer(head.format));
        }
        serde_json::from_str(text).map_err(malformed)
    }

    /// The plugin of an id.
    pub(crate) fn plugin(&self, id: &str) -> Option<&SurfacePlugin> {
        self.plugins.iter().find(|plugin| plugin.id == id)
    }

    /// The level at which the plugin at a place in the start order starts.
    pub(super) fn level(&self, place: usize) -> Option<usize> {
        let mut end = 0;
        self.levels.iter().position(|count| {
            end += count;
            place < end
        })
    }
}

impl SurfacePermission {
    /// What its scopes are written as; `None` for a word that is not known here.
    pub(super) fn scope_kind(&self) -> Option<ScopeKind> {
        ScopeKind::of_word(&self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"format":1,"host":{"package":"site","version":"1.0.0"},"keyway":"0.1.0","sdk":null,"panic_abort":false,"levels":[2,1],"plugins":[]}"#;

    #[test]
    fn what_is_newer_is_told_from_what_is_broken() {
        let surface = Surface::parse(TEXT).unwrap();
        assert_eq!([0, 1, 2, 3].map(|place| surface.level(place)), [Some(0), Some(0), Some(1), None]);
        let more = TEXT.replace("\"sdk\"", "\"granted\":[],\"sdk\"");
        assert_eq!(Surface::parse(&more).unwrap(), surface);
        assert_eq!(Surface::parse(r#"{"format":2,"all":"else"}"#), Err(Misread::Newer(2)));
        assert!(matches!(Surface::parse("{}"), Err(Misread::Malformed(_))));
        assert!(matches!(Surface::parse(&TEXT.replace("[]", "[1]")), Err(Misread::Malformed(_))));
    }
}
