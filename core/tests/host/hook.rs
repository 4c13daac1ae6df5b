//! Hooks: all plugins of a point asked together, in the mode of the point.

#![expect(unreachable_pub, reason = "plugins are `pub`, and no host outside names those of a test")]

use std::sync::Mutex;
use std::time::Duration;

use keyway::hook::{Answer, HookPoint, Interruption, Stopped};
use keyway::host::Dependents;
use keyway::prelude::*;
use keyway::testing::{RunningTestHost, TestHost};
use keyway::{CallError, Hook, extension_point};

/// Why something is not allowed, in words for whoever asked.
#[derive(Debug)]
pub struct Refusal(String);

impl From<CallError> for Refusal {
    fn from(error: CallError) -> Self {
        Self(error.to_string())
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Asked before a page is deleted.
#[extension_point(id = "site.before-delete", version = "1.0.0", on_failure = "closed", deadline = "none", mode = "veto")]
pub trait BeforeDelete {
    /// The error is the reason.
    async fn may_delete(&self, path: &str) -> Result<(), Refusal>;
}

/// Told after a page was deleted.
#[extension_point(id = "site.after-delete", version = "1.0.0", on_failure = "open", mode = "all")]
pub trait AfterDelete {
    /// How many links were left without a target.
    fn deleted(&self, path: &str) -> usize;
}

/// Finds a page for a path.
#[extension_point(id = "site.find", version = "1.0.0", on_failure = "closed", mode = "first")]
pub trait Find {
    /// The page, if it is this plugin's.
    fn find(&self, path: &str) -> Result<Option<String>, Refusal>;
}

/// Changes a page before it is shown.
#[extension_point(id = "site.render", version = "1.0.0", on_failure = "open", mode = "fold")]
pub trait Render {
    /// The changed page; `None` to leave it.
    async fn render(&self, page: &str) -> Option<String>;
}

/// Changes a title, at once.
#[extension_point(id = "site.title", version = "1.0.0", on_failure = "open", mode = "fold")]
pub trait Title {
    /// The changed title; `None` to leave it.
    fn title(&self, title: &str) -> Option<String>;
}

/// Asked before a page gets a name, at once.
#[extension_point(id = "site.naming", version = "1.0.0", on_failure = "closed", mode = "veto")]
pub trait Naming {
    /// The error is the reason.
    fn may_name(&self, name: &str) -> Result<(), Refusal>;
}

/// The same, with errors.
#[extension_point(id = "site.strict-render", version = "1.0.0", on_failure = "closed", mode = "fold")]
pub trait StrictRender {
    /// The changed page.
    async fn render_strictly(&self, page: &str) -> Result<String, Refusal>;
}

static ASKED: Mutex<Vec<(String, &'static str)>> = Mutex::new(Vec::new());

/// Who was asked about a path, which each test chooses for itself.
fn asked(path: &str) -> Vec<&'static str> {
    ASKED.lock().unwrap().iter().filter(|(about, _)| about == path).map(|(_, name)| *name).collect()
}

/// A plugin at all hooks. The path says who does what: `b-hangs` makes `b` hang.
macro_rules! plugin {
    ($name:ident, $manifest:literal) => {
        mod $name {
            use super::*;

            const NAME: &str = stringify!($name);

            #[derive(Plugin)]
            #[plugin(provides(BeforeDelete, AfterDelete, Find, Render, Title, Naming, StrictRender), manifest_text = $manifest)]
            pub struct Asked;

            impl Asked {
                async fn answer(&self, path: &str) -> Result<String, Refusal> {
                    ASKED.lock().unwrap().push((path.to_owned(), NAME));
                    let does = |what: &str| path.contains(&format!("{NAME}-{what}"));
                    assert!(!does("panics"), "boom");
                    if does("hangs") {
                        std::future::pending::<()>().await;
                    }
                    if does("waits") {
                        tokio::time::sleep(Duration::from_millis(40)).await;
                    }
                    if does("refuses") { Err(Refusal(format!("{NAME} needs it"))) } else { Ok(format!("{path}+{NAME}")) }
                }
            }

            impl Lifecycle for Asked {
                type Config = ();

                async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
                    Ok(Self)
                }
            }

            impl BeforeDelete for Asked {
                async fn may_delete(&self, path: &str) -> Result<(), Refusal> {
                    self.answer(path).await.map(|_| ())
                }
            }

            impl AfterDelete for Asked {
                fn deleted(&self, path: &str) -> usize {
                    ASKED.lock().unwrap().push((path.to_owned(), NAME));
                    assert!(!path.contains(&format!("{NAME}-panics")), "boom");
                    if path.contains(&format!("{NAME}-blocks")) {
                        std::thread::sleep(Duration::from_millis(600));
                    }
                    NAME.len() + 6
                }
            }

            impl Find for Asked {
                fn find(&self, path: &str) -> Result<Option<String>, Refusal> {
                    ASKED.lock().unwrap().push((path.to_owned(), NAME));
                    match path.strip_prefix(NAME) {
                        Some("-refuses") => Err(Refusal(format!("{NAME} lost it"))),
                        Some(rest) => Ok(Some(format!("{NAME} has {rest}"))),
                        None => Ok(None),
                    }
                }
            }

            impl Render for Asked {
                async fn render(&self, page: &str) -> Option<String> {
                    self.answer(page).await.ok()
                }
            }

            impl Title for Asked {
                fn title(&self, title: &str) -> Option<String> {
                    assert!(!title.contains(&format!("{NAME}-panics")), "boom");
                    (!title.contains(&format!("{NAME}-leaves"))).then(|| format!("{title}+{NAME}"))
                }
            }

            impl Naming for Asked {
                fn may_name(&self, name: &str) -> Result<(), Refusal> {
                    ASKED.lock().unwrap().push((name.to_owned(), NAME));
                    if name.contains(&format!("{NAME}-refuses")) { Err(Refusal(format!("{NAME} has it"))) } else { Ok(()) }
                }
            }

            impl StrictRender for Asked {
                async fn render_strictly(&self, page: &str) -> Result<String, Refusal> {
                    self.answer(page).await
                }
            }
        }
    };
}

plugin!(a, "manifest-version = 1\n[plugin]\nid = \"wiki.a\"\nversion = \"1.0.0\"\nhost = \"*\"\n");
plugin!(b, "manifest-version = 1\n[plugin]\nid = \"wiki.b\"\nversion = \"1.0.0\"\nhost = \"*\"\n");
plugin!(
    c,
    "manifest-version = 1\n[plugin]\nid = \"wiki.c\"\nversion = \"1.0.0\"\nhost = \"*\"\n[order]\nbefore = [\"wiki.b\"]\n"
);

/// Makes a plugin do its work.
#[extension_point(id = "site.chore", version = "1.0.0", on_failure = "closed", deadline = "none")]
pub trait Chore {
    /// Deletes a page if nobody objects, and says how many links are left without a target.
    async fn delete(&self, path: &str) -> Result<usize, Refusal>;
}

/// A plugin that asks hooks, one of which it extends itself.
mod tidy {
    use super::*;

