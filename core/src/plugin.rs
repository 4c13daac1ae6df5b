//! The derived side of a plugin, and the table of plugins that a host is built with.

use std::any::{Any, TypeId};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use keyway_manifest::{Available, Descriptor, Lock, Policy, SdkInfo};

use crate::context::{ConfigSource, Seed, check_config};
use crate::event::Subscription;
use crate::guard::{CaughtInside, Panicked, catch};
use crate::native::{Erased, Hold};
use crate::state::{Carried, StateInfo, StateReader, StateWriter};
use crate::{Context, Error, ExtensionPoint, Lifecycle, Surface};

/// A boxed future that is `Send`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A plugin: implemented by `#[derive(Plugin)]`, not by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a plugin",
    label = "`#[derive(Plugin)]` is missing",
    note = "put `#[derive(Plugin)]` on the struct and a `plugin.toml` beside its Cargo.toml"
)]
pub trait Plugin: Lifecycle {
    /// The manifest as `const` data.
    const DESCRIPTOR: &'static Descriptor;

    /// What the plugin's manifest says of its surface, ready for `host!`; empty when it is to be written from the descriptor.
    #[doc(hidden)]
    const SURFACE: &'static str = "";

    /// The plugin's extensions, shielded; for the host.
    #[doc(hidden)]
    fn __extensions(instance: &Arc<Self>) -> Vec<Extension> {
        let _ = instance;
        Vec::new()
    }

    /// The plugin's subscriptions to events, shielded; for the host.
    #[doc(hidden)]
    fn __subscriptions(instance: &Arc<Self>) -> Vec<Subscription> {
        let _ = instance;
        Vec::new()
    }

    /// The forms of the state that the plugin keeps across reloads; `None` when it keeps none.
    #[doc(hidden)]
    const STATE: Option<StateInfo> = None;

    /// Writes or reads the plugin's state, in one of these forms; for the host.
    #[doc(hidden)]
    fn __carry_state(&self, version: u32, carried: Carried<'_>) -> Result<(), Error> {
        let _ = carried;
        Err(crate::state::no_such_version(version))
    }
}

/// One extension of a running plugin, shielded, with its type erased until the host asks for its point.
#[derive(keyway::Boundary)]
pub struct Extension {
    /// The point it extends.
    pub info: &'static keyway_manifest::PointInfo,
    /// `std::any::type_name` of the point, for messages.
    pub point_type: &'static str,
    /// An `Arc<P::Shielded>` of its point `P`.
    pub shielded: Erased,
}

impl Extension {
    /// Erases the type of a shielded extension.
    pub fn new<P: ExtensionPoint + ?Sized>(shielded: Arc<P::Shielded>) -> Self {
        Self { info: P::INFO, point_type: std::any::type_name::<P>(), shielded: Erased::new(shielded) }
    }

    /// Tells the traits of points apart that have one id.
    #[must_use]
    pub const fn shielded_type(&self) -> TypeId {
        self.shielded.key()
    }

    /// Gives the shielded extension back if it belongs to the point `P`.
    #[must_use]
    pub fn shielded<P: ExtensionPoint + ?Sized>(&self) -> Option<Arc<P::Shielded>> {
        self.shielded.get::<Arc<P::Shielded>>().map(Arc::clone)
    }
}

/// One point that plugins of type `T` extend, for the code that the derive writes.
#[derive(Clone, Copy)]
pub struct ExtensionOf<T> {
    /// The point.
    pub point: &'static keyway_manifest::PointInfo,
    /// Puts the panic shield around the plugin's implementation.
    pub shield: fn(&Arc<T>) -> Extension,
}

impl<T> ExtensionOf<T> {
    /// The entry of the point `P`.
    #[must_use]
    pub const fn at<P: crate::extension_point::Carries<T> + ?Sized>() -> Self {
        Self { point: P::INFO, shield: |plugin| Extension::new::<P>(P::shield(plugin)) }
    }

    /// Shields all extensions of a plugin.
    #[must_use]
    pub fn all(table: &[Self], plugin: &Arc<T>) -> Vec<Extension> {
        table.iter().map(|entry| (entry.shield)(plugin)).collect()
    }
}

impl<T> std::fmt::Debug for ExtensionOf<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ExtensionOf").field("point", &self.point.id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Extension {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Extension").field("point", &self.info.id).finish_non_exhaustive()
    }
}

/// The making of a plugin's instance, under way.
pub type Creation = BoxFuture<'static, Result<Box<dyn Instance>, Failure>>;

