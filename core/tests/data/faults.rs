//! What goes wrong with folders, files and many at once.

use std::fs;

use keyway::capability::DataError;
use keyway::capability::database::{Schema, Table};
use keyway::testing::TestHost;

use crate::{Keeper, TestFolder, keeper, keeper_on};

#[tokio::test]
async fn a_folder_of_another_process_is_told_once_and_of_no_plugin() {
    let folder = TestFolder::new();
    fs::create_dir_all(&folder.0).unwrap();
    let held = fs::File::create(folder.0.join("in-use.lock")).unwrap();
    held.lock().unwrap();
    let path = folder.0.clone();
    let error = TestHost::new().plugin::<Keeper>().adjust(|builder| builder.data_folder(path)).start().await.unwrap_err();
    let problems: Vec<_> = error.problems().iter().map(|problem| problem.code()).collect();
    assert_eq!((problems, error.report().is_none()), (vec!["KW0681"], true), "{error}");
    assert!(error.to_string().contains("is in use by another process"), "{error}");
}

#[tokio::test]
async fn two_hosts_do_not_share_a_folder() {
    let folder = TestFolder::new();
    let (host, keeper) = keeper_on(&folder.0).await;
    keeper.kv.set("k", "first").await.unwrap();
    let (second_host, second) = keeper_on(&folder.0).await;
    let error = second.kv.set("k", "second").await.unwrap_err().to_string();
    assert!(error.starts_with("KW0681 the data folder `") && error.contains("in use by another host of this process"), "{error}");
    host.stop().await;
    drop((host, keeper));
    assert_eq!(second.kv.get("k").await.unwrap().unwrap(), b"first", "and the folder is free when the first is gone");
    second_host.stop().await;
}

#[tokio::test]
async fn without_a_folder_the_plugin_is_told_what_to_add() {
    let error = TestHost::new().plugin::<Keeper>().without_data_folder().start().await.unwrap_err().to_string();
    assert!(
        error.contains("KW0680 the host has no data folder")
            && error.contains("`.data_folder(\"path/of/the/folder\")`")
            && error.contains("`data-folder` in `[host]` of the configuration, or run without it: add `\""),
        "{error}"
    );
    assert_eq!(error.matches("help:").count(), 1, "one help, which begins with what the cause asks for: {error}");
}

#[tokio::test]
async fn a_damaged_file_is_told_and_left_as_it_is() {
    let folder = TestFolder::new();
    let (host, keeper) = keeper_on(&folder.0).await;
    keeper.database_mut.define(Schema::new().table(Table::new("t").text("x").indexed())).await.unwrap();
    for _ in 0..200 {
        keeper.database_mut.insert("t").set("x", "y".repeat(200)).run().await.unwrap();
    }
    host.stop().await;
    drop((host, keeper));
    let whole = fs::read(folder.file()).unwrap();
    assert!(!folder.file().with_extension("db-wal").exists(), "the file is whole when its host has gone");
    let pages = whole.len() / 4096;
    for (at, len) in [(0, 16), (0, 100), (8192, 4096 * (pages - 2)), (100, 3)] {
        let mut damaged = whole.clone();
        damaged[at..at + len].fill(0xA5);
        fs::write(folder.file(), &damaged).unwrap();
        let (host, keeper) = keeper_on(&folder.0).await;
        let defined = keeper.database_mut.define(Schema::new().table(Table::new("t").text("x").indexed())).await;
        let answer = match defined {
            Ok(()) => keeper.database.select("t").order("x", keyway::capability::database::Order::Desc).rows().await.map(drop),
            Err(error) => Err(error),
        };
        let error = answer.unwrap_err().to_string();
        assert!(error.starts_with("KW0683 the database `") && error.contains(".recover` may save what is left"), "{at}: {error}");
        host.stop().await;
        drop((host, keeper));
        assert_eq!(fs::read(folder.file()).unwrap().len(), damaged.len(), "{at}");
    }
    for cut in [1, 99, 4096, whole.len() / 2] {
        fs::write(folder.file(), &whole[..cut]).unwrap();
        let (host, keeper) = keeper_on(&folder.0).await;
        let answer = keeper.kv.get("k").await;
        let scanned = match answer {
            Ok(_) => keeper.database_mut.define(Schema::new().table(Table::new("t").text("x").indexed())).await,
            Err(error) => Err(error),
        };
        let scanned = match scanned {
            Ok(()) => keeper.database.select("t").rows().await.map(drop),
            Err(error) => Err(error),
        };
        assert!(matches!(scanned, Err(DataError::Unavailable(_))), "{cut}: {scanned:?}");
        host.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_writers_all_get_through() {
    let (host, keeper) = keeper().await;
    keeper.database_mut.define(Schema::new().table(Table::new("t").integer("n").required().unique())).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..1_000 {
        let (kv, write) = (keeper.kv.clone(), keeper.database_mut.clone());
        tasks.spawn(async move {
            if n % 2 == 0 {
                write.insert("t").set("n", n).run().await.map(drop)
            } else {
                kv.set(&format!("n/{n}"), n.to_string()).await
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    assert_eq!(keeper.database.select("t").count().await.unwrap(), 500);
    assert_eq!(keeper.kv.list("n/", 1_000).await.unwrap().len(), 500);
    host.stop().await;
}
