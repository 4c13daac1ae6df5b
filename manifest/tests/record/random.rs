//! Random SDKs: a library built against the same one fits; one that was built against an SDK with a single change is refused for just
//! that change if the plugin uses it, and for nothing otherwise.

use keyway_manifest::record::{DifferenceKind, HostFacts, Record, Verdict, compare};
use proptest::prelude::*;

use crate::model::{FOREIGN, Method, SIZES, Type, World, any_world, plugin};
use crate::sample::BUILD;

/// A single change of an SDK.
#[derive(Debug, Clone)]
enum Change {
    Size,
    PartMoved,
    PartRenamed,
    PartOfOtherType,
    PartAdded,
    PartRemoved,
    PartsSwapped,
    KindOfType,
    MethodRenamed,
    MethodAdded,
    MethodRemoved,
    MethodsSwapped,
    Signature,
    TypeOfMethod,
    PointVersion,
    EventSchema,
    TypeOfEvent,
    ForeignType,
}

fn any_change() -> impl Strategy<Value = Change> {
    use Change::*;
    proptest::sample::select(vec![
        Size,
        PartMoved,
        PartRenamed,
        PartOfOtherType,
        PartAdded,
        PartRemoved,
        PartsSwapped,
        KindOfType,
        MethodRenamed,
        MethodAdded,
        MethodRemoved,
        MethodsSwapped,
        Signature,
        TypeOfMethod,
        PointVersion,
        EventSchema,
        TypeOfEvent,
        ForeignType,
    ])
}

/// What a change has to be found as, and whether a plugin that uses some points and events meets it.
struct Expected {
    kind: DifferenceKind,
    message: String,
    is_met: bool,
}

/// A type that is certainly another.
fn other_type(ty: &Type) -> Type {
    match ty {
        Type::Plain(number) => Type::Plain((number + 1) % 4),
        Type::List(of) => Type::List(Box::new(other_type(of))),
        Type::Named(_) | Type::Foreign(_) => Type::Plain(0),
    }
}

