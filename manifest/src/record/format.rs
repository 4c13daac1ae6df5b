//! The form of a record: a header, then entries of a tag and a length. All numbers are little endian.
//!
//! ```text
//! header   KEYWAY\0\x01   8 bytes
//!          version        u32, at present 1
//!          length         u32, of the whole record
//! entry    tag            u16
//!          reserved       u16, 0
//!          length         u32, of what follows
//!          payload        padded with zeros to a multiple of 4
//! ```
//!
//! A text is a u32 with its length and then its bytes, in UTF-8. An entry refers to an earlier one of another kind by counting those
//! from 0, as a u32. A reader skips entries whose tag it does not know, and bytes behind what it knows of a payload: both may be added
//! without a new version.

/// How every record begins.
pub const MAGIC: [u8; 8] = *b"KEYWAY\0\x01";

/// The version of the form.
pub const RECORD_VERSION: u32 = 1;

/// The section of a library in which the record stands.
pub const RECORD_SECTION: &str = ".keyway";

/// The section with the [`TypeId`](core::any::TypeId)s of the opaque types, in the order of the record.
pub const IDS_SECTION: &str = ".keyway.ids";

/// How many different types a record describes at most.
pub const MOST_TYPES: usize = 4_096;

/// How many packages a record names at most.
pub(super) const MOST_PACKAGES: usize = 64;

/// Bytes of the header.
pub(super) const HEADER: usize = 16;

/// Bytes of an entry before its payload.
pub(super) const ENTRY: usize = 8;

/// What an entry is about.
pub(super) mod tag {
    /// How the library was built.
    pub(crate) const BUILD: u16 = 1;
    /// What Cargo.toml says about the plugin's package.
    pub(crate) const PACKAGE: u16 = 2;
    /// The manifest.
    pub(crate) const MANIFEST: u16 = 3;
    /// A permission that the manifest asks for and `keyway` does not know.
    pub(crate) const PERMISSION: u16 = 4;
    /// A package that declares points or events.
    pub(crate) const SDK: u16 = 5;
    /// A type.
    pub(crate) const TYPE: u16 = 6;
    /// A point that the plugin extends, asks or uses.
    pub(crate) const POINT: u16 = 7;
    /// An event that the plugin publishes or subscribes to.
    pub(crate) const EVENT: u16 = 8;
    /// A pattern of topics that the plugin observes.
    pub(crate) const OBSERVE: u16 = 9;
    /// A type of `keyway` itself that crosses the boundary.
    pub(crate) const BOUNDARY: u16 = 10;
    /// The forms of the state that the plugin keeps.
    pub(crate) const STATE: u16 = 11;
}

/// What a type is, in its entry.
pub(super) mod shape {
    /// Of the language or the standard library.
    pub(crate) const STANDARD: u8 = 0;
    /// A struct.
    pub(crate) const STRUCT: u8 = 1;
    /// An enum.
    pub(crate) const ENUM: u8 = 2;
    /// Itself again.
    pub(crate) const RECURSIVE: u8 = 3;
    /// Unknown but for its size.
    pub(crate) const OPAQUE: u8 = 4;
}

/// The offset of a field where none is known.
pub(super) const NO_OFFSET: u64 = u64::MAX;

/// What a plugin does with a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PointRole {
    /// It implements the point: the host calls it.
    Extends,
    /// It asks the plugins of a hook.
    Asks,
    /// It calls a service.
    Uses,
}
