//! Keeps the documents of a site as files in a folder.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use keyway::capability::FileError;
use keyway::prelude::*;
use keyway_cms_sdk::{Expected, Revision, Store, StoreError, Stored, StoredEntry, content_folder, hexadecimal};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The folder, as the host has mounted it, in which the documents are.
const MOUNT: &str = "content";

/// The plugin `site.storage-files`.
#[derive(Debug, Plugin)]
#[plugin(provides(Store))]
pub struct StorageFiles {
    files: Files,
    log: Logger,
    /// What was said to be left out, so that it is said once and not at each look.
    told: Mutex<BTreeSet<String>>,
    /// Changes files; else why nothing may be changed.
    writer: Result<FilesMut, String>,
    largest: u64,
    /// Held from comparing a document to having changed it.
    changing: Mutex<()>,
    /// Counts what was changed through this plugin: two changes may be too close to each other for the clock of the file system.
    changes: AtomicU64,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StorageFilesConfig {
    /// Whether documents may be changed.
    pub writable: bool,
    /// Bytes of the largest document.
    pub largest_document: u64,
}

impl Lifecycle for StorageFiles {
    type Config = StorageFilesConfig;

    async fn init(ctx: &Context<Self>, config: StorageFilesConfig) -> Result<Self, Error> {
        let files = ctx.files()?;
        let writer = match (ctx.files_mut(), config.writable) {
            (granted, true) => Ok(granted?),
            (_, false) => Err("the operator has not set `writable = true` under `[plugin.\"site.storage-files\"]`".to_owned()),
        };
        Ok(Self {
            files,
            log: ctx.log(),
            told: Mutex::default(),
            writer,
            largest: config.largest_document,
            changing: Mutex::default(),
            changes: AtomicU64::new(0),
        })
    }
}

impl Store for StorageFiles {
    async fn list(&self) -> Result<Vec<StoredEntry>, StoreError> {
        self.entries()
    }

    async fn read(&self, path: &str) -> Result<Stored, StoreError> {
        StoreError::check_existing_path(path)?;
        self.load(path)
    }

    async fn write(&self, path: &str, body: &[u8], expected: &Expected) -> Result<Revision, StoreError> {
        StoreError::check_path(path)?;
        check_depth(path)?;
        let files = self.writer()?;
        if body.len() as u64 > self.largest {
            return Err(self.too_large(path));
        }
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.current(path)?;
        compare(path, expected, current)?;
        let file = file(path);
        if let Some((folder, _)) = path.rsplit_once('/') {
            files.create_folder(&format!("{MOUNT}/{folder}")).map_err(not_changed)?;
        }
        files.write(&file, body).map_err(not_changed)?;
        self.changes.fetch_add(1, Ordering::Relaxed);
        Ok(revision(body))
    }

    async fn delete(&self, path: &str, expected: &Expected) -> Result<(), StoreError> {
        StoreError::check_existing_path(path)?;
        let files = self.writer()?;
        let _alone = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(current) = self.current(path)? else { return Err(StoreError::NotFound { path: path.to_owned() }) };
        compare(path, expected, Some(current))?;
        files.remove(&file(path)).map_err(not_changed)?;
        self.changes.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn fingerprint(&self) -> Result<String, StoreError> {
        let mut hash = Sha256::new();
        hash.update(self.changes.load(Ordering::Relaxed).to_le_bytes());
        for entry in self.entries()? {
            hash.update(entry.path.as_bytes());
            hash.update([0]);
            hash.update(entry.len.to_le_bytes());
            let modified = entry.modified.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
            hash.update(modified.map_or(0, |time| time.as_nanos()).to_le_bytes());
        }
        Ok(hexadecimal(&hash.finalize()))
    }
}

impl StorageFiles {
    fn entries(&self) -> Result<Vec<StoredEntry>, StoreError> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = content_folder::entries(&self.files, MOUNT, |path, why| {
            if told.insert(path.to_owned()) {
                self.log.warn(format_args!("`{}` is left out: {why}", path.escape_debug()));
            }
        });
        entries.map_err(StoreError::failed)
    }

    fn load(&self, path: &str) -> Result<Stored, StoreError> {
        let absent = |error| not_read(path, error);
        let file = file(path);
        let metadata = self.files.metadata(&file).map_err(absent)?;
        if metadata.is_folder {
            return Err(StoreError::NotFound { path: path.to_owned() });
        }
        if metadata.len > self.largest {
            return Err(self.too_large(path));
        }
        let body = self.files.read(&file).map_err(absent)?;
        let revision = revision(&body);
        Ok(Stored { path: path.to_owned(), body: body.into(), revision, modified: metadata.modified })
    }

    /// The revision of what is there; `None` when nothing is.
    fn current(&self, path: &str) -> Result<Option<Revision>, StoreError> {
        match self.load(path) {
            Ok(stored) => Ok(Some(stored.revision)),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn writer(&self) -> Result<&FilesMut, StoreError> {
        self.writer.as_ref().map_err(|why| StoreError::ReadOnly { why: why.clone() })
    }

    fn too_large(&self, path: &str) -> StoreError {
        StoreError::TooLarge { path: path.to_owned(), limit: self.largest }
    }
}

fn file(path: &str) -> String {
    format!("{MOUNT}/{path}")
}

/// Refuses a path so deep that no list would show it.
fn check_depth(path: &str) -> Result<(), StoreError> {
    if path.matches('/').count() <= content_folder::DEEPEST {
        return Ok(());
    }
    Err(StoreError::InvalidPath { path: path.to_owned(), problem: "it lies more than 32 folders deep" })
}

fn compare(path: &str, expected: &Expected, current: Option<Revision>) -> Result<(), StoreError> {
    if expected.allows(current.as_ref()) { Ok(()) } else { Err(StoreError::Conflict { path: path.to_owned(), current }) }
}

/// SHA-256 of the content.
fn revision(body: &[u8]) -> Revision {
    Revision::new(hexadecimal(&Sha256::digest(body)))
}

/// A link that leads out of the folder is no document; the host has already counted and logged it.
fn not_read(path: &str, error: FileError) -> StoreError {
    match &error {
        FileError::Denied(_) => StoreError::NotFound { path: path.to_owned() },
        FileError::Io { error: io, .. } if is_absent(io.kind()) => StoreError::NotFound { path: path.to_owned() },
        _ => StoreError::failed(error),
    }
}

fn is_absent(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename)
}

fn not_changed(error: FileError) -> StoreError {
    match error {
        FileError::Denied(denied) => StoreError::ReadOnly { why: denied.to_string() },
        other => StoreError::failed(other),
    }
}