    #[derive(Plugin)]
    #[plugin(
        provides(BeforeDelete, Chore, Title),
        asks(BeforeDelete, AfterDelete, Title),
        manifest_text = "manifest-version = 1\n[plugin]\nid = 'wiki.tidy'\nversion = '1.0.0'\nhost = '*'"
    )]
    pub struct Tidy {
        before: Hook<dyn BeforeDelete>,
        after: Hook<dyn AfterDelete>,
        titles: Hook<dyn Title>,
        objections_in_start: Result<(), String>,
    }

    impl Lifecycle for Tidy {
        type Config = ();

        async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
            let before = ctx.hook::<dyn BeforeDelete>()?;
            let asked = before.veto(|plugin| async move { plugin.may_delete("a-refuses").await }).await;
            let objections_in_start = asked.map_err(|stopped| stopped.to_string());
            Ok(Self { before, after: ctx.hook()?, titles: ctx.hook()?, objections_in_start })
        }
    }

    impl BeforeDelete for Tidy {
        async fn may_delete(&self, path: &str) -> Result<(), Refusal> {
            if path == "circle" { self.delete("circle").await.map(|_| ()) } else { Ok(()) }
        }
    }

    impl Title for Tidy {
        fn title(&self, title: &str) -> Option<String> {
            let asked = self.titles.fold_now(title.to_owned(), |plugin, title| plugin.title(title));
            Some(asked.unwrap_or_else(|stopped| stopped.to_string()))
        }
    }

    impl Chore for Tidy {
        async fn delete(&self, path: &str) -> Result<usize, Refusal> {
            assert_eq!(self.objections_in_start, Ok(()), "nobody is found while the host starts");
            let asked = self.before.veto(|plugin| async move { plugin.may_delete(path).await }).await;
            asked.map_err(|stopped| Refusal(stopped.to_string()))?;
            let told = self.after.all(|plugin| async move { plugin.deleted(path) }).await;
            Ok(told.answers.into_iter().map(|answer| answer.value).sum())
        }
    }
}

