//! Transactions happen as a whole, whatever ends them.

use std::time::Duration;

use keyway::capability::DataError;
use keyway::capability::database::Operator::Eq;
use keyway::capability::database::{Schema, Table};

use crate::keeper;

fn purses() -> Schema {
    Schema::new().table(Table::new("purses").text("owner").required().unique().integer("coins").required().between(0, 100))
}

#[tokio::test]
async fn all_of_it_is_kept_at_the_commit_and_seen_outside_only_then() {
    let (host, keeper) = keeper().await;
    let (read, write) = (&keeper.database, &keeper.database_mut);
    write.define(purses()).await.unwrap();
    let transaction = write.begin().await.unwrap();
    transaction.insert("purses").set("owner", "ada").set("coins", 5).run().await.unwrap();
    assert_eq!(transaction.select("purses").count().await.unwrap(), 1);
    assert_eq!(read.select("purses").count().await.unwrap(), 0);
    transaction.commit().await.unwrap();
    assert_eq!(read.select("purses").count().await.unwrap(), 1);
    let transaction = write.begin().await.unwrap();
    transaction.update("purses").set("coins", 7).where_("owner", Eq, "ada").run().await.unwrap();
    assert!(transaction.update("purses").set("coins", 101).all_rows().run().await.is_err(), "a refusal ends nothing");
    transaction.roll_back().await.unwrap();
    let ada = read.select("purses").first().await.unwrap().unwrap();
    assert_eq!(ada.get("coins").unwrap().as_integer(), Some(5));
    host.stop().await;
}

#[tokio::test]
async fn a_panic_an_early_return_and_a_dropped_future_undo_it() {
    let (host, keeper) = keeper().await;
    let write = keeper.database_mut.clone();
    write.define(purses()).await.unwrap();
    let panicking = tokio::spawn({
        let write = write.clone();
        async move {
            let transaction = write.begin().await.unwrap();
            transaction.insert("purses").set("owner", "panic").set("coins", 1).run().await.unwrap();
            panic!("boom");
        }
    });
    assert!(panicking.await.unwrap_err().is_panic());
    let early = async {
        let transaction = write.begin().await?;
        transaction.insert("purses").set("owner", "early").set("coins", 1).run().await?;
        transaction.insert("purses").set("owner", "early").set("coins", 1).run().await?;
        transaction.commit().await
    };
    assert!(matches!(early.await, Err(DataError::Conflict { .. })));
    let (inside, is_inside) = tokio::sync::oneshot::channel();
    let dropped = tokio::spawn({
        let write = write.clone();
        async move {
            let transaction = write.begin().await.unwrap();
            transaction.insert("purses").set("owner", "dropped").set("coins", 1).run().await.unwrap();
            inside.send(()).unwrap();
            std::future::pending::<()>().await;
            drop(transaction);
        }
    });
    is_inside.await.unwrap();
    dropped.abort();
    // It waits for the connection, so what was left open is undone.
    write.insert("purses").set("owner", "after").set("coins", 1).run().await.unwrap();
    let rows = keeper.database.select("purses").rows().await.unwrap();
    let owners: Vec<_> = rows.iter().filter_map(|row| row.get("owner")?.as_text()).collect();
    assert_eq!(owners, ["after"]);
    host.stop().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_transaction_too_long_is_told() {
    let (host, keeper) = keeper().await;
    keeper.database_mut.define(purses()).await.unwrap();
    let transaction = keeper.database_mut.begin().await.unwrap();
    let error = keeper.kv.set("k", "v").await.unwrap_err();
    assert_eq!(error, DataError::Busy);
    assert!(keeper.database_mut.begin().await.is_err());
    transaction.commit().await.unwrap();
    keeper.kv.set("k", "v").await.unwrap();
    host.stop().await;
}

#[tokio::test]
async fn many_short_ones_follow_each_other() {
    let (host, keeper) = keeper().await;
    keeper.database_mut.define(purses()).await.unwrap();
    keeper.database_mut.insert("purses").set("owner", "ada").set("coins", 0).run().await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let write = keeper.database_mut.clone();
        tasks.spawn(async move {
            let transaction = write.begin().await.unwrap();
            let row = transaction.select("purses").first().await.unwrap().unwrap();
            let coins = row.get("coins").unwrap().as_integer().unwrap();
            tokio::time::sleep(Duration::from_micros(10)).await;
            transaction.update("purses").set("coins", coins + 1).where_("id", Eq, row.id()).run().await.unwrap();
            transaction.commit().await.unwrap();
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let row = keeper.database.select("purses").first().await.unwrap().unwrap();
    assert_eq!(row.get("coins").unwrap().as_integer(), Some(50));
    host.stop().await;
}
