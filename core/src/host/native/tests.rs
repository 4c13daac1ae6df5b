//! The ways between a host and a library, with a plugin of this very program in the place of one in a library: everything but the keys is
//! as it would be there. With real libraries: `tests/it/native` of keyway-tests.

#![expect(unreachable_pub, reason = "plugins are `pub`, and no host outside names those of a test")]

use std::any::Any;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use keyway_manifest::Policy;

use super::source::NativeSource;
use super::translate::Gated;
use crate::context::Seed;
use crate::event::Subscription;
use crate::host::Dependents;
use crate::native::Hold;
use crate::plugin::{BoxFuture, Create, Creation, Extension, Failure, Instance, Library, Registration};
use crate::prelude::*;
use crate::state::{StateReader, StateWriter};
use crate::{CallError, ExtensionPoint, Host, Plugin, PluginTable};
use pages::Pages;

/// Keeps texts by name.
#[keyway::extension_point(id = "service.test-shelf", version = "1.0.0", on_failure = "closed")]
pub trait Shelf {
    /// The text of that name; there are some that fail and one that panics.
    fn text(&self, name: &str) -> Result<String, CallError>;
    /// The same after a while.
    async fn fetch(&self, name: &str) -> Result<String, CallError>;
}

/// Asked before a page is deleted.
#[keyway::extension_point(id = "test.may-delete", version = "1.0.0", on_failure = "closed", mode = "veto")]
pub trait MayDelete {
    /// The error is the reason.
    fn may_delete(&self, name: &str) -> Result<(), CallError>;
    /// The same after a while.
    async fn may_delete_later(&self, name: &str) -> Result<(), CallError>;
}

/// What the host calls.
#[keyway::extension_point(id = "test.page", version = "1.0.0", on_failure = "closed")]
pub trait Page {
    /// A text from the shelf.
    async fn show(&self, name: &str) -> Result<String, NoPage>;
}

/// Why there is no page, as text.
#[derive(Debug)]
pub struct NoPage(String);

impl<E: std::error::Error> From<E> for NoPage {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// A page was shown.
#[derive(Event, Debug)]
#[event(topic = "test.shown", version = "1.0.0")]
pub struct Shown(String);

macro_rules! lifecycle {
    ($plugin:ty, $ctx:ident => $make:expr) => {
        impl Lifecycle for $plugin {
            type Config = ();

            async fn init($ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
                Ok($make)
            }
        }
    };
}

/// Provides the service and answers the hook.
#[derive(Plugin)]
#[plugin(
    provides(Shelf, MayDelete),
    subscribes(Shown),
    manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "test.shelf"
    version = "1.0.0"
    host = "*"
    [provides]
    "service.test-shelf" = "1.0.0"
    [permissions]
    "events.subscribe" = { scope = ["test.shown"], reason = "test" }
"#
)]
pub struct Shelves(Mutex<Vec<String>>);

lifecycle!(Shelves, _ctx => Self(Mutex::default()));

impl Shelf for Shelves {
    fn text(&self, name: &str) -> Result<String, CallError> {
        assert_ne!(name, "panic", "no such text");
        Ok(match name {
            "shown" => self.0.lock().expect("nobody panics with it").join(" "),
            name => format!("text of {name}"),
        })
    }

    async fn fetch(&self, name: &str) -> Result<String, CallError> {
        tokio::time::sleep(Duration::from_millis(if name == "slow" { 60_000 } else { 1 })).await;
        self.text(name)
    }
}

impl MayDelete for Shelves {
    fn may_delete(&self, name: &str) -> Result<(), CallError> {
        self.text(name).map(drop)
    }

    async fn may_delete_later(&self, name: &str) -> Result<(), CallError> {
        self.fetch(name).await.map(drop)
    }
}

impl Subscriber<Shown> for Shelves {
    async fn on(&self, event: &Shown) -> Result<(), Error> {
        self.0.lock().expect("nobody panics with it").push(event.0.clone());
        Ok(())
    }
}

mod pages {
    use std::sync::Mutex;

    use super::{MayDelete, NoPage, Page, Shelf, Shown};
    use crate::event::Observer;
    use crate::prelude::*;

