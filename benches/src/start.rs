//! The subjects of the start benches, the same for every size of fleet.

use std::rc::Rc;

use keyway::{Host, PluginTable};

use crate::meter::Meter;
use crate::peer::registry::Registry;
use crate::runtime::one_thread;

/// Adds the peer and a host with the plugins of `table`.
pub fn add(meter: &mut Meter<'_>, table: PluginTable) {
    meter.subject_to_end("inventory + HashMap + petgraph + semver", Registry::start, |registry| {
        assert_eq!(registry.count(), table.registrations.len());
    });
    let runtime = Rc::new(one_thread());
    let ends = Rc::clone(&runtime);
    meter.subject_to_end(
        "keyway: census, contexts, configuration, `init` and `start`, report",
        move || {
            let host = runtime.block_on(Host::builder(table).start()).expect("trivial plugins start");
            assert_eq!(host.start_report().running(), table.registrations.len());
            host
        },
        move |host| {
            ends.block_on(host.stop());
        },
    );
}
