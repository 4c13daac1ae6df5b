//! Releases that differ in their manifest, as those of native plugins do: other versions, requirements, points and forms of the state.

#![allow(unreachable_pub, missing_docs, reason = "plugins of tests")]

use std::sync::Arc;

use keyway_manifest::{Descriptor, Provision, Version};

use super::{Candidate, Effect, ReloadError, StatePlan};
use crate::host::LibraryInfo;
use crate::host::{Host, Reason, Reloaded};
use crate::plugin::Registration;
use crate::testing::{RunningTestHost, TestHost};
use crate::{CallError, Plugin, extension_point};

#[extension_point(id = "service.shelf", version = "1.0.0", on_failure = "closed")]
pub trait Shelf {
    fn label(&self) -> Result<String, CallError>;
}

#[extension_point(id = "test.extra", version = "1.0.0", on_failure = "closed")]
pub trait Extra {
    fn extra(&self) -> Result<u32, CallError>;
}

mod one {
    use std::sync::Mutex;

    use super::{CallError, Shelf};
    use crate::prelude::*;
    use crate::state::Stateful;

    #[derive(Plugin)]
    #[plugin(
        provides(Shelf),
        state(version = 1),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.shelf"
        version = "1.0.0"
        host = "*"
        [provides]
        "service.shelf" = "1.0.0"
    "#
    )]
    pub struct One(Mutex<String>);

    impl Lifecycle for One {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self(Mutex::new("one".to_owned())))
        }
    }

    impl Stateful for One {
        type State = String;

        fn save_state(&self) -> Result<String, Error> {
            Ok(self.0.lock().expect("no test panics here").clone())
        }

        fn restore_state(&self, state: String) -> Result<(), Error> {
            *self.0.lock().expect("no test panics here") = state;
            Ok(())
        }
    }

    impl Shelf for One {
        fn label(&self) -> Result<String, CallError> {
            Ok(self.0.lock().expect("no test panics here").clone())
        }
    }
}

mod two {
    use std::sync::Mutex;

    use super::{CallError, Extra, Shelf};
    use crate::prelude::*;
    use crate::state::{Downgrade, Stateful, Upgrade};

    #[derive(Plugin)]
    #[plugin(
        provides(Shelf, Extra),
        state(version = 2, migrates_from = 1, downgrade = "lossy"),
        manifest_text = r#"
            manifest-version = 1
            [plugin]
            id = "test.shelf"
            version = "2.0.0"
            host = "*"
            [provides]
            "service.shelf" = "1.0.0"
        "#
    )]
    pub struct Two(Mutex<(String, u32)>);

    impl Lifecycle for Two {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self(Mutex::new(("two".to_owned(), 0))))
        }
    }

    impl Stateful for Two {
        type State = (String, u32);

        fn save_state(&self) -> Result<(String, u32), Error> {
            Ok(self.0.lock().expect("no test panics here").clone())
        }

        fn restore_state(&self, state: (String, u32)) -> Result<(), Error> {
            *self.0.lock().expect("no test panics here") = state;
            Ok(())
        }
    }

    impl Upgrade<1> for Two {
        type Old = String;
        type New = (String, u32);

        fn upgrade(old: String) -> Result<(String, u32), Error> {
            Ok((format!("{old}, upgraded"), 2))
        }
    }

    impl Downgrade<2> for Two {
        type New = (String, u32);
        type Old = String;

        fn downgrade((label, _): (String, u32)) -> Result<String, Error> {
            Ok(format!("{label}, downgraded"))
        }
    }

    impl Shelf for Two {
        fn label(&self) -> Result<String, CallError> {
            Ok(self.0.lock().expect("no test panics here").0.clone())
        }
    }

    impl Extra for Two {
        fn extra(&self) -> Result<u32, CallError> {
            Ok(self.0.lock().expect("no test panics here").1)
        }
    }
}

/// Requires what is not there, and is too new for the reader.
mod three {
    use super::{CallError, Shelf};
    use crate::prelude::*;

    #[derive(Plugin)]
    #[plugin(
        provides(Shelf),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.shelf"
        version = "3.0.0"
        host = "*"
        [provides]
        "service.shelf" = "1.0.0"
        [requires]
        "test.nowhere" = "*"
    "#
    )]
    pub struct Three;

    impl Lifecycle for Three {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    impl Shelf for Three {
        fn label(&self) -> Result<String, CallError> {
            Ok("three".to_owned())
        }
    }
}

mod reader {
    use super::Shelf;
    use crate::prelude::*;

    #[derive(Plugin)]
    #[plugin(
        uses(Shelf),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.reader"
        version = "1.0.0"
        host = "*"
        [requires]
        "service.shelf" = "^1"
        "test.shelf" = "<3"
    "#
    )]
    pub struct Reader;

    impl Lifecycle for Reader {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }
}

/// Takes services of two versions that break with each other.
mod tolerant {
    use super::Shelf;
    use crate::prelude::*;

    #[derive(Plugin)]
    #[plugin(
        uses(Shelf),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.tolerant"
        version = "1.0.0"
        host = "*"
        [requires]
        "service.shelf" = ">=1, <3"
    "#
    )]
    pub struct Tolerant;

    impl Lifecycle for Tolerant {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }
}

pub(super) async fn reload<P: Plugin>(host: &Host) -> Result<Reloaded, ReloadError> {
    reload_to(host, Registration::of::<P>()).await
}

