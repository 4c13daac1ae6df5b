//! The resolver: from descriptors and policy to a start order, or to everything that is wrong with them.
//!
//! All of it is `const fn` over slices. [`resolve`] lends it arrays and runs inside rustc, where `host!` calls it; [`resolve_slice`]
//! lends it vectors and runs in the host, in a build script and in tools. There is no second implementation of any rule.

mod code;
mod event;
mod graph;
mod lock;
mod network;
mod order;
mod permission;
mod problem;
mod rank;
mod render;
mod report;
mod resolution;
mod ring;
mod rules;
mod run;
mod step;

pub use code::{CODES, Code};
pub use graph::{Available, Graph, SdkInfo};
pub use permission::{Grant, grants};
pub use problem::{Problem, Ring, Step, StepKind};
pub(crate) use render::{closeness, help, push_own_line};
pub use report::{KEPT_PROBLEMS, KEPT_STEPS, Problems, Report};
pub use resolution::{Order, Resolution};
pub use run::{check_lock, render, resolve, resolve_slice};
pub use step::steps;
