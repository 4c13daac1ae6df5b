//! From a library in memory to a plugin that the host uses like a linked one.
//!
//! What comes out of a library keeps it in memory. Whatever the host calls is wrapped in [`Kept`], which lets the library's own value go
//! first; slots and tasks have a [`Hold`] behind what they stand for.
#![allow(unsafe_code, reason = "the first step into a library, which was compared with this program")]

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::Arc;
use std::task::{Context, Poll};

use keyway_manifest::record::{HostFacts, Record, RecordError, StateDowngrade, StateFacts, Verdict, compare};
use keyway_manifest::{Descriptor, shown};
use keyway_native::image::Image;

use super::known::Known;
use super::source::NativeSource;
use super::translate::Gated;
use crate::Error;
use crate::context::Seed;
use crate::event::Subscription;
use crate::host::tell::tell;
use crate::native::{Entry, Fault, Hold, Memory, SYMBOL};
use crate::plugin::{BoxFuture, Create, Creation, Extension, Failure, Instance, Library, Registration};
use crate::state::{Downgrades, StateInfo, StateReader, StateWriter};

/// What a library says about itself, once it was compared with this program and fits.
///
/// There is no other way to the registration of a library, so nothing of one is called that was not compared.
#[derive(Debug)]
pub(in crate::host) struct Fitting {
    descriptor: &'static Descriptor,
    record: Record,
}

/// Why a library is kept out before it is loaded.
#[derive(Debug)]
pub(in crate::host) enum Misfit {
    /// What it says about its plugin is wrong in itself.
    Record(RecordError),
    /// It does not fit this program.
    Verdict(Box<Verdict>),
}

/// Why a library that fits by its record is not what the record says.
#[derive(Debug)]
pub(in crate::host) struct Disconnected {
    plugin: &'static Descriptor,
    library: String,
    /// `None` when it has no entry at all.
    fault: Option<Fault>,
}

impl Fitting {
    /// Compares a library with this program; answers also what is worth a note though it fits.
    ///
    /// # Errors
    /// When it does not fit, with all differences.
    pub(in crate::host) fn of(record: Record) -> Result<(Self, Verdict), Misfit> {
        let descriptor = record.descriptor().map_err(Misfit::Record)?;
        let known = Known::of_program();
        let (points, events) = (known.point_layouts(), known.event_layouts());
        let build = crate::native::facts(cfg!(panic = "abort"), cfg!(debug_assertions));
        let host = HostFacts { build, points: &points, events: &events, boundary: crate::native::OWN };
        let verdict = compare(&host, &record);
        if verdict.fits() { Ok((Self { descriptor, record }, verdict)) } else { Err(Misfit::Verdict(Box::new(verdict))) }
    }

    /// The plugin, in memory of this program.
    pub(in crate::host) const fn descriptor(&self) -> &'static Descriptor {
        self.descriptor
    }

    /// The forms of the state that the plugin keeps.
    pub(in crate::host) fn state(&self) -> Option<StateInfo> {
        let StateFacts { version, migrates_from, downgrade } = self.record.state()?;
        let downgrade = match downgrade {
            StateDowngrade::Supported => Downgrades::Supported,
            StateDowngrade::Lossy => Downgrades::Lossy,
            StateDowngrade::Refused => Downgrades::Refused,
        };
        Some(StateInfo { version, migrates_from, downgrade })
    }

    /// Steps into the loaded library: it is given the host's allocator and answers how its plugin is made.
    ///
    /// # Errors
    /// When it is another library than the one that was compared, or built by other means than `#[derive(Plugin)]`.
    pub(in crate::host) fn connect(&self, image: Arc<Image>) -> Result<Registration, Disconnected> {
        let Self { descriptor, record } = self;
        let library = shown(image.sealed().origin());
        let disconnected = |fault| Disconnected { plugin: descriptor, library: library.clone(), fault };
        let entry = image.address(SYMBOL).ok_or_else(|| disconnected(None))?;
        let memory = InMemory { image: &image, entry };
        // SAFETY: `of` is the only way to a `Fitting`, so the gate let the record through. The record in memory is compared with it
        // before anything else of the library is used, so this is the library that the derive wrote the record for.
        let theirs = unsafe { Entry::begin(&memory, record.bytes()) }.map_err(|fault| disconnected(Some(fault)))?;
        let (create, state) = (theirs.create.clone(), theirs.state);
        // SAFETY: the descriptor is made of the record that the gate compared, and all that is given to it comes out of this library.
        let gated = unsafe { Gated::new(descriptor) };
        let loaded = Loaded { descriptor, create, gated, hold: Hold::on(image) };
        Ok(Registration { descriptor, create: Create::Loaded(Arc::new(loaded)), state, check_config: None })
    }
}

/// The parts of memory that are a library's.
struct InMemory<'a> {
    image: &'a Image,
    entry: NonNull<()>,
}

impl Memory for InMemory<'_> {
    fn entry(&self) -> NonNull<()> {
        self.entry
    }

    fn has(&self, address: usize, length: usize) -> bool {
        let last = length.checked_sub(1).and_then(|length| address.checked_add(length));
        last.is_some_and(|last| self.image.contains(address) && self.image.contains(last))
    }
}

/// What came out of a library, with the library: declared in the order in which they go.
struct Kept<T> {
    value: T,
    library: Hold,
}

impl<T> Kept<T> {
    /// Lets something take the value over; the library goes after that.
    fn give<R>(self, to: impl FnOnce(T) -> R) -> R {
        let Self { value, library } = self;
        let answer = to(value);
        drop(library);
        answer
    }
}

impl<F: Future + Unpin> Future for Kept<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        Pin::new(&mut self.value).poll(context)
    }
}

