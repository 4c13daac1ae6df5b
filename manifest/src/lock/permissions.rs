//! A set of permissions as a lock keeps it, and the hash that an approval is about.

use std::collections::{BTreeMap, BTreeSet};

use super::digest::Digest;
use crate::PermissionRequest;

/// What a plugin asks for, or what was approved of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Each permission by its dotted name.
    pub by_name: BTreeMap<String, Permission>,
}

/// One permission of a lock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permission {
    /// The scopes; never empty in a lock that was read.
    pub scopes: BTreeSet<String>,
    /// Whether the plugin copes without it.
    pub optional: bool,
}

impl Permissions {
    /// What a manifest asks for.
    #[must_use]
    pub fn requested(requests: &[PermissionRequest]) -> Self {
        let permission = |request: &PermissionRequest| {
            let scopes = request.scopes.iter().map(|scope| (*scope).to_owned()).collect();
            (request.name.to_owned(), Permission { scopes, optional: request.optional })
        };
        Self { by_name: requests.iter().map(permission).collect() }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// The permission hash: what an approval is about, and nothing else.
    ///
    /// It is the SHA-256 of the line `keyway-permissions 1`, a line with the plugin's id, and for each permission, by name, a line with its
    /// name and `required` or `optional`, followed by a line for each scope, in the order of bytes, behind a tab. Every line ends with `\n`.
    ///
    /// ```
    /// use keyway_manifest::lock::{Digest, Permission, Permissions};
    ///
    /// let mut permissions = Permissions::default();
    /// let scopes = ["/sitemap.xml", "/robots.txt"].map(str::to_owned).into();
    /// permissions.by_name.insert("http.routes".to_owned(), Permission { scopes, optional: false });
    /// let text = "keyway-permissions 1\nsite.sitemap\nhttp.routes required\n\t/robots.txt\n\t/sitemap.xml\n";
    /// assert_eq!(permissions.hash("site.sitemap"), Digest::sha256(text.as_bytes()));
    /// ```
    #[must_use]
    pub fn hash(&self, id: &str) -> Digest {
        let mut text = format!("keyway-permissions 1\n{id}\n");
        for (name, permission) in &self.by_name {
            text.push_str(name);
            text.push_str(if permission.optional { " optional\n" } else { " required\n" });
            for scope in &permission.scopes {
                text.push('\t');
                text.push_str(scope);
                text.push('\n');
            }
        }
        Digest::sha256(text.as_bytes())
    }
}
