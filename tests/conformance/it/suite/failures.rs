//! Panics in every place where a plugin can have one.

use std::time::Duration;

use keyway::Host;
use keyway_conformance::Ledger;
use keyway_tests_native::Trial;

use super::life::{SUBJECT, settle, started};
use super::tier::{Package, Tier};
use super::transcript::Transcript;

/// A host with the plugin that panics where it is told.
async fn faulty(tier: &dyn Tier, panic_in: &str) -> Result<Host, String> {
    let config = format!("[plugin.\"test.faulty\"]\npanic-in = \"{panic_in}\"");
    let builder = tier.builder(Package::Faulty).config(config.parse().expect("the configuration is TOML"));
    builder.start().await.map_err(|error| error.to_string())
}

pub(super) async fn panics_in_calls(tier: &dyn Tier, seen: &mut Transcript) {
    let host = faulty(tier, "nothing").await.unwrap_or_else(|error| panic!("{error}"));
    let trial = host.extensions::<dyn Trial>()[0].clone();
    for act in ["panic", "panic with a value", "fail", "fail with a bomb", "this"] {
        seen.saw(act, trial.now(act));
    }
    for act in ["panic at once", "panic", "end with a bomb", "fail with a bomb", "run a task that panics", "that"] {
        let told = trial.later(act).await;
        seen.saw(act, told);
    }
    let given_up = tokio::time::timeout(Duration::from_millis(10), trial.later("hold a bomb")).await;
    seen.line("given up", given_up.is_err());
    let told = trial.later("hold a bomb").await;
    seen.saw("too late", told);
    seen.saw("after all", trial.now("this"));
    seen.line("counts", format_args!("{:?}", trial.counts()));
    seen.line("stop", host.stop().await.is_clean());
}

pub(super) async fn panics_in_the_life_of_a_plugin(tier: &dyn Tier, seen: &mut Transcript) {
    for phase in ["config", "init", "start", "stop", "drop"] {
        match faulty(tier, phase).await {
            Ok(host) => {
                let report = host.stop().await;
                seen.line(phase, format_args!("stopped: {report}"));
            }
            Err(error) => seen.line(phase, error),
        }
    }
}

pub(super) async fn panics_beside_calls(tier: &dyn Tier, seen: &mut Transcript) {
    let host = started(tier, &format!("[plugin.\"{SUBJECT}\"]\ngreeting = 'Panic'")).await;
    seen.log("start");
    for act in ["save panic", "save page", "remove panic", "remove page", "task panic", "task work"] {
        seen.later(&host, SUBJECT, act).await;
        settle().await;
        seen.log_sorted(act);
    }
    let run = host.run_job(SUBJECT, "tidy").await;
    seen.saw("job", run);
    seen.log("job");
    for info in host.subscriptions() {
        seen.line("subscription", format_args!("{} of {}: {:?}", info.plugin, info.topic, info.counts));
    }
    seen.line("stop", host.stop().await.is_clean());
}

pub(super) async fn a_panic_makes_it_anew(tier: &dyn Tier, seen: &mut Transcript) {
    let host = started(tier, "").await;
    seen.log("start");
    let ledger = host.extensions::<dyn Ledger>()[0].clone();
    seen.saw("add 3", ledger.add(3));
    seen.saw("add 4", ledger.add(4));
    seen.saw("add 0", ledger.add(0));
    seen.saw("add 5 to what panicked", ledger.add(5));
    settle().await;
    seen.log("anew");
    seen.saw("add 5 to what is new", host.extensions::<dyn Ledger>()[0].add(5));
    drop(ledger);
    seen.line("stop", host.stop().await.is_clean());
}
