//! What holding a host to its `keyway.lock` costs: reading the file, and comparing plugins with it.

use std::process::ExitCode;

use keyway_benches::lock::{lock_of, plugins};
use keyway_benches::meter::{Group, Meter, run};
use keyway_benches::peer::lock_structs::File;
use keyway_manifest::lock::parse_lock;
use keyway_manifest::{Graph, Lock, Policy, resolve_slice};

/// A day within every approval.
const TODAY: u32 = 20_778;

fn main() -> ExitCode {
    run(&[
        Group { name: "lock read, 25 plugins", add: read_site },
        Group { name: "lock read, 1,000 plugins", add: read_thousand },
        Group { name: "lock held, 1,000 x 3", add: held },
    ])
}

fn read_site(meter: &mut Meter<'_>) {
    read(meter, 25);
}

fn read_thousand(meter: &mut Meter<'_>) {
    read(meter, 1_000);
}

fn read(meter: &mut Meter<'_>, count: usize) {
    let text: &'static str = lock_of(plugins(count)).to_text().leak();
    meter.subject("serde + toml, shape alone", || toml::from_str::<File>(text).expect("the shape fits"));
    meter.subject("keyway: all rules, places and permission hashes", || parse_lock(text, "keyway.lock").expect("no mistakes"));
}

fn held(meter: &mut Meter<'_>) {
    let plugins = plugins(1_000);
    let parsed = parse_lock(&lock_of(plugins).to_text(), "keyway.lock").expect("no mistakes");
    let lock: &'static Lock = Box::leak(Box::new(parsed.to_lock(TODAY)));
    let graph = |lock| Graph {
        plugins,
        sdk: None,
        available: &[],
        libraries: &[],
        policy: &Policy::GRANT_REQUESTED,
        policy_file: "",
        lock,
    };
    let (free, bound) = (graph(None), graph(Some(lock)));
    meter.subject("graph without a lock", move || resolve_slice(&free).expect("the graph has no problem"));
    meter.subject("graph with its lock", move || resolve_slice(&bound).expect("everything is approved"));
}
