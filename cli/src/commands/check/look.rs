//! Looks at builds, and finds for each problem the smallest build that has it.

use std::collections::{BTreeMap, BTreeSet};

use super::found::CheckProblem;
use crate::project::{Platform, Project};

/// Looks at one build after the other, and keeps what it finds.
pub(super) struct Looker<'a> {
    project: &'a Project,
    platform: Platform,
    elementary: BTreeSet<String>,
    /// How many builds were looked at.
    pub(super) builds: u64,
    /// How many of them are refused.
    pub(super) refused: u64,
    /// How many could not be judged.
    pub(super) unclear: u64,
    /// What was found of each set of plugins, as different features may bring in the same.
    seen: BTreeMap<Box<[u64]>, Verdict>,
    /// The problems by their first lines, which name all that is part of them, and which number each has.
    numbers: BTreeMap<String, usize>,
    problems: Vec<CheckProblem>,
}

/// The numbers of a build's problems; `None` when it cannot be judged.
type Verdict = Option<Box<[usize]>>;

impl<'a> Looker<'a> {
    /// A looker that has seen nothing.
    pub(super) fn new(project: &'a Project, platform: Platform) -> Self {
        Self {
            project,
            platform,
            elementary: project.elementary_features(),
            builds: 0,
            refused: 0,
            unclear: 0,
            seen: BTreeMap::new(),
            numbers: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    /// Looks at the build with these features.
    pub(super) fn look(&mut self, features: &BTreeSet<String>) {
        self.builds += 1;
        let Some(found) = self.find(features) else {
            self.unclear += 1;
            return;
        };
        self.refused += u64::from(!found.is_empty());
        for number in found {
            if self.problems[number].builds == 0 {
                self.shrink(number, features);
            }
            self.problems[number].builds += 1;
        }
    }

    /// The problems that were found, by code, those of small builds first.
    pub(super) fn problems(mut self) -> Vec<CheckProblem> {
        // What only a build on the way to the smallest one had was not looked for.
        self.problems.retain(|problem| problem.builds > 0);
        self.problems.sort_by(|left, right| {
            (&left.code, left.features.len(), &left.message).cmp(&(&right.code, right.features.len(), &right.message))
        });
        self.problems
    }

    /// The numbers of what is wrong with a build.
    fn find(&mut self, features: &BTreeSet<String>) -> Verdict {
        let chosen = self.project.choose(features, self.platform.clone());
        let plugins = bits(self.project.plugins().iter().map(|plugin| plugin.is_enabled(&chosen)));
        if let Some(verdict) = self.seen.get(&plugins) {
            return verdict.clone();
        }
        let build = self.project.build_of(chosen);
        let verdict: Verdict = build.gathered().unknown.is_empty().then(|| match build.resolve() {
            Ok(_) => Box::default(),
            Err(report) => {
                let problems = report.problems.iter().zip(report.texts());
                problems.map(|(problem, text)| self.number(problem.code().as_str(), text)).collect()
            }
        });
        self.seen.insert(plugins, verdict.clone());
        verdict
    }

    /// The number of a problem with this text.
    fn number(&mut self, code: &str, text: &str) -> usize {
        let text = unindented(text);
        let first_line = text.lines().next().unwrap_or_default();
        if let Some(number) = self.numbers.get(first_line) {
            return *number;
        }
        let number = self.problems.len();
        self.numbers.insert(first_line.to_owned(), number);
        let message = first_line.split_once(' ').map_or("", |(_, message)| message).to_owned();
        self.problems.push(CheckProblem { code: code.to_owned(), message, text, features: Vec::new(), builds: 0 });
        number
    }

    /// Finds the smallest build with a problem that a build with `features` has, and what is said of it.
    fn shrink(&mut self, number: usize, features: &BTreeSet<String>) {
        let smallest = self.smallest(features, number);
        let build = self.project.build_with(&smallest, self.platform.clone());
        let problem = &mut self.problems[number];
        if let Err(report) = build.resolve() {
            // The help names what else is in the build.
            let first_line = format!("{} {}", problem.code, problem.message);
            let mut texts = report.texts().into_iter().map(unindented);
            problem.text = texts.find(|text| text.lines().next() == Some(&first_line)).unwrap_or_default();
        }
        problem.features = smallest.into_iter().collect();
    }

    /// The features of which none can be left out without losing a problem that a build with `features` has.
    fn smallest(&mut self, features: &BTreeSet<String>, number: usize) -> BTreeSet<String> {
        let table = &self.project.host().features;
        let closure = table.closure(features.iter().map(String::as_str));
        let mut order: Vec<String> = self.elementary.iter().filter(|name| closure.contains(name.as_str())).cloned().collect();
        // A feature that turns on others goes first, so that what is left names what is at fault.
        order.sort_by_key(|name| std::cmp::Reverse(table.closure([name.as_str()]).len()));
        let mut smallest: BTreeSet<String> = order.iter().cloned().collect();
        for feature in order {
            let mut without = smallest.clone();
            without.remove(&feature);
            if self.find(&without).is_some_and(|found| found.contains(&number)) {
                smallest = without;
            }
        }
        smallest
    }
}

/// Packs answers into words.
fn bits(answers: impl Iterator<Item = bool>) -> Box<[u64]> {
    let mut words = Vec::new();
    for (at, answer) in answers.enumerate() {
        if at % 64 == 0 {
            words.push(0);
        }
        if let Some(word) = words.last_mut() {
            *word |= u64::from(answer) << (at % 64);
        }
    }
    words.into_boxed_slice()
}

/// The text of a problem as it stands by itself: the compiler's is indented below its own first line.
fn unindented(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect();
    lines.join("\n")
}
