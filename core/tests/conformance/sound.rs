//! A plugin with something of everything: a state, a task, a job, settings, limits, an optional permission, files, an extension.

use std::sync::atomic::{AtomicU64, Ordering};

use keyway::capability::{Environment, Files};
use keyway::job::{Job, JobRun, JobSpec};
use keyway::prelude::*;
use keyway::state::{Downgrade, Stateful, Upgrade};
use keyway::testing::{Check, Conformance};

#[keyway::extension_point(id = "test.counter", version = "1.0.0", on_failure = "open")]
pub trait Counter {
    fn count(&self) -> u64;
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    step: u64,
    name: String,
    marks: Vec<String>,
}

#[derive(Plugin)]
#[plugin(
    provides(Counter, Job),
    state(version = 2, migrates_from = 1, downgrade = "supported"),
    manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "test.sound"
    version = "1.0.0"
    host = "*"
    [permissions]
    "env.read" = { scope = ["COUNT_FROM"], optional = true, reason = "begins to count there" }
    "filesystem.read" = { scope = ["content/**"], reason = "counts the pages" }
    "jobs.schedule" = { scope = ["count"], reason = "counts by itself" }
    [limits]
    start = "5s"
    stop = "5s"
    call = "5s"
    tasks = 2
    open-files = 4
    concurrent-calls = 100
    [state]
    version = 2
    [config]
    step = 1
    name = ""
    marks = []
"#
)]
pub struct Sound {
    settings: Settings,
    files: Files,
    environment: Option<Environment>,
    count: AtomicU64,
}

impl Lifecycle for Sound {
    type Config = Settings;

    async fn init(ctx: &Context<Self>, settings: Settings) -> Result<Self, Error> {
        let tasks = ctx.tasks();
        drop(ctx.spawn(async move { while tasks.pause(std::time::Duration::from_secs(60)).await {} })?);
        Ok(Self { settings, files: ctx.files()?, environment: ctx.environment().ok(), count: AtomicU64::new(0) })
    }
}

impl Counter for Sound {
    fn count(&self) -> u64 {
        let pages = self.files.list("content").map_or(0, |pages| pages.len() as u64);
        let from = self.environment.as_ref().and_then(|environment| environment.get("COUNT_FROM").ok()?.parse().ok());
        let added =
            pages + self.settings.step + from.unwrap_or(0) + self.settings.name.len() as u64 + self.settings.marks.len() as u64;
        self.count.fetch_add(added, Ordering::Relaxed) + added
    }
}

impl Job for Sound {
    fn jobs(&self) -> Result<Vec<JobSpec>, Error> {
        Ok(vec![JobSpec::new("count", keyway::schedule!("30 3 * * *"))])
    }

    async fn run(&self, _run: &JobRun) -> Result<(), Error> {
        self.count();
        Ok(())
    }
}

impl Stateful for Sound {
    type State = (u64, String);

    fn save_state(&self) -> Result<Self::State, Error> {
        Ok((self.count.load(Ordering::Relaxed), self.settings.name.clone()))
    }

    fn restore_state(&self, (count, _): Self::State) -> Result<(), Error> {
        self.count.store(count, Ordering::Relaxed);
        Ok(())
    }
}

impl Upgrade<1> for Sound {
    type Old = u64;
    type New = (u64, String);

    fn upgrade(count: u64) -> Result<Self::New, Error> {
        Ok((count, String::new()))
    }
}

impl Downgrade<2> for Sound {
    type New = (u64, String);
    type Old = u64;

    fn downgrade((count, _): Self::New) -> Result<u64, Error> {
        Ok(count)
    }
}

keyway::testing::conformance!(
    Sound,
    host: |host| host.text("content/a.md", "A").env("COUNT_FROM", "3").config("step = 2"),
    work: |host| async move {
        for counter in host.extensions::<dyn Counter>() {
            assert!(counter.count() > 0);
        }
    },
);

#[test]
fn what_was_done_is_told_also_when_nothing_is_found() {
    let kit = Conformance::of::<Sound>();
    let told = |check| kit.examine(check).to_string();
    assert_eq!(
        told(Check::State),
        "plugin `test.sound 1.0.0` passes the check `state`: start, work, save, restore, reload; forms 1 to 2"
    );
    assert!(told(Check::Limits).contains("`tasks` 2 of 2, `open-files` 1 of 4"), "{}", told(Check::Limits));
    assert!(told(Check::Permissions).ends_with("start, work and stop without `env.read`"));
    assert!(told(Check::Lifecycle).contains("19 orders"));
    assert!(Check::ALL.iter().all(|check| kit.examine(*check).findings.is_empty()));
}
