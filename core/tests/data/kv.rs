//! Values under keys.

use std::time::{Duration, SystemTime};

use keyway::capability::{DataError, LARGEST_VALUE, LONGEST_KEY};
use keyway::prelude::*;
use keyway::testing::TestHost;

use crate::{Keeper, TestFolder, keeper, keeper_on};

#[tokio::test]
async fn a_value_is_kept_replaced_deleted_and_survives_a_restart() {
    let folder = TestFolder::new();
    let (host, keeper) = keeper_on(&folder.0).await;
    assert!(!folder.file().exists(), "nothing is made before something is kept");
    assert_eq!(keeper.kv.get("a/b").await.unwrap(), None);
    keeper.kv.set("a/b", "one").await.unwrap();
    keeper.kv.set("a/b", vec![0, 255, 0]).await.unwrap();
    keeper.kv.set("gone", "x").await.unwrap();
    assert!(keeper.kv.delete("gone").await.unwrap());
    assert!(!keeper.kv.delete("gone").await.unwrap());
    assert!(host.stop().await.is_clean());
    drop((host, keeper));
    let (host, keeper) = keeper_on(&folder.0).await;
    assert_eq!(keeper.kv.get("a/b").await.unwrap(), Some(vec![0, 255, 0]));
    assert_eq!(keeper.kv.get("gone").await.unwrap(), None);
    host.stop().await;
}

#[tokio::test]
async fn keys_are_listed_by_prefix_in_pages() {
    let (host, keeper) = keeper().await;
    for key in ["a", "s/1", "s/2", "s/3", "s/ü", "sx", "t"] {
        keeper.kv.set(key, key).await.unwrap();
    }
    assert_eq!(keeper.kv.list("s/", 2).await.unwrap(), ["s/1", "s/2"]);
    assert_eq!(keeper.kv.list_after("s/", "s/2", 9).await.unwrap(), ["s/3", "s/ü"]);
    assert_eq!(keeper.kv.list_after("s/", "a", 1).await.unwrap(), ["s/1"]);
    assert_eq!(keeper.kv.list("", 99).await.unwrap().len(), 7);
    assert_eq!(keeper.kv.list("s/", 0).await.unwrap(), [""; 0]);
    host.stop().await;
}

#[tokio::test]
async fn a_value_is_swapped_only_when_it_is_the_expected_one() {
    let (host, keeper) = keeper().await;
    assert!(!keeper.kv.compare_and_swap("k", Some(b"1"), Some(b"2")).await.unwrap());
    assert!(keeper.kv.compare_and_swap("k", None, Some(b"1")).await.unwrap());
    assert!(!keeper.kv.compare_and_swap("k", None, Some(b"9")).await.unwrap());
    assert!(keeper.kv.compare_and_swap("k", Some(b"1"), Some(b"2")).await.unwrap());
    assert_eq!(keeper.kv.get("k").await.unwrap().as_deref(), Some(&b"2"[..]));
    assert!(keeper.kv.compare_and_swap("k", Some(b"2"), None).await.unwrap());
    assert_eq!(keeper.kv.get("k").await.unwrap(), None);
    host.stop().await;
}

#[tokio::test]
async fn of_many_who_count_at_once_none_is_lost() {
    let (host, keeper) = keeper().await;
    let count = |bytes: Option<Vec<u8>>| bytes.map_or(0, |bytes| bytes.len());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let kv = keeper.kv.clone();
        tasks.spawn(async move {
            loop {
                let old = kv.get("count").await.unwrap();
                let new = vec![b'|'; count(old.clone()) + 1];
                if kv.compare_and_swap("count", old.as_deref(), Some(&new)).await.unwrap() {
                    break;
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(count(keeper.kv.get("count").await.unwrap()), 20);
    host.stop().await;
}

#[tokio::test]
async fn a_value_is_gone_when_its_time_is_over() {
    let clock = keyway::testing::TestClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000));
    let host = TestHost::new().plugin::<Keeper>().clock(&clock).start().await.unwrap();
    let keeper = host.concrete::<Keeper>().unwrap();
    keeper.kv.set_for(Duration::from_secs(60), "session", "x").await.unwrap();
    keeper.kv.set("settings", "y").await.unwrap();
    clock.advance(Duration::from_secs(59));
    assert!(keeper.kv.get("session").await.unwrap().is_some());
    clock.advance(Duration::from_secs(1));
    assert_eq!(keeper.kv.get("session").await.unwrap(), None);
    assert_eq!(keeper.kv.list("", 9).await.unwrap(), ["settings"]);
    assert!(!keeper.kv.delete("session").await.unwrap());
    assert!(keeper.kv.compare_and_swap("session", None, Some(b"new")).await.unwrap());
    clock.advance(Duration::from_secs(1_000_000));
    assert!(keeper.kv.get("session").await.unwrap().is_some(), "a value without a lifetime has none left over");
    host.stop().await;
}

#[tokio::test]
async fn what_is_no_key_and_what_is_too_large_is_refused() {
    let (host, keeper) = keeper().await;
    for key in ["", "/a", "a/", "a//b", ".", "a/../b", "a:b", "a\\b", "a\0b"] {
        let error = keeper.kv.set(key, "x").await.unwrap_err();
        assert!(matches!(error, DataError::Key { .. }), "{key}: {error}");
    }
    let long = "k".repeat(LONGEST_KEY);
    keeper.kv.set(&long, "x").await.unwrap();
    assert!(matches!(keeper.kv.get(&format!("{long}k")).await, Err(DataError::Key { .. })));
    keeper.kv.set("large", vec![7; LARGEST_VALUE]).await.unwrap();
    assert_eq!(
        keeper.kv.set("large", vec![7; LARGEST_VALUE + 1]).await.unwrap_err().to_string(),
        "KW0686 the key `large` cannot be kept: its value has 1048577 bytes, and 1048576 are taken"
    );
    assert_eq!(host.plugin("test.keeper").unwrap().denials.count, 0, "a mistake is no denial");
    host.stop().await;
}

/// A plugin with a narrow grant.
#[derive(Plugin)]
#[plugin(manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "test.narrow"
    version = "1.0.0"
    host = "*"
    [permissions]
    "storage.keys" = { scope = ["sessions/*"], reason = "keeps sessions" }
"#)]
pub struct Narrow(KeyValue);

impl Lifecycle for Narrow {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self(ctx.kv()?))
    }
}

#[tokio::test]
async fn plugins_do_not_see_each_other_and_keep_to_their_grants() {
    let host = TestHost::new().plugin::<Narrow>().plugin::<Keeper>().start().await.unwrap();
    let (narrow, keeper) = (host.concrete::<Narrow>().unwrap(), host.concrete::<Keeper>().unwrap());
    narrow.0.set("sessions/a", "narrow").await.unwrap();
    assert_eq!(keeper.kv.get("sessions/a").await.unwrap(), None);
    assert_eq!(keeper.kv.list("", 9).await.unwrap(), [""; 0]);
    assert_eq!(
        narrow.0.get("settings").await.unwrap_err().to_string(),
        "KW0610 plugin `test.narrow` was denied `storage.keys` for `settings`: its grant covers `sessions/*`"
    );
    assert!(matches!(narrow.0.compare_and_swap("sessions/a/b", None, None).await, Err(DataError::Denied(_))));
    assert_eq!(host.plugin("test.narrow").unwrap().denials.count, 2);
    host.stop().await;
}
