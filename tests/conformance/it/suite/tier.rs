//! How a host with the plugins of the suite is made, in each tier.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use keyway::Host;
use keyway::host::HostBuilder;
use keyway::manifest::{Checksums, NativePolicy, UndefinedSymbols};
use keyway_build::native;

use crate::misfit::workspace::root;

/// A way to attach plugins to a host.
pub(super) trait Tier: Sync {
    /// The word that hosts have for it.
    fn name(&self) -> &'static str;

    /// A host that has the plugin of a package.
    fn builder(&self, plugin: Package) -> HostBuilder;
}

/// A plugin of the suite.
#[derive(Clone, Copy)]
pub(super) enum Package {
    /// Does what a plugin can do; beside it are plugins of the program.
    Subject,
    /// Panics wherever a plugin can.
    Faulty,
}

/// All tiers that there are.
pub(super) const TIERS: [&dyn Tier; 2] = [&Static, &Native];

/// Linked into this program.
struct Static;

/// Built as a library, and loaded.
struct Native;

/// What a folder below `target/` that the tests have filled themselves needs.
pub(crate) const POLICY: NativePolicy = NativePolicy {
    require_signature: false,
    checksums: Checksums::IfPresent,
    undefined_symbols: UndefinedSymbols::Allow,
    ..NativePolicy::DEFAULT
};

impl Tier for Static {
    fn name(&self) -> &'static str {
        "static"
    }

    fn builder(&self, plugin: Package) -> HostBuilder {
        Host::builder(match plugin {
            Package::Subject => linked::subject::plugins(),
            Package::Faulty => linked::faulty::plugins(),
        })
    }
}

impl Tier for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn builder(&self, plugin: Package) -> HostBuilder {
        let (table, package) = match plugin {
            Package::Subject => (linked::others::plugins(), "keyway-conformance-subject"),
            Package::Faulty => (linked::nothing::plugins(), "keyway-tests-faulty"),
        };
        Host::builder(table).native_policy(POLICY).native_dir(extensions(package))
    }
}

/// The folder of extensions that has the plugin of one package; it is built once.
fn extensions(package: &str) -> PathBuf {
    static BUILT: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let folder = root().join("target/conformance").join(package);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if !built.iter().any(|other| other == package) {
        native(package).in_folder(root()).install(&folder).unwrap_or_else(|error| panic!("{error}"));
        built.push(package.to_owned());
    }
    folder
}

/// What is linked into the program in each case.
mod linked {
    pub(super) mod subject {
        use crate::suite::{guest, neighbour};
        keyway::host! { policy = grant_requested, plugins = [guest, neighbour, keyway_conformance_subject], census_test = off }
    }

    pub(super) mod others {
        use crate::suite::{guest, neighbour};
        keyway::host! { policy = grant_requested, plugins = [guest, neighbour], census_test = off }
    }

    pub(super) mod faulty {
        keyway::host! { policy = grant_requested, plugins = [keyway_tests_faulty], census_test = off }
    }

    pub(super) mod nothing {
        keyway::host! { policy = grant_requested, plugins = [], census_test = off }
    }
}
