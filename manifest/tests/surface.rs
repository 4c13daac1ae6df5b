//! Surfaces: what they say, and that they are found in files.

use keyway_manifest::surface::{
    SURFACE_FORMAT, SurfaceParts, find, manifest_part, surface_len, surface_text, text_of, write_surface,
};
use keyway_manifest::{
    Descriptor, EventEntry, EventInfo, EventRole, ExtensionEntry, Limits, Location, PermissionRequest, PluginId, PointInfo,
    Provision, Requirement, ScopeKind, SdkInfo, Stability, Target, Version, VersionRange, delivery_point,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const fn version(major: u64, minor: u64, patch: u64) -> Version {
    Version { major, minor, patch, pre: "", build: "" }
}

const ROUTE: PointInfo = delivery_point(PluginId::new("cms.route"), version(1, 0, 0), "on");
const STORED: PointInfo = delivery_point(PluginId::new("cms.stored"), version(1, 0, 0), "on");
const CHANGED: EventInfo = EventInfo::new(PluginId::new("content.changed"), version(1, 0, 0), 1, "sdk::Changed", "sdk 1.0.0");
const SEEN: EventInfo = EventInfo::new(PluginId::new("content.seen"), version(1, 0, 0), 2, "sdk::Seen", "sdk 1.0.0");

const CONTENT: Descriptor = Descriptor {
    id: PluginId::new("site.content"),
    version: Version { major: 1, minor: 20, patch: 300, pre: "beta.1", build: "x86" },
    package: "cms-plugin-content",
    license: "MIT OR Apache-2.0",
    stability: Stability::Beta,
    provides: &[Provision {
        id: PluginId::new("service.pages"),
        version: version(1, 2, 0),
        exclusive: true,
        location: Location::UNKNOWN,
    }],
    permissions: &[
        PermissionRequest {
            name: "filesystem.read",
            scope_kind: ScopeKind::Path,
            scopes: &["content/**", "a \"quoted\" name/\\*"],
            optional: false,
            reason: "reads the pages: \"all\" of them\nand\tmore \u{1}\u{e9}",
            location: Location::UNKNOWN,
        },
        PermissionRequest {
            name: "http.routes",
            scope_kind: ScopeKind::Route,
            scopes: &["/**"],
            optional: true,
            reason: "shows them",
            location: Location::UNKNOWN,
        },
    ],
    limits: Limits { call_millis: Some(2_000), queued_events: Some(7), ..Limits::NONE },
    extensions: &[ExtensionEntry { point: &ROUTE }, ExtensionEntry { point: &STORED }],
    asks: &[ExtensionEntry { point: &STORED }],
    events: &[
        EventEntry { event: &CHANGED, role: EventRole::Publishes },
        EventEntry { event: &SEEN, role: EventRole::Subscribes },
        EventEntry { event: &SEEN, role: EventRole::Publishes },
    ],
    ..Descriptor::EMPTY
};

const FEED: Descriptor = Descriptor {
    id: PluginId::new("site.feed"),
    version: version(0, 1, 0),
    requires: &[
        Requirement {
            id: PluginId::new("service.pages"),
            target: Target::Service,
            range: VersionRange { text: "^1.2", comparators: &[] },
            optional: false,
            reason: "",
            location: Location::UNKNOWN,
        },
        Requirement {
            id: PluginId::new("site.content"),
            target: Target::Plugin,
            range: VersionRange { text: ">=1, <3", comparators: &[] },
            optional: true,
            reason: "",
            location: Location::UNKNOWN,
        },
    ],
    ..Descriptor::EMPTY
};

const PARTS: SurfaceParts<'static> = SurfaceParts {
    host: "my-server",
    host_version: "0.3.0",
    keyway: "0.1.0",
    sdk: Some(SdkInfo { name: "my-sdk", version: version(2, 0, 0) }),
    panic_abort: false,
    plugins: &[&FEED, &CONTENT],
    ready: &[],
    order: &[1, 0],
    levels: &[1, 0],
    native: &[0],
};

/// As `host!` has it: by the compiler.
static SURFACE: [u8; surface_len(&PARTS)] = write_surface(&PARTS);

const EXPECTED: &str = r#"{"format":1,"host":{"package":"my-server","version":"0.3.0"},"keyway":"0.1.0","sdk":{"package":"my-sdk","version":"2.0.0"},"panic_abort":false,"levels":[1,1],"plugins":[
{"id":"site.content","version":"1.20.300-beta.1+x86","package":"cms-plugin-content","license":"MIT OR Apache-2.0","stability":"beta","provides":[{"id":"service.pages","version":"1.2.0","exclusive":true}],"requires":[],"routes":["/**"],"permissions":[{"name":"filesystem.read","kind":"Path","scopes":["content/**","a \"quoted\" name/\\*"],"optional":false,"reason":"reads the pages: \"all\" of them\nand\tmore \u0001é"},{"name":"http.routes","kind":"Route","scopes":["/**"],"optional":true,"reason":"shows them"}],"limits":{"call_millis":2000,"queued_events":7},"tier":"static","extends":["cms.route","cms.stored"],"asks":["cms.stored"],"publishes":["content.changed","content.seen"],"subscribes":["content.seen"]},
{"id":"site.feed","version":"0.1.0","package":"","license":"","stability":"stable","provides":[],"requires":[{"id":"service.pages","kind":"service","versions":"^1.2","optional":false},{"id":"site.content","kind":"plugin","versions":">=1, <3","optional":true}],"routes":[],"permissions":[],"limits":{},"tier":"native","extends":[],"asks":[],"publishes":[],"subscribes":[]}
]}
"#;

