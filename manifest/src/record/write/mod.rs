//! Writes a record inside rustc.

mod entry;
mod sink;
mod type_table;

use core::any::TypeId;

use super::format::{ENTRY, HEADER, MAGIC, RECORD_VERSION};
use super::{BuildFacts, EventLayout, PointLayout, StateFacts, TypeLayout};
use crate::Descriptor;
use sink::Sink;
use type_table::TypeTable;

/// All that a library says about its plugin and itself.
///
/// ```
/// use keyway_manifest::record::{BuildFacts, RecordParts, record_len, write_record};
/// use keyway_manifest::Descriptor;
///
/// const PARTS: &RecordParts = &RecordParts {
///     descriptor: &Descriptor::EMPTY,
///     manifest: "manifest-version = 1",
///     ..RecordParts::of(BuildFacts::UNKNOWN)
/// };
/// static RECORD: [u8; record_len(PARTS)] = write_record(PARTS);
/// assert!(RECORD.starts_with(b"KEYWAY\0"));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct RecordParts {
    /// How the library is built.
    pub build: BuildFacts,
    /// The plugin's descriptor. Of it the record holds what the manifest does not say.
    pub descriptor: &'static Descriptor,
    /// The whole text of the manifest.
    pub manifest: &'static str,
    /// The points of `provides(…)` in the attribute, in its order.
    pub extends: &'static [&'static PointLayout],
    /// The hooks of `asks(…)`.
    pub asks: &'static [&'static PointLayout],
    /// The services of `uses(…)`.
    pub uses: &'static [&'static PointLayout],
    /// The events of `publishes(…)`.
    pub publishes: &'static [&'static EventLayout],
    /// The events of `subscribes(…)`.
    pub subscribes: &'static [&'static EventLayout],
    /// The patterns of `observes(…)`.
    pub observes: &'static [&'static str],
    /// The types of `keyway` itself that cross the boundary.
    pub boundary: &'static [&'static TypeLayout],
    /// The state of `state(…)`; `None` when the plugin keeps none.
    pub state: Option<StateFacts>,
}

impl RecordParts {
    /// Parts that say how a library is built and nothing else, to fill in with struct-update syntax.
    #[must_use]
    pub const fn of(build: BuildFacts) -> Self {
        Self {
            build,
            descriptor: &Descriptor::EMPTY,
            manifest: "",
            extends: &[],
            asks: &[],
            uses: &[],
            publishes: &[],
            subscribes: &[],
            observes: &[],
            boundary: &[],
            state: None,
        }
    }
}

/// How many bytes the record takes: the `N` of [`write_record`].
#[must_use]
pub const fn record_len(parts: &RecordParts) -> usize {
    let mut sink = Sink::counting();
    write(&mut sink, parts, &TypeTable::of(parts));
    sink.length()
}

/// Writes the record. It is for a `static` in the section [`RECORD_SECTION`](super::RECORD_SECTION).
///
/// # Panics
/// When `N` is not [`record_len`] of the same parts, and when the plugin's points have more than
/// [`MOST_TYPES`](super::MOST_TYPES) types or 64 packages.
#[must_use]
pub const fn write_record<const N: usize>(parts: &RecordParts) -> [u8; N] {
    let mut bytes = [0; N];
    let mut sink = Sink::into(&mut bytes);
    write(&mut sink, parts, &TypeTable::of(parts));
    assert!(sink.length() == N, "`N` is `record_len` of the same parts");
    bytes
}

/// How many opaque types there are: the `M` of [`type_ids`].
#[must_use]
pub const fn type_id_count(parts: &RecordParts) -> usize {
    TypeTable::of(parts).opaque()
}

/// The numbers of the opaque types, for a `static` in the section [`IDS_SECTION`](super::IDS_SECTION).
///
/// # Panics
/// When `M` is not [`type_id_count`] of the same parts.
#[must_use]
pub const fn type_ids<const M: usize>(parts: &RecordParts) -> [TypeId; M] {
    TypeTable::of(parts).ids()
}

#[cfg(feature = "parse")]
impl super::Record {
    /// The record that a library with these parts would hold, for tests and tools that have no library.
    ///
    /// # Errors
    /// As [`read`](Self::read), when the parts say what no macro lets through: an id that is none, a manifest that is too large.
    ///
    /// # Panics
    /// As [`write_record`].
    pub fn of_parts(parts: &RecordParts) -> Result<Self, super::RecordError> {
        let types = TypeTable::of(parts);
        let mut bytes = vec![0; record_len(parts)];
        write(&mut Sink::into(&mut bytes), parts, &types);
        let mut ids = Vec::new();
        let mut index = 0;
        while let Some(layout) = types.get(index) {
            if let super::Shape::Opaque { id, .. } = layout.shape {
                ids.extend(super::gate::id_bytes(id).into_iter().flatten());
            }
            index += 1;
        }
        Self::read(&bytes, &ids)
    }
}

const fn write(sink: &mut Sink<'_>, parts: &RecordParts, types: &TypeTable) {
    sink.bytes(&MAGIC).u32(RECORD_VERSION);
    let length = sink.reserve();
    entry::build(sink, &parts.build);
    entry::plugin(sink, parts);
    entry::all_types(sink, types);
    let packages = entry::packages(sink, parts);
    entry::points(sink, parts, types, &packages);
    entry::events(sink, parts, types, &packages);
    entry::rest(sink, parts, types);
    sink.fill(length, sink.length());
}

const _: () = assert!(HEADER == MAGIC.len() + 8 && ENTRY == 8);