/// What a plugin crate registers: its descriptor and how to make an instance.
#[derive(Clone, keyway::Boundary)]
pub struct Registration {
    /// The manifest as `const` data.
    pub descriptor: &'static Descriptor,
    /// Makes the plugin: reads its configuration and runs `init`, with panics caught on the plugin's side.
    pub create: Create,
    /// The forms of the state that it keeps across reloads; `None` when it keeps none.
    pub state: Option<StateInfo>,
    /// Finds out whether a configuration fits the plugin's `Config` type, without making the plugin; `None` for a library that is not to run yet.
    #[expect(clippy::type_complexity, reason = "a record describes a function as it is written here, and sees through no alias")]
    pub check_config: Option<fn(Box<dyn ConfigSource>) -> Result<(), Failure>>,
}

/// Who makes the instances of a plugin.
#[derive(Clone, keyway::Boundary)]
pub enum Create {
    /// Code that is linked into the program, or, as seen from within a library, into that library.
    Linked(fn(Seed) -> Creation),
    /// A library, which stays in memory for as long as anything that it made.
    Loaded(Arc<dyn Library>),
}

/// A library that makes instances of one plugin.
#[keyway::boundary]
pub trait Library: Send + Sync {
    /// Makes one.
    fn create(&self, seed: Seed) -> Creation;

    /// Keeps the library in memory.
    fn hold(&self) -> Hold;

    /// What the host knows of the library.
    fn as_any(&self) -> &dyn Any;
}

impl Registration {
    /// The registration of the plugin `P`.
    #[must_use]
    pub const fn of<P: Plugin>() -> Self {
        Self {
            descriptor: P::DESCRIPTOR,
            create: Create::Linked(create::<P>),
            state: P::STATE,
            check_config: Some(check_config::<P::Config>),
        }
    }

    /// Makes an instance.
    #[must_use]
    pub fn create(&self, seed: Seed) -> Creation {
        match &self.create {
            Create::Linked(create) => create(seed),
            Create::Loaded(library) => library.create(seed),
        }
    }

    /// Keeps what the instances are made of.
    #[must_use]
    pub fn hold(&self) -> Hold {
        match &self.create {
            Create::Linked(_) => Hold::default(),
            Create::Loaded(library) => library.hold(),
        }
    }
}

impl std::fmt::Debug for Create {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Linked(_) => "Linked",
            Self::Loaded(_) => "Loaded",
        })
    }
}

impl std::fmt::Debug for Registration {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Registration").field("plugin", &self.descriptor.id).finish_non_exhaustive()
    }
}

/// Why a life-cycle phase did not succeed, as text: the plugin's own error does not leave its image.
#[derive(Debug, keyway::Boundary)]
pub enum Failure {
    /// The plugin's configuration does not fit its `Config` type.
    Config(String),
    /// The plugin returned an error.
    Error(String),
    /// The plugin panicked; the panic was caught on its side.
    Panicked(Panicked),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Config(error) => write!(formatter, "its configuration does not fit: {error}"),
            Self::Error(error) => write!(formatter, "{error}"),
            Self::Panicked(panic) => write!(formatter, "{panic}"),
        }
    }
}

/// A plugin that was initialised, behind one type for all tiers. Every method catches panics on the plugin's side.
#[keyway::boundary]
pub trait Instance: Send + Sync {
    /// Runs the plugin's `start`.
    fn start(&self) -> BoxFuture<'_, Result<(), Failure>>;
    /// Runs the plugin's `stop`.
    fn stop(&self) -> BoxFuture<'_, Result<(), Failure>>;
    /// The plugin's extensions.
    fn extensions(&self) -> Vec<Extension>;
    /// The plugin's subscriptions to events.
    fn subscriptions(&self) -> Vec<Subscription> {
        Vec::new()
    }
    /// Writes the plugin's state in the form `version`, one of its [`Registration::state`].
    ///
    /// # Errors
    /// What the plugin or the writer answers, and a panic of the plugin.
    fn save_state(&self, version: u32, to: &mut dyn StateWriter) -> Result<(), Failure>;
    /// Gives the plugin a state of the form `version`.
    ///
    /// # Errors
    /// What the plugin or the reader answers, and a panic of the plugin.
    fn restore_state(&self, version: u32, from: &mut dyn StateReader) -> Result<(), Failure>;
    /// The plugin as an `Arc<P>` of its own type, for the concrete form of `host!`.
    fn concrete(&self) -> Box<dyn Any + Send + Sync>;
    /// Drops the plugin's own value, with panics caught.
    ///
    /// # Errors
    /// The panic of its `Drop`.
    fn dispose(self: Box<Self>) -> Result<(), Failure>;
}

/// The one implementation of [`Instance`] for plugins linked as Rust code; it is compiled in the plugin's crate.
struct Running<P> {
    /// `None` once it was dropped.
    plugin: Option<Arc<P>>,
    context: Context<P>,
}

