//! What becomes of a plugin that panicked at a point which says that its state is not to be trusted afterwards.

use std::time::{Duration, Instant};

use keyway_manifest::{AfterPanic, PluginId};
use tokio::sync::OwnedMutexGuard;

use super::failure::{PluginError, PluginErrorKind};
use super::inner::Inner;
use super::switch::{Dependents, SwitchedBy};
use super::tell::tell;

/// So many restarts in the [`WINDOW`] are made; a plugin that panics once more stays off.
const RESTARTS: usize = 5;
const WINDOW: Duration = Duration::from_mins(1);

impl Inner {
    /// Restarts a plugin or switches it off, along with what requires it. The turn is kept between the two halves of a restart, so
    /// that no other switch comes between them.
    pub(super) async fn after_panic(
        &self,
        plugin: &'static str,
        point: PluginId,
        policy: AfterPanic,
        turn: OwnedMutexGuard<bool>,
    ) {
        let Some(rank) = self.rank_of(plugin) else { return };
        // Whoever was faster, an operator or another panic of the same instance, has done what there is to do.
        let Ok(switched) = self.disable(plugin, Dependents::Cascade, SwitchedBy::Panic, &turn).await else { return };
        switched.errors.iter().for_each(|error| tell!(error, { plugin = error.plugin(), } "after a panic: {error}"));
        let restarts = self.count_restart(rank, policy);
        if policy == AfterPanic::Restart && restarts <= RESTARTS {
            tell!(warn, { plugin, point = point.as_str(), } "plugin `{plugin}` is restarted, because it panicked at `{point}`");
            if let Err(error) = self.enable(plugin, Dependents::Cascade, SwitchedBy::Panic, &turn).await {
                tell!(error, { plugin, } "after a panic: {error}");
            }
            return;
        }
        let kind = PluginErrorKind::Poisoned { point, restarts: restarts.saturating_sub(1) };
        let error = PluginError::new(self.members[rank].descriptor(), kind);
        tell!(error, { plugin, point = point.as_str(), } "{error}");
        self.members[rank].status().error = Some(error);
    }

    /// Notes a restart; answers how many there were lately, this one included.
    fn count_restart(&self, rank: usize, policy: AfterPanic) -> usize {
        if policy != AfterPanic::Restart {
            return 0;
        }
        let mut status = self.members[rank].status();
        let now = Instant::now();
        status.restarts.retain(|at| now.duration_since(*at) < WINDOW);
        status.restarts.push(now);
        status.restarts.len()
    }
}
