//! Services: one plugin calls another through a handle that outlives the provider's instances.

#![expect(unreachable_pub, reason = "plugins are `pub`, and no host outside names those of a test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use keyway::host::Dependents;
use keyway::prelude::*;
use keyway::testing::{RunningTestHost, TestHost};
use keyway::{CallError, CallErrorKind, Host, Service, extension_point};

/// Keeps texts by name.
#[extension_point(id = "service.storage", version = "1.2.0", on_failure = "closed")]
pub trait Storage {
    /// The text of that name, and which instance of the provider answers.
    fn load(&self, name: &str) -> Result<String, CallError>;
    /// Like `load`, after a while.
    async fn fetch(&self, name: &str) -> Result<String, CallError>;
}

/// What the host calls.
#[extension_point(id = "site.page", version = "1.0.0", on_failure = "closed")]
pub trait Page {
    /// A text from the storage.
    async fn show(&self, name: &str) -> Result<String, PageError>;
    /// The same text from all storages.
    fn show_all(&self, name: &str) -> Result<Vec<String>, PageError>;
}

/// Why there is no page.
#[derive(Debug)]
pub struct PageError(String);

impl From<CallError> for PageError {
    fn from(error: CallError) -> Self {
        Self(error.to_string())
    }
}

impl From<keyway::service::ServiceAway> for PageError {
    fn from(error: keyway::service::ServiceAway) -> Self {
        assert_eq!(
            (error.code(), error.service().id.as_str(), error.user().id.as_str()),
            ("KW0640", "service.storage", "site.pages")
        );
        Self(error.to_string())
    }
}

static INSTANCES: AtomicU32 = AtomicU32::new(0);

/// A provider with an id of its own.
macro_rules! storage {
    ($module:ident, $name:ident, $manifest:literal) => {
        mod $module {
            use super::*;

            #[derive(Plugin)]
            #[plugin(provides(Storage), manifest_text = $manifest)]
            pub struct $name(u32);

            impl Lifecycle for $name {
                type Config = ();

                async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
                    Ok(Self(INSTANCES.fetch_add(1, Ordering::Relaxed)))
                }
            }

            impl Storage for $name {
                fn load(&self, name: &str) -> Result<String, CallError> {
                    assert_ne!(name, "panic", "no such text");
                    Ok(format!("{name} from {}", stringify!($name)))
                }

                async fn fetch(&self, name: &str) -> Result<String, CallError> {
                    tokio::task::yield_now().await;
                    Ok(format!("{name} from {} #{}", stringify!($name), self.0))
                }
            }
        }
        use $module::$name;
    };
}

storage!(
    disk,
    Disk,
    r#"
    manifest-version = 1
    [plugin]
    id = "site.disk"
    version = "1.0.0"
    host = "*"
    [provides]
    "service.storage" = "1.2.0"
    "#
);
storage!(
    memory,
    Memory,
    r#"
    manifest-version = 1
    [plugin]
    id = "site.memory"
    version = "1.0.0"
    host = "*"
    [provides]
    "service.storage" = "1.2.0"
    "#
);

/// A user of the service, mandatory.
mod pages {
    use super::*;

    /// A user that calls the service in every phase of its life.
    #[derive(Plugin)]
    #[plugin(
        uses(Storage),
        provides(Page),
        manifest_text = r#"
    manifest-version = 1
        [plugin]
        id = "site.pages"
        version = "1.0.0"
        host = "*"
        [requires]
        "service.storage" = "^1"
    "#
    )]
    pub struct Pages {
        storage: Service<dyn Storage>,
        at_init: String,
    }

    impl Lifecycle for Pages {
        type Config = ();

        async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
            let storage = ctx.service::<dyn Storage>()?;
            assert!(ctx.service_if_present::<dyn Storage>()?.is_some() != storage.get().is_err());
            let at_init = storage.get().map_or_else(|away| away.to_string(), |storage| storage.load("init").unwrap());
            Ok(Self { storage, at_init })
        }

        async fn stop(&self) -> Result<(), Error> {
            self.storage.get()?.load("stop")?;
            Ok(())
        }
    }

    impl Page for Pages {
        async fn show(&self, name: &str) -> Result<String, PageError> {
            if name == "init" {
                return Ok(self.at_init.clone());
            }
            // The loan is held across the `await` here, which is allowed.
            Ok(self.storage.get()?.fetch(name).await?)
        }

        fn show_all(&self, name: &str) -> Result<Vec<String>, PageError> {
            let storages = self.storage.all();
            storages.iter().map(|(plugin, storage)| Ok(format!("{}: {}", plugin.id, storage.load(name)?))).collect()
        }
    }
}

/// A user of the service, optional.
mod modest {
    use super::*;

    /// A user that also works without the service.
    #[derive(Plugin)]
    #[plugin(
        uses(Storage),
        provides(Page),
        manifest_text = r#"
    manifest-version = 1
        [plugin]
        id = "site.pages"
        version = "1.0.0"
        host = "*"
        [requires]
        "service.storage" = { version = "^1", optional = true, reason = "keeps drafts" }
    "#
    )]
    pub struct Modest(Option<Service<dyn Storage>>);

    impl Lifecycle for Modest {
        type Config = ();

        async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self(ctx.service_if_present()?))
        }
    }

    impl Page for Modest {
        async fn show(&self, name: &str) -> Result<String, PageError> {
            match &self.0 {
                None => Ok("no storage".to_owned()),
                Some(storage) => Ok(storage.get()?.load(name)?),
            }
        }

        fn show_all(&self, _: &str) -> Result<Vec<String>, PageError> {
            Ok(Vec::new())
        }
    }
}

