//! Who uses whom: the requirements of the plugins of a host, by rank. Made only when a plugin is missing, switched or reloaded.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use keyway_manifest::{Requirement, Target};

use super::inner::Inner;

/// The requirements of each plugin.
pub(super) struct Links(Vec<Vec<Link>>);

/// One requirement and the ranks of the plugins that satisfy it, any one of which will do.
pub(super) struct Link {
    pub(super) requirement: &'static Requirement,
    pub(super) satisfied_by: Vec<usize>,
}

impl Links {
    pub(super) fn new(inner: &Inner) -> Self {
        let mut providers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (rank, member) in inner.members.iter().enumerate() {
            for provision in member.descriptor().provides {
                providers.entry(provision.id.as_str()).or_default().push(rank);
            }
        }
        let link = |requirement: &'static Requirement| Link {
            requirement,
            satisfied_by: match requirement.target {
                Target::Plugin => inner.rank_of(requirement.id.as_str()).into_iter().collect(),
                Target::Service => providers.get(requirement.id.as_str()).cloned().unwrap_or_default(),
            },
        };
        Self(inner.members.iter().map(|member| member.descriptor().requires.iter().map(link).collect()).collect())
    }

    /// All requirements of one plugin, of which it can do without the optional ones.
    pub(super) fn of(&self, rank: usize) -> &[Link] {
        &self.0[rank]
    }

    /// The mandatory requirements of one plugin.
    pub(super) fn mandatory(&self, rank: usize) -> impl Iterator<Item = &Link> {
        self.of(rank).iter().filter(|link| !link.requirement.optional)
    }

    /// The running plugins that lose something they require when those of `gone` stop, each with the first such requirement,
    /// transitively, in start order. Plugins of `gone` are not among them.
    pub(super) fn dependents(&self, inner: &Inner, gone: &BTreeSet<usize>) -> BTreeMap<usize, &'static Requirement> {
        let mut gone = gone.clone();
        let mut found = BTreeMap::new();
        // Dependents come later in start order than what they need, so one pass finds them all.
        for rank in 0..self.0.len() {
            if gone.contains(&rank) || !inner.members[rank].is_running() {
                continue;
            }
            let stays = |rank: &usize| !gone.contains(rank) && inner.members[*rank].is_running();
            if let Some(lost) = self.mandatory(rank).find(|link| !link.satisfied_by.iter().any(stays)) {
                gone.insert(rank);
                found.insert(rank, lost.requirement);
            }
        }
        found
    }
}

/// The graph of a host in the DOT language, for Graphviz.
pub(super) fn dot(inner: &Inner) -> String {
    let mut text = String::from("digraph plugins {\n    rankdir = LR;\n    node [shape = box];\n");
    // Writing to a string cannot fail.
    for member in &inner.members {
        let descriptor = member.descriptor();
        let style = if member.is_running() { "" } else { ", style = dashed" };
        let _ = writeln!(text, "    \"{}\" [label = \"{}\\n{}\"{style}];", descriptor.id, descriptor.id, descriptor.version);
    }
    for member in &inner.members {
        let descriptor = member.descriptor();
        for requirement in descriptor.requires {
            let style = if requirement.optional { "dashed" } else { "solid" };
            let (id, range) = (requirement.id, requirement.range.text);
            let (targets, label): (Vec<_>, _) = match requirement.target {
                Target::Plugin => (inner.rank_of(id.as_str()).into_iter().collect(), range.to_owned()),
                Target::Service => {
                    let provides =
                        |rank: &usize| inner.members[*rank].descriptor().provides.iter().any(|provision| provision.id == id);
                    ((0..inner.members.len()).filter(provides).collect(), format!("{id} {range}"))
                }
            };
            for target in targets {
                let _ = writeln!(
                    text,
                    "    \"{}\" -> \"{}\" [label = \"{label}\", style = {style}];",
                    descriptor.id,
                    inner.id(target)
                );
            }
        }
        let hints = descriptor.after.iter().map(|hint| (descriptor.id, hint.id));
        for (later, earlier) in hints.chain(descriptor.before.iter().map(|hint| (hint.id, descriptor.id))) {
            if inner.rank_of(later.as_str()).is_some() && inner.rank_of(earlier.as_str()).is_some() {
                let _ = writeln!(text, "    \"{later}\" -> \"{earlier}\" [label = \"after\", style = dotted];");
            }
        }
    }
    text.push_str("}\n");
    text
}
