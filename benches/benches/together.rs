//! Plugins together: a hook that hands a value through ten plugins, and one call of a service, beside what one would write by hand.

use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;

use keyway_benches::meter::{Group, Meter, run};
use keyway_benches::runtime::{host, ready};
use keyway_benches::together::user::User;
use keyway_benches::together::{ByHand, Change, Count, boxes, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, counter, user};

keyway::host! {
    policy = grant_requested,
    plugins = [c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, counter, user],
}

fn main() -> ExitCode {
    run(&[Group { name: "fold of ten", add: fold }, Group { name: "one call of a service", add: service }])
}

fn fold(meter: &mut Meter<'_>) {
    let by_hand = boxes();
    meter.subject("loop over `Vec<Box<dyn>>` by hand", move || {
        black_box(&by_hand).iter().fold(black_box(1), |number, one| one.change(number).unwrap_or(number))
    });
    let host = host(plugins());
    let hook = host.hook::<dyn Change>();
    let point = host.point::<dyn Change>();
    meter.subject("keyway: `point.load()`, guarded, the same loop", move || {
        black_box(&point).load().iter().fold(black_box(1), |number, one| one.change(number).unwrap_or(number))
    });
    let kept = hook.clone();
    meter.subject("keyway: `hook.fold_now`", move || {
        let folded = black_box(&kept).fold_now(black_box(1), |plugin, number| plugin.change(*number));
        folded.unwrap_or(0)
    });
    meter.subject("keyway: `hook.fold`", move || {
        let folded = ready(black_box(&hook).fold(black_box(1), |plugin, number| async move { plugin.change(*number) }));
        folded.map_or(0, |number| *number)
    });
}

fn service(meter: &mut Meter<'_>) {
    let by_hand: Arc<dyn ByHand> = Arc::new(c0::Changer);
    meter.subject("`Arc<dyn>` by hand", move || black_box(&by_hand).count(black_box(1)).unwrap_or(0));
    let host = host(plugins());
    let extension = host.extensions::<dyn Count>()[0].clone();
    meter.subject("keyway: guarded call of a kept extension", move || black_box(&extension).count(black_box(1)).unwrap_or(0));
    let user = host.concrete::<User>().expect("the plugin runs");
    meter.subject("keyway: `service.get()` and a guarded call", move || {
        black_box(&user).count.get().map_or(0, |provider| provider.count(black_box(1)).unwrap_or(0))
    });
}