/// A user whose handle the test takes.
mod leak {
    use super::*;

    pub(super) static KEPT: std::sync::Mutex<Option<Service<dyn Storage>>> = std::sync::Mutex::new(None);

    /// Hands its handle out.
    #[derive(Plugin)]
    #[plugin(
        uses(Storage),
        manifest_text = r#"
    manifest-version = 1
        [plugin]
        id = "site.leak"
        version = "1.0.0"
        host = "*"
        [requires]
        "service.storage" = { version = "1.2", optional = true, reason = "a test" }
    "#
    )]
    pub struct Leak;

    impl Lifecycle for Leak {
        type Config = ();

        async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
            *KEPT.lock().unwrap() = Some(ctx.service()?);
            Ok(Self)
        }
    }
}

use leak::{KEPT, Leak};
use modest::Modest;
use pages::Pages;

async fn start() -> RunningTestHost {
    TestHost::new().plugin::<Pages>().plugin::<Disk>().start().await.unwrap()
}

async fn show(host: &Host, name: &str) -> Result<String, String> {
    host.extensions::<dyn Page>()[0].show(name).await.map_err(|error| error.0)
}

#[tokio::test]
async fn a_service_is_there_from_init_to_stop() {
    let host = start().await;
    assert_eq!(show(&host, "init").await.unwrap(), "init from Disk");
    assert!(show(&host, "a").await.unwrap().starts_with("a from Disk #"));
    let report = host.stop().await;
    assert!(report.is_clean(), "the user's `stop` calls the service: {report}");
}

#[tokio::test]
async fn a_handle_outlives_the_provider() {
    let host = TestHost::new().plugin::<Modest>().plugin::<Disk>().start().await.unwrap();
    let before = show(&host, "a").await;
    assert_eq!(before.unwrap(), "a from Disk");
    host.disable("site.disk", Dependents::Refuse).await.unwrap();
    let away = show(&host, "a").await.unwrap_err();
    assert_eq!(
        away,
        "KW0640 the service `service.storage 1.2.0`, which `site.pages` uses, is away: `site.disk` provides it and does not run"
    );
    host.enable("site.disk", Dependents::Refuse).await.unwrap();
    assert_eq!(show(&host, "a").await.unwrap(), "a from Disk");
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn a_user_goes_with_its_only_provider_and_finds_the_new_instance() {
    let host = start().await;
    let old = show(&host, "a").await.unwrap();
    assert!(host.disable("site.disk", Dependents::Refuse).await.is_err(), "a mandatory requirement");
    let off = host.disable("site.disk", Dependents::Cascade).await.unwrap();
    assert_eq!(off.plugins.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["site.pages", "site.disk"]);
    assert!(off.errors.is_empty(), "the service was there while its user stopped: {:?}", off.errors);
    host.enable("site.disk", Dependents::Cascade).await.unwrap();
    assert_ne!(show(&host, "a").await.unwrap(), old, "another instance answers");
    assert_eq!(show(&host, "init").await.unwrap(), "init from Disk", "the provider is there before its user starts");
}

#[tokio::test]
async fn one_of_several_providers_is_the_first_in_start_order() {
    let host = TestHost::new().plugin::<Pages>().plugin::<Memory>().plugin::<Disk>().start().await.unwrap();
    let page = &host.extensions::<dyn Page>()[0];
    assert_eq!(page.show_all("a").unwrap(), ["site.disk: a from Disk", "site.memory: a from Memory"]);
    assert!(page.show("a").await.unwrap().starts_with("a from Disk"));
    host.disable("site.disk", Dependents::Refuse).await.expect("the other provider satisfies the requirement");
    assert!(page.show("a").await.unwrap().starts_with("a from Memory"));
    assert_eq!(page.show_all("a").unwrap(), ["site.memory: a from Memory"]);
    host.disable("site.memory", Dependents::Cascade).await.unwrap();
    assert_eq!(page.show("a").await.unwrap_err().0.split(' ').next(), Some("KW0603"), "the user went with it");
}

#[tokio::test]
async fn a_call_of_a_service_is_guarded() {
    let host = start().await;
    let page = &host.extensions::<dyn Page>()[0];
    let error = page.show_all("panic").unwrap_err().0;
    assert!(
        error.starts_with("KW0601 plugin `site.disk 1.0.0` panicked in `service.storage::load`"),
        "the provider is blamed: {error}"
    );
    let counts = host.extensions::<dyn Storage>()[0].counts();
    assert_eq!((counts.panics, host.extensions::<dyn Page>()[0].counts().panics), (1, 0));
}

#[tokio::test]
async fn alone_a_user_learns_that_nobody_provides_the_service() {
    let host = TestHost::new().plugin::<Modest>().start().await.unwrap();
    assert_eq!(show(&host, "a").await.unwrap(), "no storage");
}

#[tokio::test]
async fn a_provider_kept_too_long_refuses() {
    let host = TestHost::new().plugin::<Leak>().plugin::<Disk>().start().await.unwrap();
    let service = KEPT.lock().unwrap().take().unwrap();
    let provider = service.get().unwrap();
    assert_eq!((provider.plugin().id.as_str(), service.info().id.as_str()), ("site.disk", "service.storage"));
    host.disable("site.disk", Dependents::Refuse).await.unwrap();
    let error: CallError = provider.load("a").unwrap_err();
    assert_eq!(*error.kind(), CallErrorKind::Unavailable);
    assert!(service.get().is_err() && service.all().is_empty());
    drop(host);
    assert!(service.clone().get().is_err(), "the handle outlives the host");
    let shared = Arc::new(service);
    tokio::spawn(async move { shared.get().map(|_| ()).unwrap_err().code() }).await.unwrap();
}
