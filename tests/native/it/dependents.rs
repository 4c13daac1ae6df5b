//! A linked plugin that uses the service of one in a library: it finds each release of it, and does without.

#![expect(unreachable_pub, reason = "a plugin is public wherever it stands")]

use keyway::Host;
use keyway::host::{Dependents, Effect};
use keyway_tests_native::Trial;

use crate::changing::{Extensions, ID, POLICY, releases};

mod program {
    mod reader {
        use keyway::prelude::*;
        use keyway_tests_native::{Count, Trial};

        /// Says which release of the counter answers. No linked plugin provides the service, so it copes without.
        #[derive(Debug, Plugin)]
        #[plugin(
            provides(Trial),
            uses(Count),
            manifest_text = r#"
                manifest-version = 1
                [plugin]
                id = "test.reader"
                version = "1.0.0"
                host = "*"
                [requires]
                "service.count" = { version = "^1", optional = true }
            "#
        )]
        pub struct Reader {
            count: Service<dyn Count>,
            at_init: String,
        }

        impl Lifecycle for Reader {
            type Config = ();

            async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
                let count = ctx.service::<dyn Count>()?;
                // It starts after the plugin in the library, as it would after a linked one.
                let at_init = count.get().map_or_else(|_| Ok("nobody".to_owned()), |provider| provider.release())?;
                Ok(Self { count, at_init })
            }
        }

        impl Trial for Reader {
            fn now(&self, act: &str) -> Result<String, Error> {
                if act == "init" { Ok(self.at_init.clone()) } else { Ok(self.count.get()?.release()?) }
            }

            async fn later(&self, act: &str) -> Result<String, Error> {
                self.now(act)
            }
        }
    }

    keyway::host! { policy = grant_requested, plugins = [reader], census_test = off }
}

fn read(host: &Host, act: &str) -> Result<String, String> {
    host.extensions::<dyn Trial>()[0].now(act).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_linked_plugin_finds_each_release_of_one_in_a_library() {
    let extensions = Extensions::new("dependents");
    let builder = Host::builder(program::plugins()).native_policy(POLICY).native_dir(extensions.path());
    let host = builder.start().await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read(&host, "init").unwrap(), "one");
    extensions.put(&releases()[1]);
    let reloaded = host.reload(ID).await.unwrap();
    let dependents: Vec<_> = reloaded.plan.dependents.iter().map(|(id, effect)| (id.as_str(), *effect)).collect();
    assert_eq!(dependents, [("test.reader", Effect::Rebound)], "it can do without, and uses what is there");
    assert_eq!(
        (read(&host, "now").unwrap(), read(&host, "init").unwrap()),
        ("two".to_owned(), "one".to_owned()),
        "the same instance"
    );
    host.disable(ID, Dependents::Refuse).await.unwrap();
    let missing = read(&host, "now").unwrap_err();
    assert!(missing.contains("service.count"), "{missing}");
    assert!(host.stop().await.is_clean());
}

#[tokio::test]
async fn it_starts_without_the_library() {
    let host = Host::builder(program::plugins()).start().await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read(&host, "init").unwrap(), "nobody");
    assert!(host.stop().await.is_clean());
}
