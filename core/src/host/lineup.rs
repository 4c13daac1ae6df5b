//! The plugins of a host in start order.

use keyway_manifest::{Available, Policy};

use super::failure::Problem;
use crate::plugin::Registration;
use crate::{Census, PluginTable};

/// The plugins of a host in start order, with what the compiler found out about them.
pub(crate) struct Lineup {
    /// Each plugin with its start level.
    pub(crate) plugins: Vec<(Registration, u16)>,
    pub(crate) policy: Policy,
    pub(crate) available: &'static [Available],
    pub(crate) panic_abort: bool,
    /// What the table and the linker disagree about.
    pub(crate) census: Census,
}

impl Lineup {
    pub(super) fn from_table(table: &PluginTable) -> Result<Self, Problem> {
        let entry = |&index: &u16| {
            let index = usize::from(index);
            Some((table.registrations.get(index).copied()?.clone(), *table.levels.get(index)?))
        };
        let plugins: Option<Vec<_>> = table.order.iter().map(entry).collect();
        let plugins = plugins.filter(|plugins| plugins.len() == table.registrations.len()).ok_or_else(|| {
            let (plugins, order, levels) = (table.registrations.len(), table.order.len(), table.levels.len());
            let message =
                format!("the plugin table does not fit together: {plugins} plugins, an order of {order}, {levels} levels");
            Problem::new("KW0623", message, "let `host!` make the table")
        })?;
        let census = Census::take(table);
        Ok(Self { plugins, policy: *table.policy, available: table.available, panic_abort: table.panic_abort, census })
    }
}