#[tokio::test]
async fn a_plugin_asks_the_plugins_of_a_hook_as_the_host_does() {
    let host = TestHost::new().plugin::<a::Asked>().plugin::<b::Asked>().plugin::<tidy::Tidy>().start().await.unwrap();
    let chores = host.extensions::<dyn Chore>();
    assert_eq!(chores[0].delete("chore/fine").await.unwrap(), 14);
    assert_eq!(asked("chore/fine"), ["a", "b", "a", "b"]);
    assert_eq!(chores[0].delete("chore/b-refuses").await.unwrap_err().to_string(), "stopped by `wiki.b`: b needs it");
    host.disable("wiki.b", Dependents::Refuse).await.unwrap();
    assert_eq!(chores[0].delete("chore/b-refuses").await.unwrap(), 7, "each time those are asked that run then");
    host.stop().await;
}

#[tokio::test]
async fn a_plugin_that_asks_in_a_circle_is_told_so() {
    let host = TestHost::new().plugin::<tidy::Tidy>().start().await.unwrap();
    let chores = host.extensions::<dyn Chore>();
    assert_eq!(
        chores[0].delete("circle").await.unwrap_err().to_string(),
        "stopped by `wiki.tidy`: KW0642 `wiki.tidy 1.0.0` asks the hook `site.before-delete` in a circle: it waits for answers of that \
         hook already"
    );
    assert_eq!(chores[0].delete("straight").await.unwrap(), 0, "the next time it may ask again");
    // The host is no part of a circle: the plugin's own question is the second one here, and the third is refused.
    let hook = host.hook::<dyn BeforeDelete>();
    let stopped = hook.veto(|plugin| async move { plugin.may_delete("circle").await }).await.unwrap_err();
    assert!(stopped.to_string().contains("KW0642"), "{stopped}");
    let title = host.hook::<dyn Title>().fold_now(String::new(), |plugin, title| plugin.title(title)).unwrap();
    assert!(title.starts_with("KW0642 `wiki.tidy 1.0.0` asks the hook `site.title` in a circle"), "{title}");
    host.stop().await;
}

/// `a`, `c`, `b`: by id, as far as the order of the graph leaves it open.
async fn start() -> RunningTestHost {
    TestHost::new().plugin::<b::Asked>().plugin::<c::Asked>().plugin::<a::Asked>().start().await.unwrap()
}

