//! Build-script support for Keyway hosts.
//!
//! `keyway::host!` checks the plugin graph of a host wherever it compiles. What a macro cannot do is ask Cargo where the crates of a
//! registry lie, so it cannot say which feature would bring in a plugin that comes from one. One line in the host's build script can:
//!
//! ```no_run
//! // In `main` of build.rs:
//! keyway_build::check();
//! ```
//!
//! It runs the same resolver over the same descriptors, prints what is wrong as errors of the build, and writes the graph to
//! `OUT_DIR` as `keyway-graph.json` and `keyway-graph.dot`. It never writes anywhere else. Where Cargo cannot be asked (offline, with
//! crates not downloaded), it says so in a warning and the build goes on: the macro still checks.

mod cargo_lock;
mod cargo_said;
mod cfg;
mod check;
mod checksums;
mod environment;
mod gather;
mod graph_file;
mod metadata;
mod native;
mod output;
mod plugin_file;
pub mod project;
mod sdk;

pub use check::{Check, check};
pub use native::{Native, NativeError, NativeLibrary, native};
pub use sdk::sdk;
