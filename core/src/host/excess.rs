//! Plugins that hold more of the program's memory than they may, as far as a tracking allocator tells: found by the watchdog.

use std::fmt;
use std::sync::Arc;

use super::audit::Kind;
use super::failure::{PluginError, PluginErrorKind};
use super::inner::Inner;
use super::switch::{Dependents, SwitchedBy};
use super::tell::tell;
use super::usage::Heap;

/// What the host does with a plugin that holds too much: `on-excess` in `[host.limits."id"]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum OnExcess {
    /// It says so, and the plugin's state does.
    #[default]
    Warn,
    /// It switches the plugin off, with what requires it.
    Disable,
}

impl Inner {
    /// Looks at the memory of each plugin that has a limit of it. Does nothing in a program without a tracking allocator.
    pub(super) fn check_memory(self: &Arc<Self>) {
        for (rank, member) in self.members.iter().enumerate() {
            let Some(limit) = member.account.memory_limit() else { continue };
            let Some(heap) = Heap::of(&member.number) else { return };
            let has_excess = member.is_running() && exceeds(heap, limit, member.account.has_excess());
            if !member.account.note_excess(has_excess) {
                continue;
            }
            if has_excess {
                self.tell_excess(rank, heap, limit);
            } else if member.is_running() {
                let plugin = member.descriptor().id.as_str();
                tracing::info!(plugin, "plugin `{plugin}` holds no more memory than it may again");
            }
            self.refresh_health(rank);
        }
    }

    fn tell_excess(self: &Arc<Self>, rank: usize, heap: Heap, limit: u64) {
        let descriptor = self.members[rank].descriptor();
        let (id, version, Heap { used, margin, .. }) = (descriptor.id.as_str(), descriptor.version, heap);
        tell!(
            warn,
            { plugin = id, }
            "KW0664 plugin `{id} {version}` holds {used} bytes of memory (give or take {margin}) of the {limit} that it may have; find \
             what it keeps, or raise `memory` in its limits"
        );
        let details: [(_, &dyn fmt::Display); 5] =
            [("code", &"KW0664"), ("resource", &"memory"), ("limit", &limit), ("used", &used), ("margin", &margin)];
        self.world.audit.plugin(descriptor, Kind::LimitExceeded, &details);
        let release = self.members[rank].release();
        let settings = release.settings.limits.get(id);
        if settings.is_some_and(|limits| limits.on_excess == OnExcess::Disable) {
            let (host, turn) = (Arc::clone(self), self.turn());
            let error = PluginError::new(descriptor, PluginErrorKind::TooMuchMemory { used, margin, limit });
            self.runtime.spawn(async move {
                let turn = turn.await;
                // Whoever was faster has done what there is to do.
                let Ok(switched) = host.disable(id, Dependents::Cascade, SwitchedBy::Memory, &turn).await else { return };
                let other = |error: &PluginError| tell!(error, { plugin = error.plugin(), } "with too much memory: {error}");
                switched.errors.iter().for_each(other);
                tell!(error, { plugin = id, } "{error}");
                host.members[rank].status().error = Some(error);
            });
        }
    }
}

/// Whether a plugin holds too much for certain. Once it does, it has to come below the limit by the estimate itself, so that the answer
/// does not change back and forth with the margin.
const fn exceeds(heap: Heap, limit: u64, did: bool) -> bool {
    let least = if did { heap.used } else { heap.used.saturating_sub(heap.margin) };
    least > limit
}
