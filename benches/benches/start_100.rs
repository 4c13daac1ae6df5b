//! Starting a host with 100 trivial plugins. Each size is a program of its own, because the census counts what is linked.

use std::process::ExitCode;

use keyway_benches::meter::{Group, Meter, run};

keyway_benches::fleet!(100);

fn main() -> ExitCode {
    run(&[Group { name: "start of 100 plugins", add }])
}

fn add(meter: &mut Meter<'_>) {
    keyway_benches::start::add(meter, table());
}
