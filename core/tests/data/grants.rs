//! A grant of tables is kept to.

use keyway::capability::DataError;
use keyway::capability::database::{Schema, Table};
use keyway::prelude::*;
use keyway::testing::TestHost;

use crate::Keeper;

/// May read all tables and write one.
#[derive(Plugin)]
#[plugin(manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "test.reader"
    version = "1.0.0"
    host = "*"
    [permissions]
    "database.read" = { scope = ["*"], reason = "reads" }
    "database.write" = { scope = ["open"], reason = "writes" }
"#)]
pub struct Reader(Database, DatabaseMut);

impl Lifecycle for Reader {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self(ctx.database()?, ctx.database_mut()?))
    }
}

#[tokio::test]
async fn a_grant_to_read_does_not_write() {
    let host = TestHost::new().plugin::<Reader>().plugin::<Keeper>().start().await.unwrap();
    let (reader, keeper) = (host.concrete::<Reader>().unwrap(), host.concrete::<Keeper>().unwrap());
    let Reader(read, write) = &*reader;
    let table = |name: &str| Schema::new().table(Table::new(name).text("x"));
    keeper.database_mut.define(table("open")).await.unwrap();
    keeper.database_mut.insert("open").set("x", "the keeper's").run().await.unwrap();
    write.define(table("open")).await.unwrap();
    assert_eq!(read.select("open").count().await.unwrap(), 0, "a table of the same name is another one");
    assert_eq!(
        write.define(table("closed")).await.unwrap_err().to_string(),
        "KW0610 plugin `test.reader` was denied `database.write` for `closed`: its grant covers `open`"
    );
    let transaction = write.begin().await.unwrap();
    transaction.insert("open").set("x", "y").run().await.unwrap();
    assert!(matches!(transaction.insert("closed").run().await, Err(DataError::Denied(_))));
    assert!(matches!(transaction.delete("closed").all_rows().run().await, Err(DataError::Denied(_))));
    transaction.commit().await.unwrap();
    assert_eq!(read.select("open").count().await.unwrap(), 1);
    assert_eq!(host.plugin("test.reader").unwrap().denials.count, 3);
    host.stop().await;
}
