//! Builds plugins as libraries, and hosts that have nothing else.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use keyway::host::{HostBuilder, StartError};
use keyway::manifest::{Checksums, NativePolicy, UndefinedSymbols, Unload};
use keyway::{Host, PluginTable};
use keyway_build::native;

/// A program without linked plugins.
mod program {
    keyway::host! {
        policy = grant_requested,
        plugins = [],
        census_test = off,
    }
}

/// What a folder below `target/` that the tests have filled themselves needs.
const POLICY: NativePolicy = NativePolicy {
    require_signature: false,
    publishers: &[],
    revoked_keys: &[],
    checksums: Checksums::IfPresent,
    probe: false,
    undefined_symbols: UndefinedSymbols::Allow,
    unload: Unload::Never,
    generations: 16,
    file_size: 256 << 20,
    files: 4,
};

fn plugins() -> PluginTable {
    program::plugins()
}

/// The folder of extensions that has the plugin of one package; it is built once.
pub(crate) fn extensions(package: &str) -> PathBuf {
    static BUILT: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the tests lie two folders below the workspace");
    let folder = root.join("target/native-tests").join(package);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if !built.iter().any(|other| other == package) {
        native(package).in_folder(root).install(&folder).unwrap_or_else(|error| panic!("{error}"));
        built.push(package.to_owned());
    }
    folder
}

/// A host that has the plugin of one package and the given configuration.
pub(crate) fn builder(package: &str, config: &str) -> HostBuilder {
    let config = config.parse().expect("the configuration is TOML");
    Host::builder(plugins()).native_policy(POLICY).native_dir(extensions(package)).config(config)
}

/// The host when it runs.
pub(crate) async fn start(package: &str, config: &str) -> Result<Host, StartError> {
    builder(package, config).start().await
}
