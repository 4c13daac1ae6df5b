//! A host that has the measured plugin linked, and one that loads it.

use std::path::Path;

use keyway::Host;
use keyway::host::HostBuilder;
use keyway::manifest::{Checksums, NativePolicy, UndefinedSymbols, Unload};
use keyway_benches::runtime::background;

mod linked {
    use keyway_benches_plugin as plugin;

    keyway::host! {
        policy = grant_requested,
        plugins = [plugin],
        census_test = off,
    }
}

mod counting {
    use keyway_benches_counter as counter;

    keyway::host! {
        policy = grant_requested,
        plugins = [counter],
        census_test = off,
    }
}

mod empty {
    keyway::host! {
        policy = grant_requested,
        plugins = [],
        census_test = off,
    }
}

/// What libraries of one's own need: nothing is signed.
pub const UNSIGNED: NativePolicy = NativePolicy {
    require_signature: false,
    publishers: &[],
    revoked_keys: &[],
    checksums: Checksums::IfPresent,
    probe: false,
    undefined_symbols: UndefinedSymbols::Allow,
    unload: Unload::Never,
    generations: 1024,
    file_size: 256 << 20,
    files: 4,
};

/// A host with the measured plugin linked in.
#[must_use]
pub fn linked() -> HostBuilder {
    Host::builder(linked::plugins())
}

/// A host with the plugin linked in that counts.
#[must_use]
pub fn counting() -> HostBuilder {
    Host::builder(counting::plugins())
}

/// A host with the plugins of a folder of extensions.
#[must_use]
pub fn loaded(extensions: &Path) -> HostBuilder {
    Host::builder(empty::plugins()).native_policy(UNSIGNED).native_dir(extensions)
}

/// Starts a host, which stays for the life of the program.
///
/// # Panics
/// When it does not start.
#[must_use]
pub fn start(builder: HostBuilder) -> &'static Host {
    let host = background().block_on(builder.start()).unwrap_or_else(|error| panic!("{error}"));
    Box::leak(Box::new(host))
}
