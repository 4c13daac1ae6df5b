//! Compares the events that a plugin publishes or subscribes to.

use super::types::{OTHER_BYTES, Place, Types};
use super::{Difference, DifferenceKind, HostFacts, Row, Verdict, interface, is_breaking};
use crate::Version;
use crate::parse::quoted;
use crate::record::{EventLayout, Record, RecordedEvent};

pub(super) fn compare(host: &HostFacts<'_>, plugin: &Record, types: &mut Types<'_>, verdict: &mut Verdict) {
    for event in plugin.events() {
        match host.events.iter().find(|known| known.info.topic.as_str() == event.topic) {
            Some(known) => one(known, event, types, verdict),
            None => {
                let known: Vec<&str> = host.events.iter().map(|known| known.info.topic.as_str()).collect();
                let what = format!("event {}", quoted(&event.topic));
                interface::unknown(host, &what, &event.topic, &known, &event.package, verdict);
            }
        }
    }
}

fn one(host: &'static EventLayout, plugin: &RecordedEvent, types: &mut Types<'_>, verdict: &mut Verdict) {
    let topic = host.info.topic.as_str();
    let version = semver(&host.info.version);
    let mut rows = Vec::new();
    if is_breaking(&version, &plugin.version) {
        rows.push(Row::new("version", version.to_string(), plugin.version.to_string()));
    } else if version != plugin.version {
        verdict.note(format!("the program has the event `{topic} {version}`, and the library was built for {}", plugin.version));
    }
    if host.info.durable != plugin.durable {
        let kept = |durable| if durable { "before it is told" } else { "not" };
        rows.push(Row::new("stored", kept(host.info.durable), kept(plugin.durable)));
    }
    if host.info.schema != plugin.schema {
        let fields = types.rows(host.layout, plugin.layout);
        if fields.is_empty() {
            rows.push(Row::new("schema", format!("{:016x}", host.info.schema), format!("{:016x}", plugin.schema)));
        }
        rows.extend(fields);
    }
    if rows.is_empty() {
        let shown = format!("the event `{topic}`");
        let place = Place { shown: &shown, package: host.sdk.name };
        types.compare_root(host.layout, plugin.layout, &format!("event `{topic}`"), place, verdict);
    } else {
        let message = format!("the event `{topic}` has another schema");
        verdict.push(Difference::new(DifferenceKind::Event, message, OTHER_BYTES, types.mend(host.sdk.name)).rows(rows));
    }
}

/// A version that the `semver` crate would have read.
pub(super) fn semver(version: &Version) -> semver::Version {
    let mut known = semver::Version::new(version.major, version.minor, version.patch);
    known.pre = semver::Prerelease::new(version.pre).unwrap_or_default();
    known.build = semver::BuildMetadata::new(version.build).unwrap_or_default();
    known
}
