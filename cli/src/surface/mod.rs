//! The surface of a program: what its plugins extend, offer, need and ask for.
//!
//! The compiler wrote it into the program's file ([`keyway_manifest::surface`]), where [`read_program`] finds it without running anything.
//! [`compare::compare`] says how two of them differ; `sources` adds what only the plugins' source code can tell.

mod compare;
mod model;
mod program;
mod sources;
mod text;
mod unsafe_code;

pub use compare::{Difference, DifferenceKind, PluginDifference, Standing, SurfaceDifferences};
pub use model::{Limits, Package, Surface, SurfacePermission, SurfacePlugin, SurfaceProvision, SurfaceRequirement};
pub use sources::{LinkedPackage, PluginSources, Sources};
pub use unsafe_code::{UnsafeCode, UnsafeStanding};

pub(crate) use compare::compare;
pub(crate) use program::{host_program, read_program, surface_in};
pub(crate) use sources::read_sources;
