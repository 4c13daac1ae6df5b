//! What a plugin leaves behind, in the host's books and in the process.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::process::Process;
use super::run::{Run, SETTLES, Step, in_runtime};
use super::{Conformance, Examined};

/// After a first life, in which what a process makes once is made, so many lives must add nothing.
const LIVES: usize = 3;

pub(super) fn examine(kit: &Conformance, examined: &mut Examined) {
    examined.did = format!("{} times: start, work, reload, work, disable, enable, work, stop", LIVES + 1);
    let untouched = Process::look();
    if !in_runtime(live(kit, examined)) {
        return;
    }
    let before = settled(untouched.as_ref());
    for _ in 0..LIVES {
        if !in_runtime(live(kit, examined)) {
            return;
        }
    }
    let after = settled(before.as_ref());
    let (Some(before), Some(after)) = (before, after) else {
        examined.did.push_str("; threads and open files are counted on Linux only");
        return;
    };
    let did = format!("start, work and stop, {LIVES} times after the first");
    for (thread, count) in Process::more(&before.threads, &after.threads) {
        let help = "join the thread in `stop`; work beside calls is better done in tasks, which the host ends: `ctx.spawn(…)`";
        examined.found(&did, format!("{count} more threads `{thread}`"), help);
    }
    for (file, count) in Process::more(&before.files, &after.files) {
        examined.found(&did, format!("{count} more open files of the process: `{file}`"), "close it in `stop` or in `Drop`");
    }
}

/// One life of the plugin in a host of its own; answers whether it came to its end.
async fn live(kit: &Conformance, examined: &mut Examined) -> bool {
    let Some(mut run) = Run::begin(kit, examined).await else { return false };
    run.work_well(examined).await;
    for step in [Step::Reload, Step::Disable, Step::Enable] {
        if !run.take(step, examined).await {
            return false;
        }
        if step != Step::Disable {
            run.work_well(examined).await;
        }
    }
    run.stop(examined).await.look_for_instances(examined).await;
    true
}

/// The process when what is about to end has ended: at the latest when it has no more than at an earlier time.
fn settled(earlier: Option<&Process>) -> Option<Process> {
    let begun = Instant::now();
    loop {
        let now = Process::look()?;
        let is_settled = earlier.is_none_or(|earlier| now.has_no_more_than(earlier));
        if is_settled || begun.elapsed() >= SETTLES {
            return Some(now);
        }
        sleep(Duration::from_millis(20));
    }
}
