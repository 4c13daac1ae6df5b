//! `cargo keyway new`.

use std::path::Path;
use std::process::Command;

use cargo_keyway::answer::{List, New};

use crate::sandbox::Sandbox;

/// Runs `new` with this checkout of Keyway, and reads what it made.
fn made(sandbox: &Sandbox, arguments: &[&str]) -> New {
    let keyway = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    sandbox.json(&[&["new"], arguments, &["--keyway-path", keyway]].concat())
}

/// What Cargo says about a workspace; it must understand all of it without the network.
fn packages(folder: &Path) -> Vec<String> {
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
    std::fs::copy(lock, folder.join("Cargo.lock")).expect("a file can be copied");
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["metadata", "--format-version", "1", "--offline"]).current_dir(folder);
    let output = command.output().expect("Cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("Cargo answers in JSON");
    let members = answer["workspace_members"].as_array().expect("there are members").len();
    let all = answer["packages"].as_array().expect("there are packages");
    let within =
        |package: &&serde_json::Value| package["manifest_path"].as_str().is_some_and(|path| Path::new(path).starts_with(folder));
    let mut names: Vec<String> =
        all.iter().filter(within).map(|package| package["name"].as_str().expect("a package has a name").to_owned()).collect();
    names.sort();
    assert_eq!(names.len(), members);
    names
}

/// All places of all templates were filled in, and the files are there.
fn is_filled_in(sandbox: &Sandbox, new: &New) {
    for file in &new.files {
        let text = sandbox.read(&format!("{}/{file}", new.folder));
        assert!(!text.contains("{{") || file.ends_with(".rs"), "{file}: {text}");
        assert!(
            !["{{name", "{{crate", "{{type", "{{sdk", "{{id", "{{keyway"].iter().any(|place| text.contains(place)),
            "{file}: {text}"
        );
        assert!(text.ends_with('\n') && !text.ends_with("\n\n") && !text.contains("\n\n\n"), "{file}: {text}");
    }
}

#[test]
fn a_host_comes_with_an_sdk_and_a_plugin() {
    let sandbox = Sandbox::empty();
    let new = made(&sandbox, &["host", "demo"]);
    is_filled_in(&sandbox, &new);
    assert_eq!((new.kind.as_str(), new.package.as_str(), new.folder.as_str(), new.joined), ("host", "demo", "demo", None));
    let folder = sandbox.folder().join("demo");
    assert_eq!(packages(&folder), ["demo", "demo-plugin-hello", "demo-sdk"]);
    let list: List = sandbox.json(&["list", "--manifest-path", "demo"]);
    let listed: Vec<_> = list.plugins.iter().map(|plugin| (plugin.id.as_str(), plugin.enabled, plugin.level)).collect();
    assert_eq!(listed, [("demo.hello", true, Some(0))]);
}

#[test]
fn every_kind_joins_the_workspace_around_it() {
    let sandbox = Sandbox::empty();
    made(&sandbox, &["host", "demo"]);
    let inside = |arguments: &[&str]| {
        let keyway = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let all = [&["keyway", "new"], arguments, &["--json", "--keyway-path", keyway]].concat();
        let mut command = sandbox.command(&[]);
        let output = command.args(&all[1..]).current_dir(sandbox.folder().join("demo")).output().expect("it can be started");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let answer: cargo_keyway::answer::Answer<New> = serde_json::from_slice(&output.stdout).expect("it answers in JSON");
        answer.data
    };
    let loud = inside(&["plugin", "demo-plugin-loud", "--path", "plugins/loud", "--sdk", "sdk"]);
    assert_eq!((loud.id.as_deref(), loud.joined), (Some("demo.loud"), None), "the pattern `plugins/*` has it already");
    assert!(sandbox.read("demo/plugins/loud/src/lib.rs").contains("impl Greeter for Loud"));
    let ticker = inside(&["plugin", "ticker", "--id", "demo.ticker"]);
    assert_eq!((ticker.id.as_deref(), ticker.joined.as_deref()), (Some("demo.ticker"), Some("Cargo.toml")));
    assert!(sandbox.read("demo/ticker/src/lib.rs").contains("impl Job for Ticker"));
    inside(&["plugin", "cms-plugin-welcome", "--sdk", "keyway-cms-sdk"]);
    assert!(sandbox.read("demo/cms-plugin-welcome/plugin.toml").contains("\"http.routes\" = { scope = [\"/welcome\"]"));
    inside(&["host", "second", "--sdk", "sdk"]);
    inside(&["sdk", "other-sdk"]);
    inside(&["host", "third"]);
    let root = sandbox.read("demo/Cargo.toml");
    let members = "members = [\"cms-plugin-welcome\", \"host\", \"other-sdk\", \"plugins/*\", \"sdk\", \"second\", \"third/host\", \
                   \"third/plugins/hello\", \"third/sdk\", \"ticker\"]\n# `cargo run` starts the host.\n";
    assert!(root.contains(members), "{root}");
    assert_eq!(packages(&sandbox.folder().join("demo")).len(), 11);
    let list: List = sandbox.json(&["list", "--manifest-path", "demo/second"]);
    assert!(list.plugins.is_empty());
}

