//! Plugins that leave something behind.

use std::any::Any;
use std::sync::{Arc, Mutex};

use keyway::testing::{Check, Conformance};

/// Begins a thread that nobody ends, and opens a file that nobody closes.
mod careless {
    use keyway::prelude::*;

    #[derive(Debug, Plugin)]
    #[plugin(manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.careless"
        version = "1.0.0"
        host = "*"
    "#)]
    pub struct Careless;

    impl Lifecycle for Careless {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            let looking = || loop {
                std::thread::park();
            };
            drop(std::thread::Builder::new().name("careless".to_owned()).spawn(looking)?);
            Box::leak(Box::new(std::fs::File::open("/dev/null")?));
            Ok(Self)
        }
    }
}

mod quiet {
    use keyway::prelude::*;

    #[derive(Debug, Plugin)]
    #[plugin(manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.quiet"
        version = "1.0.0"
        host = "*"
    "#)]
    pub struct Quiet;

    impl Lifecycle for Quiet {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }
}

/// Holds the plugin to the check of a test, in a process of its own; answers the text of the failure.
fn failure(kit: &Conformance, test: &str) -> String {
    let held = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| kit.hold_to(Check::Leftovers, test)));
    held.map_or_else(|panic| panic.downcast_ref::<String>().unwrap().clone(), |()| "nothing was found".to_owned())
}

#[test]
#[cfg(target_os = "linux")]
fn threads_and_open_files_are_found() {
    let kit = Conformance::of::<careless::Careless>();
    let told = failure(&kit, concat!(module_path!(), "::threads_and_open_files_are_found"));
    // Each life has two values, because of the reload, and a third after it was off.
    assert!(
        told.contains("saw: 9 more threads `careless`") && told.contains("saw: 9 more open files of the process: `/dev/null`"),
        "{told}"
    );
    assert!(told.contains("does not pass the check `leftovers`") && told.contains("help: join the thread in `stop`"), "{told}");
}

#[test]
fn values_that_are_kept_are_found() {
    static KEPT: Mutex<Vec<Arc<dyn Any + Send + Sync>>> = Mutex::new(Vec::new());
    let kit = Conformance::of::<quiet::Quiet>().work(|host| async move {
        KEPT.lock().unwrap().push(host.concrete::<quiet::Quiet>().unwrap());
    });
    let told = failure(&kit, concat!(module_path!(), "::values_that_are_kept_are_found"));
    assert!(told.contains("saw: 3 of its 3 values was not dropped"), "{told}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_process_that_dies_is_told() {
    let kit = Conformance::of::<quiet::Quiet>().work(|_| async { std::process::abort() });
    let told = failure(&kit, concat!(module_path!(), "::a_process_that_dies_is_told"));
    assert!(told.contains("it ended without an answer, with signal: 6"), "{told}");
}
