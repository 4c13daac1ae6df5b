//! A plugin that counts, and fails where a test says so.

#![expect(unreachable_pub, reason = "a plugin is `pub`, and so is what its traits name")]

use std::sync::Mutex;

use keyway::extension_point;

/// Counts.
#[extension_point(id = "test.count", version = "1.0.0", on_failure = "closed", deadline = "none")]
pub trait Count {
    /// Counts one more and answers how many there were, on the caller's thread.
    fn count(&self) -> Result<u64, keyway::CallError>;
    /// Does so after a while.
    async fn count_later(&self) -> Result<u64, keyway::CallError>;
    /// Answers what the configuration says.
    fn name(&self) -> Result<String, keyway::CallError>;
    /// Panics.
    fn fail(&self) -> Result<(), keyway::CallError>;
}

/// What the instances of all plugins did, by the name of a test.
static JOURNAL: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

pub fn note(test: &str, what: &str) {
    JOURNAL.lock().unwrap().push((test.to_owned(), what.to_owned()));
}

pub fn journal(test: &str) -> Vec<String> {
    JOURNAL.lock().unwrap().iter().filter(|(of, _)| of == test).map(|(_, what)| what.clone()).collect()
}

/// Counts calls, and keeps the count across reloads.
pub mod counter {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use keyway::prelude::*;
    use keyway::state::Stateful;
    use keyway::task::Tasks;
    use keyway::{CallError, Plugin};

    use super::{Count, note};

    /// What a test makes it do.
    #[derive(serde::Deserialize, Clone, Default)]
    #[serde(default, deny_unknown_fields)]
    pub struct Script {
        pub name: String,
        test: String,
        init: String,
        start: String,
        save: String,
        restore: String,
        stop: String,
        /// The second time only.
        save_again: String,
        restore_again: String,
    }

    #[derive(Plugin)]
    #[plugin(
        provides(Count),
        state(version = 1),
        manifest_text = r#"
            manifest-version = 1
            [plugin]
            id = "test.counter"
            version = "1.0.0"
            host = "*"
        "#
    )]
    pub struct Counter {
        script: Script,
        count: AtomicU64,
        saved: AtomicU64,
        restored: AtomicU64,
        tasks: Tasks,
    }

    impl Counter {
        fn note(&self, what: &str) {
            note(&self.script.test, &format!("{what} {}", self.script.name));
        }
    }

    fn act(script: &str) -> Result<(), Error> {
        match script {
            "fail" => Err(Error::message("no such luck")),
            "panic" => panic!("boom"),
            "block" => {
                std::thread::sleep(Duration::from_millis(400));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn act_later(script: &str) -> Result<(), Error> {
        if script == "hang" {
            std::future::pending::<()>().await;
        }
        act(script)
    }

    impl Lifecycle for Counter {
        type Config = Script;

        async fn init(ctx: &Context<Self>, script: Script) -> Result<Self, Error> {
            note(&script.test, &format!("init {}", script.name));
            act_later(&script.init).await?;
            let zero = || AtomicU64::new(0);
            Ok(Self { script, count: zero(), saved: zero(), restored: zero(), tasks: ctx.tasks() })
        }

        async fn start(&self, _: &Context<Self>) -> Result<(), Error> {
            self.note("start");
            act_later(&self.script.start).await
        }

        async fn stop(&self) -> Result<(), Error> {
            self.note("stop");
            act_later(&self.script.stop).await
        }
    }

    impl Drop for Counter {
        fn drop(&mut self) {
            self.note("drop");
        }
    }

    impl Stateful for Counter {
        type State = u64;

        fn save_state(&self) -> Result<u64, Error> {
            act(&self.script.save)?;
            if self.saved.fetch_add(1, Ordering::Relaxed) > 0 {
                act(&self.script.save_again)?;
            }
            Ok(self.count.load(Ordering::Relaxed))
        }

        fn restore_state(&self, count: u64) -> Result<(), Error> {
            act(&self.script.restore)?;
            if self.restored.fetch_add(1, Ordering::Relaxed) > 0 {
                act(&self.script.restore_again)?;
            }
            self.count.store(count, Ordering::Relaxed);
            Ok(())
        }
    }

    impl Count for Counter {
        fn count(&self) -> Result<u64, CallError> {
            Ok(self.count.fetch_add(1, Ordering::Relaxed) + 1)
        }

        async fn count_later(&self) -> Result<u64, CallError> {
            self.tasks.sleep(Duration::from_millis(1)).await;
            self.count()
        }

        fn name(&self) -> Result<String, CallError> {
            Ok(self.script.name.clone())
        }

        fn fail(&self) -> Result<(), CallError> {
            panic!("as asked")
        }
    }
}
