//! What was approved of the plugins of a host, as its operators see it.

use std::fmt;
use std::time::SystemTime;

use keyway_manifest::{Approval, Descriptor, Lock, PluginId, Version};
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// The approval of one plugin in the `keyway.lock` that its host was compiled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApprovalInfo {
    /// Who approved, for example an e-mail address.
    pub by: &'static str,
    /// When, in RFC 3339 and UTC.
    pub on: &'static str,
    /// The version of the plugin that was looked at.
    pub version: Version,
    /// The last day (UTC) on which the approval holds, such as `2027-01-31`; `None` when it has no end.
    pub until: Option<&'static str>,
    /// Whether that day has passed.
    pub has_ended: bool,
}

impl ApprovalInfo {
    /// Looks a plugin up in a lock; `None` for one that is not approved there.
    #[must_use]
    pub fn of(lock: &Lock, plugin: PluginId, now: SystemTime) -> Option<Self> {
        let approval = lock.find(&plugin)?.approval;
        let Approval::Approved { by, on, version, until } = approval else { return None };
        let has_ended = approval.ended(Lock::day(now)).is_some();
        Some(Self { by, on, version, until: until.map(|day| day.text), has_ended })
    }
}

impl fmt::Display for ApprovalInfo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, on, version, until, has_ended } = self;
        let day = on.split('T').next().unwrap_or(on);
        write!(formatter, "approved by {by} on {day}, in version {version}")?;
        match until {
            None => Ok(()),
            Some(until) if *has_ended => write!(formatter, ", until {until}, which has passed"),
            Some(until) => write!(formatter, ", until {until}"),
        }
    }
}

impl Serialize for ApprovalInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("ApprovalInfo", 5)?;
        object.serialize_field("by", self.by)?;
        object.serialize_field("on", self.on)?;
        object.serialize_field("version", &self.version.to_string())?;
        object.serialize_field("until", &self.until)?;
        object.serialize_field("has_ended", &self.has_ended)?;
        object.end()
    }
}

/// A note for each plugin that runs on although its approval has ended since the program was compiled.
pub(super) fn notes<'a>(
    lock: Option<&'static Lock>,
    plugins: impl Iterator<Item = &'a Descriptor>,
    now: SystemTime,
) -> Vec<String> {
    let Some(lock) = lock else { return Vec::new() };
    let note = |plugin: &Descriptor| {
        let approval = ApprovalInfo::of(lock, plugin.id, now).filter(|approval| approval.has_ended)?;
        Some(format!(
            "KW0833 the approval of plugin `{} {}` held until {}, and the plugin runs on; look at it again and renew it with \
             `cargo keyway approve {}`: without that the host is not built again",
            plugin.id,
            plugin.version,
            approval.until.unwrap_or_default(),
            plugin.id
        ))
    };
    plugins.filter_map(note).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use keyway_manifest::{Location, LockedDay, LockedPlugin, LockedTier};

    use super::*;

    const VERSION: Version = Version { major: 0, minor: 1, patch: 0, pre: "", build: "" };
    const PLUGIN: LockedPlugin = LockedPlugin {
        id: PluginId::new("site.menu"),
        version: VERSION,
        tier: LockedTier::Static,
        manifest: "",
        approved: &[],
        artifacts: &[],
        approval: Approval::Approved {
            by: "ada@example.org",
            on: "2026-11-21T18:00:00Z",
            version: VERSION,
            until: Some(LockedDay { days: 20_849, text: "2027-01-31" }),
        },
        location: Location::UNKNOWN,
    };
    const LOCK: &Lock = &Lock { plugins: &[PLUGIN], file: "keyway.lock", today: 0 };

    fn on_day(days: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(days * 24 * 60 * 60 + 24 * 60 * 60 - 1)
    }

    #[test]
    fn an_approval_is_told_with_its_end() {
        let told = |now| ApprovalInfo::of(LOCK, PLUGIN.id, now).unwrap().to_string();
        let approved = "approved by ada@example.org on 2026-11-21, in version 0.1.0, until 2027-01-31";
        assert_eq!(told(on_day(20_849)), approved);
        assert_eq!(told(on_day(20_850)), format!("{approved}, which has passed"));
        assert_eq!(told(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), approved, "a clock that was never set");
        assert_eq!(ApprovalInfo::of(LOCK, PluginId::new("site.feed"), on_day(1)), None);
    }

    #[test]
    fn only_plugins_whose_approval_has_ended_are_noted() {
        let plugin = |id| Descriptor { id: PluginId::new(id), version: VERSION, ..Descriptor::EMPTY };
        let plugins = [plugin("site.menu"), plugin("site.feed")];
        assert!(
            notes(Some(LOCK), plugins.iter(), on_day(20_849)).is_empty()
                && notes(None, plugins.iter(), on_day(20_850)).is_empty()
        );
        assert_eq!(
            notes(Some(LOCK), plugins.iter(), on_day(20_850)),
            [
                "KW0833 the approval of plugin `site.menu 0.1.0` held until 2027-01-31, and the plugin runs on; look at it again and renew it \
              with `cargo keyway approve site.menu`: without that the host is not built again"
            ]
        );
    }
}
