//! The plugin that every tier runs: it uses each capability, and extends each kind of point.
#![forbid(unsafe_code)]

mod act;
mod events;
mod points;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use keyway::capability::database::{Schema, Table};
use keyway::job::Job;
use keyway::prelude::*;
use keyway::state::Stateful;
use keyway_conformance::{
    Act, Find, Fragile, Greetings, Kept, Ledger, MayRemove, Names, News, Open, Removed, Saved, Title, Words,
};

/// What the operator may say.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    greeting: String,
}

/// Uses services, hooks, events, jobs, tasks and capabilities, and offers a service.
#[derive(Debug, Plugin)]
#[plugin(
    provides(Act, Find, Fragile, Greetings, Job, Ledger, MayRemove, Names, News, Open, Title),
    uses(Words),
    asks(MayRemove, Title),
    publishes(Saved, Removed, Kept),
    subscribes(Saved, Removed(delivery = "sync"), Kept),
    observes("conform.*"),
    state(version = 1)
)]
pub struct Subject {
    greeting: String,
    log: Logger,
    clock: Clock,
    random: Random,
    tasks: Tasks,
    environment: Environment,
    files: Files,
    files_mut: FilesMut,
    http: Http,
    secrets: Secrets,
    kv: KeyValue,
    database: Database,
    database_mut: DatabaseMut,
    words: Service<dyn Words>,
    may_remove: Hook<dyn MayRemove>,
    title: Hook<dyn Title>,
    saved: Publisher<Saved>,
    removed: Publisher<Removed>,
    kept: Publisher<Kept>,
    sum: AtomicU64,
    memory: Mutex<Vec<u8>>,
}

impl Lifecycle for Subject {
    type Config = Config;

    async fn init(ctx: &Context<Self>, config: Config) -> Result<Self, Error> {
        ctx.log().info(format_args!("init of {}", ctx.descriptor().id));
        let database_mut = ctx.database_mut()?;
        database_mut.define(Schema::new().table(Table::new("visits").text("name").integer("number"))).await?;
        Ok(Self {
            greeting: config.greeting,
            log: ctx.log(),
            clock: ctx.clock(),
            random: ctx.random(),
            tasks: ctx.tasks(),
            environment: ctx.environment()?,
            files: ctx.files()?,
            files_mut: ctx.files_mut()?,
            http: ctx.http()?,
            secrets: ctx.secrets()?,
            kv: ctx.kv()?,
            database: ctx.database()?,
            database_mut,
            words: ctx.service()?,
            may_remove: ctx.hook()?,
            title: ctx.hook()?,
            saved: ctx.publisher()?,
            removed: ctx.publisher()?,
            kept: ctx.publisher()?,
            sum: AtomicU64::new(0),
            memory: Mutex::default(),
        })
    }

    async fn start(&self, ctx: &Context<Self>) -> Result<(), Error> {
        ctx.sleep(std::time::Duration::from_millis(1)).await;
        self.log.info(format_args!("start with {:?}", self.words.get()?.say("start")?));
        Ok(())
    }

    async fn stop(&self) -> Result<(), Error> {
        self.log.info(format_args!("stop with {:?}", self.words.get()?.say("stop")?));
        Ok(())
    }
}

impl Stateful for Subject {
    type State = u64;

    fn save_state(&self) -> Result<u64, Error> {
        Ok(self.sum.load(Relaxed))
    }

    fn restore_state(&self, sum: u64) -> Result<(), Error> {
        self.sum.store(sum, Relaxed);
        Ok(())
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        self.log.info("drop");
    }
}
