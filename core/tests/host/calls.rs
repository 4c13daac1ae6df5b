//! Programs that say which points they call: extensions that nobody calls are found when the host starts, all together.

use keyway::extension_point;
use keyway::testing::TestHost;

mod old {
    /// A hook in the SDK's first version.
    #[keyway::extension_point(id = "test.before-save", version = "1.0.0", on_failure = "open", mode = "all")]
    pub(crate) trait BeforeSave {
        /// Told of a page.
        fn saving(&self, path: &str);
    }
}

mod misspelt {
    /// A hook of nobody's.
    #[keyway::extension_point(id = "test.befor-save", version = "1.0.0", on_failure = "open", mode = "all")]
    pub(crate) trait BeforSave {
        /// Told of a page.
        fn saving(&self, path: &str);
    }
}

/// The hook that programs call.
#[extension_point(id = "test.before-save", version = "2.0.0", on_failure = "open", mode = "all")]
pub(crate) trait BeforeSave {
    /// Told of a page.
    fn saving(&self, path: &str);
}

/// Another one.
#[extension_point(id = "test.after-save", version = "2.0.0", on_failure = "open", mode = "all")]
pub(crate) trait AfterSave {
    /// Told of a page.
    fn saved(&self, path: &str);
}

/// A point that is no hook.
#[extension_point(id = "test.title", version = "1.0.0", on_failure = "open")]
pub(crate) trait Title {
    /// The title.
    fn title(&self) -> String;
}

macro_rules! plugin {
    ($module:ident, [$($attribute:tt)*], $manifest:literal) => {
        mod $module {
            use keyway::prelude::*;

            #[derive(Plugin)]
            #[plugin($($attribute)*, manifest_text = $manifest)]
            #[expect(unreachable_pub, reason = "a plugin is `pub`, so that hosts can name it")]
            pub struct Instance;

            impl Lifecycle for Instance {
                type Config = ();

                async fn init(_ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
                    Ok(Self)
                }
            }
        }
    };
}

plugin!(
    first,
    [provides(super::old::BeforeSave)],
    "manifest-version = 1\n[plugin]\nid = 'test.first'\nversion = '1.0.0'\nhost = '*'"
);
plugin!(
    second,
    [provides(super::misspelt::BeforSave, super::AfterSave)],
    "manifest-version = 1\n[plugin]\nid = 'test.second'\nversion = '1.0.0'\nhost = '*'"
);
plugin!(third, [provides(super::Title)], "manifest-version = 1\n[plugin]\nid = 'test.third'\nversion = '1.0.0'\nhost = '*'");
plugin!(
    asker,
    [provides(super::Title), asks(super::AfterSave, super::BeforeSave)],
    "manifest-version = 1\n[plugin]\nid = 'test.asker'\nversion = '1.0.0'\nhost = '*'"
);

impl old::BeforeSave for first::Instance {
    fn saving(&self, _: &str) {}
}

impl misspelt::BeforSave for second::Instance {
    fn saving(&self, _: &str) {}
}

impl AfterSave for second::Instance {
    fn saved(&self, _: &str) {}
}

impl Title for third::Instance {
    fn title(&self) -> String {
        "third".to_owned()
    }
}

impl Title for asker::Instance {
    fn title(&self) -> String {
        "asker".to_owned()
    }
}

/// The note about extensions that nobody calls, and the hooks without plugins.
fn unheard(host: &keyway::Host) -> (Vec<&str>, Vec<&str>) {
    let report = host.start_report();
    let notes = report.notes.iter().filter(|note| note.starts_with("KW0643")).map(String::as_str).collect();
    (notes, report.unextended.iter().map(|hook| hook.as_str()).collect())
}

#[tokio::test]
async fn extensions_that_nobody_calls_are_told_in_one_note() {
    let host = TestHost::new().plugin::<second::Instance>().plugin::<third::Instance>();
    let host = host.adjust(|builder| builder.calls::<dyn BeforeSave>()).start().await.unwrap();
    let (notes, unextended) = unheard(&host);
    assert_eq!(
        notes,
        [
            "KW0643 neither the program nor a plugin calls these extensions: `test.second 1.0.0` extends `test.befor-save` (called is \
          `test.before-save`), `test.second 1.0.0` extends `test.after-save` (called is `test.before-save`), `test.third 1.0.0` extends `test.title`; take the traits out \
          of `provides(…)`, or, where the program calls them, say so with `HostBuilder::calls`"
        ]
    );
    assert_eq!(unextended, ["test.before-save"]);
    assert!(host.start_report().to_string().contains("\n  hooks that no plugin extends: `test.before-save`\n"));
    host.stop().await;
}

#[tokio::test]
async fn what_plugins_ask_is_called_and_a_program_that_says_nothing_is_told_nothing() {
    let host = || TestHost::new().plugin::<second::Instance>().plugin::<asker::Instance>();
    let silent = host().start().await.unwrap();
    assert_eq!(unheard(&silent), (vec![], vec!["test.before-save"]), "what plugins ask is known without the program");
    silent.stop().await;
    let host = host().adjust(|builder| builder.calls::<dyn Title>().calls::<dyn misspelt::BeforSave>()).start().await.unwrap();
    assert_eq!(unheard(&host), (vec![], vec!["test.before-save"]));
    assert_eq!(host.extensions::<dyn Title>()[0].title(), "asker");
    assert_eq!(host.hook::<dyn misspelt::BeforSave>().all(|plugin| async move { plugin.saving("a") }).await.answers.len(), 1);
    assert_eq!(host.hook::<dyn AfterSave>().all(|plugin| async move { plugin.saved("a") }).await.answers.len(), 1);
    assert!(host.hook::<dyn BeforeSave>().all(|plugin| async move { plugin.saving("a") }).await.answers.is_empty());
    let asker = host.plugin("test.asker").unwrap();
    assert_eq!(asker.asks.iter().map(|hook| hook.as_str()).collect::<Vec<_>>(), ["test.after-save", "test.before-save"]);
    let json = serde_json::to_value(host.plugin("test.second").unwrap()).unwrap();
    assert_eq!((&json["extensions"][1]["point"], &json["extensions"][1]["mode"]), (&"test.after-save".into(), &"all".into()));
    host.stop().await;
}

#[tokio::test]
async fn two_versions_of_one_sdk_are_refused_before_anything_starts() {
    let host = TestHost::new().plugin::<first::Instance>().start().await.unwrap();
    assert_eq!(host.hook::<dyn old::BeforeSave>().all(|plugin| async move { plugin.saving("a") }).await.answers.len(), 1);
    host.stop().await;
    let host = TestHost::new().plugin::<first::Instance>();
    let error = host.adjust(|builder| builder.calls::<dyn BeforeSave>()).start().await.unwrap_err().to_string();
    assert!(
        error.contains(
            "KW0613 plugin `test.first 1.0.0` extends and the program calls two traits that claim the point `test.before-save`: one in \
             version 1.0.0 with `saving`, one in version 2.0.0 with `saving`"
        ),
        "{error}"
    );
    let error = TestHost::new().plugin::<first::Instance>().plugin::<asker::Instance>().start().await.unwrap_err().to_string();
    assert!(
        error.contains(
            "KW0613 plugin `test.asker 1.0.0` asks and plugin `test.first 1.0.0` extends two traits that claim the point \
             `test.before-save`: one in version 2.0.0"
        ),
        "{error}"
    );
}
