//! A second resolver, slow and plain: maps, petgraph and the `semver` crate.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::{tarjan_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};

use super::maker::Plugin;

/// A rule of the policy: plugin (empty for all), whether it allows, permission, scopes (empty for every scope).
pub(crate) type Rule = (String, bool, String, Vec<String>);

/// What an edge was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    Requires,
    Service,
    After,
    Before,
}

pub(crate) struct Verdict {
    /// One line per problem, without rings.
    pub(crate) problems: Vec<String>,
    /// The members of each strongly connected component that holds a ring, sorted by id.
    pub(crate) rings: BTreeSet<Vec<String>>,
    /// From the one that waits to the one it waits for.
    pub(crate) edges: BTreeSet<(String, String, Why)>,
    /// Only without rings: indices by level.
    pub(crate) levels: Vec<Vec<usize>>,
}

fn fits(range: &str, version: &str) -> bool {
    semver::VersionReq::parse(range).expect("a range").matches(&semver::Version::parse(version).expect("a version"))
}

/// The scopes of these tests are plain paths, or everything below a folder.
fn contains(outer: &str, inner: &str) -> bool {
    outer == inner || outer.strip_suffix("**").is_some_and(|folder| inner.starts_with(folder))
}

pub(crate) fn judge(plugins: &[Plugin], sdk: &str, available: &[&str], grant_unmentioned: bool, rules: &[Rule]) -> Verdict {
    let mut problems = Vec::new();
    let mut by_id: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut ranked: Vec<usize> = (0..plugins.len()).collect();
    ranked.sort_by_key(|&index| (&plugins[index].id, &plugins[index].package));
    for &index in &ranked {
        by_id.entry(&plugins[index].id).or_default().push(index);
    }
    for same in by_id.values() {
        for &other in &same[1..] {
            problems.push(format!("KW0305 {} {}", plugins[same[0]].package, plugins[other].package));
        }
    }
    let mut providers: BTreeMap<&str, Vec<(usize, &str, bool)>> = BTreeMap::new();
    for &index in &ranked {
        for (id, version, exclusive) in &plugins[index].provides {
            providers.entry(id).or_default().push((index, version, *exclusive));
        }
    }
    for (service, offers) in &providers {
        for (at, first) in offers.iter().enumerate() {
            for second in &offers[at + 1..] {
                if first.2 || second.2 {
                    let mut pair = [&plugins[first.0].package, &plugins[second.0].package];
                    pair.sort();
                    problems.push(format!("KW0307 {service} {} {}", pair[0], pair[1]));
                }
            }
        }
    }
    let mut edges = Vec::new();
    for (index, plugin) in plugins.iter().enumerate() {
        let package = &plugin.package;
        if !fits(&plugin.host, sdk) {
            problems.push(format!("KW0310 {package}"));
        }
        for (id, range, optional) in &plugin.requires {
            if id.starts_with("service.") {
                match providers.get(id.as_str()) {
                    None if *optional => {}
                    None => problems.push(format!("KW0308 {package} {id}")),
                    Some(offers) => {
                        if !offers.iter().any(|offer| fits(range, offer.1)) {
                            problems.push(format!("{} {package} {id}", if *optional { "KW0303" } else { "KW0309" }));
                        }
                        if offers.iter().all(|offer| offer.0 != index) {
                            edges.extend(offers.iter().map(|offer| (index, offer.0, Why::Service)));
                        }
                    }
                }
                continue;
            }
            match by_id.get(id.as_str()) {
                None if *optional => {}
                None => problems.push(format!("KW0302 {package} {id}")),
                Some(found) => {
                    if !fits(range, &plugins[found[0]].version) {
                        problems.push(format!("{} {package} {id}", if *optional { "KW0303" } else { "KW0301" }));
                    }
                    edges.push((index, found[0], Why::Requires));
                }
            }
        }
        for id in &plugin.after {
            edges.extend(by_id.get(id.as_str()).map(|found| (index, found[0], Why::After)));
        }
        for id in &plugin.before {
            edges.extend(by_id.get(id.as_str()).map(|found| (found[0], index, Why::Before)));
        }
    }
    problems.extend(conflicts(plugins, &by_id));
    problems.extend(permissions(plugins, grant_unmentioned, rules));
    problems.extend(grants(plugins, &by_id, available, rules));
    problems.sort();
    let (rings, levels) = arrange(plugins, &ranked, &edges);
    let name = |index: usize| plugins[index].package.clone();
    Verdict { problems, rings, edges: edges.iter().map(|&(from, to, why)| (name(from), name(to), why)).collect(), levels }
}

