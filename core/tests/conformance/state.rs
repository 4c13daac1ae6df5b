//! Plugins that lose their state.

use keyway::testing::{Check, Conformance};

use crate::{finds_one, found};

mod forgetful {
    use std::sync::atomic::{AtomicU64, Ordering};

    use keyway::prelude::*;
    use keyway::state::Stateful;

    #[derive(Debug, Plugin)]
    #[plugin(
        state(version = 1),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.forgetful"
        version = "1.0.0"
        host = "*"
        [state]
        version = 1
    "#
    )]
    pub struct Forgetful(AtomicU64);

    impl Lifecycle for Forgetful {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self(AtomicU64::new(7)))
        }
    }

    impl Stateful for Forgetful {
        type State = u64;
        fn save_state(&self) -> Result<u64, Error> {
            Ok(self.0.load(Ordering::SeqCst))
        }
        fn restore_state(&self, state: u64) -> Result<(), Error> {
            self.0.store(state / 2 + 1, Ordering::SeqCst);
            self.0.fetch_xor(8, Ordering::SeqCst);
            Ok(())
        }
    }
}

mod trusting {
    use keyway::prelude::*;
    use keyway::state::Stateful;

    #[derive(Debug, Plugin)]
    #[plugin(
        state(version = 1),
        manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.trusting"
        version = "1.0.0"
        host = "*"
        [state]
        version = 1
    "#
    )]
    pub struct Trusting;

    impl Lifecycle for Trusting {
        type Config = ();
        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    impl Stateful for Trusting {
        type State = String;
        fn save_state(&self) -> Result<String, Error> {
            Ok("1".to_owned())
        }
        fn restore_state(&self, state: String) -> Result<(), Error> {
            assert!(state.parse::<u32>().is_ok(), "no number");
            Ok(())
        }
    }
}

#[test]
fn a_state_that_is_another_one_afterwards_is_found() {
    let kit = Conformance::of::<forgetful::Forgetful>();
    finds_one(&kit, Check::State, "start, work, save, restore, save: the state was `", "` after");
}

#[test]
fn a_panic_at_a_foreign_state_is_found() {
    let found = found(&Conformance::of::<trusting::Trusting>(), Check::State);
    assert_eq!(found, ["restore `\"\\u0000\"`, which is no state of its: `restore_state` panicked: no number"]);
}
