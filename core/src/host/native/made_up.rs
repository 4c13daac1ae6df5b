//! For tests: folders of libraries that hold a record and nothing that could run.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use keyway_manifest::record::{BuildFacts, RecordParts, record_len, write_record};
use keyway_manifest::{Descriptor, Location};

macro_rules! record {
    ($name:ident, $manifest:expr) => {
        pub(super) fn $name() -> Vec<u8> {
            const PARTS: &RecordParts = &RecordParts {
                descriptor: &Descriptor {
                    package: concat!("plugin-", stringify!($name)),
                    location: Location { file: "plugin.toml", ..Location::UNKNOWN },
                    ..Descriptor::EMPTY
                },
                manifest: $manifest,
                ..RecordParts::of(BuildFacts { target: "made-up", ..BuildFacts::UNKNOWN })
            };
            static RECORD: [u8; record_len(PARTS)] = write_record(PARTS);
            library(&RECORD)
        }
    };
}

pub(super) const CLOCK_MANIFEST: &str =
    "manifest-version = 1\n[plugin]\nid = \"site.clock\"\nversion = \"1.0.0\"\nhost = \"*\"\n";

record!(clock, CLOCK_MANIFEST);
record!(newer_clock, "manifest-version = 1\n[plugin]\nid = \"site.clock\"\nversion = \"1.1.0\"\nhost = \"*\"\n");
record!(feed, "manifest-version = 1\n[plugin]\nid = \"site.feed\"\nversion = \"2.0.0\"\nhost = \"*\"\n");
record!(mistaken, "manifest-version = 1\n[plugin]\nid = \"Site\"\nversion = \"2.0.0\"\nhost = \"*\"\n");

/// A library of this machine with nothing in it but its header, a section and the names of sections.
fn library(section: &[u8]) -> Vec<u8> {
    let names = b"\0.keyway\0.names\0";
    let data = 64_u64;
    let names_at = data + section.len() as u64;
    let table = (names_at + names.len() as u64).next_multiple_of(8);
    let mut file = Vec::from(*b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    for number in [3_u16, if cfg!(target_arch = "aarch64") { 183 } else { 62 }] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    file.extend_from_slice(&1_u32.to_le_bytes());
    for number in [0, 0, table] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    file.extend_from_slice(&[0; 4]);
    for number in [64_u16, 56, 0, 64, 3, 2] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    file.extend_from_slice(section);
    file.extend_from_slice(names);
    file.resize(usize::try_from(table).unwrap(), 0);
    for (name, kind, offset, size) in
        [(0_u32, 0_u32, 0, 0), (1, 1, data, section.len() as u64), (9, 3, names_at, names.len() as u64)]
    {
        file.extend_from_slice(&name.to_le_bytes());
        file.extend_from_slice(&kind.to_le_bytes());
        for number in [0, 0, offset, size, 0, 0, 0] {
            file.extend_from_slice(&number.to_le_bytes());
        }
    }
    file
}

/// A folder that goes with the test, and to which nobody else may write.
#[derive(Debug)]
pub(super) struct Extensions(PathBuf);

impl Extensions {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("keyway-native-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = Self(fs::canonicalize(std::env::temp_dir()).unwrap().join(name));
        folder.folder("");
        folder
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn folder(&self, name: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(&path).unwrap();
        set_mode(&path, 0o755);
        path
    }

    pub(super) fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.0.join(name);
        if let Some((folder, _)) = name.rsplit_once('/') {
            self.folder(folder);
        }
        fs::write(&path, content).unwrap();
        set_mode(&path, 0o644);
        self
    }

    /// Where a text stands for the folder.
    pub(super) fn hide_in(&self, text: &str) -> String {
        text.replace(&self.0.display().to_string(), "EXT")
    }
}

pub(super) fn set_mode(path: &Path, mode: u32) {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    #[cfg(not(unix))]
    let _ = (path, mode);
}

impl Drop for Extensions {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
