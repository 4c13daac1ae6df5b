//! The limits that a plugin sets itself, and what it needs.

use std::time::Duration;

use keyway_manifest::Limits;

use super::run::{Run, Step};
use super::{Conformance, Examined};
use crate::host::{Amount, PluginInfo};

/// Where the limits stand.
const WHERE: &str = "in `[limits]` of its manifest";

pub(super) async fn examine(kit: &Conformance, examined: &mut Examined) {
    let limits = kit.plugin.limits;
    if limits == Limits::NONE {
        "nothing: its manifest sets no limits".clone_into(&mut examined.did);
        return;
    }
    // Phases that take too long fail, and the host says whose limit it was.
    let Some(mut run) = Run::begin(kit, examined).await else { return };
    let mut start = taken(&run.info());
    run.work_well(examined).await;
    judge_calls(&run, examined);
    for step in [Step::Reload, Step::Disable, Step::Enable] {
        if !run.take(step, examined).await {
            return;
        }
        if step != Step::Disable {
            start = start.max(taken(&run.info()));
            run.work_well(examined).await;
            judge_calls(&run, examined);
        }
    }
    let info = run.info();
    judge_amounts(&info, &run.did(), examined);
    judge_memory(&info, &run.did(), limits.memory_bytes, examined);
    let stop = run.stop(examined).await.took.unwrap_or_default();
    examined.did = summary(&info, &limits, start, stop);
}

/// How long `init` and `start` took together.
fn taken(info: &PluginInfo) -> Duration {
    info.init_took.unwrap_or_default() + info.start_took.unwrap_or_default()
}

fn judge_calls(run: &Run<'_>, examined: &mut Examined) {
    let info = run.info();
    for extension in &info.extensions {
        let (point, counts) = (extension.point, extension.counts);
        if counts.deadlines > 0 {
            let help = format!("make the calls quicker, or raise `call` {WHERE} or the limit of the point");
            examined.found(run.did(), format!("{} calls at `{point}` did not end in time", counts.deadlines), help);
        }
        if counts.shed > 0 {
            let help = format!("raise `concurrent-calls` {WHERE}");
            examined.found(run.did(), format!("{} calls at `{point}` were refused", counts.shed), help);
        }
    }
}

/// The resources that the manifest limits.
fn amounts(info: &PluginInfo) -> impl Iterator<Item = (&'static str, u64, Amount)> {
    let (usage, limits) = (&info.usage, &info.descriptor.limits);
    let all = [
        ("memory", limits.memory_bytes, usage.memory),
        ("tasks", limits.tasks.map(u64::from), usage.tasks),
        ("open-files", limits.open_files.map(u64::from), usage.open_files),
        ("storage", limits.storage_bytes, usage.storage),
        ("queued-events", limits.queued_events.map(u64::from), usage.queued_events),
    ];
    all.into_iter().filter_map(|(key, limit, amount)| Some((key, limit?, amount)))
}

fn judge_amounts(info: &PluginInfo, did: &str, examined: &mut Examined) {
    for (key, limit, amount) in amounts(info).filter(|(.., amount)| amount.refused > 0) {
        let saw = format!("{} times it needed more than `{key} = {limit}`", amount.refused);
        examined.found(did, saw, format!("need less, or raise `{key}` {WHERE}"));
    }
}

/// What the plugin holds of the program's memory can be measured only in a test program that says so.
fn judge_memory(info: &PluginInfo, did: &str, limit: Option<u64>, examined: &mut Examined) {
    let Some(limit) = limit else { return };
    match info.usage.heap {
        None => {
            let help = "have the memory measured, with one line in the file of this test: `#[global_allocator] static ALLOCATOR: \
                        keyway::host::TrackingAllocator = keyway::host::TrackingAllocator::system();`";
            examined.found(
                did,
                format!("its manifest limits `memory` to {limit} bytes, and this program does not measure it"),
                help,
            );
        }
        Some(heap) if heap.peak.saturating_sub(heap.margin) > limit => {
            let saw =
                format!("it held {} bytes of memory (give or take {}), and its `memory` is {limit}", heap.peak, heap.margin);
            examined.found(did, saw, format!("need less, or raise `memory` {WHERE}"));
        }
        Some(_) => {}
    }
}

/// What it needed, beside what it may have.
fn summary(info: &PluginInfo, limits: &Limits, start: Duration, stop: Duration) -> String {
    let time = |name: &str, took: Duration, limit: Option<u64>| {
        Some(format!("`{name}` {took:.1?} of {:?}", Duration::from_millis(limit?)))
    };
    let mut parts = Vec::from_iter(time("start", start, limits.start_millis));
    parts.extend(time("stop", stop, limits.stop_millis));
    parts.extend(amounts(info).map(|(key, limit, amount)| {
        let peak = match info.usage.heap {
            Some(heap) if key == "memory" => heap.peak.max(amount.peak),
            _ => amount.peak,
        };
        format!("`{key}` {peak} of {limit}")
    }));
    let calls = |name: &str| format!("`{name}` as the host enforces it");
    parts.extend(limits.call_millis.map(|_| calls("call")));
    parts.extend(limits.concurrent_calls.map(|_| calls("concurrent-calls")));
    format!("start, work, reload, disable, enable, stop: {}", parts.join(", "))
}
