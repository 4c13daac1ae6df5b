//! The breaker against a slow one that keeps the whole history and derives every answer from it.

use std::time::Duration;

use proptest::prelude::*;

use super::{Admission, Breaker, BreakerOptions, Circuit, Moved};

const OPTIONS: BreakerOptions =
    BreakerOptions { failures: 3, cool_down: Duration::from_secs(4), longest_cool_down: Duration::from_secs(10) };

/// What happens to the breaker.
#[derive(Debug, Clone, Copy)]
enum Step {
    Wait(u64),
    Begin,
    /// The call with this number among those under way ends; it was one of the method with the second number.
    Succeed(usize, usize),
    Fail(usize, usize),
    GiveUp(usize),
    Hang,
    Return,
    Close,
}

/// What counted, in the order in which it happened.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Past {
    Success(usize),
    Failure(u64, usize),
    Probe,
    ProbeSuccess,
    ProbeFailure(u64),
    ProbeGivenUp,
    Hang(u64),
    Return,
    Close,
}

/// The slow breaker: a list of what happened, read from the beginning for each question.
#[derive(Default)]
struct Model(Vec<Past>);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Now {
    Closed { row: u32 },
    Open { until: u64, cool_down: u64 },
    Trying { cool_down: u64 },
}

impl Model {
    fn now(&self) -> (Now, u32) {
        let (mut state, mut hanging) = (Now::Closed { row: 0 }, 0);
        let open = |at: u64, cool_down: u64| Now::Open { until: at + cool_down.min(10), cool_down: cool_down.min(10) };
        let mut failing = 0;
        for past in &self.0 {
            match past {
                Past::Hang(_) => hanging += 1,
                Past::Return => hanging -= 1,
                Past::Failure(_, method) => failing = *method,
                _ => {}
            }
            state = match (state, *past) {
                // What works says nothing about a method that does not.
                (Now::Closed { row: row @ 1.. }, Past::Success(method)) if method != failing => Now::Closed { row },
                (Now::Closed { .. }, Past::Success(_)) | (Now::Trying { .. }, Past::ProbeSuccess) | (_, Past::Close) => {
                    Now::Closed { row: 0 }
                }
                (Now::Closed { row: 2 }, Past::Failure(at, _)) | (Now::Closed { .. }, Past::Hang(at)) => open(at, 4),
                (Now::Closed { row }, Past::Failure(..)) => Now::Closed { row: row + 1 },
                (Now::Open { cool_down, .. }, Past::Probe) => Now::Trying { cool_down },
                (Now::Trying { cool_down }, Past::ProbeFailure(at) | Past::Hang(at)) => open(at, cool_down * 2),
                (Now::Trying { cool_down }, Past::ProbeGivenUp) => Now::Open { until: 0, cool_down },
                (same, _) => same,
            };
        }
        (state, hanging)
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0_u64..6).prop_map(Step::Wait),
        6 => Just(Step::Begin),
        3 => (0_usize..4, 0_usize..2).prop_map(|(call, method)| Step::Succeed(call, method)),
        6 => (0_usize..4, 0_usize..2).prop_map(|(call, method)| Step::Fail(call, method)),
        1 => (0_usize..4).prop_map(Step::GiveUp),
        1 => Just(Step::Hang),
        1 => Just(Step::Return),
        1 => Just(Step::Close),
    ]
}

/// Applies one step to both and compares what each says.
struct Pair {
    circuit: Circuit,
    model: Model,
    seconds: u64,
    /// The calls under way, each probe with its number.
    calls: Vec<Option<u64>>,
    /// The number of the newest probe.
    probes: u64,
}

impl Pair {
    fn is_current(&self, call: Option<u64>) -> bool {
        call == Some(self.probes) && matches!(self.model.now().0, Now::Trying { .. })
    }

    fn take(&mut self, index: usize) -> Option<Option<u64>> {
        (!self.calls.is_empty()).then(|| self.calls.swap_remove(index % self.calls.len()))
    }

