//! What the source code of a package says about plugins: the call of `host!`, and manifests that are named or written in attributes.
//!
//! The code is parsed, not expanded: what other macros write is not seen.

mod attribute;
mod call;
mod tree;

pub(crate) use attribute::{ManifestSource, PluginAttribute, plugin_of_module, plugin_of_package};
pub(crate) use call::{HostCall, Listed, PolicySource, host_calls, is_sdk};
pub(crate) use tree::{Module, SourceTree};