#[tokio::test]
async fn a_veto_stops_and_says_whose_it_is_and_why() {
    let host = start().await;
    let hook = host.hook::<dyn BeforeDelete>();
    let ask = |path: &'static str| {
        let hook = hook.clone();
        async move { hook.veto(|plugin| async move { plugin.may_delete(path).await }).await }
    };
    ask("veto/fine").await.unwrap();
    assert_eq!(asked("veto/fine"), ["a", "c", "b"], "in start order");
    let stopped = ask("veto/c-refuses").await.unwrap_err();
    assert_eq!(stopped.to_string(), "stopped by `wiki.c`: c needs it");
    assert_eq!(asked("veto/c-refuses"), ["a", "c"], "nobody is asked after a veto");
    let failed = ask("veto/a-panics").await.unwrap_err();
    assert!(failed.to_string().starts_with("stopped by `wiki.a`: KW0601 plugin `wiki.a 1.0.0` panicked"), "{failed}");
    // A plugin that is switched off has no say.
    host.disable("wiki.c", Dependents::Refuse).await.unwrap();
    ask("veto/c-refuses").await.unwrap();
}

#[tokio::test]
async fn what_could_not_be_asked_in_time_is_not_allowed() {
    let host = start().await;
    let hook = host.hook::<dyn BeforeDelete>().within(Duration::from_millis(60));
    let stopped = hook.veto(|plugin| async move { plugin.may_delete("time/c-hangs").await }).await.unwrap_err();
    let Stopped::Interrupted(error) = stopped else { panic!("{stopped}") };
    assert_eq!(
        error.to_string(),
        "KW0641 the plugins of the hook `site.before-delete` had 60 ms together, and `wiki.c 1.0.0` had not answered then"
    );
    assert_eq!(
        (error.plugin().unwrap().id.as_str(), error.kind()),
        ("wiki.c", Interruption::OutOfTime(Duration::from_millis(60)))
    );
    // Each alone would be in time.
    let path = "time/a-waits,b-waits,c-waits";
    let stopped = hook.veto(|plugin| async move { plugin.may_delete(path).await }).await.unwrap_err();
    assert!(matches!(stopped, Stopped::Interrupted(_)), "{stopped}");
    assert!(asked(path).len() < 3, "the last one is not asked any more: {:?}", asked(path));
}

// The other thread moves the clock while a plugin blocks this one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_counts_in_the_mode_all() {
    let host = start().await;
    let hook = host.hook::<dyn AfterDelete>();
    let told = hook.all(|plugin| async move { plugin.deleted("all/c-panics") }).await;
    let answer = |plugin, value| Answer { plugin, value };
    assert_eq!(told.answers, [answer("wiki.a", 7), answer("wiki.c", 0), answer("wiki.b", 7)], "a skipped call answers neutrally");
    assert!(told.interrupted.is_none());
    assert_eq!(host.extensions::<dyn AfterDelete>().of("wiki.c").unwrap().counts().panics, 1);
    let late = hook.within(Duration::from_millis(300)).all(|plugin| async move { plugin.deleted("all/a-blocks") }).await;
    assert_eq!(late.answers, [answer("wiki.a", 7)], "a call that blocks cannot be ended; the next is not begun");
    assert_eq!(late.interrupted.unwrap().plugin().unwrap().id.as_str(), "wiki.c");
}

#[tokio::test]
async fn the_first_answer_counts_in_the_mode_first() {
    let host = start().await;
    let hook = host.hook::<dyn Find>();
    let find = |path: &'static str| {
        let hook = hook.clone();
        async move { hook.first(|plugin| async move { plugin.find(path).transpose() }).await.unwrap() }
    };
    let found = find("c/page").await.unwrap();
    assert_eq!((found.plugin, found.value.unwrap().as_str()), ("wiki.c", "c has /page"));
    assert_eq!(asked("c/page"), ["a", "c"]);
    assert!(find("nowhere").await.is_none());
    let failed = find("c-refuses").await.unwrap();
    assert_eq!(
        (failed.plugin, failed.value.unwrap_err().to_string().as_str()),
        ("wiki.c", "c lost it"),
        "an error ends the search"
    );
}

