//! What a host's Cargo.toml says about its plugins: which dependencies they are, which features and targets bring them in, where
//! their manifests lie.
//!
//! [`read_host`] is for tools that have only files (the `host!` macro); tools that can run Cargo (`keyway-build`) ask `cargo
//! metadata` and use the same [`PluginDependency`], [`Condition`] and words.

mod cargo_toml;
mod code;
mod condition;
mod dependency;
mod feature;
mod package;
mod pattern;
mod plugin;
mod policy;
mod target;
mod toml_path;
mod workspace;

pub use cargo_toml::{HostManifest, parse_host, read_host, read_host_without_patterns};
pub use code::CODES;
pub use condition::Condition;
pub use dependency::{OtherDependency, PluginDependency};
pub use feature::{Features, enabling_features};
pub use package::{PackageFacts, crate_roots, is_host, parse_package};
pub use pattern::Pattern;
pub use plugin::{
    ManifestPlace, PluginFolder, parse_available, parse_descriptor, parse_descriptor_declaring, permission_as_written,
    read_plugin, read_sdk,
};
pub use policy::{LOCK_OFF, LOCK_OFF_HELP, POLICY_MISSING_HELP, policy_missing};
pub use target::{cfg_of_triple, target_cfg};
pub use workspace::{Workspace, normal, relative, shown};
