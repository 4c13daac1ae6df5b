//! `cargo keyway order`: in which order the plugins start, and why one starts before another.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::arguments::BuildArguments;
use crate::failure::Failure;
use crate::output::{Page, Report, Table, style, styled};
use crate::project::{Build, Wait};
use crate::session::Session;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Why the one plugin starts before the other.
    #[arg(long, num_args = 2, value_names = ["ID", "ID"])]
    explain: Option<Vec<String>>,
    #[command(flatten)]
    build: BuildArguments,
}

/// The start order of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The plugins in the order in which they start; those of one level start at the same time.
    pub plugins: Vec<OrderedPlugin>,
    /// Why one starts before another, when that was asked.
    pub explanation: Option<Explanation>,
}

/// A plugin with its place in the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderedPlugin {
    /// Its id.
    pub id: String,
    /// Its level, counted from 0.
    pub level: usize,
    /// The plugins that it waits for, by id.
    pub waits_for: Vec<String>,
}

/// Why one plugin starts before another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// The plugin that starts first, of the two that were named.
    pub first: String,
    /// The other.
    pub second: String,
    /// The lines that say so, from the second plugin to the first; empty when none does.
    pub chain: Vec<ExplanationStep>,
    /// Whether they start at the same time.
    pub together: bool,
}

/// One line that makes a plugin wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExplanationStep {
    /// The plugin that waits.
    pub from: String,
    /// The plugin that it waits for.
    pub to: String,
    /// `requires`, `service`, `after` or `before`.
    pub kind: String,
    /// Why, in words.
    pub text: String,
    /// The line: `file:line`.
    pub place: String,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let project = session.project()?;
    let build = project.build(&arguments.build)?;
    let order = build.told_order(session)?;
    let waits = Wait::all(&build);
    let ordered = |&index: &usize| {
        let id = build.plugins()[index].id.as_str();
        let mut waits_for: Vec<String> = waits.iter().filter(|wait| wait.from == id).map(|wait| wait.to.to_owned()).collect();
        waits_for.dedup();
        let level = order.levels.iter().position(|level| level.contains(&index)).unwrap_or_default();
        OrderedPlugin { id: id.to_owned(), level, waits_for }
    };
    let plugins: Vec<OrderedPlugin> = order.order.iter().map(ordered).collect();
    let explanation = match arguments.explain.as_deref() {
        Some([one, other]) => Some(explain(one, other, &plugins, &waits, &build)?),
        _ => None,
    };
    session.print(&Order { plugins, explanation })?;
    Ok(Verdict::Clean)
}

fn explain(one: &str, other: &str, plugins: &[OrderedPlugin], waits: &[Wait], build: &Build<'_>) -> Result<Explanation, Failure> {
    let place = |id: &str| {
        build.project().plugin(id)?;
        plugins.iter().position(|plugin| plugin.id == id).ok_or_else(|| build.without(id))
    };
    let (first, second) = if place(one)? <= place(other)? { (one, other) } else { (other, one) };
    let level = |id: &str| plugins.iter().find(|plugin| plugin.id == id).map(|plugin| plugin.level);
    Ok(Explanation {
        first: first.to_owned(),
        second: second.to_owned(),
        chain: chain(second, first, waits).into_iter().map(step).collect(),
        together: level(first) == level(second),
    })
}

fn step(wait: &Wait) -> ExplanationStep {
    ExplanationStep {
        from: wait.from.to_owned(),
        to: wait.to.to_owned(),
        kind: wait.word().to_owned(),
        text: wait.sentence(),
        place: wait.place.clone(),
    }
}

/// The shortest way from a plugin to one that it waits for, through others that wait. Of ways of one length, one over requirements is
/// preferred to one over what may be absent.
fn chain<'w>(from: &str, to: &str, waits: &'w [Wait]) -> Vec<&'w Wait> {
    let mut waits: Vec<&Wait> = waits.iter().collect();
    waits.sort_by_key(|wait| wait.requirement.is_none_or(|line| line.optional));
    let mut reached: BTreeMap<&str, &Wait> = BTreeMap::new();
    let mut waiting = VecDeque::from([from]);
    while let Some(at) = waiting.pop_front() {
        for wait in waits.iter().filter(|wait| wait.from == at && wait.to != from) {
            if !reached.contains_key(wait.to) {
                reached.insert(wait.to, wait);
                waiting.push_back(wait.to);
            }
        }
    }
    let mut way = Vec::new();
    let mut at = to;
    while let Some(wait) = reached.get(at) {
        way.insert(0, *wait);
        at = wait.from;
    }
    way
}

impl Report for Order {
    fn text(&self, page: &mut Page) {
        if let Some(explanation) = &self.explanation {
            return explanation.text(page);
        }
        let mut table = Table::new(["level", "plugin", "after"]);
        let mut level = None;
        for plugin in &self.plugins {
            let shown = if level == Some(plugin.level) { String::new() } else { plugin.level.to_string() };
            level = Some(plugin.level);
            table.row([shown.into(), plugin.id.clone().into(), plugin.waits_for.join(", ").into()]);
        }
        page.table(&table);
    }
}

impl Explanation {
    fn text(&self, page: &mut Page) {
        let Self { first, second, .. } = self;
        if first == second {
            return page.line(format!("`{first}` is one plugin"));
        }
        match (self.chain.is_empty(), self.together) {
            (true, true) => page.line(format!("`{first}` and `{second}` start at the same time: no line of a manifest puts one before the other")),
            (true, false) => page.line(format!(
                "`{first}` starts before `{second}`, but no line of a manifest says so: `{second}` waits for others, `{first}` for fewer"
            )),
            (false, _) => {
                page.line(styled(style::HEADING, format!("`{first}` starts before `{second}`:")));
                let mut table = Table::plain().indented();
                for step in &self.chain {
                    table.row([step.text.clone().into(), step.place.clone().into()]);
                }
                page.table(&table);
            }
        }
    }
}
