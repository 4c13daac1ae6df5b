//! Two traits that claim one point id.

use keyway::host::{Dependents, State};
use keyway::testing::TestHost;

mod filter {
    /// The trait that came first.
    #[keyway::extension_point(id = "test.claimed", version = "1.0.0", on_failure = "open")]
    pub(crate) trait Filter {
        /// Changes a text.
        fn apply(&self, text: &str) -> Option<String>;
    }
}

mod sink {
    /// Another trait with the same id.
    #[keyway::extension_point(id = "test.claimed", version = "1.0.0", on_failure = "open")]
    pub(crate) trait Sink {
        /// Takes a text.
        fn keep(&self, text: &str);
    }
}

mod copy {
    /// A trait that looks like the first one in everything.
    #[keyway::extension_point(id = "test.claimed", version = "1.0.0", on_failure = "open")]
    pub(crate) trait Filter {
        /// Changes a text.
        fn apply(&self, text: &str) -> Option<String>;
    }
}

macro_rules! plugin {
    ($module:ident, $name:ident, $point:path, $manifest:literal) => {
        mod $module {
            use keyway::prelude::*;

            #[derive(Plugin)]
            #[plugin(provides($point), manifest_text = $manifest)]
            #[expect(unreachable_pub, reason = "a plugin is `pub`, so that hosts can name it")]
            pub struct $name;

            impl Lifecycle for $name {
                type Config = ();

                async fn init(_ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
                    Ok(Self)
                }
            }
        }
        use $module::$name;
    };
}

plugin!(first, First, super::filter::Filter, "manifest-version = 1\n[plugin]\nid = 'test.first'\nversion = '1.0.0'\nhost = '*'");
plugin!(second, Second, super::sink::Sink, "manifest-version = 1\n[plugin]\nid = 'test.second'\nversion = '1.0.0'\nhost = '*'");
plugin!(third, Third, super::copy::Filter, "manifest-version = 1\n[plugin]\nid = 'test.third'\nversion = '1.0.0'\nhost = '*'");

impl filter::Filter for First {
    fn apply(&self, text: &str) -> Option<String> {
        Some(text.to_uppercase())
    }
}

impl sink::Sink for Second {
    fn keep(&self, _text: &str) {}
}

impl copy::Filter for Third {
    fn apply(&self, text: &str) -> Option<String> {
        Some(text.to_lowercase())
    }
}

const HELP: &str = "help: give each `#[extension_point]` an id of its own; if both are one trait of one SDK, `cargo tree -d` shows its two versions";

#[tokio::test]
async fn two_traits_of_one_id_are_refused_before_anything_starts() {
    let error = TestHost::new().plugin::<First>().plugin::<Second>().start().await.unwrap_err();
    assert!(error.report().is_none(), "no plugin is touched");
    assert_eq!(
        error.to_string(),
        format!(
            "the host did not start\n  KW0613 plugins `test.first 1.0.0` and `test.second 1.0.0` extend two traits that claim the \
             point `test.claimed`: one in version 1.0.0 with `apply`, one in version 1.0.0 with `keep`\n    {HELP}"
        )
    );
}

#[tokio::test]
async fn two_traits_that_differ_in_nothing_but_their_place_are_told_apart_when_they_start() {
    let both = || TestHost::new().plugin::<First>().plugin::<Third>();
    let error = both().start().await.unwrap_err();
    let expected = format!(
        "KW0613 plugin `test.third 1.0.0` extends `dyn {module}::copy::Filter`, but the point `test.claimed` is that of \
         `dyn {module}::filter::Filter`, which `test.first` extends",
        module = module_path!()
    );
    assert_eq!(error.to_string(), format!("the host did not start\n  {expected}\n    {HELP}"));

    let host = both().adjust(|builder| builder.optional("test.third")).start().await.unwrap();
    let third = host.plugin("test.third").unwrap();
    assert_eq!((third.state, third.error.unwrap().to_string()), (State::PermanentError, expected));
    assert_eq!(host.extensions::<dyn filter::Filter>().len(), 1);
    host.stop().await;
}

#[tokio::test]
async fn who_asks_for_the_wrong_trait_first_does_not_take_the_point_from_the_right_one() {
    let host = TestHost::new().plugin::<First>().start().await.unwrap();
    assert!(host.extensions::<dyn sink::Sink>().is_empty());
    assert!(host.extensions::<dyn copy::Filter>().is_empty());
    assert_eq!(host.extensions::<dyn filter::Filter>()[0].apply("a").as_deref(), Some("A"));
    host.stop().await;
    let host = TestHost::new().plugin::<Second>().start().await.unwrap();
    host.extensions::<dyn sink::Sink>()[0].keep("a");
    host.stop().await;
    let host = TestHost::new().plugin::<Third>().start().await.unwrap();
    assert_eq!(host.extensions::<dyn copy::Filter>()[0].apply("A").as_deref(), Some("a"));
    host.stop().await;
}

