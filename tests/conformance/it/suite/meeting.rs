//! Services, hooks, events and jobs.

use keyway_conformance::{Find, Kept, MayRemove, Names, Removed, Saved, Title};

use super::life::{GUEST, SUBJECT, settle, started};
use super::tier::Tier;
use super::transcript::Transcript;

pub(super) async fn services(tier: &dyn Tier, seen: &mut Transcript) {
    let host = started(tier, "").await;
    for act in ["say yes", "say fail", "say panic", "say yes"] {
        seen.now(&host, SUBJECT, act);
    }
    seen.later(&host, GUEST, "you").await;
    seen.line("stop", host.stop().await.is_clean());
}

pub(super) async fn hooks(tier: &dyn Tier, seen: &mut Transcript) {
    let host = started(tier, "").await;
    for word in ["subject", "neighbour", "nobody"] {
        let found = host.hook::<dyn Find>().first_now(|plugin| plugin.find(word));
        seen.saw(word, found.map(|found| found.map(|found| (found.plugin, found.value))));
    }
    let names = host.hook::<dyn Names>().all(|plugin| async move { plugin.names().await }).await;
    seen.line("names", format_args!("{names:?}"));
    seen.saw("title", host.hook::<dyn Title>().fold_now("A title".to_owned(), |plugin, title| plugin.title(title)));
    seen.now(&host, SUBJECT, "title From a plugin");
    for name in ["subject", "neighbour", "nobody"] {
        let allowed = host.hook::<dyn MayRemove>().veto(|plugin| async move { plugin.may_remove(name).await }).await;
        seen.saw(name, allowed);
        seen.later(&host, SUBJECT, &format!("remove {name}")).await;
    }
    seen.line("stop", host.stop().await.is_clean());
}

pub(super) async fn events(tier: &dyn Tier, seen: &mut Transcript) {
    let host = started(tier, "").await;
    seen.log("start");
    host.publisher::<Saved>().expect("it is an event").publish(Saved { name: "of the program".to_owned(), times: 3 }).await;
    host.publisher::<Removed>()
        .expect("it is an event")
        .try_publish(Removed { name: "of the program".to_owned() })
        .expect("told");
    host.publisher::<Kept>().expect("it is an event").publish(Kept { name: "of the program".to_owned() }).await.expect("kept");
    settle().await;
    seen.log_sorted("from the program");
    seen.later(&host, SUBJECT, "save a").await;
    seen.later(&host, SUBJECT, "keep b").await;
    seen.now(&host, SUBJECT, "publish c");
    settle().await;
    seen.log_sorted("from the subject");
    seen.later(&host, GUEST, "save d").await;
    settle().await;
    seen.log_sorted("from the neighbour");
    seen.line("stop", host.stop().await.is_clean());
}

pub(super) async fn jobs(tier: &dyn Tier, seen: &mut Transcript) {
    let host = started(tier, "").await;
    seen.log("start");
    for job in host.jobs() {
        seen.line("job", format_args!("{} of {}", job.name, job.plugin));
    }
    for job in ["tidy", "nothing"] {
        let run = host.run_job(SUBJECT, job).await;
        seen.saw(job, run);
        seen.log(job);
    }
    seen.line("stop", host.stop().await.is_clean());
}
