//! What every plugin must bear, whatever it does: the conformance kit.
//!
//! One line in a plugin's tests makes a test of each [`Check`]:
//!
//! ```
//! # use keyway::prelude::*;
//! # #[derive(Plugin)]
//! # #[plugin(manifest_text = r#"
//! #     manifest-version = 1
//! #     [plugin]
//! #     id = "doc.quiet"
//! #     version = "1.0.0"
//! #     host = "*"
//! # "#)]
//! # pub struct Quiet;
//! # impl Lifecycle for Quiet {
//! #     type Config = ();
//! #     async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
//! #         Ok(Self)
//! #     }
//! # }
//! keyway::testing::conformance!(Quiet);
//! # fn main() {}
//! ```
//!
//! A plugin that cannot start without settings, secrets or the service of another one is given them by `host`, which gets a
//! [`TestHost`] with the plugin in it; and `work` calls the plugin, so that what its calls leave behind, and what they need, is seen too:
//!
//! ```
//! # use keyway::prelude::*;
//! # use keyway::extension_point;
//! # /// What the SDK of a greeting host declares.
//! # #[extension_point(id = "doc.greeting", version = "1.0.0", on_failure = "open")]
//! # pub trait Greeting {
//! #     /// Greets somebody.
//! #     fn greet(&self, name: &str) -> String;
//! # }
//! # #[derive(Plugin)]
//! # #[plugin(provides(Greeting), manifest_text = r#"
//! #     manifest-version = 1
//! #     [plugin]
//! #     id = "doc.greeter"
//! #     version = "1.0.0"
//! #     host = "*"
//! #     [permissions]
//! #     "filesystem.read" = { scope = ["content/**"], reason = "reads the greeting" }
//! # "#)]
//! # pub struct Greeter {
//! #     words: String,
//! # }
//! # impl Lifecycle for Greeter {
//! #     type Config = ();
//! #     async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
//! #         Ok(Self { words: ctx.files()?.read_to_string("content/greeting.txt")? })
//! #     }
//! # }
//! # impl Greeting for Greeter {
//! #     fn greet(&self, name: &str) -> String {
//! #         format!("{} {name}!", self.words)
//! #     }
//! # }
//! keyway::testing::conformance!(
//!     Greeter,
//!     host: |host| host.text("content/greeting.txt", "Welcome,"),
//!     work: |host| async move {
//!         for greeting in host.extensions::<dyn Greeting>() {
//!             greeting.greet("Ada");
//!         }
//!     },
//! );
//! # fn main() {}
//! ```
//!
//! The tests are in a module `keyway_conformance`, so that `cargo test keyway_conformance` runs them alone, and so does
//! `cargo keyway test`. Requests to other programs are answered with the status 503 unless `host` says otherwise; no test uses the network.

mod alone;
mod check;
mod finding;
mod given_up;
mod leftovers;
mod lifecycle;
mod limits;
mod permissions;
mod process;
mod restart;
mod run;
mod settings;
mod state;

use std::any::Any;
use std::sync::{Arc, Weak};

use keyway_manifest::Descriptor;

use super::TestHost;
use super::folder::Folder;
use crate::capability::HttpResponse;
use crate::plugin::BoxFuture;
use crate::state::StateInfo;
use crate::{Host, Plugin};

pub use check::Check;
pub use finding::{Examined, Finding};

/// Makes the tests of the conformance kit for a plugin: a test of each [`Check`](crate::testing::Check), in a module `keyway_conformance`.
///
/// `host:` is a closure from a [`TestHost`](crate::testing::TestHost) to a `TestHost`, `work:` one from a [`Host`](crate::Host) to a future. Both may be left out.
#[doc(hidden)]
#[macro_export]
macro_rules! __keyway_conformance {
    (@test $name:ident $check:ident) => {
        #[test]
        fn $name() {
            super::__keyway_conformance().hold_to($crate::testing::Check::$check, concat!(module_path!(), "::", stringify!($name)));
        }
    };
    ($plugin:ty $(, host: $host:expr)? $(, work: $work:expr)? $(,)?) => {
        #[cfg(test)]
        fn __keyway_conformance() -> $crate::testing::Conformance {
            $crate::testing::Conformance::of::<$plugin>()
                $(.host($host))?
                $(.work($work))?
        }

        #[cfg(test)]
        mod keyway_conformance {
            $crate::__keyway_conformance!(@test lifecycle Lifecycle);
            $crate::__keyway_conformance!(@test restart Restart);
            $crate::__keyway_conformance!(@test state State);
            $crate::__keyway_conformance!(@test leftovers Leftovers);
            $crate::__keyway_conformance!(@test settings Settings);
            $crate::__keyway_conformance!(@test permissions Permissions);
            $crate::__keyway_conformance!(@test limits Limits);
        }
    };
}

