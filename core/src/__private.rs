//! What generated code needs. Nothing here is part of the public interface.

#[cfg(not(feature = "linkme"))]
pub use inventory;
#[cfg(feature = "linkme")]
pub use linkme;

pub use keyway_manifest as manifest;

pub use crate::concrete::{Absent, Link, Ordered, Select, StartOrder};
#[cfg(feature = "host")]
pub use crate::concrete::{Extending, NotExtending};
pub use crate::context::Seed;
pub use erased_serde::Serialize as ErasedSerialize;

pub use crate::event::{QueueOptions, Subscription, SubscriptionOf, WhenFull, subscriptions};
pub use crate::extension_point::{Carries, Shield};
pub use crate::guard::{Caught, OutcomeClosed, OutcomeOpen, Panicked, Slot, catch};
#[cfg(feature = "native")]
pub use crate::host::native::{KnownEvent, KnownPoint};
pub use crate::native::{Entry, Erased, Hold, HostAllocator, OWN, facts, state_facts};
#[cfg(all(feature = "native", feature = "linkme"))]
pub use crate::native::{KNOWN_EVENTS, KNOWN_POINTS};
pub use crate::permission::{Declared, OfManifest, has_kind, stands_for};
pub use crate::plugin::{BoxFuture, Create, Creation, Extension, ExtensionOf, Failure, Instance, Registration};
#[cfg(feature = "linkme")]
pub use crate::registration::REGISTERED;
pub use crate::registration::{Registered, census};
pub use crate::sdk::sdk_info;

/// The version of this crate.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
