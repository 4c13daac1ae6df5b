//! Keeps the documents of a site, and their former versions, in a SQLite database.

mod import;
mod table;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use keyway::capability::database::Operator::{Eq, Greater, LessEq, NotEq};
use keyway::capability::database::Order::{Asc, Desc};
use keyway::capability::database::{Row, Transaction};
use keyway::prelude::*;
use keyway_cms_sdk::{Expected, Revision, Store, StoreError, Stored, StoredEntry, hexadecimal};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use table::{DOCUMENTS, VERSIONS};

/// Bytes that a document may have at most, whatever is configured: what the database answers at once has an end.
const LARGEST: u64 = 8 * 1024 * 1024;

/// Rows that are listed at once.
const PAGE: u32 = 1_000;

/// How often a document is looked for whose version was thrown away between two looks.
const LOOKS: usize = 5;

/// The plugin `site.storage-sqlite`.
#[derive(Debug, Plugin)]
#[plugin(provides(Store))]
pub struct StorageSqlite {
    database: Database,
    writer: DatabaseMut,
    clock: Clock,
    history: u32,
    largest: u64,
    /// Counts what was changed since the start.
    changes: AtomicU64,
}

/// The plugin's settings; their defaults stand in `plugin.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StorageSqliteConfig {
    /// Whether the first start takes over the documents of the content folder.
    pub import: bool,
    /// How many former versions of each document are kept.
    pub history: u32,
    /// Bytes of the largest document.
    pub largest_document: u64,
}

impl Lifecycle for StorageSqlite {
    type Config = StorageSqliteConfig;

    async fn init(ctx: &Context<Self>, config: StorageSqliteConfig) -> Result<Self, Error> {
        let (history, largest) = (config.history, config.largest_document);
        if largest > LARGEST {
            return Err(Error::message(format!(
                "largest-document: {largest} is more than the {LARGEST} bytes that are possible"
            )));
        }
        let (database, writer, changes) = (ctx.database()?, ctx.database_mut()?, AtomicU64::new(0));
        let store = Self { database, writer, clock: ctx.clock(), history, largest, changes };
        store.writer.define(table::schema()).await?;
        // Taken in any case, so that the grant is not reported as one that nobody uses.
        let files = ctx.files();
        if config.import && store.was_never_used().await? {
            match files {
                Ok(files) => store.import(&files, &ctx.log()).await?,
                Err(error) => ctx.log().warn(format_args!("no documents are taken over: {error}")),
            }
        }
        Ok(store)
    }
}

impl Store for StorageSqlite {
    async fn list(&self) -> Result<Vec<StoredEntry>, StoreError> {
        let mut entries: Vec<StoredEntry> = Vec::new();
        loop {
            let last = entries.last().map_or("", |entry| entry.path.as_str());
            let page = self.database.select(DOCUMENTS).where_("path", Greater, last).order("path", Asc).limit(PAGE);
            let rows = page.rows().await.map_err(StoreError::failed)?;
            let has_more = rows.has_more();
            entries.extend(rows.iter().map(entry));
            if !has_more {
                return Ok(entries);
            }
        }
    }

    async fn read(&self, path: &str) -> Result<Stored, StoreError> {
        StoreError::check_existing_path(path)?;
        for _ in 0..LOOKS {
            let found = self.database.select(DOCUMENTS).where_("path", Eq, path).first().await.map_err(StoreError::failed)?;
            let Some(document) = found else { return Err(StoreError::NotFound { path: path.to_owned() }) };
            let version = self.database.select(VERSIONS).where_("id", Eq, text(&document, "current")).first().await;
            if let Some(version) = version.map_err(StoreError::failed)? {
                let body = version.get("body").and_then(|body| body.as_blob()).unwrap_or_default().to_vec().into();
                let StoredEntry { path, modified, .. } = entry(&document);
                return Ok(Stored { path, body, revision: revision_in(&document), modified });
            }
        }
        Err(StoreError::Failed(format!("`{path}` was changed again and again while it was to be read")))
    }

    async fn write(&self, path: &str, body: &[u8], expected: &Expected) -> Result<Revision, StoreError> {
        StoreError::check_path(path)?;
        if body.len() as u64 > self.largest {
            return Err(StoreError::TooLarge { path: path.to_owned(), limit: self.largest });
        }
        let transaction = self.writer.begin().await.map_err(StoreError::failed)?;
        let former = self.compare(&transaction, path, expected).await?;
        let revision = self.put(&transaction, path, body, former.as_ref(), self.clock.now()).await?;
        transaction.commit().await.map_err(StoreError::failed)?;
        self.changes.fetch_add(1, Ordering::Relaxed);
        Ok(revision)
    }