#[tokio::test]
async fn a_value_goes_from_plugin_to_plugin_in_the_mode_fold() {
    let host = start().await;
    let hook = host.hook::<dyn Render>();
    let render = async |page: &str| {
        hook.fold(page.to_owned(), |plugin, page| async move { plugin.render(&page).await }).await.unwrap().to_string()
    };
    assert_eq!(render("fold").await, "fold+a+c+b");
    assert_eq!(render("c-panics").await, "c-panics+a+b", "what the others made of the page is kept");
    let strict = host.hook::<dyn StrictRender>();
    let stopped =
        strict.fold("b-refuses".to_owned(), |plugin, page| async move { plugin.render_strictly(&page).await }).await.unwrap_err();
    assert_eq!(stopped.to_string(), "stopped by `wiki.b`: b needs it");
    let whole =
        strict.fold("strict".to_owned(), |plugin, page| async move { plugin.render_strictly(&page).await }).await.unwrap();
    assert_eq!(*whole, "strict+a+c+b");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hooks_of_methods_that_are_not_async_are_asked_at_once() {
    let host = start().await;
    let titles = host.hook::<dyn Title>();
    let title = |title: &str| titles.fold_now(title.to_owned(), |plugin, title| plugin.title(title)).unwrap();
    assert_eq!(title("now"), "now+a+c+b", "in start order");
    assert_eq!(title("c-leaves"), "c-leaves+a+b");
    assert_eq!(title("c-panics"), "c-panics+a+b", "what the others made of the title is kept");

    let naming = host.hook::<dyn Naming>();
    naming.veto_now(|plugin| plugin.may_name("naming/fine")).unwrap();
    let stopped = naming.veto_now(|plugin| plugin.may_name("naming/c-refuses")).unwrap_err();
    assert_eq!((stopped.to_string(), asked("naming/c-refuses")), ("stopped by `wiki.c`: c has it".to_owned(), vec!["a", "c"]));

    let find = host.hook::<dyn Find>();
    let found = find.first_now(|plugin| plugin.find("c/now").transpose()).unwrap().unwrap();
    assert_eq!((found.plugin, found.value.unwrap(), asked("c/now")), ("wiki.c", "c has /now".to_owned(), vec!["a", "c"]));
    assert!(find.first_now(|plugin| plugin.find("nowhere").transpose()).unwrap().is_none());

    let told = host.hook::<dyn AfterDelete>();
    let answers = told.all_now(|plugin| plugin.deleted("all/now")).answers;
    assert_eq!(
        answers.iter().map(|answer| (answer.plugin, answer.value)).collect::<Vec<_>>(),
        [("wiki.a", 7), ("wiki.c", 7), ("wiki.b", 7)]
    );
    let late = told.within(Duration::from_millis(300)).all_now(|plugin| plugin.deleted("all/now/a-blocks"));
    assert_eq!(
        late.answers,
        [Answer { plugin: "wiki.a", value: 7 }],
        "a call that blocks cannot be ended; the next is not begun"
    );
    let error = late.interrupted.unwrap();
    assert_eq!((error.code(), error.plugin().unwrap().id.as_str()), ("KW0641", "wiki.c"));

    host.disable("wiki.a", Dependents::Refuse).await.unwrap();
    assert_eq!(title("now"), "now+c+b", "each time those are asked that run then");
    host.stop().await;
    assert_eq!(title("now"), "now");
}

#[tokio::test]
async fn a_hook_can_be_asked_on_another_task_and_without_plugins() {
    let host = start().await;
    let hook = host.hook::<dyn BeforeDelete>();
    let path = "task/a-refuses".to_owned();
    let asking = tokio::spawn(async move {
        let path = path.as_str();
        hook.veto(|plugin| async move { plugin.may_delete(path).await }).await
    });
    assert!(asking.await.unwrap().is_err());
    let hook = host.hook::<dyn StrictRender>();
    host.stop().await;
    let kept = hook.fold("kept".to_owned(), |plugin, page| async move { plugin.render_strictly(&page).await }).await.unwrap();
    assert_eq!(*kept, "kept");
    fn is_hook<P: HookPoint + ?Sized>() -> &'static str {
        std::any::type_name::<P::Mode>()
    }
    assert_eq!(is_hook::<dyn Find>(), "keyway::hook::First");
}
