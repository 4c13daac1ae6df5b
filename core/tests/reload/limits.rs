//! Limits follow the configuration that a reload reads.

#![allow(unreachable_pub, reason = "plugins of tests")]

use keyway::host::Reload;
use keyway::prelude::*;
use keyway::testing::TestHost;

use crate::Site;

/// Has tasks, and may be told to fail.
#[derive(Plugin)]
#[plugin(manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "test.limited"
    version = "1.0.0"
    host = "*"
    [config]
    tasks-of-init = 0
"#)]
pub struct Limited {
    _held: Vec<Task<()>>,
}

/// What a test has the plugin do.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Orders {
    tasks_of_init: usize,
}

impl Lifecycle for Limited {
    type Config = Orders;

    async fn init(ctx: &Context<Self>, orders: Orders) -> Result<Self, Error> {
        let held = (0..orders.tasks_of_init).map(|_| ctx.spawn(std::future::pending::<()>()));
        Ok(Self { _held: held.collect::<Result<_, _>>()? })
    }
}

fn config(tasks: u32, of_init: u32) -> String {
    format!("[host.limits.'test.limited']\ntasks = {tasks}\n[plugin.'test.limited']\ntasks-of-init = {of_init}\n")
}

fn tasks(site: &Site) -> (u64, Option<u64>) {
    let usage = site.host.plugin("test.limited").unwrap().usage;
    (usage.tasks.used, usage.tasks.limit)
}

#[tokio::test]
async fn a_reload_sets_the_limits_of_its_configuration() {
    let site = Site::start(TestHost::new().plugin::<Limited>(), &config(1, 1)).await;
    assert_eq!(tasks(&site), (1, Some(1)));

    // Of both, while there are two: the new instance needs more than the old one may have.
    site.write(&config(4, 3));
    site.host.reload("test.limited").await.unwrap();
    assert_eq!(tasks(&site), (3, Some(4)));

    // One that fails changes nothing.
    site.write(&config(2, 9));
    let refused = site.host.reload(Reload::of("test.limited")).await.unwrap_err();
    assert!(refused.to_string().contains("KW0661 plugin `test.limited` has 4 tasks of the 4 that it may have"), "{refused}");
    assert_eq!(tasks(&site), (3, Some(4)));

    site.write(&config(2, 1));
    site.host.reload("test.limited").await.unwrap();
    assert_eq!(tasks(&site), (1, Some(2)));
    site.host.roll_back("test.limited").await.unwrap();
    assert_eq!(tasks(&site), (3, Some(4)), "the release before comes with what it may have");
    assert!(site.host.stop().await.is_clean());
}
