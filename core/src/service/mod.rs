//! Services: what one plugin offers to others, found by the type of a trait.
//!
//! A service is an extension point whose id begins with `service.`. A plugin that offers it names the trait in `provides(…)` and the id
//! under `[provides]` of its manifest; one that calls it names the trait in `uses(…)` and the id under `[requires]`. The compiler
//! compares both, and the host's compile finds a service that nobody provides. Providers start before their users and stop after them.
//!
//! ```
//! use keyway::prelude::*;
//! use keyway::{CallError, Service, extension_point};
//!
//! /// Keeps texts by name: declared by the SDK.
//! #[extension_point(id = "service.storage", version = "1.0.0", on_failure = "closed")]
//! pub trait Storage {
//!     /// The text of that name.
//!     async fn load(&self, name: &str) -> Result<String, CallError>;
//! }
//!
//! /// Shows texts that another plugin keeps.
//! #[derive(Plugin)]
//! #[plugin(uses(Storage), manifest_text = r#"
//!     manifest-version = 1
//!     [plugin]
//!     id = "doc.viewer"
//!     version = "1.0.0"
//!     host = "*"
//!     [requires]
//!     "service.storage" = "^1"
//! "#)]
//! pub struct Viewer {
//!     storage: Service<dyn Storage>,
//! }
//!
//! impl Lifecycle for Viewer {
//!     type Config = ();
//!
//!     async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
//!         Ok(Self { storage: ctx.service()? })
//!     }
//! }
//!
//! impl Viewer {
//!     async fn view(&self) -> Result<String, Error> {
//!         Ok(self.storage.get()?.load("welcome").await?)
//!     }
//! }
//! # fn main() {}
//! ```

mod away;

use std::fmt;
use std::ops::Deref;

use keyway_manifest::{Descriptor, PointInfo};

use crate::context::CapabilitySource;
use crate::{Error, ExtensionPoint, Plugin};

use crate::link::{self, Extending, Link, Loaded};
pub use away::ServiceAway;

/// Says that a plugin calls the service `S`: written by `#[derive(Plugin)]` for each trait in `uses(…)`.
#[diagnostic::on_unimplemented(
    message = "the plugin `{Self}` asks for a service that its attribute does not list",
    label = "the trait of the service is not in `uses(…)`",
    note = "add the trait to `#[plugin(uses(…))]`, and its id to `[requires]` in plugin.toml: \"service.…\" = \"^1\""
)]
pub trait Uses<S: ?Sized>: Plugin {}

/// A handle to the service `S` (`Service<dyn Storage>`), which a plugin takes from its context once and keeps.
///
/// It stays valid while providers are disabled, enabled and made anew: each [`get`](Self::get) finds the provider that runs at that
/// moment, without a lock. Cloning is cheap.
pub struct Service<S: ExtensionPoint + ?Sized> {
    link: Link<S>,
    providing: Extending,
    user: &'static Descriptor,
}

impl<S: ExtensionPoint + ?Sized> Service<S> {
    /// Finds the service in the host behind `source`, for the plugin `user`; no providers when no plugin of the host has any.
    pub(crate) fn find(user: &'static Descriptor, source: &dyn CapabilitySource) -> Result<Self, Error>
    where
        S: 'static,
    {
        let (link, providing) = link::find::<S>(source)?;
        Ok(Self { link, providing, user })
    }

    /// Whether any plugin of the host can provide the service, running or not.
    pub(crate) fn is_known(&self) -> bool {
        !self.providing.now().is_empty()
    }

    /// The provider of this moment; of several, the first in start order. Call the methods of the service's trait on it.
    ///
    /// Take it anew for each piece of work: a provider that is kept while its plugin is disabled answers every call with
    /// [`CallErrorKind::Unavailable`](crate::CallErrorKind::Unavailable).
    ///
    /// # Errors
    /// While no provider runs: the service, and who provides it when it runs.
    #[inline]
    pub fn get(&self) -> Result<Provider<S>, ServiceAway> {
        let loaded = self.link.first();
        if loaded.len() == 0 { Err(self.away()) } else { Ok(Provider(loaded)) }
    }

    /// All providers of this moment, in start order; none while none runs.
    #[must_use]
    pub fn all(&self) -> Providers<S> {
        Providers(self.link.load())
    }

    /// The id, version and methods of the service.
    #[must_use]
    pub fn info(&self) -> &'static PointInfo {
        S::INFO
    }

    #[cold]
    fn away(&self) -> ServiceAway {
        ServiceAway::new(S::INFO, self.providing.now(), self.user)
    }
}

impl<S: ExtensionPoint + ?Sized> Clone for Service<S> {
    fn clone(&self) -> Self {
        Self { link: self.link.clone(), providing: self.providing.clone(), user: self.user }
    }
}

impl<S: ExtensionPoint + ?Sized> fmt::Debug for Service<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Service").field("id", &S::INFO.id.as_str()).field("providers", &self.all()).finish()
    }
}

/// The provider of a service at one moment; made by [`Service::get`].
///
/// It is a loan: hold it for a piece of work, not for the life of the plugin.
pub struct Provider<S: ExtensionPoint + ?Sized>(Loaded<S>);

impl<S: ExtensionPoint + ?Sized> Provider<S> {
    /// The manifest of the plugin that provides the service.
    #[must_use]
    pub fn plugin(&self) -> &'static Descriptor {
        self.0.plugin(0)
    }
}

impl<S: ExtensionPoint + ?Sized> Deref for Provider<S> {
    type Target = S::Guard;

    #[inline]
    fn deref(&self) -> &S::Guard {
        self.0.guard(0)
    }
}

impl<S: ExtensionPoint + ?Sized> fmt::Debug for Provider<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Provider").field(&self.plugin().id.as_str()).finish()
    }
}

/// The providers of a service at one moment, in start order; made by [`Service::all`].
pub struct Providers<S: ExtensionPoint + ?Sized>(Loaded<S>);

impl<S: ExtensionPoint + ?Sized> Providers<S> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Each provider with the manifest of its plugin.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'static Descriptor, &S::Guard)> {
        self.0.iter()
    }
}

impl<S: ExtensionPoint + ?Sized> fmt::Debug for Providers<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter().map(|(plugin, _)| plugin.id.as_str())).finish()
    }
}
