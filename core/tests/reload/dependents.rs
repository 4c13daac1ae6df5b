//! What a reload means to plugins that use a service of the one which is reloaded.

#![allow(unreachable_pub, reason = "a plugin is `pub`, and so is what its traits name")]

use std::sync::atomic::{AtomicU64, Ordering};

use keyway::host::{Effect, StatePlan};
use keyway::prelude::*;
use keyway::testing::TestHost;
use keyway::{CallError, extension_point};

static INSTANCES: AtomicU64 = AtomicU64::new(0);

/// Tells which instance it is.
#[extension_point(id = "service.which", version = "1.0.0", on_failure = "closed")]
pub trait Which {
    /// The number of the instance.
    fn which(&self) -> Result<u64, CallError>;
}

/// Asks the service.
#[extension_point(id = "test.ask", version = "1.0.0", on_failure = "closed")]
pub trait Ask {
    /// What the service answers.
    fn ask(&self) -> Result<u64, CallError>;
    /// The number of this instance.
    fn own(&self) -> Result<u64, CallError>;
}

/// Provides the service.
pub mod provider {
    use super::*;

    #[derive(Plugin)]
    #[plugin(
        provides(Which),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.provider"
        version = "1.0.0"
        host = "*"
        [provides]
        "service.which" = "1.0.0"
    "#
    )]
    pub struct Provider(u64);

    impl Lifecycle for Provider {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self(INSTANCES.fetch_add(1, Ordering::Relaxed)))
        }
    }

    impl Which for Provider {
        fn which(&self) -> Result<u64, CallError> {
            Ok(self.0)
        }
    }
}

/// Uses the service.
pub mod user {
    use super::*;

    #[derive(Plugin)]
    #[plugin(
        provides(Ask),
        uses(Which),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.user"
        version = "1.0.0"
        host = "*"
        [requires]
        "service.which" = "^1"
    "#
    )]
    pub struct User {
        number: u64,
        service: Service<dyn Which>,
    }

    impl Lifecycle for User {
        type Config = ();

        async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self { number: INSTANCES.fetch_add(1, Ordering::Relaxed), service: ctx.service()? })
        }
    }

    impl Ask for User {
        fn ask(&self) -> Result<u64, CallError> {
            self.service.get().map_or(Ok(u64::MAX), |service| service.which())
        }

        fn own(&self) -> Result<u64, CallError> {
            Ok(self.number)
        }
    }
}

#[tokio::test]
async fn a_user_of_a_service_is_rebound() {
    let host = TestHost::new().plugin::<provider::Provider>().plugin::<user::User>().start().await.unwrap();
    let user = host.extensions::<dyn Ask>()[0].clone();
    let (own, before) = (user.own().unwrap(), user.ask().unwrap());
    let plan = host.plan_reload("test.provider").await.unwrap();
    assert_eq!((plan.plugin.as_str(), plan.state), ("test.provider", StatePlan::None));
    let dependents: Vec<_> = plan.dependents.iter().map(|(id, effect)| (id.as_str(), *effect)).collect();
    assert_eq!(dependents, [("test.user", Effect::Rebound)]);
    assert_eq!(user.ask().unwrap(), before, "a plan changes nothing");
    let reloaded = host.reload("test.provider").await.unwrap();
    assert_eq!(reloaded.plan, plan, "what was planned is what was done");
    assert!(user.ask().unwrap() > before, "the service is that of the new instance");
    assert_eq!(host.extensions::<dyn Ask>()[0].own().unwrap(), own, "its user was left alone");
    assert!(host.stop().await.is_clean());
}
