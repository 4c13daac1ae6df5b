//! A folder for the files of one test, deleted at the end.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A folder of its own for each test host; its folders are what the test has mounted.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    mounts: Mutex<Vec<String>>,
    /// Whether files that are there already stay as they are.
    keeps: AtomicBool,
}

impl Folder {
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("keyway-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self { root: std::env::temp_dir().join(name), mounts: Mutex::default(), keeps: AtomicBool::new(false) }
    }

    /// From now on files that are there stay as they are: another host begins with what one before has left.
    pub(super) fn keep(&self) {
        self.keeps.store(true, Ordering::Relaxed);
    }

    /// Makes the folder of a mount.
    pub(super) fn make(&self, mount: &str) -> PathBuf {
        let path = self.root.join(mount);
        std::fs::create_dir_all(&path).expect("the temporary folder can be written");
        let mut mounts = self.mounts.lock().expect("no test panics while it holds this lock");
        if !mounts.iter().any(|other| other == mount) {
            mounts.push(mount.to_owned());
        }
        path
    }

    pub(super) fn write(&self, path: &str, content: &[u8]) {
        let (mount, rest) = path.split_once('/').expect("a test file stands in a mounted folder: `content/about.md`");
        let file = self.make(mount).join(rest);
        if self.keeps.load(Ordering::Relaxed) && file.exists() {
            return;
        }
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent).expect("the temporary folder can be written");
        }
        std::fs::write(&file, content).expect("the temporary folder can be written");
    }

    pub(super) fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.root.join(path)).unwrap_or_else(|error| panic!("no file `{path}` was written: {error}"))
    }

    /// The data folder of the host, which is made when something is to be kept.
    pub(super) fn data(&self) -> PathBuf {
        self.root.join(".data")
    }

    /// The mounted folders: name and path of each.
    pub(super) fn mounts(&self) -> Vec<(String, PathBuf)> {
        let mounts = self.mounts.lock().expect("no test panics while it holds this lock");
        mounts.iter().map(|name| (name.clone(), self.root.join(name))).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be deleted stays in the system's temporary folder, which is cleaned by others.
        let _ = std::fs::remove_dir_all(&self.root);
    }
}
