//! Plugins that do not bear their own life.

use keyway::testing::{Check, Conformance};

use crate::{finds_one, found};

/// Works once in a process.
mod once {
    use std::sync::atomic::{AtomicBool, Ordering};

    use keyway::prelude::*;

    static TAKEN: AtomicBool = AtomicBool::new(false);

    #[derive(Debug, Plugin)]
    #[plugin(manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.once"
        version = "1.0.0"
        host = "*"
    "#)]
    pub struct Once;

    impl Lifecycle for Once {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            if TAKEN.swap(true, Ordering::SeqCst) { Err(Error::message("the address is taken")) } else { Ok(Self) }
        }
        async fn stop(&self) -> Result<(), Error> {
            TAKEN.store(false, Ordering::SeqCst);
            Ok(())
        }
    }
}

/// Says each time something else when it is stopped.
mod moody {
    use std::sync::atomic::{AtomicU32, Ordering};

    use keyway::prelude::*;

    static STOPS: AtomicU32 = AtomicU32::new(0);

    #[derive(Debug, Plugin)]
    #[plugin(manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.moody"
        version = "1.0.0"
        host = "*"
    "#)]
    pub struct Moody;

    impl Lifecycle for Moody {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
        async fn stop(&self) -> Result<(), Error> {
            Err(Error::message(format!("stop {}", STOPS.fetch_add(1, Ordering::SeqCst))))
        }
    }
}

/// Panics when it is stopped.
mod sore {
    use keyway::prelude::*;

    #[derive(Debug, Plugin)]
    #[plugin(manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.sore"
        version = "1.0.0"
        host = "*"
    "#)]
    pub struct Sore;

    impl Lifecycle for Sore {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
        async fn stop(&self) -> Result<(), Error> {
            panic!("not yet")
        }
    }
}

/// Does not get along with what it has left itself.
mod untidy {
    use keyway::prelude::*;

    #[derive(Debug, Plugin)]
    #[plugin(manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.untidy"
        version = "1.0.0"
        host = "*"
        [permissions]
        "filesystem.read" = { scope = ["cache/**"], reason = "looks" }
        "filesystem.write" = { scope = ["cache/**"], reason = "leaves" }
    "#)]
    pub struct Untidy;

    impl Lifecycle for Untidy {
        type Config = ();
        async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
            if ctx.files()?.list("cache")?.iter().any(|file| file.path == "cache/lock") {
                return Err(Error::message("another one runs already"));
            }
            ctx.files_mut()?.write("cache/lock", "")?;
            Ok(Self)
        }
    }
}

#[test]
fn a_plugin_that_works_once_in_a_process_is_found_by_a_reload() {
    let kit = Conformance::of::<once::Once>();
    let examined = kit.examine(Check::Lifecycle);
    assert_eq!(examined.findings.len(), 1, "{examined}");
    let finding = &examined.findings[0];
    assert_eq!(finding.did, "start, reload");
    assert!(finding.saw.contains("the address is taken"), "{examined}");
    assert!(finding.help.contains("belongs into a task"), "{examined}");
}

#[test]
fn a_start_that_is_given_up_stops_the_plugin_too() {
    let found = found(&Conformance::of::<moody::Moody>(), Check::Lifecycle);
    let last = found.last().unwrap();
    assert!(
        last.starts_with("start, then another plugin fails in its `start`: KW0605 plugin `test.moody 1.0.0` failed in `stop`"),
        "{last}"
    );
    assert!(found.iter().any(|found| found.starts_with("start, reload: ")), "{found:#?}");
}

#[test]
fn a_stop_that_panics_is_found_once() {
    let found = found(&Conformance::of::<sore::Sore>(), Check::Lifecycle);
    assert_eq!(found, ["start, stop: KW0607 plugin `test.sore 1.0.0` panicked in `stop`: not yet"]);
}

#[test]
fn what_a_first_run_leaves_is_found_by_the_second() {
    let kit = Conformance::of::<untidy::Untidy>();
    let begins = "start, work, stop, then in the same folders: start: the host did not start";
    let found = found(&kit, Check::Restart);
    assert!(found.len() == 1 && found[0].starts_with(begins) && found[0].contains("another one runs already"), "{found:#?}");
}

#[test]
fn a_plugin_that_does_not_start_is_told_with_how_to_help_it() {
    let kit = Conformance::of::<sore::Sore>().host(|host| host.config("colour = 'red'"));
    for check in [Check::Lifecycle, Check::Restart, Check::Settings] {
        finds_one(&kit, check, "start: the host did not start", "");
        assert!(kit.examine(check).findings[0].help.contains("host.config("));
    }
}
