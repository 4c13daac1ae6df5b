//! `keyway::testing`, used as a plugin author would: a plugin, made-up files, settings and variables.

use keyway::__private as generated;
use keyway::host::Phase;
use keyway::manifest::{Descriptor, ExtensionEntry, PermissionRequest, ScopeKind};
use keyway::testing::TestHost;
use keyway::{CallError, Context, Error, Lifecycle, Plugin, permission};

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::fixture::{Greet, request, version};

/// Greets with the first line of a page, and writes down whom.
struct Greeter {
    greeting: String,
}

impl Lifecycle for Greeter {
    type Config = BTreeMap<String, String>;

    async fn init(ctx: &Context<Self>, config: BTreeMap<String, String>) -> Result<Self, Error> {
        let page = ctx.files()?.read_to_string("content/greeting.md")?;
        let name = ctx.environment()?.get("GREETED")?;
        let mark = config.get("mark").ok_or_else(|| Error::message("the setting `mark` is missing"))?;
        let greeting = format!("{} {name}{mark}", page.lines().next().unwrap_or_default());
        ctx.files_mut()?.write("cache/greeting.txt", &greeting)?;
        Ok(Self { greeting })
    }
}

impl Greet for Greeter {
    fn greet(&self) -> Result<String, CallError> {
        Ok(self.greeting.clone())
    }

    async fn wait(&self, millis: u64) -> Result<String, CallError> {
        tokio::time::sleep(Duration::from_millis(millis)).await;
        self.greet()
    }
}

const PERMISSIONS: &[PermissionRequest] = &[
    request("env.read", ScopeKind::Variable, &["GREETED"]),
    request("filesystem.read", ScopeKind::Path, &["content/**"]),
    request("filesystem.write", ScopeKind::Path, &["cache/**"]),
];

impl Plugin for Greeter {
    const DESCRIPTOR: &'static Descriptor = &Descriptor {
        id: keyway::manifest::PluginId::new("site.greeter"),
        version: version(1, 0),
        permissions: PERMISSIONS,
        extensions: &[ExtensionEntry { point: <dyn Greet as keyway::ExtensionPoint>::INFO }],
        config_defaults: "mark = '!'\n",
        ..Descriptor::EMPTY
    };

    fn __extensions(instance: &Arc<Self>) -> Vec<generated::Extension> {
        vec![generated::Extension::new::<dyn Greet>(<dyn Greet as generated::Carries<Self>>::shield(instance))]
    }
}

impl permission::FilesystemRead for Greeter {
    type DeclaredInTheManifest = generated::Declared<Self>;
}
impl permission::FilesystemWrite for Greeter {
    type DeclaredInTheManifest = generated::Declared<Self>;
}
impl permission::EnvRead for Greeter {
    type DeclaredInTheManifest = generated::Declared<Self>;
}

fn greeter() -> TestHost {
    TestHost::new()
        .plugin::<Greeter>()
        .text("content/greeting.md", "Hello\nand more")
        .empty_mount("cache")
        .env("GREETED", "world")
}

#[tokio::test]
async fn a_plugin_sees_the_files_settings_and_variables_of_its_test() {
    let host = greeter().config("mark = '?'").start().await.unwrap();
    assert_eq!(host.extensions::<dyn Greet>()[0].greet().unwrap(), "Hello world?");
    assert_eq!(host.text("cache/greeting.txt"), "Hello world?");
    assert!(host.stop().await.is_clean());

    let host = greeter().start().await.unwrap();
    assert_eq!(host.extensions::<dyn Greet>()[0].greet().unwrap(), "Hello world!", "the manifest's default");
    assert_eq!(host.concrete::<Greeter>().unwrap().greeting, "Hello world!");
    host.stop().await;
    assert!(host.concrete::<Greeter>().is_none());
}

#[tokio::test]
async fn a_missing_variable_is_the_plugins_error() {
    let error =
        TestHost::new().plugin::<Greeter>().text("content/greeting.md", "").empty_mount("cache").start().await.unwrap_err();
    assert!(error.to_string().contains("the environment variable `GREETED` is not set"), "{error}");
}

#[tokio::test]
async fn a_denied_permission_that_is_not_optional_is_a_graph_that_does_not_resolve() {
    let error = greeter().deny("filesystem.read").start().await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("KW0625 the plugins do not fit together:"), "{text}");
    assert!(text.contains("filesystem.read"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn the_builder_can_be_adjusted() {
    let adjusted = greeter()
        .adjust(|builder| builder.phase_deadline(Phase::Init, Duration::from_secs(1)).call_deadline(Duration::from_millis(5)));
    let host = adjusted.start().await.unwrap();
    let error = host.extensions::<dyn Greet>()[0].wait(1_000).await.unwrap_err();
    assert!(error.to_string().contains("within its deadline of 5 ms"), "{error}");
}

/// A plugin that requires one which the test does not add.
struct Dependent;

impl Lifecycle for Dependent {
    type Config = ();

    async fn init(_ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self)
    }
}

impl Plugin for Dependent {
    const DESCRIPTOR: &'static Descriptor = &Descriptor {
        id: keyway::manifest::PluginId::new("site.dependent"),
        requires: &[keyway::manifest::Requirement {
            id: keyway::manifest::PluginId::new("site.elsewhere"),
            target: keyway::manifest::Target::Plugin,
            range: keyway::manifest::VersionRange::ANY,
            optional: false,
            reason: "",
            location: keyway::manifest::Location::UNKNOWN,
        }],
        ..Descriptor::EMPTY
    };

    fn __extensions(_instance: &Arc<Self>) -> Vec<generated::Extension> {
        Vec::new()
    }
}

#[tokio::test]
async fn a_plugin_is_tested_without_those_that_it_requires() {
    let host = TestHost::new().plugin::<Dependent>().start().await.unwrap();
    assert_eq!(host.start_report().running(), 1);
    host.stop().await;
}

#[tokio::test]
async fn a_plugin_without_settings_refuses_some() {
    let error = TestHost::new().plugin::<Dependent>().config("speed = 3").start().await.unwrap_err();
    assert!(error.to_string().contains("unknown setting `speed`: the plugin takes none"), "{error}");
}
