//! Which plugins a host can do without.

use std::collections::BTreeMap;

use keyway_manifest::PluginId;

use super::failure::Problem;
use super::settings::{Settings, unknown_plugin};

/// Whether a host can do without a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
}
/// Which plugins the host can do without, from the program and the operator.
pub(super) struct Needs {
    said: BTreeMap<String, Need>,
    otherwise: Need,
}

impl Needs {
    pub(super) fn new(
        program: &[(String, Need)],
        otherwise: Need,
        settings: &Settings,
        known: &[PluginId],
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut said = BTreeMap::new();
        for (id, need) in program {
            if !known.iter().any(|plugin| plugin.as_str() == id) {
                let call = if *need == Need::Required { "required" } else { "optional" };
                problems.push(unknown_plugin(&format!("`HostBuilder::{call}`"), id, known));
            } else if *need == Need::Required && settings.disabled.contains(id) {
                let message =
                    format!("the configuration disables `{id}` under `host.disabled`, but the program says that it is required");
                problems.push(Problem::new("KW0618", message, format!("remove `{id}` from `disabled`")));
            }
            said.insert(id.clone(), *need);
        }
        let operator = settings.required.iter().map(|id| (id, Need::Required));
        for (id, need) in operator.chain(settings.optional.iter().map(|id| (id, Need::Optional))) {
            said.insert(id.clone(), need);
        }
        Self { said, otherwise }
    }

    /// Whether the host can do without a plugin that nobody has named.
    #[cfg(feature = "native")]
    pub(super) const fn otherwise(&self) -> Need {
        self.otherwise
    }

    pub(super) fn of(&self, id: &str) -> Need {
        self.said.get(id).copied().unwrap_or(self.otherwise)
    }
}