#[test]
fn the_compiler_and_the_running_program_write_the_same() {
    assert_eq!(text_of(&SURFACE), EXPECTED);
    assert_eq!(surface_text(&PARTS), EXPECTED);
    let (feed, content) = (manifest_part(&FEED), manifest_part(&CONTENT));
    for ready in [[feed.as_str(), content.as_str()], ["", &content], [&feed, ""]] {
        assert_eq!(surface_text(&SurfaceParts { ready: &ready, ..PARTS }), EXPECTED);
    }
}

#[test]
fn a_host_without_plugins_has_a_surface() {
    let text = surface_text(&SurfaceParts { panic_abort: true, ..SurfaceParts::EMPTY });
    let read: Value = serde_json::from_str(&text).unwrap();
    let expected = json!({
        "format": SURFACE_FORMAT, "host": { "package": "", "version": "" }, "keyway": "", "sdk": null, "panic_abort": true,
        "levels": [], "plugins": [],
    });
    assert_eq!(read, expected);
}

#[test]
fn it_is_found_in_a_file() {
    let other: Vec<u8> = {
        const OTHER: SurfaceParts<'static> = SurfaceParts { host: "other", ..SurfaceParts::EMPTY };
        const LENGTH: usize = surface_len(&OTHER);
        write_surface::<LENGTH>(&OTHER).to_vec()
    };
    assert_eq!(find(&SURFACE), [EXPECTED]);
    assert_eq!(find(&[SURFACE.as_slice(), &other, &SURFACE].concat()), [EXPECTED, text_of(&other)]);
    // What looks for surfaces has their marks in itself.
    let marks = [&SURFACE[..16], b"0000000003\nabc no end", &SURFACE[..16], b"9999999999\n", &SURFACE[..20]].concat();
    assert_eq!(find(&marks), Vec::<&str>::new());
    assert_eq!(find(&[&marks, SURFACE.as_slice(), &marks].concat()), [EXPECTED]);
}

/// Any text, with what JSON escapes more often than elsewhere.
fn texts() -> impl Strategy<Value = &'static str> {
    proptest::collection::vec(
        prop_oneof![any::<char>(), Just('"'), Just('\\'), proptest::char::range('\0', ' '), proptest::char::range('a', 'z')],
        0..40,
    )
    .prop_map(|characters| &*String::leak(characters.into_iter().collect()))
}

proptest! {
    /// What is written is what a JSON parser of others reads.
    #[test]
    fn any_text_can_be_read_again(host in texts(), license in texts(), reason in texts(), scopes in proptest::collection::vec(texts(), 0..4)) {
        let scopes: &'static [&'static str] = scopes.leak();
        let request = PermissionRequest {
            name: "http.routes", scope_kind: ScopeKind::Route, scopes, optional: false, reason, location: Location::UNKNOWN,
        };
        let descriptor: &'static Descriptor = Box::leak(Box::new(Descriptor {
            license, permissions: Box::leak(Box::new([request])), ..Descriptor::EMPTY
        }));
        let parts = SurfaceParts { host, plugins: &[descriptor], order: &[0], levels: &[0], ..SurfaceParts::EMPTY };
        let read: Value = serde_json::from_str(&surface_text(&parts)).unwrap();
        prop_assert_eq!(&read["host"]["package"], host);
        let plugin = &read["plugins"][0];
        prop_assert_eq!(&plugin["license"], license);
        prop_assert_eq!(&plugin["routes"], &json!(scopes));
        let permission = json!({ "name": "http.routes", "kind": "Route", "scopes": scopes, "optional": false, "reason": reason });
        prop_assert_eq!(&plugin["permissions"], &json!([permission]));
    }

    /// Numbers of every length, and every set of limits.
    #[test]
    fn limits_are_those_that_are_set(values in proptest::array::uniform9(proptest::option::of(any::<u64>()))) {
        let narrow = |value: Option<u64>| value.map(|value| value as u32);
        let [memory_bytes, call_millis, start_millis, stop_millis, calls, storage_bytes, tasks, files, events] = values;
        let limits = Limits {
            memory_bytes, call_millis, start_millis, stop_millis, concurrent_calls: narrow(calls), storage_bytes,
            tasks: narrow(tasks), open_files: narrow(files), queued_events: narrow(events),
        };
        let named = [
            ("memory_bytes", memory_bytes), ("call_millis", call_millis), ("start_millis", start_millis), ("stop_millis", stop_millis),
            ("concurrent_calls", calls.map(|value| u64::from(value as u32))), ("storage_bytes", storage_bytes),
            ("tasks", tasks.map(|value| u64::from(value as u32))), ("open_files", files.map(|value| u64::from(value as u32))),
            ("queued_events", events.map(|value| u64::from(value as u32))),
        ];
        let expected: serde_json::Map<String, Value> =
            named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))).collect();
        let descriptor = Descriptor { limits, ..Descriptor::EMPTY };
        let read: Value = serde_json::from_str(&format!("{}}}", manifest_part(&descriptor))).unwrap();
        prop_assert_eq!(&read["limits"], &Value::Object(expected));
    }

    /// Whatever surrounds it, and however it is cut, a surface is found whole or not at all.
    #[test]
    fn bytes_around_do_not_matter(before in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..SURFACE.len()) {
        let (whole, torn) = ([before.as_slice(), &SURFACE].concat(), [before.as_slice(), &SURFACE[..cut]].concat());
        prop_assert_eq!(find(&whole), [EXPECTED]);
        prop_assert_eq!(find(&torn), Vec::<&str>::new());
    }
}
