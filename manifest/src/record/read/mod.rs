//! Reads a record from bytes that may be anything.

mod cursor;
mod descriptor;
mod entry;
mod error;
mod types;

use super::StateFacts;
use super::format::{ENTRY, HEADER, MAGIC, RECORD_VERSION, tag};
use crate::parse::{CargoFacts, ExtraPermission};
use cursor::Cursor;
pub use error::RecordError;
pub use types::{RecordedBuild, RecordedEvent, RecordedPoint, RecordedSdk};
pub(super) use types::{RecordedField, RecordedMethod, RecordedShape, RecordedType, RecordedVariant, TypePosition};

/// Bytes that a record takes at most.
pub const LARGEST_RECORD: usize = 4 << 20;

/// What a library says about its plugin and itself, as read from its bytes.
///
/// It holds copies and refers to nothing of the library. [`descriptor`](Self::descriptor) makes what a host works with, and
/// [`compare`](super::compare) tells whether the library fits.
#[derive(Debug, Clone)]
pub struct Record {
    build: RecordedBuild,
    package: CargoFacts,
    manifest_file: String,
    manifest: String,
    permissions: Vec<ExtraPermission>,
    sdks: Vec<RecordedSdk>,
    types: Vec<RecordedType>,
    points: Vec<RecordedPoint>,
    events: Vec<RecordedEvent>,
    observes: Vec<String>,
    boundary: Vec<TypePosition>,
    state: Option<StateFacts>,
    bytes: Vec<u8>,
}

impl Record {
    /// Reads the contents of the sections [`RECORD_SECTION`](super::RECORD_SECTION) and [`IDS_SECTION`](super::IDS_SECTION) of a
    /// library; the latter may be empty, and then nothing is known of opaque types but their sizes.
    ///
    /// # Errors
    /// The first thing that is wrong. No bytes make it panic, and it keeps no more than a small multiple of their number.
    pub fn read(section: &[u8], ids: &[u8]) -> Result<Self, RecordError> {
        let mut cursor = Cursor::new(entries(section)?, "it");
        let (mut build, mut package, mut manifest) = (None, None, None);
        let mut record = Self::empty(section);
        let mut depths = Vec::new();
        while !cursor.is_empty() {
            let (tag, _, length) = (cursor.u16()?, cursor.u16()?, cursor.count()?);
            let mut payload = Cursor::new(cursor.take(length)?, name_of(tag));
            cursor.take(length.next_multiple_of(ENTRY / 2) - length)?;
            match tag {
                tag::BUILD => once(&mut build, entry::build(&mut payload)?, &payload)?,
                tag::PACKAGE => once(&mut package, entry::package(&mut payload)?, &payload)?,
                tag::MANIFEST => once(&mut manifest, entry::manifest(&mut payload)?, &payload)?,
                tag::PERMISSION => record.permissions.push(entry::permission(&mut payload)?),
                tag::SDK => record.sdks.push(entry::sdk(&mut payload, &record)?),
                tag::TYPE => {
                    let (described, depth) = entry::one_type(&mut payload, &record, &depths)?;
                    record.types.push(described);
                    depths.push(depth);
                }
                tag::POINT => record.points.push(entry::point(&mut payload, &record)?),
                tag::EVENT => record.events.push(entry::event(&mut payload, &record)?),
                tag::OBSERVE => record.observes.push(entry::pattern(&mut payload)?),
                tag::STATE => once(&mut record.state, entry::state(&mut payload)?, &payload)?,
                tag::BOUNDARY => record.boundary.push(payload.position(record.types.len())?),
                _ => {}
            }
        }
        record.build = build.ok_or_else(|| RecordError::damaged("it does not say how the library was built"))?;
        record.package = package.ok_or_else(|| RecordError::damaged("it names no package"))?;
        (record.manifest_file, record.manifest) = manifest.ok_or_else(|| RecordError::damaged("it holds no manifest"))?;
        record.number(ids)?;
        Ok(record)
    }

    /// How the library was built.
    #[must_use]
    pub const fn build(&self) -> &RecordedBuild {
        &self.build
    }

    /// What Cargo.toml says about the plugin's package. Version and description are those of the manifest, if it has its own.
    #[must_use]
    pub const fn package(&self) -> &CargoFacts {
        &self.package
    }

    /// The whole text of the manifest.
    #[must_use]
    pub fn manifest(&self) -> &str {
        &self.manifest
    }

