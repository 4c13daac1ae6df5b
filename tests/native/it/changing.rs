//! The two releases of the plugin that changes, and folders in which one takes the place of the other.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use keyway::Host;
use keyway::host::{HostBuilder, Reloaded};
use keyway::manifest::{Checksums, NativePolicy, UndefinedSymbols, Unload};
use keyway_build::native;
use keyway_tests_native::Count;

use crate::library::plugins;

/// The id of the plugin.
pub(crate) const ID: &str = "test.changing";
/// The name of its file.
const FILE: &str = "libkeyway_tests_changing.so";

/// What these tests begin with.
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

fn target() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the tests lie two folders below the workspace");
    root.join("target")
}

/// The bytes of both releases, each built once.
pub(crate) fn releases() -> &'static [Vec<u8>; 2] {
    static BUILT: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    BUILT.get_or_init(|| {
        [&[] as &[&str], &["two"]].map(|features| {
            let built = native("keyway-tests-changing").in_folder(target().join("..")).features(features.iter().copied());
            // What debuggers read is most of the file, and is hashed at each reload.
            let built = built.rustc_argument("-Cstrip=debuginfo").build().unwrap_or_else(|error| panic!("{error}"));
            fs::read(built.library).unwrap()
        })
    })
}

/// A folder of extensions of one test.
pub(crate) struct Extensions(PathBuf);

impl Extensions {
    /// One with the first release in it.
    pub(crate) fn new(test: &str) -> Self {
        let folder = target().join("native-folders/reload").join(test);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join(ID)).unwrap();
        let extensions = Self(folder);
        extensions.put(&releases()[0]);
        extensions
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn library(&self) -> PathBuf {
        self.0.join(ID).join(FILE)
    }

    /// Puts other bytes in the place of the library, which appear there whole.
    pub(crate) fn put(&self, bytes: &[u8]) {
        let unfinished = self.0.join(ID).join(".unfinished");
        fs::write(&unfinished, bytes).unwrap();
        fs::rename(unfinished, self.library()).unwrap();
    }

    /// Puts a text beside the library.
    pub(crate) fn put_beside(&self, ending: &str, text: &str) {
        fs::write(self.0.join(ID).join(format!("{FILE}{ending}")), text).unwrap();
    }

    pub(crate) fn builder(&self, policy: NativePolicy, config: &str) -> HostBuilder {
        Host::builder(plugins()).native_policy(policy).native_dir(&self.0).config(config.parse().unwrap())
    }

    pub(crate) async fn start(&self, policy: NativePolicy) -> Host {
        self.builder(policy, "").start().await.unwrap()
    }

    /// Puts the release of this index there, and reloads the plugin.
    pub(crate) async fn reload(&self, host: &Host, index: usize) -> Reloaded {
        self.put(&releases()[index]);
        host.reload(ID).await.unwrap()
    }
}

/// Which release answers, and the count that it answers.
pub(crate) fn ask(host: &Host) -> (String, u64) {
    let counter = &host.extensions::<dyn Count>()[0];
    (counter.release().unwrap(), counter.count().unwrap())
}
