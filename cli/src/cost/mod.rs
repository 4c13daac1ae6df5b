//! What a plugin costs a host: packages that are built with it, and, when it is measured, time and size.

mod measure;
mod packages;
mod resolve;
mod shadow;

pub(crate) use measure::measure;
pub use measure::{Measured, MeasuredBuild};
pub(crate) use packages::{Built, built_with};
pub(crate) use resolve::tell_cargo;
pub(crate) use shadow::Shadow;
