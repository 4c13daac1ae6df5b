//! Starting a host with 1,000 trivial plugins. Each size is a program of its own, because the census counts what is linked.

use std::process::ExitCode;

use keyway_benches::meter::{Group, Meter, run};

keyway_benches::fleet!(1000);

fn main() -> ExitCode {
    run(&[Group { name: "start of 1,000 plugins", add }])
}

fn add(meter: &mut Meter<'_>) {
    keyway_benches::start::add(meter, table());
}
