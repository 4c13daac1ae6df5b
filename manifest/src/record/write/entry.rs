//! The entries of a record.

use super::RecordParts;
use super::sink::Sink;
use super::type_table::TypeTable;
use crate::record::format::{MOST_PACKAGES, NO_OFFSET, PointRole, shape, tag};
use crate::record::{
    Allocator, BuildFacts, EventLayout, FieldLayout, PanicStrategy, PointLayout, SdkFacts, Shape, StateDowngrade, TypeLayout,
};
use crate::{AfterPanic, BreakOn, EventRole, FailurePolicy, HookMode, PermissionSpec, PointInfo, ScopeKind, Version, text};

pub(super) const fn build(sink: &mut Sink<'_>, facts: &BuildFacts) {
    let entry = sink.begin(tag::BUILD);
    sink.text(facts.rustc).text(facts.commit).text(facts.target).text(facts.keyway);
    sink.u8(match facts.panic {
        PanicStrategy::Unknown => 0,
        PanicStrategy::Unwind => 1,
        PanicStrategy::Abort => 2,
    });
    sink.u8(match facts.allocator {
        Allocator::Unknown => 0,
        Allocator::Host => 1,
        Allocator::Own => 2,
    });
    sink.u8(facts.debug_assertions as u8);
    sink.end(entry);
}

/// The package, the manifest, and what is needed to understand the manifest.
pub(super) const fn plugin(sink: &mut Sink<'_>, parts: &RecordParts) {
    let plugin = parts.descriptor;
    let entry = sink.begin(tag::PACKAGE);
    sink.text(plugin.package);
    version(sink, &plugin.version);
    sink.text(plugin.description).text(plugin.authors).text(plugin.license).text(plugin.repository);
    sink.end(entry);
    let entry = sink.begin(tag::MANIFEST);
    sink.text(plugin.location.file).text(parts.manifest);
    sink.end(entry);
    let mut permissions = plugin.permissions;
    while let [permission, rest @ ..] = permissions {
        if PermissionSpec::find(permission.name).is_none() {
            let entry = sink.begin(tag::PERMISSION);
            sink.text(permission.name).u8(scope_kind(permission.scope_kind));
            sink.end(entry);
        }
        permissions = rest;
    }
}

const fn scope_kind(kind: ScopeKind) -> u8 {
    let mut index = 0;
    while ScopeKind::ALL[index] as u8 != kind as u8 {
        index += 1;
    }
    index as u8
}

const fn version(sink: &mut Sink<'_>, version: &Version) {
    sink.u64(version.major).u64(version.minor).u64(version.patch).text(version.pre).text(version.build);
}

pub(super) const fn all_types(sink: &mut Sink<'_>, types: &TypeTable) {
    let mut index = 0;
    while let Some(layout) = types.get(index) {
        let entry = sink.begin(tag::TYPE);
        one_type(sink, layout, types);
        sink.end(entry);
        index += 1;
    }
}

const fn one_type(sink: &mut Sink<'_>, layout: &TypeLayout, types: &TypeTable) {
    sink.text(layout.name).u64(layout.size as u64).u64(layout.align as u64);
    match layout.shape {
        Shape::Standard { mut arguments } => {
            sink.u8(shape::STANDARD).count(arguments.len());
            while let [argument, rest @ ..] = arguments {
                sink.count(types.position(argument));
                arguments = rest;
            }
        }
        Shape::Struct { fields } => all_fields(sink.u8(shape::STRUCT), fields, types),
        Shape::Enum { mut variants } => {
            sink.u8(shape::ENUM).count(variants.len());
            while let [variant, rest @ ..] = variants {
                all_fields(sink.text(variant.name), variant.fields, types);
                variants = rest;
            }
        }
        Shape::Recursive => {
            sink.u8(shape::RECURSIVE);
        }
        Shape::Opaque { .. } => {
            sink.u8(shape::OPAQUE);
        }
    }
}

const fn all_fields(sink: &mut Sink<'_>, mut fields: &[FieldLayout], types: &TypeTable) {
    sink.count(fields.len());
    while let [field, rest @ ..] = fields {
        let offset = match field.offset {
            Some(offset) => offset as u64,
            None => NO_OFFSET,
        };
        sink.text(field.name).u64(offset).count(types.position(field.layout));
        fields = rest;
    }
}

/// The packages of points and events, each once.
pub(super) struct Packages {
    packages: [Option<SdkFacts>; MOST_PACKAGES],
    length: usize,
}

impl Packages {
    const fn position(&self, package: &SdkFacts) -> usize {
        let mut index = 0;
        while index < self.length {
            if let Some(found) = &self.packages[index]
                && text::equal(found.name, package.name)
                && text::equal(found.version, package.version)
                && text::equal(found.digest, package.digest)
            {
                break;
            }
            index += 1;
        }
        index
    }

    const fn add(&mut self, package: &SdkFacts) {
        let position = self.position(package);
        if position == self.length {
            assert!(position < MOST_PACKAGES, "KW0701 the points and events of a plugin come from 64 different packages at most");
            self.packages[position] = Some(*package);
            self.length += 1;
        }
    }

