//! Plugins and SDKs that come from a registry or a Git repository. Nothing of Keyway is published, so a folder stands in for the registry,
//! as Cargo's source replacement has it, and the repository lies on this machine. The packages in both are empty but for what is read here.

use std::path::Path;
use std::process::Command;

use cargo_keyway::answer::{Add, List, New};

use crate::sandbox::Sandbox;

const SDK: &str = "keyway::sdk!();\n";

/// A package of some other author: its folder, its version, its features and its dependencies.
fn package(sandbox: &Sandbox, folder: &str, version: &str, features: &[&str], dependencies: &str) {
    let name = folder.rsplit('/').next().unwrap_or(folder).split('@').next().unwrap_or(folder);
    let features: String = features.iter().map(|feature| format!("{feature} = []\n")).collect();
    let text = format!(
        "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n\n[features]\n{features}\n[dependencies]\n{dependencies}\n"
    );
    sandbox.write(&format!("{folder}/Cargo.toml"), text);
    sandbox.write(&format!("{folder}/src/lib.rs"), if name.ends_with("-sdk") { SDK } else { "" });
    sandbox.write(&format!("{folder}/.cargo-checksum.json"), "{\"files\": {}}");
    if let Some((group, segment)) = name.split_once("-plugin-") {
        let manifest = format!("manifest-version = 1\n\n[plugin]\nid = \"{group}.{segment}\"\nhost = \"*\"\n");
        sandbox.write(&format!("{folder}/plugin.toml"), manifest);
    }
}

/// A folder with a registry of its own, and a home for Cargo in which nothing else is known.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::empty();
    let config = "[source.crates-io]\nreplace-with = \"ours\"\n\n[source.ours]\ndirectory = \"registry\"\n";
    sandbox.write(".cargo/config.toml", config);
    package(&sandbox, "registry/serde", "1.0.228", &["derive"], "");
    package(&sandbox, "registry/tokio", "1.48.0", &["macros", "rt", "rt-multi-thread"], "");
    sandbox
}

/// The program, and Cargo below it, in a home of their own.
fn run(sandbox: &Sandbox, arguments: &[&str]) -> crate::sandbox::Ran {
    let mut command = sandbox.command(arguments);
    let output = command.env("CARGO_HOME", sandbox.folder().join("home")).output().expect("it can be started");
    sandbox.ran(arguments, output)
}

fn json<T: serde::de::DeserializeOwned>(sandbox: &Sandbox, arguments: &[&str]) -> T {
    let ran = run(sandbox, &[arguments, &["--json"]].concat());
    let answer: Result<cargo_keyway::answer::Answer<T>, _> = serde_json::from_str(&ran.stdout());
    answer.unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout(), ran.stderr())).data
}

/// Cargo resolves the package in a folder, and writes its Cargo.lock.
fn resolve(sandbox: &Sandbox, folder: &str) {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["metadata", "--format-version", "1", "--manifest-path"]).arg(Path::new(folder).join("Cargo.toml"));
    let output = cargo.current_dir(sandbox.folder()).env("CARGO_HOME", sandbox.folder().join("home")).output();
    let output = output.expect("Cargo can be started");
    assert!(output.status.success(), "{folder}: {}", String::from_utf8_lossy(&output.stderr));
}

fn git(sandbox: &Sandbox, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]).args(arguments);
    let output = git.current_dir(sandbox.folder().join("repository")).output().expect("Git can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_a_registry_has_is_named_with_its_version() {
    let sandbox = sandbox();
    package(&sandbox, "registry/keyway", "0.1.0", &["host", "testing"], "");
    package(&sandbox, "registry/shop-sdk", "0.3.1", &[], "keyway = \"0.1\"\n");
    package(&sandbox, "registry/shop-sdk@0.2", "0.2.0", &[], "keyway = \"0.1\"\n");
    package(&sandbox, "registry/shop-plugin-mail", "0.2.5", &[], "keyway = \"0.1\"\nshop-sdk = \"0.3\"\n");
    package(&sandbox, "registry/shop-plugin-old", "0.1.0", &[], "keyway = \"0.1\"\nshop-sdk = \"0.2\"\n");
    let host: New = json(&sandbox, &["new", "host", "shop", "--sdk", "shop-sdk@0.3"]);
    assert_eq!((host.sdk.as_deref(), host.sdk_from.as_deref()), (Some("shop-sdk"), Some("version 0.3")));
    resolve(&sandbox, "shop");
    let shop = |arguments: &[&str]| run(&sandbox, &[arguments, &["--manifest-path", "shop"]].concat());
    let add: Add = json(&sandbox, &["add", "shop-plugin-mail@0.2", "--default", "--yes", "--manifest-path", "shop"]);
    assert_eq!((add.plugin.as_str(), add.version.as_str()), ("shop.mail", "0.2.5"));
    assert!(sandbox.read("shop/Cargo.toml").contains("\nshop-plugin-mail = { version = \"0.2\", optional = true }\n"));
    // Cargo.lock has been brought up to date, so the next command can read the host.
    let list: List = json(&sandbox, &["list", "--enabled", "--manifest-path", "shop"]);
    assert_eq!(list.plugins.iter().map(|plugin| plugin.id.as_str()).collect::<Vec<_>>(), ["shop.mail"]);
    // The newest, when none is named; and one that is written for another version of the SDK.
    assert_eq!(shop(&["remove", "shop.mail", "--yes"]).code(), 0);
    let add: Add = json(&sandbox, &["add", "shop-plugin-mail", "--dry-run", "--manifest-path", "shop"]);
    assert!(add.changes.iter().any(|edit| edit.line == "shop-plugin-mail = { version = \"0.2\", optional = true }"), "{add:?}");
    let old = shop(&["add", "shop-plugin-old@0.1", "--yes"]);
    assert_eq!(old.code(), 2);
    for said in [
        "it takes `shop-sdk 0.2.0`",
        "takes `shop-sdk 0.3.1`",
        "take a version of `shop-plugin-old` that is written for `shop-sdk 0.3.1`",
    ] {
        assert!(old.stderr().contains(said), "{}", old.stderr());
    }
    let absent = shop(&["add", "shop-plugin-absent@1", "--yes"]);
    assert_eq!((absent.code(), absent.stdout().as_str()), (3, ""));
    assert!(absent.stderr().contains("shop-plugin-absent"), "{}", absent.stderr());
    // A plugin for that SDK.
    let plugin: New = json(&sandbox, &["new", "plugin", "shop-plugin-feed", "--sdk", "shop-sdk@0.3"]);
    assert_eq!((plugin.keyway.as_str(), plugin.id.as_deref()), ("version 0.1", Some("shop.feed")));
    assert!(sandbox.read("shop-plugin-feed/plugin.toml").contains("\nhost = \"^0.3\"\n"));
    resolve(&sandbox, "shop-plugin-feed");
}

