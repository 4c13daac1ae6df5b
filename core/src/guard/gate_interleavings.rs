//! A gate between threads, under shuttle: calls that fail, succeed and are given up, a watchdog, and an operator.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use shuttle::thread;

use super::*;
use crate::interleaved::interleave;

/// Opens after so many failures, for no time at all: the next call is the probe.
fn gate(failures: u32, calls: Option<u32>) -> Arc<Gate> {
    let breaker = BreakerOptions { failures, cool_down: Duration::ZERO, longest_cool_down: Duration::ZERO };
    Arc::new(Gate::new(Some(breaker), Arc::new(Traffic::new(calls, None))))
}

/// Makes a call that ends in this way; `None` when its caller gives up.
fn call(gate: &Gate, ends: Option<Verdict>) {
    let Ok(permit) = gate.admit(|| true) else { return };
    thread::yield_now();
    if let Some(verdict) = ends {
        gate.judge(0, verdict, permit.as_ref());
    }
}

fn together(gate: &Arc<Gate>, parts: &[fn(&Gate)]) {
    let begin = |part: &fn(&Gate)| {
        let (gate, part) = (Arc::clone(gate), *part);
        thread::spawn(move || part(&gate))
    };
    let threads: Vec<_> = parts.iter().map(begin).collect();
    threads.into_iter().for_each(|thread| thread.join().expect("no thread panics"));
}

/// What is left behind must fit together, and a good call must make it all well again.
fn check_and_mend(gate: &Gate) {
    let knows = gate.bits.load(Ordering::Relaxed) & BREAKER != 0;
    assert_eq!(knows, !gate.circuit().is_quiet(), "the bit is that of the breaker's newest state");
    let permit = gate.admit(|| true).expect("somebody is let in");
    gate.judge(0, Verdict::Good, permit.as_ref());
    drop(permit);
    assert_eq!((gate.breaker(), gate.bits.load(Ordering::Relaxed) & BREAKER), (Breaker::Closed, 0));
}

#[test]
fn the_bits_are_those_of_the_breaker() {
    interleave(|| {
        let gate = gate(2, None);
        let fails: fn(&Gate) = |gate| call(gate, Some(Verdict::Bad));
        let succeeds: fn(&Gate) = |gate| call(gate, Some(Verdict::Good));
        let operator: fn(&Gate) = |gate| drop(gate.close_breaker());
        together(&gate, &[fails, fails, succeeds, operator]);
        check_and_mend(&gate);
    });
}

#[test]
fn one_call_at_a_time_tries_and_one_given_up_is_followed_by_another() {
    static TRYING: AtomicU32 = AtomicU32::new(0);
    /// A call that makes sure that nobody tries at the same time.
    fn attempt(gate: &Gate, ends: Option<Verdict>) {
        let Ok(permit) = gate.admit(|| true) else { return };
        let tries = permit.as_ref().is_some_and(|permit| permit.probe.is_some());
        if tries {
            assert_eq!(TRYING.fetch_add(1, Ordering::Relaxed), 0, "two calls try at a time");
            thread::yield_now();
            TRYING.fetch_sub(1, Ordering::Relaxed);
        }
        if let Some(verdict) = ends {
            gate.judge(0, verdict, permit.as_ref());
        }
    }
    interleave(|| {
        TRYING.store(0, Ordering::Relaxed);
        let gate = gate(1, None);
        gate.judge(0, Verdict::Bad, None);
        together(
            &gate,
            &[
                |gate| attempt(gate, None),
                |gate| attempt(gate, Some(Verdict::Good)),
                |gate| attempt(gate, Some(Verdict::Bad)),
                |gate| attempt(gate, None),
            ],
        );
        check_and_mend(&gate);
    });
}

#[test]
fn what_is_switched_off_stays_off_whatever_the_breaker_does() {
    static SHUT: AtomicU32 = AtomicU32::new(0);
    interleave(|| {
        SHUT.store(0, Ordering::Relaxed);
        let gate = gate(1, None);
        let shuts: fn(&Gate) = |gate| {
            SHUT.fetch_add(gate.shut().into(), Ordering::Relaxed);
            assert!(matches!(gate.admit(|| true), Err(CallErrorKind::Unavailable)), "from now on nobody is let in");
        };
        together(&gate, &[shuts, shuts, |gate| call(gate, Some(Verdict::Bad)), |gate| drop(gate.close_breaker())]);
        assert_eq!(SHUT.load(Ordering::Relaxed), 1, "one of them has shut it");
        assert!(!gate.is_active());
        gate.set_active(true);
        check_and_mend(&gate);
    });
}

#[cfg(feature = "host")]
#[test]
fn nobody_tries_what_hangs() {
    static HANGS: AtomicBool = AtomicBool::new(false);
    fn attempt(gate: &Gate, ends: Verdict) {
        let hung = HANGS.load(Ordering::Relaxed);
        let Ok(permit) = gate.admit(|| true) else { return };
        assert!(!(hung && HANGS.load(Ordering::Relaxed)), "a call was let in while another one hung");
        gate.judge(0, ends, permit.as_ref());
    }
    interleave(|| {
        HANGS.store(false, Ordering::Relaxed);
        let gate = gate(1, None);
        together(
            &gate,
            &[
                |gate| {
                    gate.hangs();
                    HANGS.store(true, Ordering::Relaxed);
                    thread::yield_now();
                    HANGS.store(false, Ordering::Relaxed);
                    gate.returned();
                },
                |gate| attempt(gate, Verdict::Bad),
                |gate| attempt(gate, Verdict::Good),
                |gate| attempt(gate, Verdict::Good),
            ],
        );
        check_and_mend(&gate);
    });
}

#[test]
fn no_more_calls_are_under_way_than_allowed() {
    static UNDER_WAY: AtomicU32 = AtomicU32::new(0);
    interleave(|| {
        UNDER_WAY.store(0, Ordering::Relaxed);
        let gate = gate(1, Some(2));
        let calls: fn(&Gate) = |gate| {
            let Ok(_permit) = gate.admit(|| true) else { return };
            assert!(UNDER_WAY.fetch_add(1, Ordering::Relaxed) < 2, "more than two");
            thread::yield_now();
            UNDER_WAY.fetch_sub(1, Ordering::Relaxed);
        };
        together(&gate, &[calls; 4]);
        let permits = (gate.admit(|| true), gate.admit(|| true), gate.admit(|| true));
        assert!(matches!(permits, (Ok(_), Ok(_), Err(CallErrorKind::TooManyCalls { limit: 2 }))), "all places were given back");
    });
}
