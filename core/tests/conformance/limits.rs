//! Plugins that need more than they say.

use keyway::testing::{Check, Conformance};

use crate::found;

/// Has a task too many, and takes its time.
mod greedy {
    use std::time::Duration;

    use keyway::prelude::*;

    #[derive(Debug, Plugin)]
    #[plugin(manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.greedy"
        version = "1.0.0"
        host = "*"
        [limits]
        tasks = 1
        memory = "1MiB"
    "#)]
    pub struct Greedy;

    impl Lifecycle for Greedy {
        type Config = ();
        async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
            for _ in 0..2 {
                let tasks = ctx.tasks();
                drop(ctx.spawn(async move { while tasks.pause(Duration::from_secs(60)).await {} }));
            }
            Ok(Self)
        }
    }
}

mod slow {
    use keyway::prelude::*;

    #[derive(Debug, Plugin)]
    #[plugin(manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.slow"
        version = "1.0.0"
        host = "*"
        [limits]
        start = "10ms"
    "#)]
    pub struct Slow;

    impl Lifecycle for Slow {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            std::future::pending().await
        }
    }
}

#[test]
fn what_was_refused_and_what_is_not_measured_is_found() {
    let found = found(&Conformance::of::<greedy::Greedy>(), Check::Limits);
    let did = "start, work, reload, work, disable, enable, work";
    // The instances of a reload are there at the same time, and share the limit.
    assert_eq!(found[0].split_once(": ").unwrap().0, did);
    assert!(found[0].ends_with(" times it needed more than `tasks = 1`"), "{found:#?}");
    assert!(
        found[1].ends_with("its manifest limits `memory` to 1048576 bytes, and this program does not measure it"),
        "{found:#?}"
    );
}

#[test]
fn a_phase_beyond_its_own_limit_is_found() {
    let found = found(&Conformance::of::<slow::Slow>(), Check::Limits);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains("within its limit of 10ms") && found[0].contains("raise `start` in `[limits]` of its manifest"),
        "{found:#?}"
    );
}
