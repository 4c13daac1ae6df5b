//! New packages: their names, their files, where their dependencies come from, and the workspace that they join.

mod checkout;
mod dependency;
mod enclosing;
mod files;
mod keyway;
mod kind;
mod name;
mod package;
mod sdk;
mod template;

pub(crate) use checkout::Checkout;
pub(crate) use dependency::{Source, version_range};
pub(crate) use enclosing::Enclosing;
pub(crate) use files::Files;
pub(crate) use keyway::Keyway;
pub(crate) use kind::{Surroundings, host, ignored, library, plugin, workspace};
pub(crate) use name::Name;
pub(crate) use package::Package;
pub(crate) use sdk::Sdk;
