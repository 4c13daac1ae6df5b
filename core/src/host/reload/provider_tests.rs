//! A service that only a later release of a plugin provides, seen by a plugin that had its handle before.

#![allow(unreachable_pub, missing_docs, reason = "plugins of tests")]

use super::tests::{breaking, reload, reload_to};
use super::{Effect, ReloadPlan};
use crate::host::Dependents;
use crate::testing::TestHost;
use crate::{CallError, Host, extension_point};

#[extension_point(id = "service.lamp", version = "1.0.0", on_failure = "closed")]
pub trait Lamp {
    fn light(&self) -> Result<String, CallError>;
}

#[extension_point(id = "test.room", version = "1.0.0", on_failure = "closed")]
pub trait Room {
    fn light(&self) -> Result<String, CallError>;
}

/// A point that nobody asks for before the release that extends it.
#[extension_point(id = "test.switch", version = "1.0.0", on_failure = "closed")]
pub trait Switch {
    fn is_on(&self) -> Result<bool, CallError>;
}

mod without {
    use crate::prelude::*;

    #[derive(Plugin)]
    #[plugin(manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.shelf"
        version = "1.0.0"
        host = "*"
    "#)]
    pub struct Without;

    impl Lifecycle for Without {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }
}

mod with {
    use super::{CallError, Lamp, Switch};
    use crate::prelude::*;

    #[derive(Plugin)]
    #[plugin(
        provides(Lamp, Switch),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.shelf"
        version = "1.1.0"
        host = "*"
        [provides]
        "service.lamp" = "1.0.0"
    "#
    )]
    pub struct With;

    impl Lifecycle for With {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    impl Lamp for With {
        fn light(&self) -> Result<String, CallError> {
            Ok("bright".to_owned())
        }
    }

    impl Switch for With {
        fn is_on(&self) -> Result<bool, CallError> {
            Ok(true)
        }
    }
}

mod room {
    use super::{CallError, Lamp, Room};
    use crate::Service;
    use crate::prelude::*;

    #[derive(Plugin)]
    #[plugin(
        provides(Room),
        uses(Lamp),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.room"
        version = "1.0.0"
        host = "*"
        [requires]
        "service.lamp" = { version = ">=1, <3", optional = true }
    "#
    )]
    pub struct DarkRoom(Service<dyn Lamp>);

    impl Lifecycle for DarkRoom {
        type Config = ();

        async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self(ctx.service()?))
        }
    }

    impl Room for DarkRoom {
        fn light(&self) -> Result<String, CallError> {
            self.0.get().map_or_else(|away| Ok(away.to_string()), |lamp| lamp.light())
        }
    }
}

fn dependents(plan: &ReloadPlan) -> Vec<(&'static str, Effect)> {
    plan.dependents.iter().map(|(id, effect)| (id.as_str(), *effect)).collect()
}

fn light(host: &Host) -> String {
    host.extensions::<dyn Room>()[0].light().expect("it answers")
}

#[tokio::test]
async fn who_provides_a_service_is_asked_when_it_matters() {
    let away = "KW0640 the service `service.lamp 1.0.0`, which `test.room` uses, is away: ";
    let host = TestHost::new().plugin::<without::Without>().plugin::<room::DarkRoom>().start().await.expect("it starts");
    assert_eq!(light(&host), format!("{away}no plugin of this host provides it"));
    reload::<with::With>(&host).await.expect("it is reloaded");
    assert_eq!(light(&host), "bright");
    host.disable("test.shelf", Dependents::Refuse).await.expect("nobody requires it");
    assert_eq!(light(&host), format!("{away}`test.shelf` provides it and does not run"));
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn a_point_that_is_asked_for_after_the_release_that_extends_it_is_found() {
    let host = TestHost::new().plugin::<without::Without>().start().await.expect("it starts");
    reload::<with::With>(&host).await.expect("it is reloaded");
    let switches = host.extensions::<dyn Switch>();
    assert!(switches[0].is_on().expect("it answers"));
    drop(switches);
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn who_can_do_without_a_service_has_it_in_the_same_version_as_all_others() {
    let host = TestHost::new().plugin::<with::With>().plugin::<room::DarkRoom>().start().await.expect("it starts");
    let plan = host.plan_reload("test.shelf").await.expect("it can be reloaded");
    assert_eq!(dependents(&plan), [("test.room", Effect::Rebound)]);
    let reloaded = reload_to(&host, breaking::<with::With>()).await.expect("the room takes both versions");
    assert_eq!(dependents(&reloaded.plan), [("test.room", Effect::Restarted)]);
    assert_eq!((light(&host).as_str(), host.releases("test.room")[0].generation), ("bright", 2));
    host.disable("test.shelf", Dependents::Refuse).await.expect("nobody requires it");
    assert!(host.stop().await.is_clean());
}