#[test]
fn what_a_git_repository_has_is_named_with_its_address() {
    let sandbox = sandbox();
    let url = format!("file://{}", sandbox.folder().join("repository").display());
    package(&sandbox, "repository/keyway", "0.1.0", &["host", "testing"], "");
    package(&sandbox, "repository/shop-sdk", "0.3.1", &[], "keyway = { path = \"../keyway\" }\n");
    let both = "keyway = { path = \"../keyway\" }\nshop-sdk = { path = \"../shop-sdk\" }\n";
    package(&sandbox, "repository/shop-plugin-mail", "0.2.5", &[], both);
    git(&sandbox, &["init", "-q"]);
    git(&sandbox, &["add", "."]);
    git(&sandbox, &["commit", "-q", "-m", "all"]);
    git(&sandbox, &["tag", "v1"]);
    let source = format!("{{ git = \"{url}\", tag = \"v1\" }}");
    let root = format!(
        "[workspace]\nresolver = \"3\"\nmembers = []\n\n[workspace.dependencies]\nkeyway = {source}\nshop-sdk = {source}\n"
    );
    sandbox.write("site/Cargo.toml", root);
    let host: New = json(&sandbox, &["new", "host", "shop", "--path", "site/host", "--sdk", "shop-sdk"]);
    // The SDK was looked for in the workspace of the new package, though this is not the current folder.
    let shown = "the repository `file://[project]/repository`, tag `v1`";
    assert_eq!((host.sdk_from.as_deref(), host.keyway.as_str()), (Some(shown), shown));
    assert!(sandbox.read("site/host/Cargo.toml").contains("\nshop-sdk = { workspace = true }\n"));
    resolve(&sandbox, "site/host");
    let add: Add = json(
        &sandbox,
        &["add", "shop-plugin-mail", "--git", &url, "--tag", "v1", "--default", "--yes", "--manifest-path", "site"],
    );
    assert_eq!(add.plugin, "shop.mail");
    let line = format!("\nshop-plugin-mail = {{ git = \"{url}\", tag = \"v1\", optional = true }}\n");
    assert!(sandbox.read("site/host/Cargo.toml").contains(&line));
    let list: List = json(&sandbox, &["list", "--enabled", "--manifest-path", "site"]);
    assert_eq!(list.plugins.iter().map(|plugin| plugin.id.as_str()).collect::<Vec<_>>(), ["shop.mail"]);
    // A plugin beside them, and one elsewhere for an SDK in the workspace.
    let beside: New = json(&sandbox, &["new", "plugin", "shop-plugin-feed", "--path", "site/feed", "--sdk", "shop-sdk"]);
    assert_eq!(beside.keyway, host.keyway);
    resolve(&sandbox, "site/feed");
    // The commit after the tag is another state of the repository, so its SDK is another crate.
    sandbox.write("repository/shop-sdk/README.md", "later");
    git(&sandbox, &["add", "."]);
    git(&sandbox, &["commit", "-q", "-m", "later"]);
    assert_eq!(run(&sandbox, &["remove", "shop.mail", "--yes", "--manifest-path", "site"]).code(), 0);
    let later = run(&sandbox, &["add", "shop-plugin-mail", "--git", &url, "--yes", "--manifest-path", "site"]);
    assert_eq!(later.code(), 2, "{}", later.stdout());
    assert!(
        later.stderr().contains("error: KW0873 the plugin is not added: it takes `keyway 0.1.0` from `"),
        "{}",
        later.stderr()
    );
    assert_eq!(run(&sandbox, &["add", "shop-plugin-mail", "--tag", "v1", "--manifest-path", "site"]).code(), 2, "a tag of what?");
}
