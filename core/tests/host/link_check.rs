//! The example of the guide's chapter on jobs, with the test that it shows. `docs/jobs.md` quotes this file.

#![expect(unreachable_pub, reason = "plugins are `pub`, and no host outside names those of a test")]

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use keyway::job::{Job, JobRun, JobSpec, Missed};
use keyway::prelude::*;
use keyway::schedule;

use keyway::host::JobOutcome;
use keyway::testing::{TestClock, TestHost};

#[derive(Plugin)]
#[plugin(
    provides(Job),
    manifest_text = r#"
manifest-version = 1

[plugin]
id = "site.link-check"
version = "1.0.0"
host = "*"

[permissions]
"jobs.schedule" = { scope = ["check-links"], reason = "looks at every link once a night" }
"#
)]
pub struct LinkCheck {
    seen: Mutex<Vec<String>>,
}

impl Lifecycle for LinkCheck {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self { seen: Mutex::default() })
    }
}

impl LinkCheck {
    fn pages(&self) -> Result<Vec<String>, Error> {
        Ok(vec!["/".to_owned(), "/about".to_owned()])
    }

    async fn check(&self, page: &str) -> Result<(), Error> {
        self.seen.lock().unwrap().push(page.to_owned());
        Ok(())
    }
}

impl Job for LinkCheck {
    fn jobs(&self) -> Result<Vec<JobSpec>, Error> {
        let check = JobSpec::new("check-links", schedule!("30 3 * * *"));
        Ok(vec![check.missed(Missed::RunOnce).within(Duration::from_secs(120))])
    }

    async fn run(&self, run: &JobRun) -> Result<(), Error> {
        for page in self.pages()? {
            if run.is_stopping() {
                break;
            }
            self.check(&page).await?;
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn links_are_checked_at_half_past_three() {
    let clock = TestClock::at(SystemTime::UNIX_EPOCH + Duration::from_secs(3 * 3600 + 25 * 60));
    let host = TestHost::new().plugin::<LinkCheck>().clock(&clock).start().await.unwrap();
    assert_eq!(host.run_job("site.link-check", "check-links").await.unwrap(), JobOutcome::Done);
    tokio::time::sleep(Duration::from_secs(6 * 60)).await;
    assert_eq!(host.jobs()[0].counts.runs, 2);
    let plugin = host.concrete::<LinkCheck>().unwrap();
    assert_eq!(plugin.seen.lock().unwrap().len(), 4);
    drop(plugin);
    host.stop().await;
}
