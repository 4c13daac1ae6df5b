//! The plugins of a host in start order.

use std::sync::Arc;

#[cfg(feature = "native")]
use keyway_manifest::Descriptor;
use keyway_manifest::{Available, Lock, Policy, SdkInfo};

use super::failure::Problem;
use super::library::LibraryInfo;
use crate::plugin::Registration;
use crate::{Census, PluginTable};

/// The plugins of a host in start order, with what the compiler found out about them.
pub(crate) struct Lineup {
    pub(crate) plugins: Vec<Entrant>,
    pub(crate) policy: Policy,
    /// The policy's file as a reader would name it; empty when there is none.
    #[cfg_attr(not(feature = "native"), expect(dead_code, reason = "only what joins at run time is compared with it"))]
    pub(crate) policy_file: &'static str,
    #[cfg_attr(not(feature = "native"), expect(dead_code, reason = "only what joins at run time is compared with it"))]
    pub(crate) sdk: Option<SdkInfo>,
    pub(crate) available: &'static [Available],
    /// What was approved of the plugins when the program was compiled.
    pub(crate) lock: Option<&'static Lock>,
    pub(crate) panic_abort: bool,
    /// What the table and the linker disagree about.
    pub(crate) census: Census,
}

/// A plugin with its place in the start order.
#[derive(Debug, Clone)]
pub(crate) struct Entrant {
    pub(crate) registration: Registration,
    pub(crate) level: u16,
    /// The library that it comes from; `None` for one that is linked in.
    pub(crate) library: Option<Arc<LibraryInfo>>,
}

impl Lineup {
    /// No plugins at all.
    pub(super) const fn empty() -> Self {
        Self {
            plugins: Vec::new(),
            policy: Policy::GRANT_REQUESTED,
            policy_file: "",
            sdk: None,
            available: &[],
            lock: None,
            panic_abort: false,
            census: Census::empty(),
        }
    }

    /// The level at which a plugin starts; `None` for one that is not among them.
    #[cfg(feature = "native")]
    pub(super) fn level_of(&self, plugin: &Descriptor) -> Option<u16> {
        self.plugins.iter().find(|entrant| entrant.registration.descriptor.id == plugin.id).map(|entrant| entrant.level)
    }

    pub(super) fn from_table(table: &PluginTable) -> Result<Self, Problem> {
        let entry = |&index: &u16| {
            let index = usize::from(index);
            let registration = (*table.registrations.get(index)?).clone();
            Some(Entrant { registration, level: *table.levels.get(index)?, library: None })
        };
        let plugins: Option<Vec<_>> = table.order.iter().map(entry).collect();
        let plugins = plugins.filter(|plugins| plugins.len() == table.registrations.len()).ok_or_else(|| {
            let (plugins, order, levels) = (table.registrations.len(), table.order.len(), table.levels.len());
            let message =
                format!("the plugin table does not fit together: {plugins} plugins, an order of {order}, {levels} levels");
            Problem::new("KW0623", message, "let `host!` make the table")
        })?;
        Ok(Self {
            plugins,
            policy: *table.policy,
            policy_file: table.policy_file,
            sdk: table.sdk,
            available: table.available,
            lock: table.lock,
            panic_abort: table.panic_abort,
            census: Census::take(table),
        })
    }
}