fn create<P: Plugin>(seed: Seed) -> Creation {
    shield_init(Box::pin(async move {
        let (context, config) = seed.open::<P>()?;
        let plugin = P::init(&context, config).await.map_err(|error| Failure::Error(error.to_string()))?;
        let running: Box<dyn Instance> = Box::new(Running { plugin: Some(Arc::new(plugin)), context });
        Ok(running)
    }))
}

// The shields know no plugin's type: a program of a thousand plugins has their code once, and starting it stays in the cache.

/// Catches panics of a plugin's `init`, and of what reads its configuration.
fn shield_init(work: Creation) -> Creation {
    Box::pin(async move { CaughtInside::new(work).await.map_err(Failure::Panicked)? })
}

/// Catches panics of a plugin's `start` or `stop`, those while their future is made included.
fn shield_phase<'a>(make: &dyn Fn() -> BoxFuture<'a, Result<(), Error>>) -> BoxFuture<'a, Result<(), Failure>> {
    let made = catch(AssertUnwindSafe(make)).map(CaughtInside::new);
    Box::pin(async move {
        let answer = async { made?.await }.await.map_err(Failure::Panicked)?;
        answer.map_err(|error| Failure::Error(error.to_string()))
    })
}

/// Catches panics of what a plugin does with its state.
fn shield_now(work: &mut dyn FnMut() -> Result<(), Error>) -> Result<(), Failure> {
    let done = catch(AssertUnwindSafe(work)).map_err(Failure::Panicked)?;
    done.map_err(|error| Failure::Error(error.to_string()))
}

impl<P> Running<P> {
    fn plugin(&self) -> &Arc<P> {
        self.plugin.as_ref().expect("only `let_go` takes the plugin out, which is the last to happen")
    }

    fn let_go(&mut self) -> Result<(), Panicked> {
        let plugin = self.plugin.take();
        catch(AssertUnwindSafe(|| drop(plugin)))
    }
}

impl<P> Drop for Running<P> {
    fn drop(&mut self) {
        // Whoever wants to know of a panic calls `dispose` instead.
        let _ = self.let_go();
    }
}

impl<P: Plugin> Instance for Running<P> {
    fn start(&self) -> BoxFuture<'_, Result<(), Failure>> {
        shield_phase(&|| Box::pin(self.plugin().start(&self.context)))
    }

    fn stop(&self) -> BoxFuture<'_, Result<(), Failure>> {
        shield_phase(&|| Box::pin(self.plugin().stop()))
    }

    fn extensions(&self) -> Vec<Extension> {
        P::__extensions(self.plugin())
    }

    fn subscriptions(&self) -> Vec<Subscription> {
        P::__subscriptions(self.plugin())
    }

    fn save_state(&self, version: u32, to: &mut dyn StateWriter) -> Result<(), Failure> {
        shield_now(&mut || self.plugin().__carry_state(version, Carried::To(to)))
    }

    fn restore_state(&self, version: u32, from: &mut dyn StateReader) -> Result<(), Failure> {
        shield_now(&mut || self.plugin().__carry_state(version, Carried::From(from)))
    }

    fn concrete(&self) -> Box<dyn Any + Send + Sync> {
        Box::new(Arc::clone(self.plugin()))
    }

    fn dispose(mut self: Box<Self>) -> Result<(), Failure> {
        self.let_go().map_err(Failure::Panicked)
    }
}

/// What [`host!`](crate::host!) emits: every plugin of the enabled features, checked and in start order.
#[derive(Debug, Clone, Copy)]
pub struct PluginTable {
    /// The plugins, in the order of the host's Cargo.toml.
    pub registrations: &'static [&'static Registration],
    /// Indices into `registrations` in start order, computed by the compiler.
    pub order: &'static [u16],
    /// The parallel start level of each plugin, by its index in `registrations`.
    pub levels: &'static [u16],
    /// The host's policy.
    pub policy: &'static Policy,
    /// The policy's file as a reader would name it; empty when there is none.
    pub policy_file: &'static str,
    /// The SDK that the host is built on, when `host!` was told.
    pub sdk: Option<SdkInfo>,
    /// Plugins that the host's Cargo.toml knows, enabled or not.
    pub available: &'static [Available],
    /// What was approved of the plugins when the program was compiled, from the host's `keyway.lock`; `None` without one. Its day is 0: the
    /// compiler has compared its own with the ends of approvals, and a program that runs has a clock.
    pub lock: Option<&'static Lock>,
    /// Whether the program is built with `panic = "abort"`, so that no panic of a plugin can be caught.
    pub panic_abort: bool,
    /// What the plugins extend, offer, need and may do, as one text that is also in the program's file.
    pub surface: Surface,
}
