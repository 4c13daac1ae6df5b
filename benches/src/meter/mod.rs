//! One description of what is measured, two harnesses that measure it.
//!
//! Under `cargo bench` the subjects of a topic go to criterion. With `-- --ratios` they go to [`rounds`]: every subject is sampled
//! once per round in random order, and what is printed is the ratio to the group's first subject inside the same round. Ratios of
//! one process survive a busy machine; absolute times do not.

mod clock;
mod rounds;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use criterion::Criterion;
use criterion::measurement::WallTime;

use clock::{monotonic_time, thread_time};
use rounds::Rounds;

/// What a topic hands its subjects to.
pub struct Meter<'m> {
    harness: Harness<'m>,
}

enum Harness<'m> {
    Criterion(criterion::BenchmarkGroup<'m, WallTime>),
    Rounds(Rounds),
}

/// A group of subjects that answer the same question; the first one is what the others are compared with.
#[derive(Clone, Copy)]
pub struct Group {
    /// Its name: the first part of each benchmark's name.
    pub name: &'static str,
    /// Hands the subjects to the meter.
    pub add: fn(&mut Meter<'_>),
}

impl Meter<'_> {
    /// Adds a subject: `work` is what is timed, and what it returns is kept from the optimiser.
    pub fn subject<R>(&mut self, name: &'static str, mut work: impl FnMut() -> R + 'static) {
        match &mut self.harness {
            Harness::Criterion(group) => {
                group.bench_function(name, |bencher| bencher.iter(&mut work));
            }
            Harness::Rounds(rounds) => rounds.add(name, move |iterations| {
                let begun = thread_time();
                for _ in 0..iterations {
                    black_box(work());
                }
                thread_time() - begun
            }),
        }
    }

    /// Adds a subject of which only `work` is timed; `end` gets what it returned and tidies up.
    pub fn subject_to_end<R>(
        &mut self,
        name: &'static str,
        mut work: impl FnMut() -> R + 'static,
        mut end: impl FnMut(R) + 'static,
    ) {
        let mut timed = move |iterations, clock: fn() -> Duration| {
            let mut total = Duration::ZERO;
            for _ in 0..iterations {
                let begun = clock();
                let result = black_box(work());
                total += clock() - begun;
                end(result);
            }
            total
        };
        match &mut self.harness {
            Harness::Criterion(group) => {
                group.bench_function(name, |bencher| bencher.iter_custom(|iterations| timed(iterations, monotonic_time)));
            }
            Harness::Rounds(rounds) => rounds.add(name, move |iterations| timed(iterations, thread_time)),
        }
    }
}

/// The `main` of a bench target.
#[must_use]
pub fn run(groups: &[Group]) -> ExitCode {
    if std::env::args().any(|argument| argument == "--ratios") {
        for group in groups {
            let mut meter = Meter { harness: Harness::Rounds(Rounds::default()) };
            (group.add)(&mut meter);
            if let Harness::Rounds(rounds) = meter.harness {
                println!("{}", rounds.measure(group.name));
            }
        }
    } else {
        let mut criterion = Criterion::default().configure_from_args();
        for group in groups {
            let mut meter = Meter { harness: Harness::Criterion(criterion.benchmark_group(group.name)) };
            (group.add)(&mut meter);
        }
        criterion.final_summary();
    }
    ExitCode::SUCCESS
}
