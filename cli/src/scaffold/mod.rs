//! New packages: their names, their files, where their dependencies come from, and the workspace that they join.

mod dependency;
mod enclosing;
mod files;
mod kind;
mod name;
mod sdk;
mod template;

pub(crate) use dependency::{Checkout, Source, version_range};
pub(crate) use enclosing::Enclosing;
pub(crate) use files::Files;
pub(crate) use kind::{Surroundings, host, ignored, library, plugin, workspace};
pub(crate) use name::Name;
pub(crate) use sdk::Sdk;
