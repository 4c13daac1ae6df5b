//! All integration tests of `cargo keyway` in one binary, one file for each topic.

mod agreement;
mod check;
mod audit;
mod frame;
mod list;
mod sandbox;
