//! The subjects of the start benches, the same for every size of fleet.

use std::rc::Rc;

use keyway::{Host, PluginTable};
use tokio::runtime::{Builder, Runtime};

use crate::meter::Meter;
use crate::peer::registry::Registry;

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

/// One thread, so that the thread's processor clock sees all the work.
fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime of one thread needs nothing from the system")
}
