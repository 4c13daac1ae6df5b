//! The way from a handle of a plugin, such as [`Service`](crate::Service) or [`Hook`](crate::Hook), to the host's extensions of a point.
//!
//! Plugins are compiled without the host, so it has two forms: one that reads the host's snapshots, and one that can never exist.

#[cfg_attr(not(feature = "host"), path = "unlinked.rs")]
mod linked;

use std::sync::Arc;

use keyway_manifest::Descriptor;

pub(crate) use linked::{Link, Loaded, Shared, find, report, timer};

/// The plugins that extend a point, running or not.
pub(crate) type Extending = Arc<[&'static Descriptor]>;
