//! Compares types, from those that methods take and return down to their fields.
//!
//! What is told is the cause: a struct that only grew because one of its fields did is not told beside that field's type.

use std::collections::BTreeMap;

use super::type_id::{bytes, is_local};
use super::{Difference, DifferenceKind, HostFacts, PackageDifference, Row, Verdict, shown};
use crate::record::read::{RecordedField, RecordedShape, RecordedVariant, TypePosition};
use crate::record::{FieldLayout, Record, Shape, TypeLayout, VariantLayout};

/// Why a type that is laid out differently keeps a library out.
pub(super) const OTHER_BYTES: &str = "the plugin would read and write other bytes than the program means";

/// The package whose types every plugin uses.
pub(super) const KEYWAY: &str = "keyway";

/// The types of a program and of a library, and what was found when they were compared.
pub(super) struct Types<'a> {
    pub(super) plugin: &'a Record,
    pub(super) packages: &'a [PackageDifference],
    /// Crates whose types have other numbers in each workspace.
    local: Vec<String>,
    /// Whether the program and the library are built with debug assertions: the sign of their profiles.
    pub(super) debug_assertions: (bool, bool),
    /// What each pair came to. A type is compared once, however often it is used.
    known: BTreeMap<(usize, TypePosition), Agreement>,
}

/// What two types came to.
#[derive(Clone)]
pub(super) enum Agreement {
    Same,
    /// They are meant to be one type and differ: the positions of what was found.
    Differ(Vec<usize>),
    /// They are two types altogether; nothing was told yet.
    Other,
}

/// Where types are met, and which package declares them.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub(super) shown: &'p str,
    pub(super) package: &'p str,
}

impl<'a> Types<'a> {
    pub(super) fn new(host: &HostFacts<'_>, plugin: &'a Record, packages: &'a [PackageDifference]) -> Self {
        let of_host = host.points.iter().map(|point| point.sdk.name).chain(host.events.iter().map(|event| event.sdk.name));
        let all = of_host.chain(plugin.sdks().iter().map(|sdk| sdk.name.as_str()));
        let local = all.map(|package| package.replace('-', "_")).collect();
        Self {
            plugin,
            packages,
            local,
            debug_assertions: (host.build.debug_assertions, plugin.build().debug_assertions),
            known: BTreeMap::new(),
        }
    }

