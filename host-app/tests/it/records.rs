//! What each plugin would say about itself as a library makes the very descriptor that its derive made while it was compiled.

use std::path::Path;

use keyway::manifest::{Descriptor, EventRole, ExtensionEntry, PluginId};
use keyway_manifest::record::{BuildFacts, EventLayout, MethodLayout, PointLayout, Record, RecordParts, SdkFacts, TypeLayout};

const NOTHING: &TypeLayout = &TypeLayout::standard::<()>("()", &[]);
const SDK: SdkFacts = SdkFacts::of("keyway-cms-sdk", "0.1.0", None);

fn leak<T>(values: Vec<T>) -> &'static [T] {
    Box::leak(values.into_boxed_slice())
}

/// Points with their methods, whose types are of no interest here.
fn points(entries: &'static [ExtensionEntry]) -> &'static [&'static PointLayout] {
    let method =
        |(name, hash): &(&'static str, u64)| MethodLayout { name, hash: *hash, signature: "", arguments: &[], output: NOTHING };
    let layout = |entry: &ExtensionEntry| -> &'static PointLayout {
        let methods = leak(entry.point.methods.iter().map(method).collect());
        Box::leak(Box::new(PointLayout { info: entry.point, sdk: SDK, methods, static_only: false }))
    };
    leak(entries.iter().map(layout).collect())
}

fn events(plugin: &'static Descriptor, role: EventRole) -> &'static [&'static EventLayout] {
    let layout = |event| -> &'static EventLayout { Box::leak(Box::new(EventLayout { info: event, sdk: SDK, layout: NOTHING })) };
    leak(plugin.events.iter().filter(|entry| entry.role == role).map(|entry| layout(entry.event)).collect())
}

#[test]
fn every_plugin_is_described_by_its_record_as_by_its_derive() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let plugins = keyway_cms::plugins().registrations;
    for plugin in plugins.iter().map(|registration| registration.descriptor) {
        let file = root.join(plugin.location.file);
        let manifest = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let parts = RecordParts {
            descriptor: plugin,
            manifest: manifest.leak(),
            extends: points(plugin.extensions),
            asks: points(plugin.asks),
            publishes: events(plugin, EventRole::Publishes),
            subscribes: events(plugin, EventRole::Subscribes),
            ..RecordParts::of(BuildFacts::UNKNOWN)
        };
        let record = Record::of_parts(&parts).unwrap_or_else(|error| panic!("{}: {error}", plugin.id));
        let read = record.descriptor().unwrap_or_else(|error| panic!("{}: {error}", plugin.id));
        assert_eq!(format!("{read:#?}"), format!("{plugin:#?}"));
        let hashes = |descriptor: &Descriptor| -> Vec<u64> {
            let entries = descriptor.extensions.iter().chain(descriptor.asks).map(|entry| entry.point.id);
            let all = [descriptor.id].into_iter().chain(entries).chain(descriptor.requires.iter().map(|one| one.id));
            all.map(|id: PluginId| id.hash()).collect()
        };
        assert_eq!(hashes(read), hashes(plugin), "what is shown of an id is its text alone");
    }
    assert!(plugins.len() > 5 || !cfg!(feature = "default"), "only {} plugins were compared", plugins.len());
}
