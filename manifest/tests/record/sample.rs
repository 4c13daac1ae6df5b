//! A plugin that uses everything a record can say, in `const` data as macros write it.

use std::mem::offset_of;

use keyway_manifest::record::{
    Allocator, ArgumentLayout, BuildFacts, EventLayout, FieldLayout, MethodLayout, PanicStrategy, PointLayout, RecordParts,
    SdkFacts, TypeLayout, VariantLayout,
};
use keyway_manifest::{
    AfterPanic, BreakOn, Descriptor, EventInfo, FailurePolicy, HookMode, Location, PermissionRequest, PluginId, PointInfo,
    ScopeKind, Version,
};

pub(crate) const MANIFEST: &str = r#"manifest-version = 1

[plugin]
id = "site.clock"
host = "^0.1"

[requires]
"service.store" = { version = "^1.2", reason = "keeps what it counted" }

[provides]
"service.clock" = "1.0.0"

[permissions]
"events.publish" = { scope = ["clock.*"], reason = "tells the time" }
"events.subscribe" = { scope = ["content.**"], reason = "counts changes" }
"mail.send" = { scope = ["editors-*"], reason = "wakes the editors" }
"#;

pub(crate) const BUILD: BuildFacts = BuildFacts {
    rustc: "1.95.0",
    commit: "59807616e1dab4a6ac8c6f8a6d1a1ee1cb1c4a6e",
    target: "x86_64-unknown-linux-gnu",
    panic: PanicStrategy::Unwind,
    allocator: Allocator::Host,
    keyway: "0.1.0",
    debug_assertions: false,
};

pub(crate) const SDK: SdkFacts = SdkFacts::of("site-sdk", "0.1.4", Some("bytes 1.10.0;http 1.3.1;serde 1.0.228"));

pub(crate) const fn version(major: u64, minor: u64, patch: u64) -> Version {
    Version { major, minor, patch, pre: "", build: "" }
}

pub(crate) const fn point(id: &'static str, version: Version) -> PointInfo {
    PointInfo {
        id: PluginId::new(id),
        version,
        on_failure: FailurePolicy::Closed,
        deadline_millis: None,
        break_on: BreakOn::Failures,
        after_panic: AfterPanic::Continue,
        mode: None,
        uncounted: &[],
        methods: &[],
    }
}

pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) port: u16,
}

#[expect(dead_code, reason = "only its layout is looked at")]
pub(crate) enum Answer {
    Page(String),
    Gone,
}

pub(crate) const TEXT: TypeLayout = TypeLayout::standard::<String>("String", &[]);
pub(crate) const NUMBER: TypeLayout = TypeLayout::standard::<u16>("u16", &[]);
pub(crate) const NOTHING: TypeLayout = TypeLayout::standard::<()>("()", &[]);
pub(crate) const FILE: TypeLayout = TypeLayout::opaque::<std::fs::File>("File");
pub(crate) const REQUEST: TypeLayout = TypeLayout::structure::<Request>(
    "Request",
    &[
        FieldLayout { name: "path", offset: Some(offset_of!(Request, path)), layout: &TEXT },
        FieldLayout { name: "port", offset: Some(offset_of!(Request, port)), layout: &NUMBER },
    ],
);
pub(crate) const REQUEST_LENT: TypeLayout = TypeLayout::standard::<&Request>("&Request", &[&REQUEST]);
pub(crate) const ANSWER: TypeLayout = TypeLayout::enumeration::<Answer>(
    "Answer",
    &[
        VariantLayout { name: "Page", fields: &[FieldLayout { name: "0", offset: None, layout: &TEXT }] },
        VariantLayout { name: "Gone", fields: &[] },
    ],
);

const HANDLE: u64 = 0x1234;
const OPENED: u64 = 0x2345;

pub(crate) const ROUTE: PointLayout = PointLayout {
    info: &PointInfo {
        on_failure: FailurePolicy::Open,
        deadline_millis: Some(1_500),
        break_on: BreakOn::Errors,
        after_panic: AfterPanic::Restart,
        uncounted: &["opened"],
        methods: &[("handle", HANDLE), ("opened", OPENED)],
        ..point("site.route", version(0, 3, 0))
    },
    sdk: SDK,
    methods: &[
        MethodLayout {
            name: "handle",
            hash: HANDLE,
            signature: "async fn handle(&self, request: &Request) -> Answer",
            arguments: &[ArgumentLayout { name: "request", layout: &REQUEST_LENT }],
            output: &ANSWER,
        },
        MethodLayout {
            name: "opened",
            hash: OPENED,
            signature: "fn opened(&self, file: File)",
            arguments: &[ArgumentLayout { name: "file", layout: &FILE }],
            output: &NOTHING,
        },
    ],
    static_only: false,
};

const NOW: u64 = 0x3456;

pub(crate) const CLOCK: PointLayout = PointLayout {
    info: &PointInfo { methods: &[("now", NOW)], ..point("service.clock", version(1, 0, 0)) },
    sdk: SDK,
    methods: &[MethodLayout { name: "now", hash: NOW, signature: "fn now(&self) -> String", arguments: &[], output: &TEXT }],
    static_only: false,
};

pub(crate) const STORE: PointLayout =
    PointLayout { info: &PointInfo { ..point("service.store", version(1, 2, 0)) }, sdk: SDK, methods: &[], static_only: false };

pub(crate) const GREETING: PointLayout = PointLayout {
    info: &PointInfo { mode: Some(HookMode::Fold), ..point("site.greeting", version(1, 0, 0)) },
    sdk: SDK,
    methods: &[],
    static_only: false,
};

pub(crate) const TICK: EventLayout = EventLayout {
    info: &EventInfo::new(PluginId::new("clock.ticked"), version(1, 0, 0), 0x99, "clock::Tick", "clock 1.0.0").durable(),
    sdk: SdkFacts::of("clock", "1.0.0", None),
    layout: &NUMBER,
};

pub(crate) const CHANGED: EventLayout = EventLayout {
    info: &EventInfo::new(PluginId::new("content.changed"), version(1, 1, 0), 0x77, "site_sdk::Changed", "site-sdk 0.1.4"),
    sdk: SDK,
    layout: &REQUEST,
};

pub(crate) const DESCRIPTOR: Descriptor = Descriptor {
    version: Version { pre: "rc.1", ..version(1, 20, 3) },
    package: "cms-plugin-clock",
    description: "Tells the time",
    authors: "Ada:Grace",
    license: "MIT",
    repository: "https://clock.example",
    permissions: &[PermissionRequest {
        name: "mail.send",
        scope_kind: ScopeKind::Name,
        scopes: &["editors-*"],
        optional: false,
        reason: "",
        location: Location::UNKNOWN,
    }],
    location: Location { file: "plugins/clock/plugin.toml", ..Location::UNKNOWN },
    ..Descriptor::EMPTY
};

pub(crate) const PARTS: &RecordParts = &RecordParts {
    descriptor: &DESCRIPTOR,
    manifest: MANIFEST,
    extends: &[&ROUTE, &CLOCK],
    asks: &[&GREETING],
    uses: &[&STORE],
    publishes: &[&TICK],
    subscribes: &[&CHANGED],
    observes: &["content.**"],
    boundary: &[&ANSWER],
    ..RecordParts::of(BUILD)
};