mod shelf {
    use keyway::CallError;

    /// A service.
    #[keyway::extension_point(id = "service.shelf", version = "1.0.0", on_failure = "closed")]
    pub(crate) trait Shelf {
        /// How many books.
        fn count(&self) -> Result<usize, CallError>;
    }

    pub(crate) mod copy {
        use keyway::CallError;

        /// Another trait that looks like it.
        #[keyway::extension_point(id = "service.shelf", version = "1.0.0", on_failure = "closed")]
        pub(crate) trait Shelf {
            /// How many books.
            fn count(&self) -> Result<usize, CallError>;
        }
    }
}

/// Asks for what a reader's service answers.
#[keyway::extension_point(id = "test.look", version = "1.0.0", on_failure = "closed")]
pub(crate) trait Look {
    /// How many books there are; `None` while the service is away.
    fn look(&self) -> Result<Option<usize>, keyway::CallError>;
}

macro_rules! reader {
    ($module:ident, $shelf:path, $manifest:literal) => {
        mod $module {
            use keyway::prelude::*;
            use keyway::{CallError, Service};
            use $shelf as Shelf;

            #[derive(Plugin)]
            #[plugin(provides(super::Look), uses(Shelf), manifest_text = $manifest)]
            #[expect(unreachable_pub, reason = "a plugin is `pub`, so that hosts can name it")]
            pub struct Reader(Service<dyn Shelf>);

            impl Lifecycle for Reader {
                type Config = ();

                async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
                    Ok(Self(ctx.service()?))
                }
            }

            impl super::Look for Reader {
                fn look(&self) -> Result<Option<usize>, CallError> {
                    self.0.get().ok().map(|shelf| shelf.count()).transpose()
                }
            }
        }
    };
}

reader!(
    mistaken,
    super::shelf::copy::Shelf,
    "manifest-version = 1\n[plugin]\nid = 'test.mistaken'\nversion = '1.0.0'\nhost = '*'\n[requires]\n'service.shelf' = { version = '^1', optional = true, reason = 'a test' }"
);
reader!(
    right,
    super::shelf::Shelf,
    "manifest-version = 1\n[plugin]\nid = 'test.right'\nversion = '1.0.0'\nhost = '*'\n[requires]\n'service.shelf' = { version = '^1', optional = true, reason = 'a test' }"
);

mod library {
    use keyway::prelude::*;

    #[derive(Plugin)]
    #[plugin(
        provides(super::shelf::Shelf),
        manifest_text = "manifest-version = 1\n[plugin]\nid = 'test.library'\nversion = '1.0.0'\nhost = '*'\n[provides]\n'service.shelf' = '1.0.0'"
    )]
    #[expect(unreachable_pub, reason = "a plugin is `pub`, so that hosts can name it")]
    pub struct Library;

    impl Lifecycle for Library {
        type Config = ();

        async fn init(_ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }

    impl super::shelf::Shelf for Library {
        fn count(&self) -> Result<usize, keyway::CallError> {
            Ok(7)
        }
    }
}

#[tokio::test]
async fn who_asks_for_a_service_by_the_wrong_trait_while_it_is_away_does_not_take_it_from_others() {
    // The readers take their handles while nothing tells which trait is right; `mistaken` is first.
    let host = TestHost::new().plugin::<mistaken::Reader>().plugin::<right::Reader>().plugin::<library::Library>();
    let off = |builder: keyway::host::HostBuilder| builder.config("[host]\ndisabled = ['test.library']".parse().unwrap());
    let host = host.adjust(off).start().await.unwrap();
    let look = |host: &keyway::Host| {
        let looks = host.extensions::<dyn Look>();
        looks.iter().map(|reader| (reader.id(), reader.look().unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(look(&host), [("test.mistaken", None), ("test.right", None)]);
    host.enable("test.library", Dependents::Refuse).await.unwrap();
    assert_eq!(look(&host), [("test.mistaken", None), ("test.right", Some(7))]);
    host.disable("test.library", Dependents::Refuse).await.unwrap();
    host.enable("test.library", Dependents::Refuse).await.unwrap();
    assert_eq!(look(&host), [("test.mistaken", None), ("test.right", Some(7))]);
    host.stop().await;
}