/// Changes one thing of a world; `None` when the world has no such thing.
fn change(world: &mut World, change: &Change, at: [usize; 3], points: &[usize], events: &[usize]) -> Option<Expected> {
    let reached = world.reached(points, events);
    let declared = at[0] % world.declared.len();
    let point = at[0] % world.points.len();
    let method = at[1] % world.points[point].methods.len();
    let of_declared = |world: &World| Expected {
        kind: DifferenceKind::Layout,
        message: format!(
            "the {} `Type{declared}` is laid out differently",
            if world.declared[declared].is_enum { "enum" } else { "struct" }
        ),
        is_met: reached.declared[declared],
    };
    let of_point = |what: String| Expected { kind: DifferenceKind::Interface, message: what, is_met: points.contains(&point) };
    let methods_differ = || of_point(format!("the methods of the point `site.p{point}` differ"));
    let parts = world.declared[declared].parts.len();
    let part = at[1] % parts;
    Some(match change {
        Change::Size => {
            let expected = of_declared(world);
            let size = &mut world.declared[declared].size;
            *size = (*size + 1) % SIZES;
            expected
        }
        Change::PartMoved => {
            if world.declared[declared].is_enum {
                return None;
            }
            let expected = of_declared(world);
            world.declared[declared].parts[part].1 += 1;
            expected
        }
        Change::PartRenamed => {
            let expected = of_declared(world);
            world.declared[declared].parts[part].0.push('x');
            expected
        }
        Change::PartOfOtherType => {
            let expected = of_declared(world);
            let ty = &mut world.declared[declared].parts[part].2;
            *ty = other_type(ty);
            expected
        }
        Change::PartAdded => {
            let expected = of_declared(world);
            world.declared[declared].parts.insert(at[1] % (parts + 1), ("added".to_owned(), 0, Type::Plain(0)));
            expected
        }
        Change::PartRemoved => {
            let expected = of_declared(world);
            world.declared[declared].parts.remove(part);
            expected
        }
        Change::PartsSwapped => {
            let other = at[2] % parts;
            if other == part {
                return None;
            }
            let expected = of_declared(world);
            world.declared[declared].parts.swap(part, other);
            expected
        }
        Change::KindOfType => {
            let expected = of_declared(world);
            world.declared[declared].is_enum ^= true;
            expected
        }
        Change::MethodRenamed => {
            world.points[point].methods[method].name.push('x');
            methods_differ()
        }
        Change::MethodAdded => {
            let added = Method { name: "added".to_owned(), hash: 1, types: vec![Type::Plain(0)] };
            let place = at[1] % (world.points[point].methods.len() + 1);
            world.points[point].methods.insert(place, added);
            methods_differ()
        }
        Change::MethodRemoved => {
            world.points[point].methods.remove(method);
            methods_differ()
        }
        Change::MethodsSwapped => {
            let other = at[2] % world.points[point].methods.len();
            if other == method {
                return None;
            }
            world.points[point].methods.swap(method, other);
            methods_differ()
        }
        Change::Signature => {
            world.points[point].methods[method].hash ^= 1;
            methods_differ()
        }
        Change::TypeOfMethod => {
            let types = &mut world.points[point].methods[method].types;
            let place = at[2] % types.len();
            types[place] = other_type(&types[place]);
            let what = if place + 1 == types.len() { "answer" } else { "argument `argument`" };
            let message = format!("the {what} of `site.p{point}::method{method}` is of another type");
            Expected { kind: DifferenceKind::Layout, message, is_met: points.contains(&point) }
        }
        Change::PointVersion => {
            world.points[point].major += 1;
            of_point(format!("the point `site.p{point}` has another version"))
        }
        Change::EventSchema | Change::TypeOfEvent => {
            let event = at[0].checked_rem(world.events.len())?;
            let is_met = events.contains(&event);
            if matches!(change, Change::EventSchema) {
                world.events[event].schema ^= 1;
                let message = format!("the event `site.e{event}` has another schema");
                Expected { kind: DifferenceKind::Event, message, is_met }
            } else {
                world.events[event].ty = other_type(&world.events[event].ty);
                let message = format!("the event `site.e{event}` is of another type");
                Expected { kind: DifferenceKind::Layout, message, is_met }
            }
        }
        Change::ForeignType => {
            let foreign = at[0] % FOREIGN;
            // 0 and 1 have one size, and so have 2 and 3.
            world.foreign[foreign] ^= 1;
            let name = ["std::fs::File", "std::os::fd::owned::OwnedFd", "std::time::Instant", "std::time::SystemTime"][foreign];
            Expected {
                kind: DifferenceKind::Opaque,
                message: format!("`{name}` is another type"),
                is_met: reached.foreign[foreign],
            }
        }
    })
}

/// What the gate says of a library built against one world and loaded by a program built with another.
fn verdict(host: &World, library: &World, points: &[usize], events: &[usize]) -> Verdict {
    let host = host.layouts();
    let record = Record::of_parts(&plugin(&library.layouts(), points, events)).expect("the parts are good");
    compare(&HostFacts { build: BUILD, points: &host.points, events: &host.events, boundary: &[] }, &record)
}

fn chosen(count: usize, mask: usize) -> Vec<usize> {
    (0..count).filter(|number| mask >> number & 1 == 1).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_single_change_is_found_by_whoever_uses_it(
        world in any_world(),
        wanted in any_change(),
        at in any::<[usize; 3]>(),
        mask in any::<[usize; 2]>(),
    ) {
        let (points, events) = (chosen(world.points.len(), mask[0]), chosen(world.events.len(), mask[1]));
        let same = verdict(&world, &world, &points, &events);
        prop_assert!(same.fits(), "{same}");
        prop_assert!(same.unknown().is_empty(), "{same}");

        let mut changed = world.clone();
        let Some(expected) = change(&mut changed, &wanted, at, &points, &events) else { return Ok(()) };
        let found = verdict(&world, &changed, &points, &events);
        if expected.is_met {
            let kinds: Vec<_> = found.differences().iter().map(|one| (one.kind, one.message.as_str())).collect();
            prop_assert_eq!(kinds, [(expected.kind, expected.message.as_str())], "{}", found);
            prop_assert!(!found.differences()[0].rows.is_empty(), "{}", found);
        } else {
            prop_assert!(found.fits(), "{found}");
        }
    }
}
