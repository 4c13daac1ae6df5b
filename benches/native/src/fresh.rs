//! Libraries that nobody has loaded yet: the measured plugin with a number in its padding, signed anew.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use keyway_native::{Digest, SecretKey, Statement};
use rustix::fs::{Advice, fadvise};

use crate::built;

/// A library of one size, which is changed for each round so that neither Keyway nor the system's linker knows it.
pub struct Fresh {
    /// The folder of extensions.
    pub folder: PathBuf,
    /// The library in it.
    pub library: PathBuf,
    key: SecretKey,
    bytes: Vec<u8>,
    padding: usize,
    number: u64,
}

/// What begins the padding of the measured plugin, long enough to stand nowhere else.
const PADDING: [u8; 64] = [0xa5; 64];

impl Fresh {
    /// Builds the measured plugin with a feature that says its size.
    ///
    /// # Panics
    /// When it does not build, or cannot be read.
    #[must_use]
    pub fn new(feature: &str) -> Self {
        let folder = built::extensions(Some(feature)).join("bench.plugin");
        let library = fs::read_dir(&folder)
            .expect("it was installed")
            .map(|entry| entry.expect("it can be listed").path())
            .find(|path| path.extension().is_some_and(|extension| extension == std::env::consts::DLL_EXTENSION))
            .expect("a library was installed");
        let bytes = fs::read(&library).expect("it was installed");
        let padding = bytes.windows(PADDING.len()).position(|bytes| bytes == PADDING).expect("the plugin is padded");
        let key = SecretKey::generate().expect("the system has random numbers");
        Self { folder, library, key, bytes, padding, number: 0 }
    }

    /// The length of the library in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether the library has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The public key of its signatures, in minisign's form.
    ///
    /// # Panics
    /// Never: a key that was made has a public one.
    #[must_use]
    pub fn public_key(&self) -> String {
        self.key.public_key().expect("a key that was made").to_text()
    }

    /// Writes another library in the place of the last one, with its signature, and answers its digest.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn next(&mut self) -> Digest {
        self.number += 1;
        self.bytes[self.padding..self.padding + 8].copy_from_slice(&self.number.to_le_bytes());
        let digest = Digest::of(&self.bytes);
        let target = keyway::__private::facts(false, false).target;
        let statement = Statement::new("bench.plugin", "0.1.0", target, digest).to_string();
        let signature = self.key.sign(&mut &*self.bytes, &statement).expect("what lies in memory can be read");
        // A new file in place of the old one: the linker knows files by their inodes.
        fs::remove_file(&self.library).expect("it was installed");
        fs::write(&self.library, &self.bytes).expect("the folder can be written");
        fs::write(beside(&self.library), signature.to_string()).expect("the folder can be written");
        let name = self.library.file_name().expect("a library has a name").to_string_lossy();
        let manifest = Digest::of(&fs::read(self.folder.join("plugin.toml")).expect("it was installed"));
        let sums = format!("{}  {name}\n{}  plugin.toml\n", digest.hex(), manifest.hex());
        fs::write(self.folder.join("SHA256SUMS"), sums).expect("the folder can be written");
        let file = File::open(&self.library).expect("it was written");
        file.sync_all().expect("the disk takes it");
        digest
    }

    /// Has the system forget what it keeps of the library in memory.
    ///
    /// # Panics
    /// When it does not.
    pub fn cool(&self) {
        let file = File::open(&self.library).expect("it was written");
        fadvise(&file, 0, None, Advice::DontNeed).expect("a file on a disk can be forgotten");
    }
}

fn beside(library: &Path) -> PathBuf {
    let mut name = library.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}
