//! The manifest asks for jobs, `Job` is implemented, and the attribute does not list it.

use keyway::job::{Job, JobRun, JobSpec};
use keyway::prelude::*;
use keyway::schedule;

#[derive(Plugin)]
#[plugin(
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
pub struct LinkCheck;

impl Lifecycle for LinkCheck {
    type Config = ();

    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl Job for LinkCheck {
    fn jobs(&self) -> Result<Vec<JobSpec>, Error> {
        Ok(vec![JobSpec::new("check-links", schedule!("30 3 * * *"))])
    }

    async fn run(&self, _: &JobRun) -> Result<(), Error> {
        Ok(())
    }
}

fn main() {}
