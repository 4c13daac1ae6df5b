//! Eight plugins of eight types, called one after the other. Times are for all eight.

use std::hint::black_box;
use std::ops::ControlFlow;
use std::process::ExitCode;

use keyway::manifest::Descriptor;
use keyway_benches::meter::{Group, Meter, run};
use keyway_benches::peer::scan::{boxes, enums};
use keyway_benches::runtime::host;
use keyway_benches::scan::{Scan, ScanChain, ScanVisitor, alpha, bravo, charlie, delta, echo, foxtrot, golf, hotel};
use keyway_benches::work::TEXT;

keyway::host! {
    policy = grant_requested,
    plugins = [alpha, bravo, charlie, delta, echo, foxtrot, golf, hotel],
    concrete = [Scan],
}

fn main() -> ExitCode {
    run(&[Group { name: "chain of eight", add }])
}

struct Sum<'t> {
    text: &'t str,
    sum: u64,
}

impl ScanVisitor for Sum<'_> {
    #[inline]
    fn visit<E: Scan>(&mut self, extension: &E, _: &'static Descriptor) -> ControlFlow<()> {
        self.sum = self.sum.wrapping_add(extension.scan(black_box(self.text)));
        ControlFlow::Continue(())
    }
}

fn add(meter: &mut Meter<'_>) {
    let by_hand = boxes();
    meter.subject("`Vec<Box<dyn>>` by hand", move || sum(black_box(&by_hand).iter().map(|one| one.scan(black_box(TEXT)))));
    let by_hand = enums();
    meter.subject("`Vec` of an enum by hand", move || sum(black_box(&by_hand).iter().map(|one| one.scan(black_box(TEXT)))));

    let host = host(plugins());
    let point = host.point::<dyn Scan>();
    meter.subject("keyway: `host.extensions()`, guarded", move || {
        sum(black_box(host).extensions::<dyn Scan>().iter().map(|one| one.scan(black_box(TEXT))))
    });
    let kept = point.clone();
    meter.subject("keyway: `point.extensions()`, guarded", move || {
        sum(black_box(&kept).extensions().iter().map(|one| one.scan(black_box(TEXT))))
    });
    meter.subject("keyway: `point.load()`, guarded", move || {
        sum(black_box(&point).load().iter().map(|one| one.scan(black_box(TEXT))))
    });
    let chain = scan_chain(host);
    meter.subject("keyway: concrete form, guarded", move || {
        let mut visitor = Sum { text: black_box(TEXT), sum: 0 };
        let _ = black_box(&chain).visit(&mut visitor);
        visitor.sum
    });
}

fn sum(answers: impl Iterator<Item = u64>) -> u64 {
    answers.fold(0, u64::wrapping_add)
}
