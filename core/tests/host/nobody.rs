//! Hooks whose plugins are all off: silence means yes, unless whoever asks says otherwise, and operators are warned.

#![expect(unreachable_pub, reason = "plugins are `pub`, and no host outside names those of a test")]

use keyway::hook::{Interruption, Stopped};
use keyway::host::{Dependents, HostBuilder};
use keyway::prelude::*;
use keyway::testing::{RunningTestHost, TestHost};
use keyway::{CallError, extension_point};

/// Asked before a page is deleted.
#[extension_point(id = "test.before-delete", version = "1.0.0", on_failure = "closed", mode = "veto")]
pub trait BeforeDelete {
    /// The error is the reason.
    fn may_delete(&self, path: &str) -> Result<(), CallError>;
}

/// Changes a title.
#[extension_point(id = "test.title", version = "1.0.0", on_failure = "open", mode = "fold")]
pub trait Title {
    /// The changed title; `None` to leave it.
    fn title(&self, title: &str) -> Option<String>;
}

/// Finds a page.
#[extension_point(id = "test.find", version = "1.0.0", on_failure = "open", mode = "first")]
pub trait Find {
    /// The page, if it is this plugin's.
    fn find(&self, path: &str) -> Option<String>;
}

/// Told of a deleted page.
#[extension_point(id = "test.after-delete", version = "1.0.0", on_failure = "open", mode = "all")]
pub trait AfterDelete {
    /// Told.
    fn deleted(&self, path: &str);
}

/// Allows whatever it is asked.
#[derive(Plugin)]
#[plugin(
    provides(BeforeDelete, Title, Find, AfterDelete),
    manifest_text = "manifest-version = 1\n[plugin]\nid = 'wiki.guard'\nversion = '1.0.0'\nhost = '*'"
)]
pub struct Guard;

impl Lifecycle for Guard {
    type Config = ();

    async fn init(_ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl BeforeDelete for Guard {
    fn may_delete(&self, _: &str) -> Result<(), CallError> {
        Ok(())
    }
}

impl Title for Guard {
    fn title(&self, _: &str) -> Option<String> {
        None
    }
}

impl Find for Guard {
    fn find(&self, _: &str) -> Option<String> {
        None
    }
}

impl AfterDelete for Guard {
    fn deleted(&self, _: &str) {}
}

async fn start(config: &str) -> RunningTestHost {
    let config = config.parse().unwrap();
    let says = |builder: HostBuilder| builder.calls::<dyn BeforeDelete>().calls::<dyn Title>();
    let host = TestHost::new().plugin::<Guard>().adjust(move |builder| says(builder).config(config));
    host.adjust(|builder| builder.calls::<dyn Find>().calls::<dyn AfterDelete>()).start().await.unwrap()
}

const WARNING: &str = "KW0645 nobody is left to object at the veto hook `test.before-delete`, so it allows everything: `wiki.guard` would \
                       answer there, and does not run; enable it, or ask with `hook.required()`";

/// What the start report says about hooks that allow everything.
fn warnings(host: &keyway::Host) -> Vec<&str> {
    host.start_report().notes.iter().map(String::as_str).filter(|note| note.starts_with("KW0645")).collect()
}

#[tokio::test]
async fn a_required_hook_does_not_take_silence_for_an_answer() {
    let host = start("").await;
    let hook = host.hook::<dyn BeforeDelete>();
    let required = hook.clone().required();
    let ask = async || required.clone().veto(|plugin| async move { plugin.may_delete("x") }).await;
    let ask_now = || required.veto_now(|plugin| plugin.may_delete("x"));
    ask().await.unwrap();
    ask_now().unwrap();
    host.disable("wiki.guard", Dependents::Refuse).await.unwrap();
    hook.veto_now(|plugin| plugin.may_delete("x")).unwrap();
    hook.veto(|plugin| async move { plugin.may_delete("x") }).await.unwrap();
    for stopped in [ask().await.unwrap_err(), ask_now().unwrap_err()] {
        let Stopped::Interrupted(error) = stopped else { panic!("{stopped}") };
        assert_eq!(error.kind(), Interruption::Nobody);
        assert!(error.plugin().is_none());
        assert_eq!(error.to_string(), "KW0644 no plugin of the hook `test.before-delete` runs, and whoever asks needs an answer");
    }
    host.enable("wiki.guard", Dependents::Refuse).await.unwrap();
    ask().await.unwrap();
    ask_now().unwrap();
    host.stop().await;
}

#[tokio::test]
async fn every_mode_can_be_required() {
    let host = start("").await;
    let title = host.hook::<dyn Title>().required();
    let find = host.hook::<dyn Find>().required();
    let after = host.hook::<dyn AfterDelete>().required();
    assert_eq!(title.fold_now("a".to_owned(), |plugin, text| plugin.title(text)).unwrap(), "a");
    assert!(find.first_now(|plugin| plugin.find("x")).unwrap().is_none(), "one who finds nothing has answered");
    assert!(after.all_now(|plugin| plugin.deleted("x")).interrupted.is_none());
    host.disable("wiki.guard", Dependents::Refuse).await.unwrap();
    let kinds = [
        find.first_now(|plugin| plugin.find("x")).unwrap_err().kind(),
        find.first(|plugin| async move { plugin.find("x") }).await.unwrap_err().kind(),
        after.all_now(|plugin| plugin.deleted("x")).interrupted.unwrap().kind(),
        after.all(|plugin| async move { plugin.deleted("x") }).await.interrupted.unwrap().kind(),
    ];
    assert_eq!(kinds, [Interruption::Nobody; 4]);
    let stopped = title.fold_now("a".to_owned(), |plugin, text| plugin.title(text)).unwrap_err();
    assert!(stopped.to_string().starts_with("KW0644 "), "{stopped}");
    let stopped = title.fold("a".to_owned(), |plugin, text| async move { plugin.title(&text) }).await.unwrap_err();
    assert!(stopped.to_string().starts_with("KW0644 "), "{stopped}");
    host.stop().await;
}

#[tokio::test]
async fn an_operator_is_warned_of_a_veto_hook_that_allows_everything() {
    let off = start("[host]\ndisabled = ['wiki.guard']").await;
    assert_eq!(warnings(&off), [WARNING]);
    off.stop().await;
    let host = start("").await;
    assert!(warnings(&host).is_empty());
    let switched = host.disable("wiki.guard", Dependents::Refuse).await.unwrap();
    assert_eq!(switched.notes, [WARNING], "and nothing about the other modes");
    assert!(host.enable("wiki.guard", Dependents::Refuse).await.unwrap().notes.is_empty());
    host.stop().await;
}