    /// Uses all that there is between plugins; the one in the place of a library.
    #[derive(Plugin)]
    #[plugin(
        provides(Page),
        uses(Shelf),
        asks(MayDelete),
        publishes(Shown),
        subscribes(Shown(delivery = "sync")),
        observes("test.*"),
        manifest_text = r#"
    manifest-version = 1
        [plugin]
        id = "test.pages"
        version = "1.0.0"
        host = "*"
        [requires]
        "service.test-shelf" = "^1"
        [permissions]
        "events.publish" = { scope = ["test.shown"], reason = "test" }
        "events.subscribe" = { scope = ["test.*"], reason = "test" }
    "#
    )]
    pub struct Pages {
        shelf: Service<dyn Shelf>,
        may_delete: Hook<dyn MayDelete>,
        shown: Publisher<Shown>,
        told: Mutex<Vec<String>>,
        at_init: String,
    }

    lifecycle!(Pages, ctx => {
        let shelf = ctx.service::<dyn Shelf>()?;
        let at_init = shelf.get()?.text("init")?;
        Pages { shelf, may_delete: ctx.hook()?, shown: ctx.publisher()?, told: Mutex::default(), at_init }
    });

    impl Page for Pages {
        async fn show(&self, name: &str) -> Result<String, NoPage> {
            if let Some(name) = name.strip_prefix("now ") {
                return Ok(self.shelf.get()?.text(name)?);
            }
            if let Some(name) = name.strip_prefix("delete ") {
                self.may_delete.veto(|plugin| async move { plugin.may_delete_later(name).await }).await?;
                return Ok("deleted".to_owned());
            }
            if let Some(name) = name.strip_prefix("delete-now ") {
                self.may_delete.veto_now(|plugin| plugin.may_delete(name))?;
                return Ok("deleted".to_owned());
            }
            match name {
                "init" => return Ok(self.at_init.clone()),
                "told" => return Ok(self.told.lock().expect("nobody panics with it").join(", ")),
                "publish" => self.shown.publish(Shown("one".into())).await,
                _ => {}
            }
            Ok(self.shelf.get()?.fetch(name).await?)
        }
    }

    impl ImmediateSubscriber<Shown> for Pages {
        fn on_now(&self, event: &Shown) -> Result<(), Error> {
            self.told.lock().expect("nobody panics with it").push(format!("now {}", event.0));
            Ok(())
        }
    }

    impl Observer for Pages {
        async fn observe(&self, event: &Envelope<'_>) -> Result<(), Error> {
            let text = event.downcast_ref::<Shown>().map_or("of another type", |shown| shown.0.as_str());
            self.told.lock().expect("nobody panics with it").push(format!("{} {text} by {}", event.topic(), event.publisher()));
            Ok(())
        }
    }
}

/// What makes `Pages` as a library would be.
struct AsLibrary {
    linked: Registration,
    gated: Arc<Gated>,
}

impl Library for AsLibrary {
    fn hold(&self) -> Hold {
        Hold::default()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn create(&self, seed: Seed) -> Creation {
        let gated = Arc::clone(&self.gated);
        let creation = self.linked.create(seed.through(|host| NativeSource::between(host, Arc::clone(&gated))));
        Box::pin(async move {
            let inner = creation.await?;
            Ok(Box::new(Taken { inner, gated }) as Box<dyn Instance>)
        })
    }
}

struct Taken {
    inner: Box<dyn Instance>,
    gated: Arc<Gated>,
}

impl Instance for Taken {
    fn start(&self) -> BoxFuture<'_, Result<(), Failure>> {
        self.inner.start()
    }

    fn stop(&self) -> BoxFuture<'_, Result<(), Failure>> {
        self.inner.stop()
    }

    fn extensions(&self) -> Vec<Extension> {
        let take = |extension| self.gated.take_extension(extension).expect("the descriptor lists it");
        self.inner.extensions().into_iter().map(take).collect()
    }

    fn subscriptions(&self) -> Vec<Subscription> {
        let take = |subscription| self.gated.take_subscription(subscription).expect("the descriptor lists it");
        self.inner.subscriptions().into_iter().map(take).collect()
    }

    fn save_state(&self, version: u32, to: &mut dyn StateWriter) -> Result<(), Failure> {
        self.inner.save_state(version, to)
    }

    fn restore_state(&self, version: u32, from: &mut dyn StateReader) -> Result<(), Failure> {
        self.inner.restore_state(version, from)
    }

    fn concrete(&self) -> Box<dyn Any + Send + Sync> {
        Box::new(())
    }

    fn dispose(self: Box<Self>) -> Result<(), Failure> {
        self.inner.dispose()
    }
}