type Prepare = Box<dyn Fn(TestHost) -> TestHost + Send + Sync>;
type Work = Box<dyn Fn(Host) -> BoxFuture<'static, ()> + Send + Sync>;

/// The conformance kit of one plugin; [`conformance!`](crate::testing::conformance) makes tests of it.
#[must_use = "nothing is examined until `examine` is called"]
pub struct Conformance {
    plugin: &'static Descriptor,
    state: Option<StateInfo>,
    add: fn(TestHost) -> TestHost,
    instance: fn(&Host) -> Option<Weak<dyn Any + Send + Sync>>,
    prepare: Option<Prepare>,
    work: Option<Work>,
}

impl Conformance {
    /// The kit of the plugin `P`, alone in a host that grants what its manifest asks for.
    pub fn of<P: Plugin>() -> Self {
        Self {
            plugin: P::DESCRIPTOR,
            state: P::STATE,
            add: TestHost::plugin::<P>,
            instance: |host| {
                let instance = host.concrete::<P>()?;
                let instance: Arc<dyn Any + Send + Sync> = instance;
                Some(Arc::downgrade(&instance))
            },
            prepare: None,
            work: None,
        }
    }

    /// Prepares each host that the kit starts: settings of the plugin ([`TestHost::config`]), files, secrets, other plugins.
    ///
    /// It is called often, and must do the same each time.
    pub fn host(mut self, prepare: impl Fn(TestHost) -> TestHost + Send + Sync + 'static) -> Self {
        self.prepare = Some(Box::new(prepare));
        self
    }

    /// Calls the plugin, as its host would. It is called often, also where permissions were denied: then its panics are passed over, and
    /// those of the plugin are not.
    ///
    /// The jobs of the plugin are run in any case.
    pub fn work<F>(mut self, work: impl Fn(Host) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.work = Some(Box::new(move |host| Box::pin(work(host))));
        self
    }

    /// Examines the plugin and answers what was found. [`Check::Leftovers`] counts the threads and open files of this process, so nothing
    /// else should go on in it.
    ///
    /// # Panics
    /// When no runtime can be made.
    #[must_use]
    pub fn examine(&self, check: Check) -> Examined {
        let mut examined = Examined::new(self.plugin, check);
        match check {
            Check::Lifecycle => run::in_runtime(lifecycle::examine(self, &mut examined)),
            Check::Restart => run::in_runtime(restart::examine(self, &mut examined)),
            Check::State => run::in_runtime(state::examine(self, &mut examined)),
            Check::Leftovers => leftovers::examine(self, &mut examined),
            Check::Settings => run::in_runtime(settings::examine(self, &mut examined)),
            Check::Permissions => run::in_runtime(permissions::examine(self, &mut examined)),
            Check::Limits => run::in_runtime(limits::examine(self, &mut examined)),
        }
        examined
    }

    /// Examines the plugin as the test of this path, and tells `cargo keyway test` about it.
    ///
    /// # Panics
    /// When something was found.
    #[doc(hidden)]
    pub fn hold_to(&self, check: Check, test: &str) {
        let examined = if check == Check::Leftovers { alone::examine(self, test) } else { self.examine(check) };
        examined.print();
        assert!(examined.findings.is_empty(), "{examined}");
    }

    /// A host with the plugin, on a folder of the kit's.
    fn test_host(&self, folder: &Arc<Folder>) -> TestHost {
        let unreachable = |request: crate::capability::HttpRequest| async move {
            Ok(HttpResponse::new(503, request.url, Vec::new(), b"the conformance kit has no network".to_vec()))
        };
        let host = (self.add)(TestHost::in_folder(Arc::clone(folder)).http(unreachable));
        match &self.prepare {
            Some(prepare) => prepare(host),
            None => host,
        }
    }
}

impl std::fmt::Debug for Conformance {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Conformance").field("plugin", &self.plugin.id).finish_non_exhaustive()
    }
}
