//! Limits of what a plugin may have: who sets them, and what happens beyond them.

#![expect(unreachable_pub, reason = "a plugin is `pub`, and so is what its traits name")]

use std::sync::Mutex;

use keyway::capability::{FileError, Files, Resource};
use keyway::extension_point;
use keyway::prelude::*;
use keyway::testing::TestHost;

/// Lets a test use the capabilities of the plugin.
#[extension_point(id = "test.hand", version = "1.0.0", on_failure = "open")]
pub trait Hand {
    /// Gives the files away.
    fn files(&self) -> Option<Files>;
}

/// Hands its capabilities to the test.
#[derive(Plugin)]
#[plugin(
    provides(Hand),
    manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "test.reader"
    version = "1.0.0"
    host = "*"
    [permissions]
    "filesystem.read" = { scope = ["content/**"], reason = "reads" }
    [limits]
    open-files = 2
    storage = "5MiB"
    tasks = 9
"#
)]
pub struct Reader(Mutex<Files>);

impl Lifecycle for Reader {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self(Mutex::new(ctx.files()?)))
    }
}

impl Hand for Reader {
    fn files(&self) -> Option<Files> {
        self.0.lock().ok().map(|files| files.clone())
    }
}

fn table(text: &str) -> toml::Table {
    text.parse().unwrap()
}

#[tokio::test]
async fn the_strictest_of_manifest_operator_and_program_applies() {
    let host = TestHost::new()
        .plugin::<Reader>()
        .adjust(|builder| {
            let config = table("[host.limits.'test.reader']\nstorage = '3MiB'\ntasks = 20\nopen-files = 1\nmemory = '1GiB'");
            builder.config(config).limit(Resource::Tasks, 4).limit(Resource::Storage, 4 << 20).limit(Resource::Memory, 2 << 30)
        })
        .start()
        .await
        .unwrap();
    let usage = host.plugin("test.reader").unwrap().usage;
    let limits = [usage.tasks, usage.storage, usage.open_files, usage.memory].map(|amount| amount.limit);
    assert_eq!(limits, [Some(4), Some(3 << 20), Some(1), Some(1 << 30)]);
    let json = serde_json::to_value(host.plugin("test.reader").unwrap()).unwrap();
    assert_eq!(json["usage"]["tasks"], serde_json::json!({ "used": 0, "peak": 0, "limit": 4, "refused": 0 }));
    host.stop().await;
}

#[tokio::test]
async fn a_limit_that_is_none_is_reported() {
    const WRONG: &str = "[host.limits.'test.reader']\nmemory = 64\nstorage = '0B'\ntasks = 0\nopen-file = 1\nqueued-events = '3'\non-excess = 'kill'";
    let host = TestHost::new().plugin::<Reader>().adjust(|builder| builder.config(table(WRONG)));
    let error = host.start().await.unwrap_err().to_string();
    for line in [
        "KW0612 `host.limits.\"test.reader\".memory` in the configuration must be a size above zero such as `\"64MiB\"`, not integer `64`",
        "KW0612 `host.limits.\"test.reader\".storage` in the configuration must be a size above zero such as `\"64MiB\"`, not string `\"0B\"`",
        "KW0612 `host.limits.\"test.reader\".tasks` in the configuration must be a whole number above zero, not integer `0`",
        "KW0612 `host.limits.\"test.reader\".queued-events` in the configuration must be a whole number above zero, not string `\"3\"`",
        "KW0612 `host.limits.\"test.reader\".on-excess` in the configuration must be `\"warn\"` or `\"disable\"`, not string `\"kill\"`",
        "KW0612 the configuration has the unknown key `host.limits.\"test.reader\".open-file`",
    ] {
        assert!(error.contains(line), "{line}\n\n{error}");
    }
}

#[tokio::test]
async fn readers_together_never_have_more_files_open_than_allowed() {
    let host = TestHost::new().plugin::<Reader>().text("content/page.md", "page").start().await.unwrap();
    let files = host.extensions::<dyn Hand>()[0].files().unwrap();
    let refused: u64 = std::thread::scope(|scope| {
        let read = || {
            (0..200)
                .filter(|_| match files.read_to_string("content/page.md") {
                    Ok(text) => {
                        assert_eq!(text, "page");
                        false
                    }
                    Err(FileError::OverLimit(over)) => {
                        assert_eq!((over.code(), over.limit, over.used, over.asked), ("KW0662", 2, 2, 1));
                        true
                    }
                    Err(error) => panic!("{error}"),
                })
                .count() as u64
        };
        let readers: Vec<_> = (0..6).map(|_| scope.spawn(read)).collect();
        readers.into_iter().map(|reader| reader.join().unwrap()).sum()
    });
    let usage = host.plugin("test.reader").unwrap().usage.open_files;
    assert!(usage.used == 0 && (1..=2).contains(&usage.peak) && usage.refused == refused, "{usage:?}, {refused}");
    host.stop().await;
}
