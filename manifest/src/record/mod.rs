//! What a plugin built as a library says about itself, so that a host can tell whether the two fit before any of its code runs.
//!
//! The `const` types describe the types and methods that cross the boundary, as the compiler laid them out: macros fill them in, and
//! neither side has to run for the other to read them.

mod facts;
mod format;
#[cfg(feature = "parse")]
mod gate;
mod layout;
mod point;
#[cfg(feature = "parse")]
mod read;
mod write;

pub use facts::{Allocator, BuildFacts, PanicStrategy, SdkFacts, StateDowngrade, StateFacts};
pub use format::{IDS_SECTION, MAGIC, MOST_TYPES, PointRole, RECORD_SECTION, RECORD_VERSION};
#[cfg(feature = "parse")]
pub use gate::{Difference, DifferenceKind, HostFacts, PackageDifference, Row, Verdict, compare};
pub use layout::{FieldLayout, Shape, TypeLayout, VariantLayout};
pub use point::{ArgumentLayout, EventLayout, MethodLayout, PointLayout};
#[cfg(feature = "parse")]
pub use read::{LARGEST_RECORD, Record, RecordError, RecordedBuild, RecordedEvent, RecordedPoint, RecordedSdk};
pub use write::{RecordParts, record_len, type_id_count, type_ids, write_record};