    const fn add_points(&mut self, mut points: &[&PointLayout]) {
        while let [point, rest @ ..] = points {
            self.add(&point.sdk);
            points = rest;
        }
    }

    const fn add_events(&mut self, mut events: &[&EventLayout]) {
        while let [event, rest @ ..] = events {
            self.add(&event.sdk);
            events = rest;
        }
    }
}

pub(super) const fn packages(sink: &mut Sink<'_>, parts: &RecordParts) -> Packages {
    let mut packages = Packages { packages: [None; MOST_PACKAGES], length: 0 };
    packages.add_points(parts.extends);
    packages.add_points(parts.asks);
    packages.add_points(parts.uses);
    packages.add_events(parts.publishes);
    packages.add_events(parts.subscribes);
    let mut index = 0;
    while index < packages.length {
        if let Some(package) = &packages.packages[index] {
            let entry = sink.begin(tag::SDK);
            sink.text(package.name).text(package.version).text(package.digest);
            sink.end(entry);
        }
        index += 1;
    }
    packages
}

pub(super) const fn points(sink: &mut Sink<'_>, parts: &RecordParts, types: &TypeTable, packages: &Packages) {
    let of_role = [(PointRole::Extends, parts.extends), (PointRole::Asks, parts.asks), (PointRole::Uses, parts.uses)];
    let mut index = 0;
    while index < of_role.len() {
        let (role, mut points) = of_role[index];
        while let [point, rest @ ..] = points {
            let entry = sink.begin(tag::POINT);
            sink.u8(role as u8).count(packages.position(&point.sdk)).u8(point.static_only as u8);
            point_info(sink, point.info);
            methods(sink, point, types);
            sink.end(entry);
            points = rest;
        }
        index += 1;
    }
}

const fn point_info(sink: &mut Sink<'_>, info: &PointInfo) {
    sink.text(info.id.as_str());
    version(sink, &info.version);
    sink.u8(match info.on_failure {
        FailurePolicy::Closed => 0,
        FailurePolicy::Open => 1,
    });
    match info.deadline_millis {
        None => sink.u8(0).u64(0),
        Some(millis) => sink.u8(1).u64(millis),
    };
    sink.u8(match info.break_on {
        BreakOn::Failures => 0,
        BreakOn::Errors => 1,
        BreakOn::Nothing => 2,
    });
    sink.u8(match info.after_panic {
        AfterPanic::Continue => 0,
        AfterPanic::Restart => 1,
        AfterPanic::Disable => 2,
    });
    sink.u8(match info.mode {
        None => 0,
        Some(HookMode::First) => 1,
        Some(HookMode::All) => 2,
        Some(HookMode::Fold) => 3,
        Some(HookMode::Veto) => 4,
    });
    sink.count(info.uncounted.len());
    let mut uncounted = info.uncounted;
    while let [name, rest @ ..] = uncounted {
        sink.text(name);
        uncounted = rest;
    }
}

const fn methods(sink: &mut Sink<'_>, point: &PointLayout, types: &TypeTable) {
    sink.count(point.methods.len());
    let mut methods = point.methods;
    while let [method, rest @ ..] = methods {
        sink.text(method.name).u64(method.hash).text(method.signature).count(method.arguments.len());
        let mut arguments = method.arguments;
        while let [argument, others @ ..] = arguments {
            sink.text(argument.name).count(types.position(argument.layout));
            arguments = others;
        }
        sink.count(types.position(method.output));
        methods = rest;
    }
}

pub(super) const fn events(sink: &mut Sink<'_>, parts: &RecordParts, types: &TypeTable, packages: &Packages) {
    let of_role = [(EventRole::Publishes, parts.publishes), (EventRole::Subscribes, parts.subscribes)];
    let mut index = 0;
    while index < of_role.len() {
        let (role, mut events) = of_role[index];
        while let [event, rest @ ..] = events {
            let info = event.info;
            let entry = sink.begin(tag::EVENT);
            sink.u8(role as u8).count(packages.position(&event.sdk)).text(info.topic.as_str());
            version(sink, &info.version);
            sink.u64(info.schema).text(info.type_path).text(info.package).u8(info.durable as u8);
            sink.count(types.position(event.layout));
            sink.end(entry);
            events = rest;
        }
        index += 1;
    }
}

/// The observed patterns, the types of `keyway` itself, and the forms of the state.
pub(super) const fn rest(sink: &mut Sink<'_>, parts: &RecordParts, types: &TypeTable) {
    let mut observes = parts.observes;
    while let [pattern, rest @ ..] = observes {
        let entry = sink.begin(tag::OBSERVE);
        sink.text(pattern);
        sink.end(entry);
        observes = rest;
    }
    let mut boundary = parts.boundary;
    while let [layout, rest @ ..] = boundary {
        let entry = sink.begin(tag::BOUNDARY);
        sink.count(types.position(layout));
        sink.end(entry);
        boundary = rest;
    }
    if let Some(state) = parts.state {
        let entry = sink.begin(tag::STATE);
        sink.u32(state.version).u32(state.migrates_from).u8(match state.downgrade {
            StateDowngrade::Supported => 0,
            StateDowngrade::Lossy => 1,
            StateDowngrade::Refused => 2,
        });
        sink.end(entry);
    }
}
