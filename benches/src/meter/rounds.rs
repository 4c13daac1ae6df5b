//! The ratio harness: all subjects of a group side by side, one short sample each per round, in an order that changes.

use std::fmt::{self, Write as _};
use std::time::Duration;

/// Rounds that are measured.
const ROUNDS: usize = 151;
/// Rounds before those, to warm caches and branch predictors.
const WARM_UP: usize = 10;
/// Length of one sample, unless one iteration alone takes longer.
const SAMPLE: Duration = Duration::from_micros(500);

/// Runs a number of iterations and says how long they took.
type Work = Box<dyn FnMut(u64) -> Duration>;

/// The subjects of one group.
#[derive(Default)]
pub(super) struct Rounds {
    subjects: Vec<Subject>,
}

struct Subject {
    name: &'static str,
    work: Work,
    iterations: u64,
    /// Nanoseconds per iteration, one for each round.
    samples: Vec<f64>,
}

/// What the rounds said, as a Markdown table.
pub(super) struct Table {
    group: &'static str,
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    nanos: f64,
    ratio: f64,
    low: f64,
    high: f64,
}

impl Rounds {
    /// Adds a subject; `work` runs it as many times as it is told and answers how long that took.
    pub(super) fn add(&mut self, name: &'static str, work: impl FnMut(u64) -> Duration + 'static) {
        self.subjects.push(Subject { name, work: Box::new(work), iterations: 1, samples: Vec::with_capacity(ROUNDS) });
    }

    /// Samples all subjects and compares each with the first, round by round.
    pub(super) fn measure(mut self, group: &'static str) -> Table {
        for subject in &mut self.subjects {
            subject.calibrate();
        }
        let mut order: Vec<usize> = (0..self.subjects.len()).collect();
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for round in 0..WARM_UP + ROUNDS {
            random.shuffle(&mut order);
            for &index in &order {
                let subject = &mut self.subjects[index];
                let nanos = subject.sample();
                if round >= WARM_UP {
                    subject.samples.push(nanos);
                }
            }
        }
        let rows = self.subjects.iter().map(|subject| subject.row(&self.subjects[0])).collect();
        Table { group, rows }
    }
}

impl Subject {
    /// Doubles the iterations until a sample is long enough to be timed well.
    fn calibrate(&mut self) {
        loop {
            if (self.work)(self.iterations) >= SAMPLE {
                break;
            }
            self.iterations *= 2;
        }
    }

    fn sample(&mut self) -> f64 {
        (self.work)(self.iterations).as_nanos() as f64 / self.iterations as f64
    }

    fn row(&self, baseline: &Self) -> Row {
        let mut ratios: Vec<f64> = self.samples.iter().zip(&baseline.samples).map(|(own, first)| own / first).collect();
        let mut nanos = self.samples.clone();
        ratios.sort_by(f64::total_cmp);
        nanos.sort_by(f64::total_cmp);
        let at = |part: usize| ratios[ratios.len() * part / 4];
        Row { name: self.name, nanos: nanos[nanos.len() / 2], ratio: at(2), low: at(1), high: at(3) }
    }
}

/// A small generator (xorshift64*) with a fixed seed: the order of samples needs to change, not to surprise.
struct Random(u64);

impl Random {
    fn shuffle(&mut self, items: &mut [usize]) {
        for end in (1..items.len()).rev() {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
            items.swap(end, drawn as usize % (end + 1));
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "| {} | time | ratio | quartiles |", self.group)?;
        writeln!(formatter, "|---|--:|--:|---|")?;
        for row in &self.rows {
            let time = in_best_unit(row.nanos);
            writeln!(formatter, "| {} | {time} | {:.2} | {:.2} to {:.2} |", row.name, row.ratio, row.low, row.high)?;
        }
        Ok(())
    }
}

fn in_best_unit(nanos: f64) -> String {
    let mut text = String::new();
    let (value, unit) = match nanos {
        nanos if nanos < 1e3 => (nanos, "ns"),
        nanos if nanos < 1e6 => (nanos / 1e3, "µs"),
        nanos => (nanos / 1e6, "ms"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    write!(text, "{value:.digits$} {unit}").expect("writing to a string does not fail");
    text
}