async fn host() -> Host {
    static SHELVES: Registration = Registration::of::<Shelves>();
    let library = AsLibrary { linked: Registration::of::<Pages>(), gated: Gated::of_this_image(Pages::DESCRIPTOR) };
    let pages = Registration { create: Create::Loaded(Arc::new(library)), check_config: None, ..Registration::of::<Pages>() };
    let pages: &'static Registration = Box::leak(Box::new(pages));
    let table = PluginTable {
        registrations: Box::leak(Box::new([&SHELVES, pages])),
        order: &[0, 1],
        levels: &[0, 1],
        policy: &Policy::GRANT_REQUESTED,
        policy_file: "",
        sdk: None,
        available: &[],
        lock: None,
        panic_abort: false,
        surface: crate::Surface::NONE,
    };
    Host::builder(table).start().await.expect("both start")
}

async fn show(host: &Host, name: &str) -> Result<String, String> {
    host.extensions::<dyn Page>()[0].show(name).await.map_err(|NoPage(text)| text)
}

#[tokio::test(start_paused = true)]
async fn a_service_is_lent_and_its_own_guard_counts_and_limits_the_calls() {
    let host = host().await;
    assert_eq!(show(&host, "init").await.expect("it was called in `init`"), "text of init");
    assert_eq!(show(&host, "a").await.expect("it waits for an answer"), "text of a");
    assert_eq!(show(&host, "now b").await.expect("it is answered at once"), "text of b");
    let shelf = host.extensions::<dyn Shelf>();
    assert_eq!(shelf[0].counts().calls, 3, "each call is counted once, by the slot of the host");
    let error = show(&host, "now panic").await.expect_err("the shelf panics");
    assert!(error.starts_with("KW0601 plugin `test.shelf 1.0.0`") && error.contains("no such text"), "{error}");
    let error = show(&host, "slow").await.expect_err("it has 2 s");
    assert!(error.starts_with("KW0602 plugin `test.shelf 1.0.0`"), "its own deadline ended it: {error}");
    assert_eq!((shelf[0].counts().panics, shelf[0].counts().calls), (1, 5), "of the slot in the library nothing is counted");
    host.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_stops_is_gone_at_once_and_comes_back() {
    let host = host().await;
    host.disable("test.shelf", Dependents::Refuse).await.expect_err("`test.pages` needs it");
    host.disable("test.shelf", Dependents::Cascade).await.expect("both stop");
    assert!(host.extensions::<dyn Page>().is_empty());
    host.enable("test.pages", Dependents::Cascade).await.expect("both start");
    assert_eq!(show(&host, "now c").await.expect("the new instance answers"), "text of c");
    assert_eq!(host.extensions::<dyn Shelf>()[0].counts().calls, 2, "it was asked in `init` too");
    host.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_lent_is_made_once_and_goes_with_the_provider() {
    type Lent = Arc<<dyn Shelf as ExtensionPoint>::Shielded>;
    let host = host().await;
    let point = host.point::<dyn Shelf>();
    let lent = || Arc::clone(point.load().lent()[0].get::<Lent>().expect("it is of this point"));
    let (first, second) = (lent(), lent());
    assert!(Arc::ptr_eq(&first, &second), "two loans of one snapshot are of one value");
    let left = Arc::downgrade(&first);
    drop((first, second));
    assert!(left.upgrade().is_some(), "the snapshot keeps it for the next loan");
    host.disable("test.shelf", Dependents::Cascade).await.expect("both stop");
    assert!(left.upgrade().is_none(), "and keeps nothing of a plugin that has stopped");
    host.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_hook_is_asked_at_once_and_later_within_its_time() {
    let host = host().await;
    assert_eq!(show(&host, "delete-now a").await.expect("nobody objects"), "deleted");
    assert_eq!(show(&host, "delete a").await.expect("nobody objects"), "deleted");
    let error = show(&host, "delete panic").await.expect_err("who panics objects");
    assert!(error.starts_with("stopped by `test.shelf`"), "{error}");
    assert_eq!(host.extensions::<dyn MayDelete>()[0].counts().calls, 3);
    host.stop().await;
}

#[tokio::test(start_paused = true)]
async fn events_go_both_ways() {
    let host = host().await;
    show(&host, "publish").await.expect("it is published");
    host.publisher::<Shown>().expect("the topic has one type").publish(Shown("two".into())).await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    let told = show(&host, "told").await.expect("it tells");
    assert_eq!(told, "now one, test.shown one by test.pages, now two, test.shown two by host");
    assert_eq!(show(&host, "now shown").await.expect("the shelf was told"), "one two");
    host.stop().await;
}
