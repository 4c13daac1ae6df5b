//! Keyway: plugins that the compiler checks.
//!
//! A plugin is an ordinary crate with a struct that derives [`Plugin`] and a `plugin.toml` beside its Cargo.toml. A host links it
//! through one optional dependency and one Cargo feature; [`host!`] checks the whole graph while the host compiles.
//!
//! Plugin authors need this crate without features. Hosts turn on the feature `host`.

// The macros name this crate by its outside path; this makes that path true in here as well.
extern crate self as keyway;

pub mod boundary;
pub mod capability;
mod census;
mod concrete;
pub mod context;
mod error;
pub mod event;
mod extension_point;
pub mod guard;
pub mod hook;
mod interleaved;
pub mod job;
mod lifecycle;
mod link;
#[doc(hidden)]
pub mod native;
pub mod permission;
mod plugin;
mod registration;
mod sdk;
pub mod service;
pub mod state;
mod surface;
pub mod task;

#[cfg(feature = "host")]
pub mod host;

#[cfg(feature = "testing")]
pub mod testing;

#[doc(hidden)]
pub mod __private;

pub use boundary::Boundary;
pub use census::Census;
pub use context::Context;
pub use error::Error;
pub use event::Event;
pub use extension_point::{Extends, ExtensionPoint};
pub use guard::{CallError, CallErrorKind, Neutral};
pub use hook::Hook;
pub use keyway_macros::{Boundary, Event, Plugin, boundary, extension_point, host, permission};
pub use keyway_manifest as manifest;
pub use lifecycle::Lifecycle;
pub use plugin::{Plugin, PluginTable};
pub use service::{Service, Uses};
pub use surface::Surface;

#[cfg(feature = "host")]
pub use host::{Host, HostBuilder};

/// What nearly every plugin imports.
pub mod prelude {
    pub use crate::capability::{
        Clock, DataError, Database, DatabaseMut, Environment, Files, FilesMut, Http, KeyValue, Logger, Random, Secret, Secrets,
    };
    pub use crate::event::{Envelope, ImmediateSubscriber, Observer, Publisher, Subscriber};
    pub use crate::task::{Task, Tasks};
    pub use crate::{Context, Error, Event, Hook, Lifecycle, Plugin, Service};
}
