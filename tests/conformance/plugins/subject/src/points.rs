//! The plugin's part in points, hooks, services and jobs.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use keyway::Error;
use keyway::job::{Job, JobRun, JobSpec};
use keyway::schedule;
use keyway_conformance::{Find, Fragile, Greetings, Ledger, MayRemove, Names, News, Open, Title, Told};

use crate::Subject;

impl Fragile for Subject {
    async fn be(&self, word: &str) -> Result<(), Error> {
        match word {
            "well" => Ok(()),
            "never" => std::future::pending().await,
            other => panic!("it is not {other}"),
        }
    }
}

impl Open for Subject {
    fn shout(&self, word: &str) -> Option<String> {
        assert_ne!(word, "", "nothing to shout");
        Some(word.to_uppercase())
    }
}

impl Ledger for Subject {
    fn add(&self, number: u64) -> Result<u64, Error> {
        assert_ne!(number, 0, "nothing to add");
        Ok(self.sum.fetch_add(number, Relaxed) + number)
    }
}

impl Find for Subject {
    fn find(&self, word: &str) -> Option<String> {
        (word == "subject").then(|| "found by the subject".to_owned())
    }
}

impl Names for Subject {
    async fn names(&self) -> Vec<String> {
        self.tasks.sleep(Duration::from_millis(1)).await;
        vec!["subject".to_owned()]
    }
}

impl Title for Subject {
    fn title(&self, title: &str) -> Result<String, Error> {
        Ok(format!("{title}, says the subject"))
    }
}

impl MayRemove for Subject {
    async fn may_remove(&self, name: &str) -> Result<(), Error> {
        if name == "subject" { Err(Error::message("it is needed")) } else { Ok(()) }
    }
}

impl News for Subject {
    async fn news(&self, text: &str) {
        self.log.info(format_args!("news: {text}"));
    }
}

impl Greetings for Subject {
    async fn greet(&self, names: Vec<String>) -> Result<Vec<Told>, Error> {
        self.tasks.sleep(Duration::from_millis(1)).await;
        Ok(names.into_iter().map(|name| Told::Text(format!("{}, {name}", self.greeting))).collect())
    }
}

impl Job for Subject {
    fn jobs(&self) -> Result<Vec<JobSpec>, Error> {
        Ok(vec![JobSpec::new("tidy", schedule!("30 3 * * *"))])
    }

    async fn run(&self, run: &JobRun) -> Result<(), Error> {
        self.log.info(format_args!("job {} by {}", run.job(), run.cause().as_str()));
        assert_ne!(self.greeting, "Panic", "in a job");
        Ok(())
    }
}
