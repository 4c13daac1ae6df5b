//! `cargo keyway why ID`: what brings a plugin in, who needs it, and what breaks without it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use keyway_build::project::KnownPlugin;
use keyway_manifest::host::Features;
use keyway_manifest::{Descriptor, Graph, Target, resolve_slice};
use serde::{Deserialize, Serialize};

use crate::arguments::BuildArguments;
use crate::failure::Failure;
use crate::output::{Page, Report, Table, style, styled};
use crate::project::Build;
use crate::session::Session;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The plugin's id, as in `site.search`.
    id: String,
    #[command(flatten)]
    build: BuildArguments,
}

/// Why a plugin is in a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Why {
    /// The plugin.
    pub id: String,
    /// Whether the build has it.
    pub enabled: bool,
    /// How features bring it in: each from one that was asked for to one that brings it. Empty when it is always there, or not at all.
    pub brought_by: Vec<Vec<String>>,
    /// The features that would bring it in.
    pub features: Vec<String>,
    /// The plugins of the build that need it, directly.
    pub needed_by: Vec<WhyNeeded>,
    /// What the compiler would say of the build without it, in one line each; empty when it can be left out.
    pub breaks: Vec<String>,
    /// The plugins that would have to go with it.
    pub goes_with: Vec<String>,
}

/// A plugin that needs the one in question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhyNeeded {
    /// The plugin that needs it.
    pub id: String,
    /// What it needs: the plugin, or a service of it.
    pub needs: String,
    /// The versions.
    pub range: String,
    /// Whether it copes without.
    pub optional: bool,
    /// Why; empty when not said.
    pub reason: String,
    /// The line of its manifest: `file:line`.
    pub place: String,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let project = session.project()?;
    let plugin = project.plugin(&arguments.id)?;
    let build = project.build(&arguments.build)?;
    let asked = project.features(&arguments.build)?;
    session.print(&why(&arguments.id, plugin, &build, &asked))?;
    Ok(Verdict::Clean)
}

fn why(id: &str, plugin: &KnownPlugin, build: &Build<'_>, asked: &BTreeSet<String>) -> Why {
    let enabled = build.has(plugin);
    let conditions = plugin.dependency.iter().flat_map(|dependency| &dependency.conditions);
    let features: BTreeSet<&String> = conditions.flat_map(|condition| &condition.features).collect();
    let table = &build.project().host().features;
    let is_on = |feature: &&&String| build.features().contains(feature.as_str());
    let brought_by = features.iter().filter(is_on).filter_map(|feature| chain(table, asked, feature)).collect();
    Why {
        id: id.to_owned(),
        enabled,
        brought_by,
        features: features.into_iter().cloned().collect(),
        needed_by: plugin.descriptor().map(|descriptor| needed_by(descriptor, build.plugins())).unwrap_or_default(),
        breaks: if enabled { breaks(build, &BTreeSet::from([id])) } else { Vec::new() },
        goes_with: if enabled { goes_with(id, build) } else { Vec::new() },
    }
}

/// The shortest way from a feature that was asked for to one that it turns on.
fn chain(table: &Features, asked: &BTreeSet<String>, wanted: &str) -> Option<Vec<String>> {
    let mut reached: BTreeMap<&str, Option<&str>> = asked.iter().map(|feature| (feature.as_str(), None)).collect();
    let mut waiting: VecDeque<&str> = asked.iter().map(String::as_str).collect();
    while let Some(feature) = waiting.pop_front() {
        if feature == wanted {
            let mut way = vec![feature.to_owned()];
            let mut at = feature;
            while let Some(Some(before)) = reached.get(at) {
                way.insert(0, (*before).to_owned());
                at = before;
            }
            return Some(way);
        }
        for next in table.turned_on_by(feature) {
            if !reached.contains_key(next) {
                reached.insert(next, Some(feature));
                waiting.push_back(next);
            }
        }
    }
    None
}

