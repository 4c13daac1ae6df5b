//! Where problems are collected: a fixed buffer inside rustc, growable lists at run time.

use super::{Problem, Ring, Step};

/// How many problems [`Problems`] keeps; further ones are counted.
pub const KEPT_PROBLEMS: usize = 64;
/// How many steps of rings [`Problems`] keeps in all.
pub const KEPT_STEPS: usize = 256;

/// The problems of a graph, as a constant.
#[derive(Debug, Clone, Copy)]
pub struct Problems {
    pub(super) kept: [Option<Problem>; KEPT_PROBLEMS],
    pub(super) total: usize,
    pub(super) steps: [Option<Step>; KEPT_STEPS],
}

impl Problems {
    /// How many problems there are, also beyond those kept.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.total
    }

    /// The problem at `index`; `None` beyond the first [`KEPT_PROBLEMS`].
    #[must_use]
    pub const fn get(&self, index: usize) -> Option<&Problem> {
        if index < KEPT_PROBLEMS { self.kept[index].as_ref() } else { None }
    }

    /// The steps of a ring, as far as they are kept; all of the first [`KEPT_STEPS`] are `Some`.
    #[must_use]
    pub const fn steps(&self, ring: Ring) -> &[Option<Step>] {
        ring.of(&self.steps)
    }
}

impl Ring {
    /// The ring's part of a list of steps.
    pub(super) const fn of(self, steps: &[Option<Step>]) -> &[Option<Step>] {
        steps.split_at(self.start).1.split_at(self.kept).0
    }
}

/// The problems of a graph found at run time, with the text that a reader gets.
#[derive(Debug, Clone)]
pub struct Report {
    /// All problems, in the order of the text.
    pub problems: Vec<Problem>,
    pub(super) steps: Vec<Option<Step>>,
    pub(super) text: String,
}

impl Report {
    /// The steps of a ring of this report.
    #[must_use]
    pub fn steps(&self, ring: Ring) -> Vec<Step> {
        ring.of(&self.steps).iter().flatten().copied().collect()
    }

    /// The text of each problem, in their order; all of them together are the text of the report.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        // Only the first line of a problem is indented by two and begins with its code.
        let begins = |at: usize| self.text[at..].starts_with("  KW");
        let lines = core::iter::once(0).chain(self.text.match_indices('\n').map(|(end, _)| end + 1));
        let starts: Vec<usize> = lines.filter(|&at| begins(at)).collect();
        let ends = starts.iter().skip(1).copied().chain([self.text.len()]);
        starts.iter().zip(ends).map(|(&start, end)| self.text[start..end].trim_end()).collect()
    }
}

impl core::fmt::Display for Report {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl core::error::Error for Report {}

/// What the rules write to: the caller's buffers, and counts that go on when they are full.
pub(super) struct Sink<'s> {
    pub(super) kept: &'s mut [Option<Problem>],
    pub(super) total: usize,
    pub(super) steps: &'s mut [Option<Step>],
    pub(super) steps_total: usize,
}

impl Sink<'_> {
    /// Adds a problem, or counts it when the buffer is full.
    pub(super) const fn push(&mut self, problem: Problem) {
        if self.total < self.kept.len() {
            self.kept[self.total] = Some(problem);
        }
        self.total += 1;
    }

    /// Adds a step of a ring, or counts it when the buffer is full.
    pub(super) const fn push_step(&mut self, step: Step) {
        if self.steps_total < self.steps.len() {
            self.steps[self.steps_total] = Some(step);
        }
        self.steps_total += 1;
    }
}
