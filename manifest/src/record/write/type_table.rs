//! The types of a record, each once.

use core::any::TypeId;

use super::RecordParts;
use crate::record::format::MOST_TYPES;
use crate::record::{EventLayout, FieldLayout, PointLayout, Shape, TypeLayout};

/// Twice as many as types, so that a search by hash seldom takes a second step.
const SLOTS: usize = 2 * MOST_TYPES;

/// The types of a record in the order in which they are written: what a type consists of stands before it.
pub(super) struct TypeTable {
    types: [Option<&'static TypeLayout>; MOST_TYPES],
    length: usize,
    /// For a hash, one more than the position of its type; 0 for none. A slot that is taken sends on to the next.
    slots: [u16; SLOTS],
}

impl TypeTable {
    pub(super) const fn of(parts: &RecordParts) -> Self {
        let mut table = Self { types: [None; MOST_TYPES], length: 0, slots: [0; SLOTS] };
        table.add_points(parts.extends);
        table.add_points(parts.asks);
        table.add_points(parts.uses);
        table.add_events(parts.publishes);
        table.add_events(parts.subscribes);
        table.add_all(parts.boundary);
        table
    }

    /// The types in their order.
    pub(super) const fn get(&self, index: usize) -> Option<&'static TypeLayout> {
        if index < self.length { self.types[index] } else { None }
    }

    /// Where a type stands.
    pub(super) const fn position(&self, layout: &TypeLayout) -> usize {
        let taken = self.slots[self.slot(layout.hash())];
        assert!(taken > 0, "every type was added");
        taken as usize - 1
    }

    /// How many of the types are opaque.
    pub(super) const fn opaque(&self) -> usize {
        let (mut count, mut index) = (0, 0);
        while let Some(layout) = self.get(index) {
            count += matches!(layout.shape, Shape::Opaque { .. }) as usize;
            index += 1;
        }
        count
    }

    /// The numbers of those that are opaque.
    pub(super) const fn ids<const M: usize>(&self) -> [TypeId; M] {
        let mut ids = [TypeId::of::<()>(); M];
        let (mut count, mut index) = (0, 0);
        while let Some(layout) = self.get(index) {
            if let Shape::Opaque { id, .. } = layout.shape {
                ids[count] = id;
                count += 1;
            }
            index += 1;
        }
        assert!(count == M, "`M` is `type_id_count` of the same parts");
        ids
    }

    /// The slot of a hash, or the free one in which it belongs.
    const fn slot(&self, hash: u64) -> usize {
        let mut slot = hash as usize % SLOTS;
        while self.slots[slot] > 0 {
            if let Some(found) = self.types[self.slots[slot] as usize - 1]
                && found.hash() == hash
            {
                break;
            }
            slot = (slot + 1) % SLOTS;
        }
        slot
    }

    const fn add(&mut self, layout: &'static TypeLayout) {
        if self.slots[self.slot(layout.hash())] > 0 {
            return;
        }
        match layout.shape {
            Shape::Standard { arguments } => self.add_all(arguments),
            Shape::Struct { fields } => self.add_fields(fields),
            Shape::Enum { mut variants } => {
                while let [variant, rest @ ..] = variants {
                    self.add_fields(variant.fields);
                    variants = rest;
                }
            }
            Shape::Recursive | Shape::Opaque { .. } => {}
        }
        assert!(self.length < MOST_TYPES, "KW0701 the points and events of a plugin have 4096 different types at most");
        self.types[self.length] = Some(layout);
        self.length += 1;
        // What it consists of may have taken the slot that was free before.
        self.slots[self.slot(layout.hash())] = self.length as u16;
    }

    const fn add_all(&mut self, mut layouts: &[&'static TypeLayout]) {
        while let [first, rest @ ..] = layouts {
            self.add(first);
            layouts = rest;
        }
    }

    const fn add_fields(&mut self, mut fields: &[FieldLayout]) {
        while let [first, rest @ ..] = fields {
            self.add(first.layout);
            fields = rest;
        }
    }

    const fn add_points(&mut self, mut points: &[&'static PointLayout]) {
        while let [point, rest @ ..] = points {
            let mut methods = point.methods;
            while let [method, others @ ..] = methods {
                let mut arguments = method.arguments;
                while let [argument, further @ ..] = arguments {
                    self.add(argument.layout);
                    arguments = further;
                }
                self.add(method.output);
                methods = others;
            }
            points = rest;
        }
    }

    const fn add_events(&mut self, mut events: &[&'static EventLayout]) {
        while let [event, rest @ ..] = events {
            self.add(event.layout);
            events = rest;
        }
    }
}
