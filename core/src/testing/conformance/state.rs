//! The state that a plugin hands over when it is reloaded.

use serde_json::Value;

use super::run::{Run, Step};
use super::{Conformance, Examined};
use crate::plugin::Failure;
use crate::state::{Downgrades, StateInfo};

/// A plugin that works beside its calls may change its state between two looks; it gets so many chances to be seen at rest.
const CHANCES: usize = 5;

/// What is hardly anybody's state.
const FOREIGN: [&str; 6] = ["null", "-1", "\"\\u0000\"", "[[]]", "{\"\": {}}", "[1, \"cut"];

pub(super) async fn examine(kit: &Conformance, examined: &mut Examined) {
    let Some(info) = kit.state else {
        "nothing: it keeps no state".clone_into(&mut examined.did);
        return;
    };
    let forms =
        if info.downgrade == Downgrades::Refused { info.version..=info.version } else { info.migrates_from..=info.version };
    examined.did = format!("start, work, save, restore, reload; forms {} to {}", forms.start(), forms.end());
    let Some(mut run) = Run::begin(kit, examined).await else { return };
    run.work_well(examined).await;
    let Some(saved) = round_trip(kit, &run, examined, info) else { return };
    for version in forms.rev().skip(1) {
        older_form(kit, &run, examined, version);
    }
    for foreign in FOREIGN {
        if let Err(Failure::Panicked(panic)) = run.host.host().give_state(kit.plugin.id.as_str(), info.version, foreign) {
            let saw = format!("`restore_state` panicked: {}", panic.message());
            examined.found(format!("restore `{foreign}`, which is no state of its"), saw, "answer an error");
        }
    }
    // Whatever was taken of that is gone with this.
    let _ = run.host.host().give_state(kit.plugin.id.as_str(), info.version, &saved);
    run.take(Step::Reload, examined).await;
    run.stop(examined).await;
}

/// Saves the state, restores it, and saves it again; answers what was saved.
fn round_trip(kit: &Conformance, run: &Run<'_>, examined: &mut Examined, info: StateInfo) -> Option<String> {
    let (host, id) = (run.host.host(), kit.plugin.id.as_str());
    let mut last = None;
    for _ in 0..CHANCES {
        let saved = host.take_state(id, None);
        let restored = saved.as_ref().map_err(ToString::to_string).and_then(|saved| {
            host.give_state(id, info.version, saved)
                .map_err(|failure| format!("what `save_state` saved is not restored: {failure}"))
        });
        let again = host.take_state(id, None);
        match (saved, restored, again) {
            (Ok(saved), Ok(()), Ok(again)) if same(&saved, &again) => return Some(saved),
            (Ok(saved), Ok(()), Ok(again)) => last = Some((saved, again)),
            (Err(error), ..) | (_, _, Err(error)) => {
                examined.found(format!("{}, save", run.did()), format!("`save_state` failed: {error}"), "mend `save_state`");
                return None;
            }
            (_, Err(error), _) => {
                let help = "mend `restore_state`, or the type `State`: it must read what it writes";
                examined.found(format!("{}, save, restore", run.did()), error, help);
                return None;
            }
        }
    }
    let (saved, again) = last?;
    let saw = format!("the state was {} before and is {} after", short(&saved), short(&again));
    let help = "have `restore_state` put back all that `save_state` takes, and nothing else";
    examined.found(format!("{}, save, restore, save", run.did()), saw, help);
    Some(saved)
}

fn older_form(kit: &Conformance, run: &Run<'_>, examined: &mut Examined, version: u32) {
    let (host, id) = (run.host.host(), kit.plugin.id.as_str());
    let done = host.take_state(id, Some(version)).and_then(|saved| host.give_state(id, version, &saved));
    if let Err(failure) = done {
        let help = format!("mend `Downgrade<{}>` or `Upgrade<{version}>`, or refuse downgrades in `state(…)`", version + 1);
        examined.found(format!("save and restore in form {version}"), failure.to_string(), help);
    }
}

fn same(left: &str, right: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<Value>(text);
    matches!((read(left), read(right)), (Ok(left), Ok(right)) if left == right)
}

/// So much of a state is shown.
fn short(json: &str) -> String {
    let mut shown: String = json.chars().take(200).collect();
    if shown.len() < json.len() {
        shown.push('…');
    }
    format!("`{shown}`")
}
