//! What a build script and other tools see of a host's plugins without compiling them: `cargo keyway` reads a project through these.
//!
//! [`Known::read`] reads the manifests of all plugins that a host's Cargo.toml knows, [`Known::select`] takes those of one build, and
//! [`keyway_manifest::resolve_slice`] says whether they fit.

pub use crate::cargo_lock::registry_checksum;
pub use crate::cargo_said::{Refusal, RefusalKind, cargo_output, cargo_said, hear, is_progress};
pub use crate::cfg::{Selection, holds};
pub use crate::gather::{Gathered, Known, KnownPlugin, Manifest, enabled_features, without_folder};
pub use crate::graph_file::to_dot;
pub use crate::metadata::{Dependencies, Found, ask};
pub use crate::plugin_file::{ReadManifest, parse_manifest, parse_manifest_declaring, read_manifest, read_manifest_declaring};
