//! A hostile plugin at everything that plugins can be at together: a point, a hook, a service, an event, a job. Ten thousand mixed uses
//! of these lose nothing of what the other plugins do, and the host says what happened.

#![expect(unreachable_pub, reason = "plugins are `pub`, and no host outside names those of a test")]

use std::sync::atomic::{AtomicU64, Ordering};

use keyway::guard::Breaker;
use keyway::host::audit::{read, verify};
use keyway::host::{JobOutcome, State};
use keyway::job::{Job, JobRun, JobSpec};
use keyway::prelude::*;
use keyway::testing::TestHost;
use keyway::{CallError, Event, Service, extension_point, schedule};

/// A plain point.
#[extension_point(id = "fault.ask", version = "1.0.0", on_failure = "closed", deadline = "20ms")]
pub trait Ask {
    /// The number given, from a plugin that is well.
    async fn ask(&self, number: u64) -> Result<u64, CallError>;
}

/// A hook.
#[extension_point(id = "fault.round", version = "1.0.0", on_failure = "open", mode = "all")]
pub trait Round {
    /// The number given.
    fn round(&self, number: u64) -> u64;
}

/// A service.
#[extension_point(id = "service.shelf", version = "1.0.0", on_failure = "closed", deadline = "20ms")]
pub trait Shelf {
    /// The number given.
    async fn fetch(&self, number: u64) -> Result<u64, CallError>;
}

/// Something happened.
#[derive(Event, Debug)]
#[event(topic = "fault.happened", version = "1.0.0")]
pub struct Happened(u64);

/// What the villain drowns the others in.
#[derive(Event, Debug)]
#[event(topic = "fault.noise", version = "1.0.0")]
pub struct Noise;

/// Does as it should, and counts the events.
mod good {
    use super::*;
    use keyway::event::{ImmediateSubscriber, Subscriber};

    #[derive(Plugin)]
    #[plugin(
        provides(Ask, Round, Shelf, Job),
        subscribes(Happened(delivery = "sync"), Noise(capacity = 4)),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.good"
        version = "1.0.0"
        host = "*"
        [provides]
        "service.shelf" = "1.0.0"
        [permissions]
        "events.subscribe" = { scope = ["fault.*"], reason = "listens" }
        "jobs.schedule" = { scope = ["work"], reason = "works" }
    "#
    )]
    #[derive(Default)]
    pub struct Good {
        /// The sum of the numbers of the events.
        pub happened: AtomicU64,
    }

    impl Lifecycle for Good {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self::default())
        }
    }

    impl Ask for Good {
        async fn ask(&self, number: u64) -> Result<u64, CallError> {
            Ok(number)
        }
    }

    impl Round for Good {
        fn round(&self, number: u64) -> u64 {
            number
        }
    }

    impl Shelf for Good {
        async fn fetch(&self, number: u64) -> Result<u64, CallError> {
            Ok(number)
        }
    }

    impl Job for Good {
        fn jobs(&self) -> Result<Vec<JobSpec>, Error> {
            Ok(vec![JobSpec::new("work", schedule!("@yearly"))])
        }

        async fn run(&self, _: &JobRun) -> Result<(), Error> {
            Ok(())
        }
    }

    impl ImmediateSubscriber<Happened> for Good {
        fn on_now(&self, event: &Happened) -> Result<(), Error> {
            self.happened.fetch_add(event.0, Ordering::Relaxed);
            Ok(())
        }
    }

    impl Subscriber<Noise> for Good {
        async fn on(&self, _: &Noise) -> Result<(), Error> {
            Ok(())
        }
    }
}

/// Calls the service of everybody.
mod user {
    use super::*;

    #[derive(Plugin)]
    #[plugin(
        uses(Shelf),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.user"
        version = "1.0.0"
        host = "*"
        [requires]
        "service.shelf" = "^1"
    "#
    )]
    pub struct User(pub Service<dyn Shelf>);

    impl Lifecycle for User {
        type Config = ();

        async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self(ctx.service::<dyn Shelf>()?))
        }
    }
}

/// Panics, hangs and answers nonsense in turns, floods events, and panics on its way out.
mod villain {
    use super::*;
    use keyway::event::{ImmediateSubscriber, Publisher};