/// Each conflicting pair once, however many of the two name it.
fn conflicts(plugins: &[Plugin], by_id: &BTreeMap<&str, Vec<usize>>) -> BTreeSet<String> {
    let mut pairs = BTreeSet::new();
    for (index, plugin) in plugins.iter().enumerate() {
        for (id, range) in &plugin.conflicts {
            let Some(&other) = by_id.get(id.as_str()).and_then(|found| found.first()) else { continue };
            if other != index && (range == "*" || fits(range, &plugins[other].version)) {
                let mut pair = [&plugin.package, &plugins[other].package];
                pair.sort();
                pairs.insert(format!("KW0304 {} {}", pair[0], pair[1]));
            }
        }
    }
    pairs
}

fn permissions(plugins: &[Plugin], grant_unmentioned: bool, rules: &[Rule]) -> Vec<String> {
    let mut problems = Vec::new();
    // Which of two plugins with one id the policy means cannot be known.
    let is_alone = |plugin: &&Plugin| plugins.iter().filter(|other| other.id == plugin.id).count() == 1;
    for plugin in plugins.iter().filter(is_alone) {
        for (name, scopes, optional) in &plugin.permissions {
            let applying: Vec<&Rule> =
                rules.iter().filter(|rule| (rule.0.is_empty() || rule.0 == plugin.id) && rule.2 == *name).collect();
            for scope in scopes.iter().filter(|_| !optional) {
                let denied = applying.iter().any(|rule| {
                    !rule.1 && (rule.3.is_empty() || rule.3.iter().any(|other| contains(other, scope) || contains(scope, other)))
                });
                let mut allowing = applying.iter().filter(|rule| rule.1).peekable();
                let unmentioned = allowing.peek().is_none();
                let allowed = allowing.any(|rule| rule.3.is_empty() || rule.3.iter().any(|other| contains(other, scope)));
                if denied {
                    problems.push(format!("KW0312 {} {name} {scope}", plugin.package));
                } else if !(allowed || grant_unmentioned && unmentioned) {
                    problems.push(format!("KW0313 {} {name} {scope}", plugin.package));
                }
            }
        }
    }
    problems
}

fn grants(plugins: &[Plugin], by_id: &BTreeMap<&str, Vec<usize>>, available: &[&str], rules: &[Rule]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut unknown = BTreeSet::new();
    for (id, allows, name, scopes) in rules.iter().filter(|rule| !rule.0.is_empty()) {
        let Some(found) = by_id.get(id.as_str()) else {
            if !available.contains(&id.as_str()) && unknown.insert(id) {
                problems.push(format!("KW0315 {id}"));
            }
            continue;
        };
        if !allows || found.len() > 1 {
            continue;
        }
        match plugins[found[0]].permissions.iter().find(|permission| permission.0 == *name) {
            None => problems.push(format!("KW0314 {id} {name} ")),
            Some((_, asked, _)) => {
                for scope in scopes.iter().filter(|scope| !asked.iter().any(|asked| contains(asked, scope))) {
                    problems.push(format!("KW0314 {id} {name} {scope}"));
                }
            }
        }
    }
    problems
}

fn arrange(plugins: &[Plugin], ranked: &[usize], edges: &[(usize, usize, Why)]) -> (BTreeSet<Vec<String>>, Vec<Vec<usize>>) {
    let mut graph = DiGraph::<usize, ()>::new();
    let nodes: Vec<NodeIndex> = (0..plugins.len()).map(|index| graph.add_node(index)).collect();
    for &(from, to, _) in edges {
        graph.add_edge(nodes[to], nodes[from], ());
    }
    let mut rings = BTreeSet::new();
    for component in tarjan_scc(&graph) {
        if component.len() > 1 || graph.contains_edge(component[0], component[0]) {
            let mut members: Vec<(&String, &String)> =
                component.iter().map(|&node| (&plugins[graph[node]].id, &plugins[graph[node]].package)).collect();
            members.sort();
            rings.insert(members.into_iter().map(|(_, package)| package.clone()).collect());
        }
    }
    let mut levels: Vec<Vec<usize>> = Vec::new();
    if let Ok(order) = toposort(&graph, None) {
        let mut level = vec![0; plugins.len()];
        for node in order {
            level[graph[node]] =
                graph.neighbors_directed(node, petgraph::Incoming).map(|from| level[graph[from]] + 1).max().unwrap_or(0);
        }
        levels.resize(level.iter().max().map_or(0, |deepest| deepest + 1), Vec::new());
        for &index in ranked {
            levels[level[index]].push(index);
        }
    }
    (rings, levels)
}
