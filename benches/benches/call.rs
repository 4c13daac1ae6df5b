//! One call of one extension: 13 bytes in, a number out.

use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;

use keyway_benches::meter::{Group, Meter, run};
use keyway_benches::peer::scan::{Alpha as ByHand, Scan as ScanByHand};
use keyway_benches::runtime::host;
use keyway_benches::scan::alpha::Alpha;
use keyway_benches::scan::{Scan, alpha};
use keyway_benches::work::TEXT;

keyway::host! {
    policy = grant_requested,
    plugins = [alpha],
}

fn main() -> ExitCode {
    run(&[Group { name: "one synchronous call", add }])
}

fn add(meter: &mut Meter<'_>) {
    let by_hand: &'static dyn ScanByHand = Box::leak(Box::new(ByHand::new(black_box(7))));
    meter.subject("`&dyn` by hand", move || black_box(by_hand).scan(black_box(TEXT)));

    let direct: &'static ByHand = Box::leak(Box::new(ByHand::new(black_box(7))));
    meter.subject("direct, inlined", move || black_box(direct).scan(black_box(TEXT)));
    meter.subject("direct, not inlined", move || black_box(direct).scan_directly(black_box(TEXT)));
    let shared: Arc<dyn ScanByHand> = Arc::new(ByHand::new(black_box(7)));
    meter.subject("`Arc<dyn>` by hand", move || black_box(&shared).scan(black_box(TEXT)));

    let bare: &'static dyn Scan = Box::leak(Box::new(Alpha::new(black_box(7))));
    meter.subject("keyway: the point's trait, bare", move || black_box(bare).scan(black_box(TEXT)));
    let host = host(plugins());
    let extension = host.extensions::<dyn Scan>()[0].clone();
    meter.subject("keyway: guarded", move || black_box(&extension).scan(black_box(TEXT)));
    let concrete = host.concrete::<Alpha>().expect("the plugin runs");
    meter.subject("keyway: `host.concrete`, bare", move || black_box(&concrete).scan(black_box(TEXT)));
}
