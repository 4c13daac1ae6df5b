//! Random points, events and types: what a host might know, and what is made of it for a library.

use keyway_manifest::record::{
    ArgumentLayout, EventLayout, FieldLayout, MethodLayout, PointLayout, RecordParts, TypeLayout, VariantLayout,
};
use keyway_manifest::{EventInfo, PluginId, PointInfo};
use proptest::prelude::*;

use crate::sample::{BUILD, SDK, point, version};

/// A type, as it is written in an SDK.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Type {
    /// One of the language, by its number.
    Plain(usize),
    /// A list of another.
    List(Box<Self>),
    /// A struct or an enum of the SDK, by its number.
    Named(usize),
    /// The type of another crate, by its number.
    Foreign(usize),
}

/// What an SDK declares under a name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) size: usize,
    pub(crate) is_enum: bool,
    /// Fields with their offsets, or variants with one field each.
    pub(crate) parts: Vec<(String, usize, Type)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) hash: u64,
    pub(crate) types: Vec<Type>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    pub(crate) major: u64,
    pub(crate) methods: Vec<Method>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) schema: u64,
    pub(crate) ty: Type,
}

/// All that a program and its plugins have in common.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct World {
    pub(crate) declared: Vec<Declared>,
    pub(crate) foreign: Vec<usize>,
    pub(crate) points: Vec<Point>,
    pub(crate) events: Vec<Event>,
}

/// Sizes that a type can have; each is that of a Rust type.
pub(crate) const SIZES: usize = 4;
pub(crate) const PLAIN: usize = 4;
/// Types of the standard library stand for those of a registry: their numbers are the same everywhere.
pub(crate) const FOREIGN: usize = 4;

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

/// Layouts made of a world.
struct Maker<'w> {
    world: &'w World,
    named: Vec<&'static TypeLayout>,
    foreign: Vec<&'static TypeLayout>,
}

impl Maker<'_> {
    fn ty(&self, ty: &Type) -> &'static TypeLayout {
        leak(match ty {
            Type::Plain(0) => TypeLayout::standard::<u8>("u8", &[]),
            Type::Plain(1) => TypeLayout::standard::<u32>("u32", &[]),
            Type::Plain(2) => TypeLayout::standard::<i32>("i32", &[]),
            Type::Plain(_) => TypeLayout::standard::<String>("String", &[]),
            Type::List(of) => TypeLayout::standard::<Vec<u8>>("Vec", leak([self.ty(of)])),
            Type::Named(number) => return self.named[*number],
            Type::Foreign(number) => return self.foreign[*number],
        })
    }

    fn declared(&self, declared: &Declared) -> TypeLayout {
        let name = leak(declared.name.clone()).as_str();
        if declared.is_enum {
            let one = |(name, _, ty): &(String, usize, Type)| VariantLayout {
                name: leak(name.clone()),
                fields: leak([FieldLayout { name: "0", offset: None, layout: self.ty(ty) }]),
            };
            let variants: &[VariantLayout] = leak(declared.parts.iter().map(one).collect::<Vec<_>>());
            match declared.size {
                0 => TypeLayout::enumeration::<[u64; 4]>(name, variants),
                1 => TypeLayout::enumeration::<[u64; 5]>(name, variants),
                2 => TypeLayout::enumeration::<[u32; 8]>(name, variants),
                _ => TypeLayout::enumeration::<[u64; 7]>(name, variants),
            }
        } else {
            let one = |(name, offset, ty): &(String, usize, Type)| FieldLayout {
                name: leak(name.clone()),
                offset: Some(*offset),
                layout: self.ty(ty),
            };
            let fields: &[FieldLayout] = leak(declared.parts.iter().map(one).collect::<Vec<_>>());
            match declared.size {
                0 => TypeLayout::structure::<[u64; 4]>(name, fields),
                1 => TypeLayout::structure::<[u64; 5]>(name, fields),
                2 => TypeLayout::structure::<[u32; 8]>(name, fields),
                _ => TypeLayout::structure::<[u64; 7]>(name, fields),
            }
        }
    }

    fn foreign(name: &'static str, number: usize) -> &'static TypeLayout {
        leak(match number {
            0 => TypeLayout::opaque::<std::fs::File>(name),
            1 => TypeLayout::opaque::<std::os::fd::OwnedFd>(name),
            2 => TypeLayout::opaque::<std::time::Instant>(name),
            _ => TypeLayout::opaque::<std::time::SystemTime>(name),
        })
    }

    fn point(&self, number: usize, of: &Point) -> &'static PointLayout {
        let method = |method: &Method| {
            let (output, arguments) = method.types.split_last().expect("a method has an answer");
            let argument = |ty| ArgumentLayout { name: "argument", layout: self.ty(ty) };
            MethodLayout {
                name: leak(method.name.clone()),
                hash: method.hash,
                signature: leak(format!("fn {}(&self) -> {}", method.name, method.hash)),
                arguments: leak(arguments.iter().map(argument).collect::<Vec<_>>()),
                output: self.ty(output),
            }
        };
        let id = leak(format!("site.p{number}"));
        leak(PointLayout {
            info: leak(PointInfo { version: version(of.major, 0, 0), ..point(id, version(1, 0, 0)) }),
            sdk: SDK,
            methods: leak(of.methods.iter().map(method).collect::<Vec<_>>()),
            static_only: false,
        })
    }

    fn event(&self, number: usize, of: &Event) -> &'static EventLayout {
        let topic = PluginId::new(leak(format!("site.e{number}")));
        let info = EventInfo::new(topic, version(1, 0, 0), of.schema, "site_sdk::Event", "site-sdk 0.1.4");
        leak(EventLayout { info: leak(info), sdk: SDK, layout: self.ty(&of.ty) })
    }
}