    /// The manifest's file as messages name it.
    #[must_use]
    pub fn manifest_file(&self) -> &str {
        &self.manifest_file
    }

    /// The points that the plugin extends, asks or uses.
    #[must_use]
    pub fn points(&self) -> &[RecordedPoint] {
        &self.points
    }

    /// The events that the plugin publishes or subscribes to.
    #[must_use]
    pub fn events(&self) -> &[RecordedEvent] {
        &self.events
    }

    /// The packages that declare those points and events.
    #[must_use]
    pub fn sdks(&self) -> &[RecordedSdk] {
        &self.sdks
    }

    /// The patterns of topics that the plugin observes.
    #[must_use]
    pub fn observes(&self) -> &[String] {
        &self.observes
    }

    /// The forms of the state that the plugin keeps across reloads; `None` when it keeps none.
    #[must_use]
    pub const fn state(&self) -> Option<StateFacts> {
        self.state
    }

    /// The very bytes that were read, to compare with those of the loaded library.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn type_at(&self, position: TypePosition) -> &RecordedType {
        &self.types[position]
    }

    pub(super) fn boundary(&self) -> &[TypePosition] {
        &self.boundary
    }

    fn empty(section: &[u8]) -> Self {
        let build = RecordedBuild {
            rustc: String::new(),
            commit: String::new(),
            target: String::new(),
            panic: super::PanicStrategy::Unknown,
            allocator: super::Allocator::Unknown,
            keyway: String::new(),
            debug_assertions: false,
        };
        Self {
            build,
            package: CargoFacts::default(),
            manifest_file: String::new(),
            manifest: String::new(),
            permissions: Vec::new(),
            sdks: Vec::new(),
            types: Vec::new(),
            points: Vec::new(),
            events: Vec::new(),
            observes: Vec::new(),
            boundary: Vec::new(),
            state: None,
            bytes: section.to_vec(),
        }
    }

    /// Gives the opaque types their numbers.
    fn number(&mut self, ids: &[u8]) -> Result<(), RecordError> {
        if ids.is_empty() {
            return Ok(());
        }
        let (ids, rest) = ids.as_chunks::<16>();
        let mut opaque: Vec<_> = self.types.iter_mut().filter(|one| matches!(one.shape, RecordedShape::Opaque(_))).collect();
        if ids.len() != opaque.len() || !rest.is_empty() {
            return Err(RecordError::damaged("the numbers of its opaque types are not as many as those types"));
        }
        for (one, id) in opaque.iter_mut().zip(ids) {
            one.shape = RecordedShape::Opaque(Some(*id));
        }
        Ok(())
    }
}

/// Checks the header and gives what follows it.
fn entries(section: &[u8]) -> Result<&[u8], RecordError> {
    let Some((magic, rest)) = section.split_at_checked(MAGIC.len()) else { return Err(RecordError::Absent) };
    if magic != MAGIC {
        return Err(RecordError::Absent);
    }
    let mut cursor = Cursor::new(rest, "it");
    let version = cursor.u32()?;
    if version != RECORD_VERSION {
        return Err(if version > RECORD_VERSION {
            RecordError::Newer { version }
        } else {
            RecordError::damaged("its version is none")
        });
    }
    let length = cursor.count()?;
    if length > LARGEST_RECORD {
        return Err(RecordError::damaged("it is larger than 4 MiB"));
    }
    match length.cmp(&section.len()) {
        std::cmp::Ordering::Less => Err(RecordError::damaged(
            "something follows it in its section; a library holds one plugin, whose crate depends on no other plugin",
        )),
        std::cmp::Ordering::Greater => Err(RecordError::damaged("it is cut off")),
        std::cmp::Ordering::Equal => Ok(&section[HEADER..]),
    }
}

fn once<T>(place: &mut Option<T>, value: T, cursor: &Cursor<'_>) -> Result<(), RecordError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(cursor.damaged("stands there twice")),
    }
}

const fn name_of(tag: u16) -> &'static str {
    match tag {
        tag::BUILD => "what it says about the build",
        tag::PACKAGE => "what it says about the package",
        tag::MANIFEST => "the manifest in it",
        tag::PERMISSION => "a permission in it",
        tag::SDK => "an SDK in it",
        tag::TYPE => "a type in it",
        tag::POINT => "a point in it",
        tag::EVENT => "an event in it",
        tag::OBSERVE => "an observed pattern in it",
        tag::STATE => "what it says about the state",
        tag::BOUNDARY => "a type of `keyway` in it",
        _ => "an entry of it",
    }
}
