//! Permissions as traits: a plugin's type implements the trait of each permission that its manifest asks for.
//!
//! `#[derive(Plugin)]` writes these implementations. A method of [`Context`](crate::Context) that hands out a capability is bounded
//! by the trait of its permission, so code that uses what the manifest does not declare fails to compile and the message names the
//! manifest line to add. Implementing one by hand gains nothing: the trait asks for a type that only the derive names, each such
//! method also asserts, while it is compiled, that the plugin's descriptor holds the permission, and what is granted at run time follows
//! the descriptor alone.
//!
//! Beside each trait stands a constant of the same name with the permission's [`PermissionSpec`].

use keyway_manifest::{PermissionSpec, ScopeKind};

use crate::Plugin;

keyway_macros::permission! {
    /// Read files and list folders below the named paths.
    pub trait FilesystemRead = "filesystem.read", scope = Path;
    /// Create, change and delete files below the named paths.
    pub trait FilesystemWrite = "filesystem.write", scope = Path;
    /// Send requests to the named origins.
    pub trait NetworkClient = "network.client", scope = Origin;
    /// Listen on the named addresses.
    pub trait NetworkServer = "network.server", scope = Address;
    /// Read the named tables.
    pub trait DatabaseRead = "database.read", scope = Table;
    /// Change the named tables.
    pub trait DatabaseWrite = "database.write", scope = Table;
    /// Start the named programs.
    pub trait ProcessExecute = "process.execute", scope = Program;
    /// Read the named environment variables.
    pub trait EnvRead = "env.read", scope = Variable;
    /// Answer requests for the named URL paths.
    pub trait HttpRoutes = "http.routes", scope = Route;
    /// Publish events on the named topics.
    pub trait EventsPublish = "events.publish", scope = Topic;
    /// Receive events of the named topics.
    pub trait EventsSubscribe = "events.subscribe", scope = Topic;
    /// Keep values under the named keys of its own key-value storage.
    pub trait StorageKeys = "storage.keys", scope = Path;
    /// Have the named jobs run on a schedule.
    pub trait JobsSchedule = "jobs.schedule", scope = Name;
    /// Read the named secrets.
    pub trait SecretsRead = "secrets.read", scope = Name;
}

/// What the derive puts into each implementation of a permission's trait, so that one written by hand is not complete.
///
/// A type and not a constant, because the compiler spends nothing on it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Declared<P: ?Sized>(std::marker::PhantomData<fn(&P)>);

/// Implemented for [`Declared`] alone.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "KW0209 a permission trait was implemented by hand",
    label = "only the derive writes this type",
    note = "add the permission to `[permissions]` in plugin.toml and remove the implementation"
)]
pub trait OfManifest<P: ?Sized>: sealed::Sealed {}

impl<P: ?Sized> OfManifest<P> for Declared<P> {}

mod sealed {
    pub trait Sealed {}
    impl<P: ?Sized> Sealed for super::Declared<P> {}
}

/// Refuses, while the calling code is compiled, a plugin whose descriptor does not hold `permission`.
///
/// For capability methods of an SDK: call it in an inline `const` block, as [`Context::files`](crate::Context::files) does.
pub const fn assert_declared<P: Plugin>(permission: &str) {
    assert!(
        P::DESCRIPTOR.declares(permission),
        "\n  KW0209 a permission trait was implemented by hand: the plugin's manifest does not ask for this permission\n  help: add the \
         permission to `[permissions]` in plugin.toml and remove the implementation\n"
    );
}

/// Whether a trait's constant stands for the permission of this name; asked by the derive, while the plugin is compiled.
#[doc(hidden)]
#[must_use]
pub const fn stands_for(spec: &PermissionSpec, name: &str) -> bool {
    let (left, right) = (spec.name.as_bytes(), name.as_bytes());
    let mut index = 0;
    while index < left.len() && index < right.len() && left[index] == right[index] {
        index += 1;
    }
    index == left.len() && index == right.len()
}

/// Whether the scopes of a permission are of one of these kinds; asked by the derive, which sees the form of scopes only.
#[doc(hidden)]
#[must_use]
pub const fn has_kind(spec: &PermissionSpec, kinds: &[ScopeKind]) -> bool {
    let mut index = 0;
    while index < kinds.len() {
        if kinds[index] as u8 == spec.scope as u8 {
            return true;
        }
        index += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    /// Each permission of the manifest's table has its trait, in the same order and with the same scope kind.
    #[test]
    fn traits_follow_the_table() {
        let specs = [
            super::FilesystemRead,
            super::FilesystemWrite,
            super::NetworkClient,
            super::NetworkServer,
            super::DatabaseRead,
            super::DatabaseWrite,
            super::ProcessExecute,
            super::EnvRead,
            super::HttpRoutes,
            super::EventsPublish,
            super::EventsSubscribe,
            super::StorageKeys,
            super::JobsSchedule,
            super::SecretsRead,
        ];
        let table = keyway_manifest::PERMISSIONS;
        assert_eq!(specs.len(), table.len());
        for (spec, row) in specs.iter().zip(table) {
            assert_eq!((spec.name, spec.scope), (row.name, row.scope));
        }
    }
}
