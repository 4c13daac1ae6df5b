//! Whether a plugin that may have jobs has any: the rule behind `jobs.schedule` and `provides(Job)`.
//!
//! Nobody calls an implementation of `Job` that the attribute does not list, and nothing else would say so. The derive sees the manifest,
//! and the compiler the ids of the points, so this runs inside rustc.

use crate::message::Text;
use crate::{Descriptor, MESSAGE_BYTES, Message, PluginId};

/// The permission to have jobs.
pub const JOBS_PERMISSION: &str = "jobs.schedule";

/// The extension point of those who have jobs.
const JOB_POINT: PluginId = PluginId::new("keyway.job");

/// What is wrong with a plugin whose manifest asks for [`JOBS_PERMISSION`]; `None` when it provides the point of jobs.
#[must_use]
pub const fn job_problem(plugin: &Descriptor) -> Option<Message> {
    let mut index = 0;
    while index < plugin.extensions.len() {
        if plugin.extensions[index].point.id.same(&JOB_POINT) {
            return None;
        }
        index += 1;
    }
    let mut bytes = [0; MESSAGE_BYTES];
    let mut out = Text::new(&mut bytes);
    out.push("\n  KW0213 the manifest of `").push(plugin.id.as_str()).push("` asks for `").push(JOBS_PERMISSION);
    out.push("`, and the plugin has no jobs: `Job` is not in its `provides(…)`\n  help: add `keyway::job::Job` to `#[plugin(provides(…))]`, ");
    out.push("or take the permission out of the manifest\n");
    let length = out.length();
    Some(Message::from_text(bytes, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AfterPanic, BreakOn, ExtensionEntry, FailurePolicy, PointInfo, Version};

    const fn point(id: &'static str) -> PointInfo {
        PointInfo {
            id: PluginId::new(id),
            version: Version { major: 1, minor: 0, patch: 0, pre: "", build: "" },
            on_failure: FailurePolicy::Closed,
            deadline_millis: None,
            break_on: BreakOn::Failures,
            after_panic: AfterPanic::Continue,
            mode: None,
            uncounted: &[],
            methods: &[],
        }
    }

    const JOB: PointInfo = point("keyway.job");
    const ROUTE: PointInfo = point("site.route");

    fn plugin(extensions: &'static [ExtensionEntry]) -> Descriptor {
        Descriptor { id: PluginId::new("site.plugin"), extensions, ..Descriptor::EMPTY }
    }

    #[test]
    fn the_point_of_jobs_is_looked_for_among_all() {
        assert!(job_problem(&plugin(&[ExtensionEntry { point: &ROUTE }, ExtensionEntry { point: &JOB }])).is_none());
        let problem = job_problem(&plugin(&[ExtensionEntry { point: &ROUTE }])).unwrap();
        assert!(
            problem.as_str().contains("KW0213 the manifest of `site.plugin` asks for `jobs.schedule`"),
            "{}",
            problem.as_str()
        );
        assert!(job_problem(&plugin(&[])).is_some());
    }
}