    fn begin(&mut self) {
        let expected = match self.model.now() {
            (Now::Closed { .. }, _) => Admission::Pass,
            (Now::Open { until, .. }, 0) if self.seconds >= until => Admission::Probe(self.probes + 1),
            (Now::Open { until, .. }, _) => {
                Admission::Refused { retry_in: Duration::from_secs(until.saturating_sub(self.seconds)) }
            }
            (Now::Trying { .. }, _) => Admission::Refused { retry_in: Duration::ZERO },
        };
        assert_eq!(self.circuit.admit(Duration::from_secs(self.seconds)), expected);
        match expected {
            Admission::Pass => self.calls.push(None),
            Admission::Probe(number) => {
                self.probes = number;
                self.model.0.push(Past::Probe);
                self.calls.push(Some(self.probes));
            }
            Admission::Refused { .. } => {}
        }
    }

    fn apply(&mut self, step: Step) {
        let (before, at) = (self.model.now().0, Duration::from_secs(self.seconds));
        let moved = match step {
            Step::Wait(seconds) => {
                self.seconds += seconds;
                Moved::No
            }
            Step::Begin => {
                self.begin();
                Moved::No
            }
            Step::Succeed(index, method) => self.take(index).map_or(Moved::No, |call| {
                let is_probe = self.is_current(call);
                self.model.0.push(if is_probe { Past::ProbeSuccess } else { Past::Success(method) });
                self.circuit.succeeded(method, call)
            }),
            Step::Fail(index, method) => self.take(index).map_or(Moved::No, |call| {
                let is_probe = self.is_current(call);
                self.model.0.push(if is_probe { Past::ProbeFailure(self.seconds) } else { Past::Failure(self.seconds, method) });
                self.circuit.failed(at, method, call)
            }),
            Step::GiveUp(index) => self.take(index).map_or(Moved::No, |call| {
                if self.is_current(call) {
                    self.model.0.push(Past::ProbeGivenUp);
                }
                call.into_iter().for_each(|probe| self.circuit.gave_up(probe));
                Moved::No
            }),
            Step::Hang => {
                self.model.0.push(Past::Hang(self.seconds));
                self.circuit.hangs(at)
            }
            Step::Return => {
                if self.model.now().1 > 0 {
                    self.model.0.push(Past::Return);
                    self.circuit.returned();
                }
                Moved::No
            }
            Step::Close => {
                self.model.0.push(Past::Close);
                self.circuit.close()
            }
        };
        self.compare(step, before, moved);
    }

    fn compare(&self, step: Step, before: Now, moved: Moved) {
        let (now, hanging) = self.model.now();
        let expected = match (before, now) {
            (Now::Closed { .. } | Now::Trying { .. }, Now::Open { cool_down, until }) if until > 0 => {
                Moved::Opened(Duration::from_secs(cool_down))
            }
            (Now::Open { .. } | Now::Trying { .. }, Now::Closed { .. }) => Moved::Closed,
            _ => Moved::No,
        };
        assert_eq!(moved, expected, "{step:?}: {before:?} → {now:?}");
        let state = match now {
            Now::Closed { .. } => Breaker::Closed,
            Now::Open { .. } => Breaker::Open,
            Now::Trying { .. } => Breaker::HalfOpen,
        };
        assert_eq!(self.circuit.state(), state);
        assert_eq!(self.circuit.is_quiet(), now == Now::Closed { row: 0 } && hanging == 0);
    }
}

proptest! {
    #[test]
    fn the_breaker_does_what_its_history_says(steps in proptest::collection::vec(step(), 0..200)) {
        let mut pair =
            Pair { circuit: Circuit::new(OPTIONS), model: Model::default(), seconds: 0, calls: Vec::new(), probes: 0 };
        for step in steps {
            pair.apply(step);
        }
    }
}

#[test]
fn the_cool_down_doubles_up_to_its_limit() {
    let mut circuit = Circuit::new(OPTIONS);
    let mut now = Duration::ZERO;
    let mut lengths = Vec::new();
    for _ in 0..3 {
        let _ = circuit.failed(now, 0, None);
    }
    for _ in 0..4 {
        let probe = loop {
            match circuit.admit(now) {
                Admission::Probe(probe) => break probe,
                _ => now += Duration::from_secs(1),
            }
        };
        let Moved::Opened(length) = circuit.failed(now, 0, Some(probe)) else { panic!("a failed probe opens the breaker") };
        lengths.push(length.as_secs());
    }
    assert_eq!(lengths, [8, 10, 10, 10]);
}
