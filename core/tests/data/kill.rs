//! What was acknowledged is there after the process was killed.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use keyway::capability::database::{Schema, Table};

use crate::{TestFolder, keeper_on};

const FOLDER: &str = "KEYWAY_TEST_DATA_FOLDER";

fn schema() -> Schema {
    Schema::new().table(Table::new("lines").integer("n").required().unique())
}

/// Writes until it is killed, and prints each number once it is acknowledged.
#[tokio::test]
#[ignore = "the child of `a_kill_loses_nothing_that_was_acknowledged`"]
async fn child() {
    let folder = std::env::var_os(FOLDER).expect("the parent names the folder");
    let (_host, keeper) = keeper_on(folder.as_ref()).await;
    keeper.database_mut.define(schema()).await.unwrap();
    let begun = keeper.database.select("lines").count().await.unwrap();
    for n in i64::try_from(begun).unwrap().. {
        let transaction = keeper.database_mut.begin().await.unwrap();
        transaction.insert("lines").set("n", n).run().await.unwrap();
        transaction.commit().await.unwrap();
        keeper.kv.set(&format!("n/{n}"), "x").await.unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "acknowledged {n}").unwrap();
        out.flush().unwrap();
    }
}

#[tokio::test]
async fn a_kill_loses_nothing_that_was_acknowledged() {
    let folder = TestFolder::new();
    let mut told = Vec::new();
    for round in 1..=3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "kill::child", "--nocapture", "--test-threads=1"])
            .env(FOLDER, &folder.0)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut acknowledged = lines.filter_map(|line| line.split("acknowledged ").nth(1)?.parse::<i64>().ok());
        told.extend(acknowledged.by_ref().take(20));
        child.kill().unwrap();
        // What it printed before it died counts too.
        told.extend(acknowledged);
        let last = *told.last().expect("the child writes");
        child.wait().unwrap();
        let (host, keeper) = keeper_on(&folder.0).await;
        keeper.database_mut.define(schema()).await.unwrap();
        let rows = keeper.database.select("lines").limit(100_000).rows().await.unwrap();
        let numbers: Vec<_> = rows.iter().filter_map(|row| row.get("n")?.as_integer()).collect();
        let count = i64::try_from(numbers.len()).unwrap();
        assert_eq!(numbers, Vec::from_iter(0..count), "in order, without a gap");
        // One more may have been on the disk before it was printed.
        assert!((last + 1..=last + 2).contains(&count), "round {round}: {count} rows, {last} acknowledged");
        // The row of one that was never acknowledged may be there without its key, and the next child goes on behind it.
        for n in &told {
            assert!(keeper.kv.get(&format!("n/{n}")).await.unwrap().is_some(), "round {round}: {n} of {last}");
        }
        host.stop().await;
    }
}
