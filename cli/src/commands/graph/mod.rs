//! `cargo keyway graph`: the plugins of a build and who waits for whom, as text or as a drawing.

mod mermaid;
mod svg;

use serde::{Deserialize, Serialize};

use crate::arguments::BuildArguments;
use crate::failure::Failure;
use crate::output::{Page, Report, style, styled};
use crate::project::{Build, Wait};
use crate::session::Session;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// For Graphviz, with what the build leaves out, and conflicts.
    #[arg(long, group = "drawing")]
    dot: bool,
    /// For Mermaid, which Markdown on many sites understands.
    #[arg(long, group = "drawing")]
    mermaid: bool,
    /// As an SVG picture: a column for each level.
    #[arg(long, group = "drawing")]
    svg: bool,
    #[command(flatten)]
    build: BuildArguments,
}

/// The plugins of a build, and who waits for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Graph {
    /// The plugins in start order.
    pub plugins: Vec<GraphPlugin>,
    /// Who waits for whom, by the ids of both.
    pub edges: Vec<GraphEdge>,
}

/// A plugin of a graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphPlugin {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// The level at which it starts.
    pub level: usize,
}

/// One plugin waits for another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphEdge {
    /// The plugin that waits.
    pub from: String,
    /// The plugin that it waits for.
    pub to: String,
    /// `requires`, `service`, `after` or `before`.
    pub kind: String,
    /// The service and its versions, or the versions of the plugin; empty for mere order.
    pub label: String,
    /// Whether the one copes without the other.
    pub optional: bool,
    /// The line: `file:line`.
    pub place: String,
}

/// A graph in another language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drawing {
    /// `dot`, `mermaid` or `svg`.
    pub language: String,
    /// The text in that language.
    pub text: String,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let project = session.project()?;
    let build = project.build(&arguments.build)?;
    // Graphviz is for looking at what is wrong, too.
    let drawing = if arguments.dot {
        ("dot", keyway_build::project::to_dot(build.gathered()))
    } else {
        let graph = graph(&build, session)?;
        match arguments {
            Arguments { mermaid: true, .. } => ("mermaid", mermaid::draw(&graph)),
            Arguments { svg: true, .. } => ("svg", svg::draw(&graph)),
            _ => {
                session.print(&graph)?;
                return Ok(Verdict::Clean);
            }
        }
    };
    session.print(&Drawing { language: drawing.0.to_owned(), text: drawing.1 })?;
    Ok(Verdict::Clean)
}

fn graph(build: &Build<'_>, session: &Session) -> Result<Graph, Failure> {
    let order = build.told_order(session)?;
    let plugin = |&index: &usize| {
        let plugin = build.plugins()[index];
        let level = order.levels.iter().position(|level| level.contains(&index)).unwrap_or_default();
        GraphPlugin { id: plugin.id.to_string(), version: plugin.version.to_string(), level }
    };
    Ok(Graph { plugins: order.order.iter().map(plugin).collect(), edges: Wait::all(build).iter().map(edge).collect() })
}

fn edge(wait: &Wait) -> GraphEdge {
    let label = wait.requirement.map(|line| match wait.word() {
        "service" => format!("{} {}", line.id, line.range.text),
        _ => line.range.text.to_owned(),
    });
    GraphEdge {
        from: wait.from.to_owned(),
        to: wait.to.to_owned(),
        kind: wait.word().to_owned(),
        label: label.unwrap_or_default(),
        optional: wait.requirement.is_none_or(|line| line.optional),
        place: wait.place.clone(),
    }
}

impl Report for Graph {
    fn text(&self, page: &mut Page) {
        let mut level = None;
        for plugin in &self.plugins {
            if level != Some(plugin.level) {
                page.line(styled(style::HEADING, format!("level {}", plugin.level)));
                level = Some(plugin.level);
            }
            page.line(format!("  {} {}", plugin.id, styled(style::FAINT, &plugin.version)));
            for edge in self.edges.iter().filter(|edge| edge.from == plugin.id) {
                let optional = if edge.optional && !edge.label.is_empty() { ", optional" } else { "" };
                match edge.kind.as_str() {
                    "requires" => page.line(format!("    needs {} {}{optional}", edge.to, edge.label)),
                    "service" => page.line(format!("    needs {}{optional}, from {}", edge.label, edge.to)),
                    _ => page.line(format!("    after {}", edge.to)),
                }
            }
        }
    }
}

impl Report for Drawing {
    fn text(&self, page: &mut Page) {
        page.line(self.text.trim_end());
    }
}