    /// Compares the types of `keyway` itself. Several may have one name, and then their order counts.
    pub(super) fn compare_own(&mut self, host: &[&'static TypeLayout], verdict: &mut Verdict) {
        let mut left: Vec<TypePosition> = self.plugin.boundary().to_vec();
        for layout in host {
            let find = |is_it: &dyn Fn(&str) -> bool| left.iter().position(|own| is_it(&self.plugin.type_at(*own).name));
            // A trait may demand other traits than before, and is the same trait.
            let is_same_trait = |name: &str| shown::trait_of(name).is_some_and(|name| shown::trait_of(layout.name) == Some(name));
            let Some(found) = find(&|name| name == layout.name).or_else(|| find(&is_same_trait)) else { continue };
            let own = left.remove(found);
            self.compare_root(
                layout,
                own,
                &format!("type `{}` of `keyway`", layout.name),
                Place { shown: "", package: KEYWAY },
                verdict,
            );
        }
    }

    /// Compares what a method or an event begins with; `what` names it.
    pub(super) fn compare_root(
        &mut self,
        host: &'static TypeLayout,
        plugin: TypePosition,
        what: &str,
        place: Place<'_>,
        verdict: &mut Verdict,
    ) {
        if let Agreement::Other = self.compare(host, plugin, place, verdict) {
            let difference = self.difference(format!("the {what} is of another type"), place);
            verdict.push(difference.rows(self.type_rows(host, plugin).into_iter().chain(self.size(host, plugin)).collect()));
        }
    }

    /// The rows in which two structs or enums differ, for something that is told anyway.
    pub(super) fn rows(&self, host: &TypeLayout, plugin: TypePosition) -> Vec<Row> {
        let mut rows: Vec<Row> = self.size(host, plugin).into_iter().collect();
        match (host.shape, &self.plugin.type_at(plugin).shape) {
            (Shape::Struct { fields }, RecordedShape::Struct(own)) => rows.extend(self.field_rows(fields, own)),
            (Shape::Enum { variants }, RecordedShape::Enum(own)) => rows.extend(self.variant_rows(variants, own)),
            (shape, own) => {
                rows.extend(differing("kind", kind_of_host(&shape).to_owned(), kind_of_plugin(own).to_owned()));
                rows.extend(differing("type", shown::of_host(host), shown::of_plugin(self.plugin, plugin)));
            }
        }
        rows
    }

    /// The row in which two types differ, or that of their first parts which do, where they are alike as far as types are shown.
    fn type_rows(&self, host: &TypeLayout, plugin: TypePosition) -> Option<Row> {
        let row = differing("type", shown::of_host(host), shown::of_plugin(self.plugin, plugin));
        row.or_else(|| match (host.shape, &self.plugin.type_at(plugin).shape) {
            (Shape::Standard { arguments }, RecordedShape::Standard(own)) => {
                arguments.iter().zip(own).find_map(|(argument, own)| self.type_rows(argument, *own))
            }
            _ => None,
        })
    }

    fn compare(&mut self, host: &'static TypeLayout, plugin: TypePosition, place: Place<'_>, verdict: &mut Verdict) -> Agreement {
        let pair = (std::ptr::from_ref(host).addr(), plugin);
        if let Some(known) = self.known.get(&pair) {
            if let Agreement::Differ(found) = known {
                for position in found {
                    verdict.place(*position, place.shown);
                }
            }
            return known.clone();
        }
        let agreement = self.compare_new(host, plugin, place, verdict);
        self.known.insert(pair, agreement.clone());
        agreement
    }

    fn compare_new(
        &mut self,
        host: &'static TypeLayout,
        plugin: TypePosition,
        place: Place<'_>,
        verdict: &mut Verdict,
    ) -> Agreement {
        if let Some(agreement) = self.compare_traits(host, plugin, place, verdict) {
            return agreement;
        }
        let record = self.plugin;
        let own = record.type_at(plugin);
        let is_named_alike = shown::bare(host.name) == shown::bare(&own.name);
        match (host.shape, &own.shape) {
            (Shape::Opaque { id, type_name }, RecordedShape::Opaque(number)) => {
                let numbers = bytes(id).zip(*number).filter(|_| !is_local(type_name(), &self.local));
                self.compare_opaque(host, plugin, type_name(), numbers, place, verdict)
            }
            _ if !is_named_alike => Agreement::Other,
            (Shape::Recursive, RecordedShape::Recursive) => Agreement::Same,
            (Shape::Standard { arguments }, RecordedShape::Standard(own)) => {
                if arguments.len() != own.len() {
                    return Agreement::Other;
                }
                let mut parts = Parts::default();
                for (argument, own) in arguments.iter().zip(own) {
                    parts.add(self.compare(argument, *own, place, verdict));
                }
                if parts.has_other { Agreement::Other } else { self.conclude(host, plugin, parts, false, place, verdict) }
            }
            (Shape::Struct { fields }, RecordedShape::Struct(own)) => {
                let mut parts = Parts::default();
                let is_other = self.compare_fields(fields, own, &mut parts, place, verdict);
                let is_moved = fields.iter().zip(own).any(|(field, own)| field.offset.map(|offset| offset as u64) != own.offset);
                let is_own = is_other || parts.has_other || (is_moved && parts.found.is_empty());
                self.conclude(host, plugin, parts, is_own, place, verdict)
            }
            (Shape::Enum { variants }, RecordedShape::Enum(own)) => {
                let mut parts = Parts::default();
                let mut is_other = variants.len() != own.len();
                for (variant, own) in variants.iter().zip(own) {
                    is_other |= variant.name != own.name;
                    is_other |= self.compare_fields(variant.fields, &own.fields, &mut parts, place, verdict);
                }
                let is_own = is_other || parts.has_other;
                self.conclude(host, plugin, parts, is_own, place, verdict)
            }
            (Shape::Opaque { .. }, _) | (_, RecordedShape::Opaque(_)) if self.size(host, plugin).is_none() => {
                verdict.unknown_is(format!("what `{}` consists of: only one side describes it", shown::of_host(host)));
                Agreement::Same
            }
            _ => self.conclude(host, plugin, Parts::default(), true, place, verdict),
        }
    }

    /// Compares fields that stand at the same place and have one name. Answers whether the names differ.
    fn compare_fields(
        &mut self,
        fields: &[FieldLayout],
        own: &[RecordedField],
        parts: &mut Parts,
        place: Place<'_>,
        verdict: &mut Verdict,
    ) -> bool {
        for field in fields {
            if let Some(own) = own.iter().find(|own| own.name == field.name) {
                parts.add(self.compare(field.layout, own.layout, place, verdict));
            }
        }
        !fields.iter().map(|field| field.name).eq(own.iter().map(|own| own.name.as_str()))
    }

    fn compare_opaque(
        &self,
        host: &'static TypeLayout,
        plugin: TypePosition,
        type_name: &str,
        numbers: Option<([u8; 16], [u8; 16])>,
        place: Place<'_>,
        verdict: &mut Verdict,
    ) -> Agreement {
        let own = self.plugin.type_at(plugin);
        let is_named_alike = shown::bare(host.name) == shown::bare(&own.name);
        if numbers.is_some_and(|(one, other)| one == other) && self.size(host, plugin).is_none() {
            return Agreement::Same;
        }
        if !is_named_alike {
            return Agreement::Other;
        }
        if self.size(host, plugin).is_some() {
            return self.conclude(host, plugin, Parts::default(), true, place, verdict);
        }
        let Some((of_host, of_plugin)) = numbers else {
            // Of the types of `keyway` its version tells enough.
            if place.package != KEYWAY {
                verdict.unknown_is(format!(
                    "what `{}` consists of: only its size was compared; `#[derive(Boundary)]` on it tells more",
                    shown::of_host(host)
                ));
            }
            return Agreement::Same;
        };
        let number = |bytes: [u8; 16]| format!("{:016x}…", u128::from_be_bytes(bytes) >> 64);
        let difference = Difference::new(
            DifferenceKind::Opaque,
            format!("`{}` is another type", shown::name(type_name)),
            "the compiler numbers it differently: it comes from another version, feature set or profile of its crate",
            self.mend_number(type_name, place.package),
        );
        let number = Row::new("number", number(of_host), number(of_plugin));
        let mut difference = Difference { subject: shown::name(type_name), ..difference.row(number).at(place.shown) };
        let (of_host, of_plugin) = self.debug_assertions;
        if of_host != of_plugin {
            let shown = |on| if on { "on" } else { "off" };
            difference = difference.row(Row::new("debug assertions", shown(of_host), shown(of_plugin)));
        }
        Agreement::Differ(vec![verdict.push(difference)])
    }

    /// Tells of a type whose own parts differ, or whose size differs though none of its parts do.
    fn conclude(
        &self,
        host: &'static TypeLayout,
        plugin: TypePosition,
        parts: Parts,
        is_own: bool,
        place: Place<'_>,
        verdict: &mut Verdict,
    ) -> Agreement {
        let mut found = parts.found;
        if is_own || (found.is_empty() && self.size(host, plugin).is_some()) {
            let message = format!("the {} `{}` is laid out differently", kind_of_host(&host.shape), shown::of_host(host));
            found.push(verdict.push(self.difference(message, place).rows(self.rows(host, plugin))));
        }
        if found.is_empty() { Agreement::Same } else { Agreement::Differ(found) }
    }

    pub(super) fn difference(&self, message: String, place: Place<'_>) -> Difference {
        let difference = Difference::new(DifferenceKind::Layout, message, OTHER_BYTES, self.mend(place.package));
        if place.shown.is_empty() { difference } else { difference.at(place.shown) }
    }

    fn size(&self, host: &TypeLayout, plugin: TypePosition) -> Option<Row> {
        let own = self.plugin.type_at(plugin);
        let shown = |size: u64, align: u64| format!("{size} bytes, aligned to {align}");
        differing("size", shown(host.size as u64, host.align as u64), shown(own.size, own.align))
    }

    fn field_rows(&self, fields: &[FieldLayout], own: &[RecordedField]) -> Vec<Row> {
        let of_host = |field: &FieldLayout| placed(shown::of_host(field.layout), field.offset.map(|offset| offset as u64));
        let of_plugin = |field: &RecordedField| placed(shown::of_plugin(self.plugin, field.layout), field.offset);
        let hosts: Vec<_> = fields.iter().map(|field| (field.name, of_host(field))).collect();
        let owns: Vec<_> = own.iter().map(|own| (own.name.as_str(), of_plugin(own))).collect();
        beside(&hosts, &owns)
    }

    fn variant_rows(&self, variants: &[VariantLayout], own: &[RecordedVariant]) -> Vec<Row> {
        let of_host = |field: &FieldLayout| (field.name.to_owned(), shown::of_host(field.layout));
        let of_plugin = |field: &RecordedField| (field.name.clone(), shown::of_plugin(self.plugin, field.layout));
        let hosts: Vec<_> =
            variants.iter().map(|variant| (variant.name, listed(variant.fields.iter().map(of_host).collect()))).collect();
        let owns: Vec<_> =
            own.iter().map(|variant| (variant.name.as_str(), listed(variant.fields.iter().map(of_plugin).collect()))).collect();
        beside(&hosts, &owns)
    }
}

const fn kind_of_host(shape: &Shape) -> &'static str {
    match shape {
        Shape::Struct { .. } => "struct",
        Shape::Enum { .. } => "enum",
        Shape::Standard { .. } | Shape::Recursive | Shape::Opaque { .. } => "type",
    }
}