/// The layouts of a world.
#[derive(Debug)]
pub(crate) struct Layouts {
    pub(crate) points: Vec<&'static PointLayout>,
    pub(crate) events: Vec<&'static EventLayout>,
}

impl World {
    pub(crate) fn layouts(&self) -> Layouts {
        let named = |number: usize| leak(format!("Foreign{number}")).as_str();
        let foreign = self.foreign.iter().enumerate().map(|(number, of)| Maker::foreign(named(number), *of)).collect();
        let mut maker = Maker { world: self, named: Vec::new(), foreign };
        // Each consists of earlier ones alone.
        for declared in &self.declared {
            let layout = leak(maker.declared(declared));
            maker.named.push(layout);
        }
        Layouts {
            points: maker.world.points.iter().enumerate().map(|(number, of)| maker.point(number, of)).collect(),
            events: maker.world.events.iter().enumerate().map(|(number, of)| maker.event(number, of)).collect(),
        }
    }

    /// The declared types that a plugin reaches which uses some of the points and events.
    pub(crate) fn reached(&self, points: &[usize], events: &[usize]) -> Reached {
        let mut reached = Reached { declared: vec![false; self.declared.len()], foreign: vec![false; self.foreign.len()] };
        for point in points {
            for method in &self.points[*point].methods {
                method.types.iter().for_each(|ty| self.reach(ty, &mut reached));
            }
        }
        for event in events {
            self.reach(&self.events[*event].ty, &mut reached);
        }
        reached
    }

    fn reach(&self, ty: &Type, reached: &mut Reached) {
        match ty {
            Type::Plain(_) => {}
            Type::List(of) => self.reach(of, reached),
            Type::Foreign(number) => reached.foreign[*number] = true,
            Type::Named(number) => {
                reached.declared[*number] = true;
                self.declared[*number].parts.iter().for_each(|(_, _, ty)| self.reach(ty, reached));
            }
        }
    }
}

#[derive(Debug)]
pub(crate) struct Reached {
    pub(crate) declared: Vec<bool>,
    pub(crate) foreign: Vec<bool>,
}

/// A plugin that uses some of the points and events of a world.
pub(crate) fn plugin(layouts: &Layouts, points: &[usize], events: &[usize]) -> RecordParts {
    RecordParts {
        extends: leak(points.iter().map(|number| layouts.points[*number]).collect::<Vec<_>>()),
        subscribes: leak(events.iter().map(|number| layouts.events[*number]).collect::<Vec<_>>()),
        ..RecordParts::of(BUILD)
    }
}

/// A type of which `known` declared ones stand before it.
pub(crate) fn any_type(known: usize, foreign: usize) -> BoxedStrategy<Type> {
    let mut leaves = vec![(0..PLAIN).prop_map(Type::Plain).boxed()];
    if known > 0 {
        leaves.push((0..known).prop_map(Type::Named).boxed());
    }
    if foreign > 0 {
        leaves.push((0..foreign).prop_map(Type::Foreign).boxed());
    }
    let leaf = proptest::strategy::Union::new(leaves);
    prop_oneof![3 => leaf.clone(), 1 => leaf.prop_map(|of| Type::List(Box::new(of)))].boxed()
}

fn any_declared(number: usize) -> impl Strategy<Value = Declared> {
    let parts = proptest::collection::vec((0..64_usize, any_type(number, FOREIGN)), 1..5);
    (any::<bool>(), 0..SIZES, parts).prop_map(move |(is_enum, size, parts)| Declared {
        name: format!("Type{number}"),
        size,
        is_enum,
        parts: parts.into_iter().enumerate().map(|(part, (offset, ty))| (format!("part{part}"), offset, ty)).collect(),
    })
}

pub(crate) fn any_world() -> impl Strategy<Value = World> {
    let declared: Vec<_> = (0..6).map(any_declared).collect();
    let method = |number: usize| {
        (any::<u64>(), proptest::collection::vec(any_type(6, FOREIGN), 1..4)).prop_map(move |(hash, types)| Method {
            name: format!("method{number}"),
            hash,
            types,
        })
    };
    let methods = (1..4_usize).prop_flat_map(move |count| (0..count).map(method).collect::<Vec<_>>());
    let point = methods.prop_map(|methods| Point { major: 1, methods });
    let event = (any::<u64>(), any_type(6, FOREIGN)).prop_map(|(schema, ty)| Event { schema, ty });
    (declared, proptest::collection::vec(point, 1..5), proptest::collection::vec(event, 0..3))
        .prop_map(|(declared, points, events)| World { declared, foreign: (0..FOREIGN).collect(), points, events })
}