#[test]
fn what_the_workspace_knows_is_taken_from_it() {
    let sandbox = Sandbox::empty();
    let root = "[workspace]\nresolver = \"3\" # the newest\nmembers = [\n    \"a\", # first\n]\nexclude = [\"apart\"]\n\n\
                [workspace.dependencies]\nkeyway = \"0.1\"\n";
    sandbox.write("Cargo.toml", root);
    sandbox.json::<New>(&["new", "plugin", "b"]);
    let cargo_toml = sandbox.read("b/Cargo.toml");
    assert!(cargo_toml.contains("\nkeyway = { workspace = true }\n"), "{cargo_toml}");
    assert!(cargo_toml.contains("\nkeyway = { workspace = true, features = [\"testing\"] }\n"), "{cargo_toml}");
    assert_eq!(sandbox.read("Cargo.toml"), root.replace("    \"a\", # first\n", "    \"a\", # first\n    \"b\",\n"));
    let apart: New = sandbox.json(&["new", "sdk", "apart-sdk", "--path", "apart/sdk"]);
    assert_eq!(apart.joined, None);
    assert!(sandbox.read("apart/sdk/Cargo.toml").contains("\nkeyway = \"0.1\"\n"));
    assert!(apart.files.contains(&".gitignore".to_owned()));
}

#[test]
fn what_cannot_be_made_is_told_in_one_line() {
    let sandbox = Sandbox::empty();
    sandbox.run(&["new", "plugin", "My Plugin"]).snapshot("new_name");
    sandbox.run(&["new", "plugin", "site-plugin-x", "--id", "site"]).snapshot("new_id");
    sandbox.run(&["new", "plugin", "site-plugin-x", "--sdk", "site-sdk"]).snapshot("new_sdk_absent");
    sandbox.run(&["new", "plugin", "site-plugin-x", "--keyway-path", "absent"]).snapshot("new_checkout_absent");
    sandbox.write("full/.hidden", "");
    sandbox.run(&["new", "sdk", "full"]).snapshot("new_not_empty");
    sandbox.run(&["new", "sdk", "x", "--path", "full/.hidden"]).snapshot("new_no_folder");
    sandbox.write("Cargo.toml", "[workspace\n");
    sandbox.run(&["new", "sdk", "x"]).snapshot("new_in_a_broken_workspace");
    assert!(!sandbox.folder().join("x").exists());
}

#[test]
fn what_was_made_is_told() {
    let sandbox = Sandbox::empty();
    sandbox.run(&["new", "plugin", "site-plugin-search"]).snapshot("new_plugin");
    sandbox.run(&["new", "host", "shop"]).snapshot("new_host");
    sandbox.run(&["new", "sdk", "shop-sdk"]).snapshot("new_sdk");
}

#[cfg(unix)]
#[test]
fn a_workspace_that_cannot_be_written_leaves_nothing_behind() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    let sandbox = Sandbox::empty();
    sandbox.write("Cargo.toml", "[workspace]\nmembers = []\n");
    std::fs::create_dir(sandbox.folder().join("new")).expect("a folder can be made");
    set_permissions(sandbox.folder(), Permissions::from_mode(0o500)).expect("it is our own folder");
    // Root writes where nobody may.
    if std::fs::write(sandbox.folder().join("try"), "").is_err() {
        let ran = sandbox.run(&["new", "sdk", "new"]);
        assert_eq!(ran.code(), 5, "{}", ran.stderr());
        assert!(std::fs::read_dir(sandbox.folder().join("new")).expect("it is there").next().is_none());
    }
    set_permissions(sandbox.folder(), Permissions::from_mode(0o700)).expect("it is our own folder");
}