const fn kind_of_plugin(shape: &RecordedShape) -> &'static str {
    match shape {
        RecordedShape::Struct(_) => "struct",
        RecordedShape::Enum(_) => "enum",
        RecordedShape::Standard(_) | RecordedShape::Recursive | RecordedShape::Opaque(_) => "type",
    }
}

/// What the parts of a type came to.
#[derive(Default)]
struct Parts {
    found: Vec<usize>,
    has_other: bool,
}

impl Parts {
    fn add(&mut self, agreement: Agreement) {
        match agreement {
            Agreement::Same => {}
            Agreement::Differ(found) => {
                for position in found {
                    if !self.found.contains(&position) {
                        self.found.push(position);
                    }
                }
            }
            Agreement::Other => self.has_other = true,
        }
    }
}

fn placed(shown: String, offset: Option<u64>) -> String {
    match offset {
        Some(offset) => format!("{shown} at {offset}"),
        None => shown,
    }
}

/// The fields of a variant as they are written.
fn listed(fields: Vec<(String, String)>) -> String {
    let is_tuple = fields.iter().enumerate().all(|(index, (name, _))| *name == index.to_string());
    let all = |fields: Vec<(String, String)>| -> Vec<String> {
        fields.into_iter().map(|(name, ty)| if is_tuple { ty } else { format!("{}: {ty}", shown::name(&name)) }).collect()
    };
    match (fields.is_empty(), is_tuple) {
        (true, _) => "no fields".to_owned(),
        (false, true) => format!("({})", all(fields).join(", ")),
        (false, false) => format!("{{ {} }}", all(fields).join(", ")),
    }
}

/// The rows in which two lists of named things differ: those that one side lacks, those that are something else, and the order.
pub(super) fn beside(host: &[(&str, String)], plugin: &[(&str, String)]) -> Vec<Row> {
    fn find<'l>(list: &'l [(&str, String)], name: &str) -> Option<&'l String> {
        list.iter().find(|(known, _)| *known == name).map(|(_, shown)| shown)
    }
    let mut rows = Vec::new();
    let of_plugin = plugin.iter().filter(|(name, _)| find(host, name).is_none());
    for (name, _) in host.iter().chain(of_plugin) {
        let (one, other) = (find(host, name), find(plugin, name));
        if one != other {
            rows.push(Row::of(shown::name(name), one.cloned(), other.cloned()));
        }
    }
    if rows.is_empty() {
        let order = |list: &[(&str, String)]| list.iter().map(|(name, _)| shown::name(name)).collect::<Vec<_>>().join(", ");
        rows.extend(differing("order", order(host), order(plugin)));
    }
    rows
}

pub(super) fn differing(label: &str, host: String, plugin: String) -> Option<Row> {
    (host != plugin).then(|| Row::new(label, host, plugin))
}
