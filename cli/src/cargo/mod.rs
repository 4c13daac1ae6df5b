//! What Cargo and rustc do and say for commands that cannot do without them: building a host, and what its packages are.

mod build;
mod compiler;
mod packages;

pub(crate) use build::{Artifact, build_host};
pub(crate) use compiler::Compiler;
pub(crate) use packages::{Metadata, MetadataPackage};
