//! Events and their schemas.

use keyway_manifest::record::{DifferenceKind, EventLayout, RecordParts, TypeLayout};
use keyway_manifest::{EventInfo, PluginId};

use super::{FROM_SOURCE, HOST, built, field, leak, on_its_page, refuses, verdict};
use crate::sample::{BUILD, CHANGED, TEXT, version};

#[test]
fn an_event_with_another_schema() {
    let fields = leak([field("path", 0, &TEXT), field("port", 24, &TEXT)]);
    let info = EventInfo::new(PluginId::new("content.changed"), version(2, 0, 0), 0x78, "site_sdk::Changed", "site-sdk 0.1.4");
    let layout = leak(TypeLayout::structure::<[u64; 6]>("Request", fields));
    let changed: &[&EventLayout] = leak([leak(EventLayout { info: leak(info.durable()), layout, ..CHANGED }) as &EventLayout]);
    let text = refuses(
        &RecordParts { subscribes: changed, ..built(BUILD) },
        DifferenceKind::Event,
        &[
            "  KW0715 the event `content.changed` has another schema",
            "             host                    plugin",
            "    version  1.1.0                   2.0.0",
            "    stored   not                     before it is told",
            "    size     32 bytes, aligned to 8  48 bytes, aligned to 8",
            "    port     u16 at 24               String at 24",
            "    the plugin would read and write other bytes than the program means",
            &format!("    {FROM_SOURCE}"),
        ],
    );
    on_its_page(DifferenceKind::Event, &text);
    let info = EventInfo { schema: 0x78, ..*CHANGED.info };
    let same: &[&EventLayout] = leak([leak(EventLayout { info: leak(info), ..CHANGED }) as &EventLayout]);
    let verdict = verdict(&HOST, &RecordParts { subscribes: same, ..built(BUILD) });
    assert!(verdict.to_string().contains("\n    schema  0000000000000077  0000000000000078\n"), "{verdict}");
}
