//! Layouts of the types of `keyway-manifest` that cross, with all that they consist of: that crate knows no derive.
//!
//! They are written down twice, there and here, and the compiler compares both: a field or variant that is missing here, is of another
//! type or stands in another place does not compile.

use std::mem::offset_of;

use keyway_manifest::record::{FieldLayout, TypeLayout, VariantLayout};
use keyway_manifest::{
    AfterPanic, BreakOn, Comparator, Conflict, Descriptor, EventEntry, EventInfo, EventRole, ExtensionEntry, FailurePolicy,
    HookMode, Limits, Location, Operator, OrderHint, PermissionRequest, PluginId, PointInfo, Provision, Requirement, ScopeKind,
    Stability, Target, Version, VersionRange,
};

use super::Boundary;

/// Structs with all their fields. Almost all of them borrow texts of the image in which they stand.
macro_rules! structs {
    ($($name:ident { $($field:ident: $ty:ty,)* })*) => {$(
        impl Boundary for $name {
            const LAYOUT: &'static TypeLayout = const {
                let _all: fn(Self) = |Self { $($field,)* }| { $(same::<$ty>($field);)* };
                let fields: &'static [FieldLayout] = const {
                    &[$(FieldLayout {
                        name: stringify!($field),
                        offset: Some(offset_of!($name, $field)),
                        layout: <$ty as Boundary>::LAYOUT,
                    },)*]
                };
                &TypeLayout::structure::<Self>(stringify!($name), fields).with_code()
            };
        }
    )*};
}

/// Takes a value of exactly the type that is named.
const fn same<T: Copy>(_: T) {}

structs! {
    Descriptor {
        id: PluginId,
        version: Version,
        package: &'static str,
        description: &'static str,
        authors: &'static str,
        license: &'static str,
        repository: &'static str,
        host: VersionRange,
        host_location: Location,
        stability: Stability,
        notice: &'static str,
        requires: &'static [Requirement],
        conflicts: &'static [Conflict],
        provides: &'static [Provision],
        after: &'static [OrderHint],
        before: &'static [OrderHint],
        permissions: &'static [PermissionRequest],
        limits: Limits,
        state_version: u32,
        config_defaults: &'static str,
        extensions: &'static [ExtensionEntry],
        asks: &'static [ExtensionEntry],
        events: &'static [EventEntry],
        location: Location,
    }
    Requirement {
        id: PluginId,
        target: Target,
        range: VersionRange,
        optional: bool,
        reason: &'static str,
        location: Location,
    }
    Conflict { id: PluginId, range: VersionRange, reason: &'static str, location: Location, }
    Provision { id: PluginId, version: Version, exclusive: bool, location: Location, }
    OrderHint { id: PluginId, location: Location, }
    PermissionRequest {
        name: &'static str,
        scope_kind: ScopeKind,
        scopes: &'static [&'static str],
        optional: bool,
        reason: &'static str,
        location: Location,
    }
    Limits {
        memory_bytes: Option<u64>,
        call_millis: Option<u64>,
        start_millis: Option<u64>,
        stop_millis: Option<u64>,
        concurrent_calls: Option<u32>,
        storage_bytes: Option<u64>,
        tasks: Option<u32>,
        open_files: Option<u32>,
        queued_events: Option<u32>,
    }
    ExtensionEntry { point: &'static PointInfo, }
    PointInfo {
        id: PluginId,
        version: Version,
        on_failure: FailurePolicy,
        deadline_millis: Option<u64>,
        break_on: BreakOn,
        after_panic: AfterPanic,
        mode: Option<HookMode>,
        uncounted: &'static [&'static str],
        methods: &'static [(&'static str, u64)],
    }
    EventEntry { event: &'static EventInfo, role: EventRole, }
    EventInfo {
        topic: PluginId,
        version: Version,
        schema: u64,
        type_path: &'static str,
        package: &'static str,
        durable: bool,
        point: PointInfo,
    }
    Version { major: u64, minor: u64, patch: u64, pre: &'static str, build: &'static str, }
    VersionRange { text: &'static str, comparators: &'static [Comparator], }
    Comparator { operator: Operator, major: u64, minor: Option<u64>, patch: Option<u64>, pre: &'static str, }
    Location { file: &'static str, line: u32, column: u32, snippet: &'static str, width: u32, }
}

// Its fields are its own affair, so it says itself where they lie.
impl Boundary for PluginId {
    const LAYOUT: &'static TypeLayout = const {
        let fields: &'static [FieldLayout] = const {
            let [text, hash] = Self::OFFSETS;
            &[
                FieldLayout { name: "text", offset: Some(text), layout: <&'static str as Boundary>::LAYOUT },
                FieldLayout { name: "hash", offset: Some(hash), layout: u64::LAYOUT },
            ]
        };
        &TypeLayout::structure::<Self>("PluginId", fields).with_code()
    };
}

/// Enums whose variants have no fields, in the order of the source.
macro_rules! enums {
    ($($name:ident { $($variant:ident)* })*) => {$(
        impl Boundary for $name {
            const LAYOUT: &'static TypeLayout = const {
                let _all: fn(Self) = |value| match value { $(Self::$variant => {})* };
                let mut number = 0;
                $(assert!(Self::$variant as isize == number); number += 1;)*
                let _ = number;
                &TypeLayout::enumeration::<Self>(
                    stringify!($name),
                    &[$(VariantLayout { name: stringify!($variant), fields: &[] },)*],
                )
            };
        }
    )*};
}

enums! {
    AfterPanic { Continue Restart Disable }
    BreakOn { Failures Errors Nothing }
    EventRole { Publishes Subscribes }
    FailurePolicy { Closed Open }
    HookMode { First All Fold Veto }
    Operator { Exact Greater GreaterEq Less LessEq Tilde Caret Wildcard }
    ScopeKind { Path Origin Address Table Program Variable Route Topic Name }
    Stability { Development Alpha Beta Stable Deprecated }
    Target { Plugin Service }
}

#[cfg(test)]
mod tests {
    use keyway_manifest::record::Shape;

    use super::*;

    #[test]
    fn an_id_lies_where_it_says() {
        let Shape::Struct { fields } = PluginId::LAYOUT.shape else { panic!("{:?}", PluginId::LAYOUT) };
        let mut parts: Vec<_> = fields.iter().map(|field| (field.offset.unwrap(), field.layout.size)).collect();
        parts.sort_unstable();
        let mut end = 0;
        for (offset, size) in parts {
            assert_eq!(offset, end, "nothing lies between or across its fields");
            end += size;
        }
        assert_eq!(end, PluginId::LAYOUT.size);
    }

    #[test]
    fn a_descriptor_is_described_down_to_its_permissions() {
        let Shape::Struct { fields } = Descriptor::LAYOUT.shape else { panic!("{:?}", Descriptor::LAYOUT) };
        let field = fields.iter().find(|field| field.name == "permissions").unwrap();
        let offset = {
            let descriptor = Descriptor::EMPTY;
            (&raw const descriptor.permissions).addr() - (&raw const descriptor).addr()
        };
        assert_eq!(field.offset, Some(offset));
        let Shape::Standard { arguments: [slice] } = field.layout.shape else { panic!("{:?}", field.layout) };
        let Shape::Standard { arguments: [request] } = slice.shape else { panic!("{slice:?}") };
        assert_eq!(request.hash(), PermissionRequest::LAYOUT.hash());
    }
}