// Nothing is pinned in it but what is in a box of its own.
impl<T> Unpin for Kept<T> {}

/// A library that makes instances of its plugin.
struct Loaded {
    descriptor: &'static Descriptor,
    create: Create,
    gated: Arc<Gated>,
    hold: Hold,
}

impl Library for Loaded {
    fn create(&self, seed: Seed) -> Creation {
        let Create::Linked(create) = &self.create else { unreachable!("`Entry::begin` answers code of the library") };
        let (descriptor, gated, library) = (self.descriptor, Arc::clone(&self.gated), self.hold.clone());
        let value = create(seed.through(|source| NativeSource::between(source, Arc::clone(&gated))));
        let creation = Kept { value, library: library.clone() };
        Box::pin(async move {
            let value = creation.await?;
            let instance: Box<dyn Instance> = Box::new(Outside { descriptor, kept: Kept { value, library }, gated });
            Ok(instance)
        })
    }

    fn hold(&self) -> Hold {
        self.hold.clone()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The running plugin of a library.
struct Outside {
    descriptor: &'static Descriptor,
    kept: Kept<Box<dyn Instance>>,
    gated: Arc<Gated>,
}

impl Outside {
    fn instance(&self) -> &dyn Instance {
        &*self.kept.value
    }

    /// What the library's record does not name is told, and left out.
    fn told<T>(&self, taken: Result<T, Error>) -> Option<T> {
        let tell_of = |error: &Error| {
            let plugin = self.descriptor.id.as_str();
            tell!(error, { plugin, } "plugin `{plugin}`: {error}");
        };
        taken.inspect_err(tell_of).ok()
    }
}

impl Instance for Outside {
    fn start(&self) -> BoxFuture<'_, Result<(), Failure>> {
        self.instance().start()
    }

    fn stop(&self) -> BoxFuture<'_, Result<(), Failure>> {
        self.instance().stop()
    }

    fn extensions(&self) -> Vec<Extension> {
        let theirs = self.instance().extensions().into_iter();
        theirs.filter_map(|extension| self.told(self.gated.take_extension(extension))).collect()
    }

    fn subscriptions(&self) -> Vec<Subscription> {
        let theirs = self.instance().subscriptions().into_iter();
        theirs.filter_map(|subscription| self.told(self.gated.take_subscription(subscription))).collect()
    }

    fn save_state(&self, version: u32, to: &mut dyn StateWriter) -> Result<(), Failure> {
        self.instance().save_state(version, to)
    }

    fn restore_state(&self, version: u32, from: &mut dyn StateReader) -> Result<(), Failure> {
        self.instance().restore_state(version, from)
    }

    /// Nothing that this program could name: it knows no type of the library.
    fn concrete(&self) -> Box<dyn Any + Send + Sync> {
        Box::new(())
    }

    fn dispose(self: Box<Self>) -> Result<(), Failure> {
        self.kept.give(|instance| instance.dispose())
    }
}

impl Disconnected {
    /// The stable code; `docs/errors/` has a page for it.
    pub(in crate::host) const CODE: &'static str = "KW0754";
}

impl fmt::Display for Disconnected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plugin, library, fault } = self;
        let what = match fault {
            None => "has a record and no entry `KEYWAY_PLUGIN_V1`".to_owned(),
            Some(fault) => fault.to_string(),
        };
        write!(
            formatter,
            "{} the library `{library}` of plugin `{} {}` {what}\n  help: build it anew with `cargo rustc --release -p PLUGIN --lib \
             --crate-type cdylib -- --cfg keyway_native`, and put the file into its place as it is",
            Self::CODE,
            plugin.id,
            plugin.version
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Writes down when it is dropped.
    struct Noted(&'static str, Arc<Mutex<Vec<&'static str>>>);

    impl Drop for Noted {
        fn drop(&mut self) {
            self.1.lock().unwrap().push(self.0);
        }
    }

    fn kept(order: &Arc<Mutex<Vec<&'static str>>>) -> Kept<Noted> {
        Kept { value: Noted("value", Arc::clone(order)), library: Hold::on(Arc::new(Noted("library", Arc::clone(order)))) }
    }

    #[test]
    fn a_library_goes_after_what_came_out_of_it() {
        let order = Arc::default();
        drop(kept(&order));
        assert_eq!(*order.lock().unwrap(), ["value", "library"]);
    }

    #[test]
    fn a_library_goes_after_what_is_taken_over() {
        let order = Arc::default();
        kept(&order).give(|value| {
            drop(value);
            order.lock().unwrap().push("taken over");
        });
        assert_eq!(*order.lock().unwrap(), ["value", "taken over", "library"]);
    }

    #[test]
    fn a_library_goes_after_a_panic_of_who_takes_over() {
        let order = Arc::default();
        let kept = kept(&order);
        let panic = crate::guard::catch(std::panic::AssertUnwindSafe(|| {
            kept.give(|_value| panic!("while it is taken over"));
        }));
        assert!(panic.is_err());
        assert_eq!(*order.lock().unwrap(), ["value", "library"]);
    }

    #[test]
    fn what_is_wrong_with_an_entry_is_told_with_the_way_to_mend_it() {
        let of = |fault| Disconnected { plugin: &Descriptor::EMPTY, library: "extensions/feed/libfeed.so".to_owned(), fault };
        let text = of(None).to_string();
        assert!(text.starts_with("KW0754 the library `extensions/feed/libfeed.so` of plugin `"), "{text}");
        assert!(
            text.contains("` has a record and no entry `KEYWAY_PLUGIN_V1`\n  help: build it anew with `cargo rustc"),
            "{text}"
        );
        let text = of(Some(Fault::Version(7))).to_string();
        assert!(text.contains("has an entry of version 7, and this program reads version 1\n"), "{text}");
    }
}