    #[derive(Plugin)]
    #[plugin(
        provides(Ask, Round, Shelf, Job),
        subscribes(Happened(delivery = "sync")),
        publishes(Noise),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.a-villain"
        version = "1.0.0"
        host = "*"
        [limits]
        call = "20ms"
        [provides]
        "service.shelf" = "1.0.0"
        [permissions]
        "events.subscribe" = { scope = ["fault.*"], reason = "listens" }
        "events.publish" = { scope = ["fault.noise"], reason = "is loud" }
        "jobs.schedule" = { scope = ["work"], reason = "works" }
    "#
    )]
    pub struct Villain {
        turn: AtomicU64,
        noise: Publisher<Noise>,
    }

    impl Villain {
        /// Whether it hangs this time; if not, it panics or lets nonsense be answered.
        fn act(&self) -> bool {
            let turn = self.turn.fetch_add(1, Ordering::Relaxed);
            for _ in 0..20 {
                let _ = self.noise.try_publish(Noise);
            }
            // With good answers between them, failures do not open a breaker; so there is no answer later on.
            let way = if turn < 300 { turn % 3 } else { turn % 2 };
            assert!(way != 0, "boom {turn}");
            way == 1
        }

        async fn answer(&self) -> u64 {
            if self.act() {
                std::future::pending::<()>().await;
            }
            u64::MAX
        }
    }

    impl Lifecycle for Villain {
        type Config = ();

        async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self { turn: AtomicU64::new(0), noise: ctx.publisher()? })
        }

        async fn stop(&self) -> Result<(), Error> {
            panic!("boom in stop")
        }
    }

    impl Drop for Villain {
        fn drop(&mut self) {
            panic!("boom in drop")
        }
    }

    impl Ask for Villain {
        async fn ask(&self, _: u64) -> Result<u64, CallError> {
            Ok(self.answer().await)
        }
    }

    impl Round for Villain {
        fn round(&self, _: u64) -> u64 {
            self.act();
            panic!("boom in the hook")
        }
    }

    impl Shelf for Villain {
        async fn fetch(&self, _: u64) -> Result<u64, CallError> {
            Ok(self.answer().await)
        }
    }

    impl Job for Villain {
        fn jobs(&self) -> Result<Vec<JobSpec>, Error> {
            Ok(vec![JobSpec::new("work", schedule!("@yearly"))])
        }

        async fn run(&self, _: &JobRun) -> Result<(), Error> {
            self.answer().await;
            panic!("boom in the job")
        }
    }

    impl ImmediateSubscriber<Happened> for Villain {
        fn on_now(&self, _: &Happened) -> Result<(), Error> {
            self.act();
            panic!("boom in the subscriber")
        }
    }
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_mixed_uses_lose_nothing_of_the_others() {
    const ROUNDS: u64 = 2_000;
    const VILLAIN: &str = "test.a-villain";
    let folder = std::env::temp_dir().join(format!("keyway-fault-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let host = TestHost::new().plugin::<villain::Villain>().plugin::<good::Good>().plugin::<user::User>();
    let host = host.data_folder(&folder).start().await.unwrap();
    let (ask, hook) = (host.point::<dyn Ask>(), host.hook::<dyn Round>());
    let happened = host.publisher::<Happened>().unwrap();
    let user = host.concrete::<user::User>().unwrap();
    for number in 0..ROUNDS {
        for extension in &ask.extensions() {
            let answer = extension.ask(number).await;
            assert!(extension.id() == VILLAIN || matches!(answer, Ok(answer) if answer == number), "{answer:?}");
        }
        let answers = hook.all(|plugin| async move { plugin.round(number) }).await;
        assert!(answers.answers.iter().any(|answer| answer.plugin == "test.good" && answer.value == number));
        for (plugin, shelf) in user.0.all().iter() {
            let answer = shelf.fetch(number).await;
            assert!(plugin.id.as_str() == VILLAIN || matches!(answer, Ok(answer) if answer == number), "{answer:?}");
        }
        happened.publish(Happened(number)).await;
        assert_eq!(host.run_job("test.good", "work").await, Ok(JobOutcome::Done));
        assert_ne!(host.run_job(VILLAIN, "work").await, Ok(JobOutcome::Done));
    }
    let good = host.concrete::<good::Good>().unwrap();
    assert_eq!(good.happened.load(Ordering::Relaxed), (0..ROUNDS).sum::<u64>(), "no event was lost");
    let info = host.plugin("test.good").unwrap();
    assert_eq!(info.state, State::Ok);
    for extension in &info.extensions {
        let counts = extension.counts;
        assert!(counts.calls >= ROUNDS && counts.panics + counts.deadlines + counts.refused + counts.shed == 0, "{extension:?}");
    }
    let info = host.plugin(VILLAIN).unwrap();
    assert_eq!(info.state, State::RecoverableError);
    for extension in &info.extensions {
        let counts = extension.counts;
        assert!(counts.panics > 0 && counts.shed > 0, "{extension:?}");
        assert_ne!(extension.breaker, Breaker::Closed, "{extension:?}");
    }
    let deadlines: u64 = info.extensions.iter().map(|extension| extension.counts.deadlines).sum();
    assert!(deadlines > 0, "it hung, and was given up");
    drop((good, user, ask, hook));

    let report = host.stop().await;
    let failed: Vec<_> = report.plugins.iter().filter(|entry| !entry.errors.is_empty()).collect();
    assert_eq!(failed.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), [VILLAIN]);
    let errors: Vec<_> = failed[0].errors.iter().map(ToString::to_string).collect();
    assert!(errors[0].contains("boom in stop") && errors[1].contains("boom in drop"), "{errors:?}");
    assert_eq!(
        (host.plugin(VILLAIN).unwrap().state, host.plugin("test.good").unwrap().state),
        (State::PermanentError, State::Stopped)
    );
    // The log is complete when nothing of the host is left.
    drop((host, happened));
    let log = folder.join("audit.jsonl");
    assert!(verify(&log).unwrap().damage.is_empty());
    let told: Vec<_> = read(&log).unwrap().into_iter().map(|entry| (entry.plugin.unwrap_or_default(), entry.kind)).collect();
    let of_villain: Vec<_> = told.iter().filter(|(plugin, _)| plugin == VILLAIN).map(|(_, kind)| kind.as_str()).collect();
    assert!(of_villain.contains(&"breaker-opened") && of_villain.contains(&"state"), "{of_villain:?}");
    assert!(!told.iter().any(|(plugin, kind)| plugin == "test.good" && kind == "breaker-opened"));
    std::fs::remove_dir_all(folder).unwrap();
}
