//! A hook and a service with their plugins, and the same written by hand.

use keyway::{CallError, extension_point};

/// Changes a number; each plugin gets what the one before made of it.
#[extension_point(id = "bench.change", version = "1.0.0", on_failure = "open", mode = "fold")]
pub trait Change {
    /// The next number.
    fn change(&self, number: u64) -> Option<u64>;
}

/// A service.
#[extension_point(id = "service.count", version = "1.0.0", on_failure = "closed")]
pub trait Count {
    /// A number made of another.
    fn count(&self, number: u64) -> Result<u64, CallError>;
}

/// What one would write without a framework.
pub trait ByHand: Send + Sync {
    /// The next number.
    fn change(&self, number: u64) -> Option<u64>;
    /// A number made of another.
    fn count(&self, number: u64) -> Result<u64, CallError>;
}

macro_rules! plugins {
    ($($module:ident, $number:literal, $manifest:literal;)*) => {
        $(
            /// A plugin of the hook.
            pub mod $module {
                use keyway::prelude::*;

                use super::{ByHand, CallError, Change};

                /// A plugin of the hook.
                #[derive(Debug, Plugin)]
                #[plugin(provides(Change), manifest_text = $manifest)]
                pub struct Changer;

                impl Lifecycle for Changer {
                    type Config = ();

                    async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
                        Ok(Self)
                    }
                }

                impl Change for Changer {
                    fn change(&self, number: u64) -> Option<u64> {
                        Some(number.rotate_left(7) ^ $number)
                    }
                }

                impl ByHand for Changer {
                    fn change(&self, number: u64) -> Option<u64> {
                        Some(number.rotate_left(7) ^ $number)
                    }

                    fn count(&self, number: u64) -> Result<u64, CallError> {
                        Ok(number.rotate_left(3) ^ $number)
                    }
                }
            }
        )*

        /// The ten types of the hook, behind boxes.
        #[must_use]
        pub fn boxes() -> Vec<Box<dyn ByHand>> {
            vec![$(Box::new($module::Changer)),*]
        }
    };
}

plugins! {
    c0, 10, "manifest-version = 1\n[plugin]\nid = \"bench.c0\"\nhost = \"*\"";
    c1, 11, "manifest-version = 1\n[plugin]\nid = \"bench.c1\"\nhost = \"*\"";
    c2, 12, "manifest-version = 1\n[plugin]\nid = \"bench.c2\"\nhost = \"*\"";
    c3, 13, "manifest-version = 1\n[plugin]\nid = \"bench.c3\"\nhost = \"*\"";
    c4, 14, "manifest-version = 1\n[plugin]\nid = \"bench.c4\"\nhost = \"*\"";
    c5, 15, "manifest-version = 1\n[plugin]\nid = \"bench.c5\"\nhost = \"*\"";
    c6, 16, "manifest-version = 1\n[plugin]\nid = \"bench.c6\"\nhost = \"*\"";
    c7, 17, "manifest-version = 1\n[plugin]\nid = \"bench.c7\"\nhost = \"*\"";
    c8, 18, "manifest-version = 1\n[plugin]\nid = \"bench.c8\"\nhost = \"*\"";
    c9, 19, "manifest-version = 1\n[plugin]\nid = \"bench.c9\"\nhost = \"*\"";
}

/// The plugin that provides the service.
pub mod counter {
    use keyway::prelude::*;

    use super::{CallError, Count};

    /// The plugin that provides the service.
    #[derive(Debug, Plugin)]
    #[plugin(
        provides(Count),
        manifest_text = "manifest-version = 1\n[plugin]\nid = \"bench.counter\"\nhost = \"*\"\n[provides]\n\"service.count\" = \"1.0.0\""
    )]
    pub struct Counter;

    impl Lifecycle for Counter {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    impl Count for Counter {
        fn count(&self, number: u64) -> Result<u64, CallError> {
            Ok(number.rotate_left(3) ^ 10)
        }
    }
}

/// The plugin that uses the service.
pub mod user {
    use keyway::Service;
    use keyway::prelude::*;

    use super::Count;

    /// The plugin that uses the service.
    #[derive(Debug, Plugin)]
    #[plugin(
        uses(Count),
        manifest_text = "manifest-version = 1\n[plugin]\nid = \"bench.user\"\nhost = \"*\"\n[requires]\n\"service.count\" = \"^1\""
    )]
    pub struct User {
        /// What it took from its context.
        pub count: Service<dyn Count>,
    }

    impl Lifecycle for User {
        type Config = ();

        async fn init(context: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self { count: context.service()? })
        }
    }
}
