//! The plugin with a task that `docs/limits.md` shows.

#![expect(unreachable_pub, reason = "it stands as a plugin's author writes it")]

use std::time::Duration;

use keyway::prelude::*;
use keyway::testing::TestHost;

/// Writes a line each minute.
#[derive(Plugin)]
#[plugin(manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "site.pulse"
    version = "1.0.0"
    host = "*"
    [limits]
    tasks = 4
"#)]
pub struct Pulse;

impl Lifecycle for Pulse {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        let (tasks, log) = (ctx.tasks(), ctx.log());
        let beat = async move {
            while tasks.pause(Duration::from_mins(1)).await {
                log.info("still here");
            }
        };
        drop(ctx.spawn(beat)?);
        Ok(Self)
    }
}

#[tokio::test(start_paused = true)]
async fn the_pulse_beats_until_its_plugin_stops() {
    let host = TestHost::new().plugin::<Pulse>().start().await.unwrap();
    tokio::time::sleep(Duration::from_mins(3)).await;
    assert_eq!(host.plugin("site.pulse").unwrap().usage.tasks.used, 1);
    assert!(host.stop().await.is_clean());
    assert_eq!(host.plugin("site.pulse").unwrap().usage.tasks.used, 0);
}