/// The lines of other manifests that name a plugin, or a service of it.
fn needed_by(plugin: &Descriptor, others: &[&'static Descriptor]) -> Vec<WhyNeeded> {
    let mut needed = Vec::new();
    for other in others.iter().filter(|other| !other.id.same(&plugin.id)) {
        for line in other.requires {
            let meets = match line.target {
                Target::Plugin => line.id.same(&plugin.id),
                Target::Service => plugin.provides.iter().any(|service| service.id.same(&line.id)),
            };
            if meets {
                needed.push(WhyNeeded {
                    id: other.id.to_string(),
                    needs: line.id.to_string(),
                    range: line.range.text.to_owned(),
                    optional: line.optional,
                    reason: line.reason.to_owned(),
                    place: format!("{}:{}", line.location.file, line.location.line),
                });
            }
        }
    }
    needed.sort_by(|left, right| (&left.id, &left.needs).cmp(&(&right.id, &right.needs)));
    needed
}

/// What is wrong with a build without some of its plugins that is not wrong with it as it is: one line for each problem.
fn breaks(build: &Build<'_>, without: &BTreeSet<&str>) -> Vec<String> {
    let first_lines = |graph: &Graph<'_>| -> Vec<String> {
        let Err(report) = resolve_slice(graph) else { return Vec::new() };
        report.texts().iter().filter_map(|text| text.lines().next()).map(|line| line.trim_start().to_owned()).collect()
    };
    let rest: Vec<&'static Descriptor> =
        build.plugins().iter().copied().filter(|plugin| !without.contains(plugin.id.as_str())).collect();
    let before = first_lines(&build.graph());
    let mut after = first_lines(&Graph { plugins: &rest, ..build.graph() });
    after.retain(|line| !before.contains(line));
    after
}

/// The plugins that cannot stay when one goes, and those that cannot stay without them.
fn goes_with(id: &str, build: &Build<'_>) -> Vec<String> {
    let mut gone = BTreeSet::from([id]);
    loop {
        let rest = || build.plugins().iter().filter(|plugin| !gone.contains(plugin.id.as_str()));
        let is_there = |target: Target, id: &str| match target {
            Target::Plugin => rest().any(|plugin| plugin.id.as_str() == id),
            Target::Service => rest().any(|plugin| plugin.provides.iter().any(|service| service.id.as_str() == id)),
        };
        let lost =
            rest().find(|plugin| plugin.requires.iter().any(|line| !line.optional && !is_there(line.target, line.id.as_str())));
        match lost {
            Some(plugin) => gone.insert(plugin.id.as_str()),
            None => break,
        };
    }
    gone.remove(id);
    gone.into_iter().map(str::to_owned).collect()
}

impl Report for Why {
    fn text(&self, page: &mut Page) {
        let id = styled(style::HEADING, &self.id);
        let quoted = |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
        match (self.enabled, self.features.as_slice()) {
            (true, []) => page.line(format!("{id} is always in the build: Cargo.toml or `host!` names it without a feature")),
            (true, _) => {
                page.line(format!("{id} is in the build"));
                for way in &self.brought_by {
                    page.line(format!(
                        "  by the feature {}",
                        way.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" -> ")
                    ));
                }
            }
            (false, []) => page.line(format!("{id} is not in the build: it is for another target")),
            (false, features) => {
                page.line(format!("{id} is not in the build"));
                page.line(format!("  the feature {} would bring it in", quoted(features)));
            }
        }
        if !self.needed_by.is_empty() {
            page.heading("needed by");
            let mut table = Table::plain().indented();
            for line in &self.needed_by {
                let optional = if line.optional { "optional" } else { "" };
                let needs = format!("{} {}", line.needs, line.range);
                table.row([
                    line.id.clone().into(),
                    needs.into(),
                    optional.into(),
                    line.place.clone().into(),
                    line.reason.clone().into(),
                ]);
            }
            page.table(&table);
        }
        if !self.enabled {
            return;
        }
        page.heading("without it");
        if self.breaks.is_empty() {
            page.line("  the build is as right as before: nothing in it depends on the plugin");
        }
        for line in &self.breaks {
            page.line(format!("  {line}"));
        }
        if !self.goes_with.is_empty() {
            page.line(format!("  with it would have to go {}", self.goes_with.join(", ")));
        }
    }
}