    async fn delete(&self, path: &str, expected: &Expected) -> Result<(), StoreError> {
        StoreError::check_existing_path(path)?;
        let transaction = self.writer.begin().await.map_err(StoreError::failed)?;
        let former = match self.compare(&transaction, path, expected).await {
            Ok(Some(former)) => former,
            Ok(None) | Err(StoreError::Conflict { current: None, .. }) => {
                return Err(StoreError::NotFound { path: path.to_owned() });
            }
            Err(error) => return Err(error),
        };
        transaction.delete(DOCUMENTS).where_("id", Eq, former.id()).run().await.map_err(StoreError::failed)?;
        transaction.commit().await.map_err(StoreError::failed)?;
        self.changes.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// The count of changes is enough while the program runs; the other two tell one run from another.
    async fn fingerprint(&self) -> Result<String, StoreError> {
        let newest = self.database.select(DOCUMENTS).order("current", Desc).first().await.map_err(StoreError::failed)?;
        let count = self.database.select(DOCUMENTS).count().await.map_err(StoreError::failed)?;
        let changes = self.changes.load(Ordering::Relaxed);
        Ok(format!("{changes}-{count}-{}", newest.as_ref().map_or("", |newest| text(newest, "current"))))
    }
}

impl StorageSqlite {
    /// The row of a document, if it is what the caller expects.
    async fn compare(&self, transaction: &Transaction, path: &str, expected: &Expected) -> Result<Option<Row>, StoreError> {
        let former = transaction.select(DOCUMENTS).where_("path", Eq, path).first().await.map_err(StoreError::failed)?;
        let current = former.as_ref().map(revision_in);
        if expected.allows(current.as_ref()) { Ok(former) } else { Err(StoreError::Conflict { path: path.to_owned(), current }) }
    }

    /// Makes a version the current one of its document, and throws those away that are too old to be kept.
    async fn put(
        &self,
        transaction: &Transaction,
        path: &str,
        body: &[u8],
        former: Option<&Row>,
        modified: SystemTime,
    ) -> Result<Revision, StoreError> {
        let revision = revision(body);
        let insert = transaction.insert(VERSIONS).set("path", path).set("revision", revision.as_str()).set("body", body);
        let version = insert.run().await.map_err(StoreError::failed)?;
        let bytes = i64::try_from(body.len()).unwrap_or(i64::MAX);
        match former {
            Some(former) => {
                let update = transaction.update(DOCUMENTS).set("revision", revision.as_str()).set("current", &version);
                let update = update.set("bytes", bytes).set("modified", modified).where_("id", Eq, former.id());
                update.run().await.map_err(StoreError::failed)?;
            }
            None => {
                let insert = transaction.insert(DOCUMENTS).set("path", path).set("revision", revision.as_str());
                let insert = insert.set("current", &version).set("bytes", bytes).set("modified", modified);
                insert.run().await.map_err(StoreError::failed)?;
            }
        }
        self.prune(transaction, path, &version).await?;
        Ok(revision)
    }

    /// Ids grow with time, unless the clock was set back between two runs; the current version stays in any case.
    async fn prune(&self, transaction: &Transaction, path: &str, current: &str) -> Result<(), StoreError> {
        let versions = transaction.select(VERSIONS).where_("path", Eq, path).order("id", Desc);
        let surplus = versions.offset(self.history.saturating_add(1)).first().await.map_err(StoreError::failed)?;
        if let Some(newest) = surplus {
            let old = transaction.delete(VERSIONS).where_("path", Eq, path).where_("id", LessEq, newest.id());
            old.where_("id", NotEq, current).run().await.map_err(StoreError::failed)?;
        }
        Ok(())
    }
}

fn entry(document: &Row) -> StoredEntry {
    StoredEntry {
        path: text(document, "path").to_owned(),
        len: document.get("bytes").and_then(|bytes| bytes.as_integer()).and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0),
        modified: document.get("modified").and_then(|modified| modified.as_time()),
    }
}

fn revision_in(document: &Row) -> Revision {
    Revision::new(text(document, "revision"))
}

fn text<'r>(row: &'r Row, column: &str) -> &'r str {
    row.get(column).and_then(|value| value.as_text()).unwrap_or_default()
}

/// SHA-256 of the content.
fn revision(body: &[u8]) -> Revision {
    Revision::new(hexadecimal(&Sha256::digest(body)))
}
