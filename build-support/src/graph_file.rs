//! Writes the graph for tools (JSON) and for people (DOT).

use std::fmt::Write;
use std::path::Path;

use keyway_manifest::host::HostManifest;
use keyway_manifest::{Descriptor, Graph, Order, Report, Requirement, Target};
use serde_json::{Value, json};

use crate::gather::Gathered;
use crate::output;

/// Writes `keyway-graph.json` and `keyway-graph.dot` into a folder; gives a warning for each that cannot be written.
pub(crate) fn write(
    folder: &Path,
    host: &HostManifest,
    gathered: &Gathered,
    graph: &Graph<'_>,
    outcome: Result<&Order, &Report>,
) -> Vec<String> {
    let files = [
        ("keyway-graph.json", format!("{:#}\n", to_json(host, gathered, graph, outcome))),
        ("keyway-graph.dot", to_dot(gathered)),
    ];
    let write = |(name, text): (&str, String)| {
        let error = std::fs::write(folder.join(name), text).err()?;
        Some(output::warning(&format!("KW0440 `{name}` cannot be written: {error}")))
    };
    files.into_iter().filter_map(write).collect()
}

/// The graph as JSON; `format` grows with each change that readers must know.
pub(crate) fn to_json(host: &HostManifest, gathered: &Gathered, graph: &Graph<'_>, outcome: Result<&Order, &Report>) -> Value {
    let level = |index: usize| outcome.ok().and_then(|order| order.levels.iter().position(|level| level.contains(&index)));
    let plugins: Vec<Value> =
        gathered.plugins.iter().enumerate().map(|(index, plugin)| plugin_to_json(plugin, gathered, level(index))).collect();
    let disabled = gathered.available.iter().filter(|known| !gathered.plugins.iter().any(|plugin| plugin.id == known.id));
    let disabled: Vec<Value> = disabled
        .map(|known| {
            json!({
                "id": known.id.as_str(),
                "version": known.version.to_string(),
                "package": known.package,
                "feature": known.feature,
                "provides": known.provides.iter().map(|(id, version)| json!({"id": id, "version": version.to_string()})).collect::<Vec<_>>(),
            })
        })
        .collect();
    let order: Vec<&str> =
        outcome.map(|order| order.order.iter().map(|&index| gathered.plugins[index].id.as_str()).collect()).unwrap_or_default();
    let problems: Vec<&str> =
        outcome.err().map(|report| report.problems.iter().map(|problem| problem.code().as_str()).collect()).unwrap_or_default();
    json!({
        "format": 1,
        "host": host.facts.name,
        "sdk": graph.sdk.map(|sdk| json!({"name": sdk.name, "version": sdk.version.to_string()})),
        "plugins": plugins,
        "disabled": disabled,
        "unknown": gathered.unknown,
        "order": order,
        "problems": problems,
        "report": outcome.err().map(ToString::to_string).unwrap_or_default(),
    })
}

fn plugin_to_json(plugin: &Descriptor, gathered: &Gathered, level: Option<usize>) -> Value {
    let requirement = |line: &Requirement| {
        let target = match line.target {
            Target::Plugin => "plugin",
            Target::Service => "service",
        };
        json!({"id": line.id.as_str(), "target": target, "range": line.range.text, "optional": line.optional, "reason": line.reason})
    };
    let ids = |hints: &[keyway_manifest::OrderHint]| hints.iter().map(|hint| hint.id.as_str()).collect::<Vec<_>>();
    json!({
        "id": plugin.id.as_str(),
        "version": plugin.version.to_string(),
        "package": plugin.package,
        "feature": gathered.features.get(plugin.id.as_str()),
        "level": level,
        "requires": plugin.requires.iter().map(requirement).collect::<Vec<_>>(),
        "conflicts": plugin.conflicts.iter().map(|line| json!({"id": line.id.as_str(), "range": line.range.text, "reason": line.reason})).collect::<Vec<_>>(),
        "provides": plugin.provides.iter().map(|line| json!({"id": line.id.as_str(), "version": line.version.to_string(), "exclusive": line.exclusive})).collect::<Vec<_>>(),
        "after": ids(plugin.after),
        "before": ids(plugin.before),
        "permissions": plugin.permissions.iter().map(|line| json!({"name": line.name, "scopes": line.scopes, "optional": line.optional, "reason": line.reason})).collect::<Vec<_>>(),
    })
}

/// The graph for Graphviz: an arrow goes from a plugin to what it needs; dashed when optional, dotted for mere order.
#[must_use]
pub fn to_dot(gathered: &Gathered) -> String {
    let mut dot = String::from("digraph keyway {\n    rankdir = LR;\n    node [shape = box];\n");
    let mut line = |text: String| {
        let _ = writeln!(dot, "    {text}");
    };
    for plugin in &gathered.plugins {
        line(format!("{:?} [label = {:?}];", plugin.id.as_str(), format!("{}\n{}", plugin.id, plugin.version)));
        for service in plugin.provides {
            line(format!("{:?} [shape = ellipse];", service.id.as_str()));
            line(format!("{:?} -> {:?} [label = \"provided by\"];", service.id.as_str(), plugin.id.as_str()));
        }
    }
    for known in gathered.available.iter().filter(|known| !gathered.plugins.iter().any(|plugin| plugin.id == known.id)) {
        line(format!(
            "{:?} [label = {:?}, color = gray, fontcolor = gray];",
            known.id.as_str(),
            format!("{}\nfeature {}", known.id, known.feature)
        ));
    }
    for plugin in &gathered.plugins {
        for requirement in plugin.requires {
            let style = if requirement.optional { ", style = dashed" } else { "" };
            line(format!(
                "{:?} -> {:?} [label = {:?}{style}];",
                plugin.id.as_str(),
                requirement.id.as_str(),
                requirement.range.text
            ));
        }
        for hint in plugin.after {
            line(format!("{:?} -> {:?} [label = \"after\", style = dotted];", plugin.id.as_str(), hint.id.as_str()));
        }
        for hint in plugin.before {
            line(format!("{:?} -> {:?} [label = \"after\", style = dotted];", hint.id.as_str(), plugin.id.as_str()));
        }
        for conflict in plugin.conflicts {
            line(format!(
                "{:?} -> {:?} [label = \"conflicts\", color = red, dir = none];",
                plugin.id.as_str(),
                conflict.id.as_str()
            ));
        }
    }
    dot.push_str("}\n");
    dot
}
