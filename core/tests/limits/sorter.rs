//! The plugin with an arena that `docs/limits.md` shows.

#![expect(unreachable_pub, reason = "it stands as a plugin's author writes it")]

use keyway::capability::{Arena, OverLimit};
use keyway::prelude::*;
use keyway::testing::TestHost;

/// Sorts the lines of what visitors upload.
#[derive(Plugin)]
#[plugin(manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "site.sorter"
    version = "1.0.0"
    host = "*"
    [limits]
    memory = "16MiB"
"#)]
pub struct Sorter {
    arena: Arena,
}

impl Lifecycle for Sorter {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self { arena: ctx.arena() })
    }
}

impl Sorter {
    /// The first line in alphabetical order; an error when all uploads of the moment need more than 16 MiB together.
    pub fn first_line(&self, upload: &str) -> Result<String, OverLimit> {
        let region = self.arena.open();
        let count = upload.lines().count();
        let mut lines = upload.lines();
        let sorted = region.fill(count, |_| lines.next().unwrap_or_default())?;
        sorted.sort_unstable();
        Ok(sorted.first().copied().unwrap_or_default().to_owned())
    }
}

#[tokio::test]
async fn the_sorter_takes_what_fits_and_refuses_what_does_not() {
    let host = TestHost::new().plugin::<Sorter>().start().await.unwrap();
    let sorter = host.concrete::<Sorter>().unwrap();
    assert_eq!(sorter.first_line("pear\napple\nquince"), Ok("apple".to_owned()));
    let over = sorter.first_line(&"a\n".repeat(2 << 20)).unwrap_err();
    assert_eq!((over.code(), over.limit), ("KW0660", 16 << 20));
    assert_eq!(sorter.first_line("b\na"), Ok("a".to_owned()));
    assert_eq!(host.plugin("site.sorter").unwrap().usage.memory.used, 0);
    drop(sorter);
    host.stop().await;
}
