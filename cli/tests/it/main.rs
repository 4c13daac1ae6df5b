//! All integration tests of `cargo keyway` in one binary, one file for each topic.

mod add;
mod agreement;
mod audit;
mod check;
mod conformance;
mod frame;
mod list;
mod new;
mod sandbox;
mod surface;
