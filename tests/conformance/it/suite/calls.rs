//! Calls, and what bounds them.

use keyway::guard::BreakerOptions;
use keyway_conformance::{Act, Fragile, Open};

use super::life::{GUEST, SUBJECT, settle, started};
use super::tier::{Package, Tier};
use super::transcript::{Transcript, folder};

pub(super) async fn answers_and_errors(tier: &dyn Tier, seen: &mut Transcript) {
    let host = started(tier, "").await;
    for act in ["counts", "fail", "nothing that it knows"] {
        seen.now(&host, SUBJECT, act);
        seen.later(&host, SUBJECT, act).await;
    }
    seen.later(&host, SUBJECT, "sleep").await;
    for word in ["well", ""] {
        seen.line("open", format_args!("{:?}", host.extensions::<dyn Open>()[0].shout(word)));
    }
    seen.line("open counts", format_args!("{:?}", host.extensions::<dyn Open>()[0].counts()));
    let acts = host.extensions::<dyn Act>();
    seen.line("counts", format_args!("{:?}", acts.of(SUBJECT).expect("it runs").counts()));
    drop(acts);
    seen.line("stop", host.stop().await.is_clean());
    seen.now(&host, SUBJECT, "counts");
}

pub(super) async fn deadlines_and_breakers(tier: &dyn Tier, seen: &mut Transcript) {
    let folder = folder();
    let builder = tier.builder(Package::Subject).data_folder(folder.join("data")).mount("content", folder.join("content"));
    let breaker = BreakerOptions { failures: 3, ..BreakerOptions::default() };
    let host = builder.breaker(Some(breaker)).start().await.unwrap_or_else(|error| panic!("{error}"));
    let fragile = host.extensions::<dyn Fragile>()[0].clone();
    for word in ["well", "never", "ill", "never", "well", "ill"] {
        let be = fragile.be(word).await;
        seen.saw(word, be);
    }
    seen.line("counts", format_args!("{:?}", fragile.counts()));
    seen.line("state", host.plugin(SUBJECT).expect("it is there").state);
    seen.line("stop", host.stop().await.is_clean());
}

pub(super) async fn limits(tier: &dyn Tier, seen: &mut Transcript) {
    let host = started(tier, &format!("[host.limits.\"{SUBJECT}\"]\nconcurrent-calls = 1\nrate = '4/h'")).await;
    let acts = host.extensions::<dyn Act>();
    let subject = acts.of(SUBJECT).expect("it runs");
    {
        let waiting = subject.later("wait");
        tokio::pin!(waiting);
        assert!(tokio::time::timeout(std::time::Duration::from_millis(20), &mut waiting).await.is_err());
        seen.now(&host, SUBJECT, "counts");
    }
    for _ in 0..5 {
        seen.now(&host, SUBJECT, "counts");
    }
    seen.line("counts", format_args!("{:?}", subject.counts()));
    seen.later(&host, GUEST, "you").await;
    host.stop().await;

    let host = started(tier, "").await;
    seen.later(&host, SUBJECT, "tasks").await;
    settle().await;
    let usage = host.plugin(SUBJECT).expect("it is there").usage;
    seen.line("tasks", format_args!("{:?}", usage.tasks));
    seen.line("stop", host.stop().await.is_clean());
}

pub(super) async fn memory(tier: &dyn Tier, seen: &mut Transcript) {
    let host = started(tier, &format!("[host.limits.\"{SUBJECT}\"]\nmemory = '32MiB'\non-excess = 'disable'")).await;
    let used = || host.plugin(SUBJECT).expect("it is there").usage.heap.expect("the program measures it");
    let before = used().used;
    seen.now(&host, SUBJECT, "hold 8");
    seen.line("holds eight", (used().used - before).abs_diff(8 << 20) <= 2 * used().margin);
    seen.now(&host, SUBJECT, "hold 64");
    while host.extensions::<dyn Act>().of(SUBJECT).is_some() {
        settle().await;
    }
    seen.line("state", host.plugin(SUBJECT).expect("it is there").state);
    seen.line("holds little", used().used <= before + 2 * used().margin);
    seen.line("stop", host.stop().await.is_clean());
}
