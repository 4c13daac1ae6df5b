//! From a record to the descriptor that a host works with.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::types::{RecordedEvent, RecordedPoint};
use super::{Record, RecordError};
use crate::parse::{leak, leak_slice, parse_manifest};
use crate::record::PointRole;
use crate::{
    Descriptor, EventEntry, EventInfo, EventRole, ExtensionEntry, Message, PluginId, PointInfo, Version, job_problem,
    provision_problem, uncovered_topic, use_problem,
};

/// The descriptors made so far, by the bytes of their records.
static INTERNED: Mutex<BTreeMap<Vec<u8>, &'static Descriptor>> = Mutex::new(BTreeMap::new());

impl Record {
    /// Makes the plugin's descriptor: its manifest, checked by all rules, and what the attribute says beyond it.
    ///
    /// A descriptor lives as long as the process and holds nothing of the library. Records of the same bytes have the same descriptor.
    ///
    /// # Errors
    /// Every mistake of the manifest; or every contradiction between it and the code, which the derive would have refused.
    pub fn descriptor(&self) -> Result<&'static Descriptor, RecordError> {
        let mut interned = INTERNED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = interned.get(self.bytes()) {
            return Ok(known);
        }
        let parsed = parse_manifest(&self.manifest, &self.manifest_file, &self.package, &self.permissions)
            .map_err(RecordError::Manifest)?;
        let of_role = |role| self.points.iter().filter(move |point| point.role == role);
        let descriptor: &'static Descriptor = Box::leak(Box::new(Descriptor {
            extensions: entries(of_role(PointRole::Extends)),
            asks: entries(of_role(PointRole::Asks)),
            events: leak_slice(self.events.iter().map(entry).collect()),
            ..parsed.descriptor()
        }));
        let text = self.contradictions(descriptor);
        if !text.is_empty() {
            return Err(RecordError::Contradiction { text });
        }
        interned.insert(self.bytes().to_vec(), descriptor);
        Ok(descriptor)
    }

    /// What the derive would have refused to compile.
    fn contradictions(&self, plugin: &Descriptor) -> String {
        let mut problems: Vec<Option<Message>> = vec![provision_problem(plugin)];
        if plugin.declares(crate::JOBS_PERMISSION) {
            problems.push(job_problem(plugin));
        }
        for service in self.points.iter().filter(|point| point.role == PointRole::Uses) {
            problems.push(use_problem(plugin, info(service)));
        }
        for event in &self.events {
            problems.push(uncovered_topic(plugin, event.role, &event.topic));
        }
        for pattern in &self.observes {
            problems.push(uncovered_topic(plugin, EventRole::Subscribes, pattern));
        }
        problems.iter().flatten().map(Message::as_str).collect()
    }
}

fn entries<'a>(points: impl Iterator<Item = &'a RecordedPoint>) -> &'static [ExtensionEntry] {
    leak_slice(points.map(|point| ExtensionEntry { point: info(point) }).collect())
}

fn info(point: &RecordedPoint) -> &'static PointInfo {
    let texts = |texts: &[String]| leak_slice(texts.iter().map(|text| leak(text)).collect::<Vec<_>>());
    Box::leak(Box::new(PointInfo {
        id: PluginId::new(leak(&point.id)),
        version: version(&point.version),
        on_failure: point.on_failure,
        deadline_millis: point.deadline_millis,
        break_on: point.break_on,
        after_panic: point.after_panic,
        mode: point.mode,
        uncounted: texts(&point.uncounted),
        methods: leak_slice(point.methods.iter().map(|method| (leak(&method.name), method.hash)).collect()),
    }))
}

fn entry(event: &RecordedEvent) -> EventEntry {
    let (topic, version) = (PluginId::new(leak(&event.topic)), version(&event.version));
    let info = EventInfo::new(topic, version, event.schema, leak(&event.type_path), leak(&event.package));
    let info = if event.durable { info.durable() } else { info };
    EventEntry { event: Box::leak(Box::new(info)), role: event.role }
}

fn version(version: &semver::Version) -> Version {
    Version {
        major: version.major,
        minor: version.minor,
        patch: version.patch,
        pre: leak(version.pre.as_str()),
        build: leak(version.build.as_str()),
    }
}
