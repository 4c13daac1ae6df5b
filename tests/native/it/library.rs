//! Builds plugins as libraries, and hosts that load them.

#![expect(unreachable_pub, reason = "a plugin is public wherever it stands")]

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use keyway::host::{HostBuilder, StartError};
use keyway::manifest::{Checksums, NativePolicy, UndefinedSymbols, Unload};
use keyway::{Host, PluginTable};
use keyway_build::native;

/// What is linked into the program: no more than what a plugin that is built as a library needs.
mod program {
    mod content {
        use keyway::prelude::*;

        /// Stands in for the plugin that reads a site's pages.
        #[derive(Debug, Plugin)]
        #[plugin(manifest_text = "manifest-version = 1\n[plugin]\nid = \"site.content\"\nversion = \"0.1.0\"\nhost = \"*\"")]
        pub struct Content;

        impl Lifecycle for Content {
            type Config = ();

            async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
                Ok(Self)
            }
        }
    }

    keyway::host! {
        policy = grant_requested,
        plugins = [content],
        census_test = off,
    }
}

/// What a folder below `target/` that the tests have filled themselves needs.
pub(crate) const POLICY: NativePolicy = NativePolicy {
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

pub(crate) fn plugins() -> PluginTable {
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
