//! Puts native plugins among those that are linked in: the same resolver as `host!` calls, over all of them together.

use std::sync::Arc;

use keyway_manifest::{Descriptor, Graph, LockRules, Order, PluginId, Policy, Report, resolve_slice};

use crate::host::failure::Problem;
use crate::host::library::LibraryInfo;
use crate::host::lineup::{Entrant, Lineup};
use crate::host::need::Need;
use crate::plugin::Registration;

/// A native plugin that may become a part of the host.
#[derive(Debug, Clone)]
pub(in crate::host) struct Joining {
    pub(in crate::host) registration: Registration,
    pub(in crate::host) library: Arc<LibraryInfo>,
    pub(in crate::host) need: Need,
    /// Whether its library is refused, so that the host does not start in any case. Others that need it are not told that it is missing,
    /// and what is wrong with its own manifest is not told beside the reason why it is refused.
    pub(in crate::host) is_refused: bool,
}

/// A native plugin that the host does without, because it does not fit to the others.
pub(in crate::host) struct LeftOut {
    pub(in crate::host) plugin: &'static Descriptor,
    pub(in crate::host) problem: Problem,
}

impl Lineup {
    /// Adds native plugins and orders all anew. Without any, the order that the compiler found stays as it is.
    ///
    /// Optional plugins that do not fit are left out, as few as can be said without trying all ways: each is tried by itself, in the order
    /// of ids, until no more of them fits.
    ///
    /// # Errors
    /// What is wrong with the graph of all required plugins.
    pub(in crate::host) fn join(&mut self, mut joining: Vec<Joining>) -> Result<Vec<LeftOut>, Report> {
        if joining.is_empty() {
            return Ok(Vec::new());
        }
        let refused: Vec<_> = joining.iter().filter(|plugin| plugin.is_refused).map(Joining::id).collect();
        if !refused.is_empty() {
            self.policy = without_rules_of(&self.policy, &refused);
        }
        let linked = std::mem::take(&mut self.plugins);
        let mut all: Vec<Entrant> = linked.into_iter().chain(joining.iter().map(Joining::entrant)).collect();
        match self.resolve(&all) {
            Ok(order) => {
                self.plugins = arrange(&all, &order);
                return Ok(Vec::new());
            }
            Err(report) if joining.iter().all(|plugin| plugin.need == Need::Required) => return Err(report),
            Err(_) => {}
        }
        all.truncate(all.len() - joining.len());
        joining.sort_by_key(|plugin| plugin.registration.descriptor.id);
        let (required, mut waiting): (Vec<_>, Vec<_>) = joining.into_iter().partition(|plugin| plugin.need == Need::Required);
        all.extend(required.iter().map(Joining::entrant));
        let mut order = self.resolve(&all)?;
        loop {
            let mut refused = Vec::new();
            let before = waiting.len();
            for plugin in waiting {
                all.push(plugin.entrant());
                match self.resolve(&all) {
                    Ok(found) => order = found,
                    Err(report) => {
                        all.pop();
                        refused.push((plugin, report));
                    }
                }
            }
            if refused.len() == before || refused.is_empty() {
                self.plugins = arrange(&all, &order);
                return Ok(refused.into_iter().map(|(plugin, report)| plugin.left_out(&report)).collect());
            }
            waiting = refused.into_iter().map(|(plugin, _)| plugin).collect();
        }
    }

    fn resolve(&self, plugins: &[Entrant]) -> Result<Order, Report> {
        let libraries: Vec<_> =
            plugins.iter().filter(|plugin| plugin.library.is_some()).map(|plugin| plugin.registration.descriptor.id).collect();
        let plugins: Vec<_> = plugins.iter().map(|plugin| plugin.registration.descriptor).collect();
        // The compiler held what is linked to the lock, and each library was when it was examined.
        let policy = Policy { lock: LockRules::DEFAULT, ..self.policy };
        resolve_slice(&Graph {
            plugins: &plugins,
            sdk: self.sdk,
            available: self.available,
            libraries: &libraries,
            policy: &policy,
            policy_file: self.policy_file,
            lock: None,
        })
    }
}

impl Joining {
    fn entrant(&self) -> Entrant {
        let mut registration = self.registration.clone();
        if self.is_refused {
            registration.descriptor = in_place_of(registration.descriptor);
        }
        Entrant { registration, level: 0, library: Some(Arc::clone(&self.library)) }
    }

    const fn id(&self) -> PluginId {
        self.registration.descriptor.id
    }

    fn left_out(self, report: &Report) -> LeftOut {
        LeftOut { plugin: self.registration.descriptor, problem: Problem::of_graph(report) }
    }
}

/// A plugin that needs and asks for nothing, and offers what this one does.
fn in_place_of(refused: &Descriptor) -> &'static Descriptor {
    // The host does not start, so this is made once in the life of a program.
    Box::leak(Box::new(Descriptor {
        requires: &[],
        conflicts: &[],
        after: &[],
        before: &[],
        permissions: &[],
        extensions: &[],
        asks: &[],
        events: &[],
        ..*refused
    }))
}

/// The policy without what it says about plugins of which nothing is known for sure.
fn without_rules_of(policy: &Policy, refused: &[PluginId]) -> Policy {
    let kept = policy.rules.iter().filter(|rule| rule.plugin.is_none_or(|plugin| !refused.contains(&plugin)));
    Policy { rules: kept.copied().collect::<Vec<_>>().leak(), ..*policy }
}

/// The plugins in start order, with their levels.
fn arrange(plugins: &[Entrant], order: &Order) -> Vec<Entrant> {
    let levels = order.levels.iter().zip(0_u16..);
    let arranged =
        levels.flat_map(|(indices, level)| indices.iter().map(move |&index| Entrant { level, ..plugins[index].clone() }));
    arranged.collect()
}

#[cfg(test)]
mod tests;
