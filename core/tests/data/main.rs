//! What plugins keep, through the public interface: keys, tables, transactions, migrations, faults.

#![expect(clippy::unwrap_used, reason = "the shared parts of these tests are tests too")]
#![expect(unreachable_pub, reason = "a plugin is `pub`, and so is what its traits name")]

mod faults;
mod grants;
mod kill;
mod kv;
mod limits;
mod oracle;
mod rows;
mod schema;
mod tables;
mod transaction;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use keyway::capability::database::{Schema, Table};
use keyway::prelude::*;
use keyway::testing::{RunningTestHost, TestHost};

/// A plugin that hands its capabilities to the test.
#[derive(Debug, Plugin)]
#[plugin(manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "test.keeper"
    version = "1.0.0"
    host = "*"
    [permissions]
    "storage.keys" = { scope = ["**"], reason = "keeps what the test says" }
    "database.read" = { scope = ["*"], reason = "reads what the test says" }
    "database.write" = { scope = ["*"], reason = "keeps what the test says" }
    [state]
    version = 1
"#)]
pub struct Keeper {
    pub(crate) kv: KeyValue,
    pub(crate) database: Database,
    pub(crate) database_mut: DatabaseMut,
}

impl Lifecycle for Keeper {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self { kv: ctx.kv()?, database: ctx.database()?, database_mut: ctx.database_mut()? })
    }
}

/// A host with a keeper.
pub(crate) async fn keeper() -> (RunningTestHost, Arc<Keeper>) {
    let host = TestHost::new().plugin::<Keeper>().start().await.unwrap();
    let keeper = host.concrete::<Keeper>().unwrap();
    (host, keeper)
}

/// A host with a keeper on a folder that outlives it.
pub(crate) async fn keeper_on(folder: &Path) -> (RunningTestHost, Arc<Keeper>) {
    let host = TestHost::new().plugin::<Keeper>().data_folder(folder).start().await.unwrap();
    let keeper = host.concrete::<Keeper>().unwrap();
    (host, keeper)
}

/// Tables for comments on posts.
pub(crate) fn comments() -> Schema {
    Schema::new().table(Table::new("posts").text("slug").required().unique()).table(
        Table::new("comments")
            .reference("post", "posts")
            .text("page")
            .required()
            .max(20)
            .indexed()
            .text("state")
            .one_of(&["waiting", "shown"])
            .default("waiting")
            .integer("stars")
            .between(1, 5)
            .boolean("approved")
            .real("score")
            .blob("picture")
            .timestamp("seen")
            .json("extra"),
    )
}

/// A folder that a test deletes at its end.
pub(crate) struct TestFolder(pub(crate) PathBuf);

impl TestFolder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("keyway-data-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name))
    }

    /// The file of the keeper.
    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("plugins/test.keeper.db")
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