pub(super) async fn reload_to(host: &Host, registration: Registration) -> Result<Reloaded, ReloadError> {
    let inner = Arc::clone(&host.inner);
    let turn = inner.turn().await;
    let rank = inner.rank_of("test.shelf").expect("it is there");
    let settings = inner.read_settings()?;
    let digest = format!("digest of {}", registration.descriptor.version);
    let library = LibraryInfo { path: "made/up.so".into(), digest, publisher: None };
    inner.reload(rank, Candidate::new(registration, Some(Arc::new(library)), settings), &turn).await
}

async fn host() -> RunningTestHost {
    TestHost::new().plugin::<one::One>().plugin::<reader::Reader>().start().await.expect("it starts")
}

fn label(host: &Host) -> String {
    host.extensions::<dyn Shelf>()[0].label().expect("it answers")
}

#[tokio::test]
async fn a_release_brings_its_version_points_and_forms_of_the_state() {
    let host = host().await;
    let extra = host.point::<dyn Extra>();
    assert_eq!(extra.extensions().len(), 0);
    let reloaded = reload::<two::Two>(&host).await.expect("it is reloaded");
    assert_eq!(reloaded.plan.state, StatePlan::Upgraded { from: 1, to: 2 });
    assert_eq!(reloaded.plan.dependents.iter().map(|(_, effect)| *effect).collect::<Vec<_>>(), [Effect::Rebound]);
    assert_eq!(label(&host), "one, upgraded");
    assert_eq!(extra.extensions()[0].extra().expect("it answers"), 2, "a point that nobody had extended, through an old handle");
    let info = host.plugin("test.shelf").expect("it is there");
    assert_eq!((info.version.to_string().as_str(), info.generation), ("2.0.0", 2));
    assert_eq!(host.releases("test.shelf")[0].digest, "digest of 2.0.0");

    let back = host.roll_back("test.shelf").await.expect("it goes back");
    assert_eq!(back.plan.state, StatePlan::Downgraded { from: 2, to: 1, is_lossy: true });
    assert_eq!(label(&host), "one, upgraded, downgraded");
    assert_eq!(extra.extensions().len(), 0, "and the point is gone again");
    assert!(host.stop().await.is_clean());
}

/// The first release under another version, with its service in a version that breaks with the one before. As of a library that was
/// built against a later SDK in which the trait is laid out as it was.
pub(super) fn breaking<P: Plugin>() -> Registration {
    let first = Registration::of::<P>();
    let provision = first.descriptor.provides[0];
    let version = Version { major: 2, ..provision.version };
    let provides = vec![Provision { version, ..provision }].leak();
    let descriptor = Box::leak(Box::new(Descriptor { version, provides, ..*first.descriptor }));
    Registration { descriptor, ..first }
}

#[tokio::test]
async fn who_takes_both_versions_of_a_service_is_made_anew_after_it() {
    let host = TestHost::new().plugin::<one::One>().plugin::<tolerant::Tolerant>().start().await.expect("it starts");
    let reloaded = reload_to(&host, breaking::<one::One>()).await.expect("it is reloaded");
    let dependents: Vec<_> = reloaded.plan.dependents.iter().map(|(id, effect)| (id.as_str(), *effect)).collect();
    assert_eq!(dependents, [("test.tolerant", Effect::Restarted)]);
    let release = host.releases("test.tolerant").remove(0);
    assert_eq!((release.generation, release.reason), (2, Reason::Dependent));
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn who_does_not_is_the_reason_to_refuse() {
    let host = host().await;
    let text = reload_to(&host, breaking::<one::One>()).await.expect_err("the reader takes `^1`").to_string();
    assert!(text.contains("test.reader") && text.contains("service.shelf"), "{text}");
    assert_eq!(host.releases("test.shelf").len(), 1);
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_anything_is_done() {
    let host = host().await;
    let error = reload::<three::Three>(&host).await.expect_err("it does not fit");
    let text = error.to_string();
    assert!(
        text.starts_with("KW0772 plugin `test.shelf` is not reloaded: with version 3.0.0 the plugins do not fit together\n"),
        "{text}"
    );
    assert!(text.contains("test.nowhere"), "what the new release lacks: {text}");
    assert!(text.contains("<3"), "and whom it would leave: {text}");
    assert_eq!((label(&host).as_str(), host.releases("test.shelf").len()), ("one", 1));
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn a_state_is_not_dropped_without_a_word() {
    let host = TestHost::new().plugin::<two::Two>().start().await.expect("it starts");
    let error = reload::<stateless::Stateless>(&host).await.expect_err("it keeps none");
    assert_eq!(
        error.to_string(),
        "KW0773 plugin `test.shelf` is not reloaded: it keeps a state, in version 2, and the new release keeps none\n  help: disable and \
         enable it, if the state may be lost"
    );
    assert!(host.stop().await.is_clean());
}

mod stateless {
    use crate::prelude::*;

    #[derive(Plugin)]
    #[plugin(manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.shelf"
        version = "2.1.0"
        host = "*"
    "#)]
    pub struct Stateless;

    impl Lifecycle for Stateless {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }
}

#[tokio::test]
async fn a_test_gives_and_takes_a_state_in_each_form() {
    let host = TestHost::new().plugin::<two::Two>().state(1, "\"old\"").start().await.expect("it starts");
    assert_eq!(host.saved_state("test.shelf"), "[\"old, upgraded\",2]");
    assert_eq!(host.saved_state_in("test.shelf", 1), "\"old, upgraded, downgraded\"");
    assert!(host.stop().await.is_clean());
}
