//! A plugin keeps no more than it may.

use keyway::capability::DataError;
use keyway::prelude::*;
use keyway::testing::TestHost;

/// May keep 256 KiB.
#[derive(Plugin)]
#[plugin(manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "test.small"
    version = "1.0.0"
    host = "*"
    [permissions]
    "storage.keys" = { scope = ["**"], reason = "keeps what the test says" }
    [limits]
    storage = "256KiB"
"#)]
pub struct Small(KeyValue);

impl Lifecycle for Small {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self(ctx.kv()?))
    }
}

#[tokio::test]
async fn a_full_storage_is_told_and_deleting_makes_room() {
    let clock = keyway::testing::TestClock::at(std::time::SystemTime::UNIX_EPOCH);
    let host = TestHost::new().plugin::<Small>().clock(&clock).start().await.unwrap();
    let small = host.concrete::<Small>().unwrap();
    let mut kept = 0;
    let error = loop {
        match small.0.set(&format!("k/{kept}"), vec![7; 10_000]).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
        assert!(kept < 30);
    };
    assert!(kept > 10, "{kept}");
    assert_eq!(error, DataError::Full { limit: Some(256 << 10) });
    let storage = host.plugin("test.small").unwrap().usage.storage;
    assert!(storage.used > 10_000 * kept && storage.used <= 256 << 10 && storage.refused == 1, "{storage:?}");
    assert_eq!(small.0.get("k/0").await.unwrap(), Some(vec![7; 10_000]));
    assert!(small.0.delete("k/0").await.unwrap());
    small.0.set_for(std::time::Duration::from_secs(5), "k/again", vec![8; 10_000]).await.unwrap();
    small.0.set("k/more", vec![8; 10_000]).await.unwrap_err();
    clock.advance(std::time::Duration::from_secs(5));
    small.0.set("k/more", vec![8; 10_000]).await.expect("what is over its time makes way");
    host.stop().await;
}
