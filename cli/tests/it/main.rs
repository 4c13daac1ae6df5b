//! All integration tests of `cargo keyway` in one binary, one file for each topic.

mod frame;
mod list;
mod sandbox;
