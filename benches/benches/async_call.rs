//! One async call that is ready at once, as most are.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use keyway_benches::meter::{Group, Meter, run};
use keyway_benches::peer::scan::{Alpha as ByHand, Scan as ScanByHand};
use keyway_benches::runtime::{background, host, ready};
use keyway_benches::scan::{Fetch, alpha};
use keyway_benches::work::TEXT;

keyway::host! {
    policy = grant_requested,
    plugins = [alpha],
}

fn main() -> ExitCode {
    run(&[Group { name: "one async call, ready at once", add }])
}

fn add(meter: &mut Meter<'_>) {
    let by_hand: &'static dyn ScanByHand = Box::leak(Box::new(ByHand::new(black_box(7))));
    meter.subject("boxed future by hand, as `async_trait` writes it", move || ready(black_box(by_hand).fetch(black_box(TEXT))));
    let direct: &'static ByHand = Box::leak(Box::new(ByHand::new(black_box(7))));
    meter.subject("no box, not behind `dyn`", move || ready(black_box(direct).fetch_directly(black_box(TEXT))));

    let runtime = background();
    meter.subject("boxed future by hand in `tokio::time::timeout`", move || {
        let _inside = runtime.enter();
        ready(tokio::time::timeout(Duration::from_secs(2), black_box(by_hand).fetch(black_box(TEXT))))
    });
    meter.subject("`Runtime::enter` alone, which the row above needs", move || drop(runtime.enter()));

    let extension = host(plugins()).extensions::<dyn Fetch>()[0].clone();
    meter.subject("keyway: guarded, deadline of 2 s", move || ready(black_box(&extension).fetch(black_box(TEXT))));
}
