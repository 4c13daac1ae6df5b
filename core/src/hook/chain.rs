//! Who asks which hook in the work that goes on below: what finds a plugin that asks in circles.

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::ptr;

use keyway_manifest::{Descriptor, PointInfo};

/// A plugin that waits for the answers of a hook.
#[derive(Clone, Copy)]
pub(super) struct Asking {
    pub(super) asker: &'static Descriptor,
    pub(super) hook: &'static PointInfo,
}

thread_local! {
    /// A hook stands here only while one of its answers is being polled, so the list is that of one task at a time.
    ///
    /// Each library has a list of its own. That loses nothing: a circle leads back to the same plugin, and so into the same image.
    static CHAIN: RefCell<Chain> = const { RefCell::new(Chain { first: None, others: ManuallyDrop::new(Vec::new()) }) };
}

/// Who asks, innermost last. It has no destructor, because a thread-local variable with one would keep a library from being unmapped
/// as long as the thread lives; so it keeps no memory while nobody asks, and none where one plugin alone does, as mostly.
struct Chain {
    first: Option<Asking>,
    others: ManuallyDrop<Vec<Asking>>,
}

const _: () = assert!(!std::mem::needs_drop::<Chain>());

impl Chain {
    fn push(&mut self, asking: Asking) {
        if self.first.is_none() {
            self.first = Some(asking);
        } else {
            self.others.push(asking);
        }
    }

    fn pop(&mut self) {
        if self.others.pop().is_none() {
            self.first = None;
        } else if self.others.is_empty() {
            drop(ManuallyDrop::into_inner(std::mem::take(&mut self.others)));
        }
    }

    fn iter(&self) -> impl Iterator<Item = &Asking> {
        self.first.iter().chain(self.others.iter())
    }
}

/// Takes the last entry off the chain again, also when what was polled panics.
struct Leave;

impl Drop for Leave {
    fn drop(&mut self) {
        CHAIN.with_borrow_mut(Chain::pop);
    }
}

impl Asking {
    /// Whether the same plugin waits for the same hook already, further up.
    pub(super) fn is_under_way(self) -> bool {
        let same = |other: &Self| ptr::eq(other.asker, self.asker) && other.hook.id.same(&self.hook.id);
        CHAIN.with_borrow(|chain| chain.iter().any(same))
    }

    /// Does a piece of the work that the plugin waits for.
    pub(super) fn during<T>(self, work: impl FnOnce() -> T) -> T {
        CHAIN.with_borrow_mut(|chain| chain.push(self));
        let _leave = Leave;
        work()
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use keyway_manifest::{AfterPanic, BreakOn, FailurePolicy, PluginId, Version};

    use super::*;

    static SAVE: PointInfo = PointInfo {
        id: PluginId::new("site.save"),
        version: Version { major: 1, minor: 0, patch: 0, pre: "", build: "" },
        on_failure: FailurePolicy::Closed,
        deadline_millis: None,
        break_on: BreakOn::Failures,
        after_panic: AfterPanic::Continue,
        mode: None,
        uncounted: &[],
        methods: &[],
    };
    static LOAD: PointInfo = PointInfo { id: PluginId::new("site.load"), ..SAVE };
    static EDITOR: Descriptor = Descriptor { id: PluginId::new("site.editor"), ..Descriptor::EMPTY };
    static STORE: Descriptor = Descriptor { id: PluginId::new("site.store"), ..Descriptor::EMPTY };

    #[test]
    fn only_the_same_plugin_at_the_same_hook_goes_in_a_circle() {
        let asking = Asking { asker: &EDITOR, hook: &SAVE };
        assert!(!asking.is_under_way());
        asking.during(|| {
            assert!(!Asking { asker: &STORE, hook: &SAVE }.is_under_way());
            assert!(!Asking { asker: &EDITOR, hook: &LOAD }.is_under_way());
            Asking { asker: &STORE, hook: &LOAD }.during(|| assert!(asking.is_under_way(), "through another plugin and hook"));
        });
        assert!(!asking.is_under_way());
    }

    #[test]
    fn a_panic_leaves_no_trace() {
        let asking = Asking { asker: &EDITOR, hook: &SAVE };
        assert!(catch_unwind(AssertUnwindSafe(|| asking.during(|| panic!("boom")))).is_err());
        assert!(!asking.is_under_way());
    }
}
