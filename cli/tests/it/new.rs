//! `cargo keyway new`.

use std::path::Path;
use std::process::Command;

use cargo_keyway::answer::{Answer, List, New};

use crate::sandbox::{Ran, Sandbox};

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

/// Runs the program in a folder of a sandbox, without the checkout.
fn inside(sandbox: &Sandbox, folder: &str, arguments: &[&str]) -> Ran {
    let mut command = sandbox.command(arguments);
    let output = command.current_dir(sandbox.folder().join(folder)).output().expect("it can be started");
    sandbox.ran(arguments, output)
}

fn new_inside(sandbox: &Sandbox, folder: &str, arguments: &[&str]) -> New {
    let ran = inside(sandbox, folder, &[&["new"], arguments, &["--json"]].concat());
    let answer: Answer<New> = serde_json::from_str(&ran.stdout()).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr()));
    assert_eq!(ran.stderr(), "", "there is nothing to note");
    answer.data
}

#[test]
fn every_kind_joins_the_workspace_around_it() {
    let sandbox = Sandbox::empty();
    made(&sandbox, &["host", "demo"]);
    let inside = |arguments: &[&str]| new_inside(&sandbox, "demo", arguments);
    let loud = inside(&["plugin", "demo-plugin-loud", "--path", "plugins/loud", "--sdk", "sdk"]);
    assert_eq!((loud.id.as_deref(), loud.joined), (Some("demo.loud"), None), "the pattern `plugins/*` has it already");
    assert_eq!((loud.point.as_deref(), loud.sdk.as_deref()), (Some("Greeter"), Some("demo-sdk")));
    assert!(sandbox.read("demo/plugins/loud/src/lib.rs").contains("impl Greeter for Loud"));
    let ticker = inside(&["plugin", "ticker", "--id", "demo.ticker"]);
    assert_eq!((ticker.id.as_deref(), ticker.joined.as_deref()), (Some("demo.ticker"), Some("Cargo.toml")));
    assert_eq!((ticker.point.as_deref(), ticker.sdk, ticker.other_sdks), (Some("Job"), None, vec!["demo-sdk".to_owned()]));
    assert!(sandbox.read("demo/ticker/src/lib.rs").contains("impl Job for Ticker"));
    // Its SDK comes from where `keyway` does.
    inside(&["plugin", "cms-plugin-welcome", "--sdk", "keyway-cms-sdk"]);
    assert!(sandbox.read("demo/cms-plugin-welcome/plugin.toml").contains("\"http.routes\" = { scope = [\"/welcome\"]"));
    inside(&["host", "second", "--sdk", "sdk"]);
    inside(&["sdk", "other-sdk"]);
    inside(&["host", "third"]);
    let root = sandbox.read("demo/Cargo.toml");
    let members = "members = [\"cms-plugin-welcome\", \"host\", \"other-sdk\", \"plugins/*\", \"sdk\", \"second\", \"third/host\", \
                   \"third/plugins/hello\", \"third/sdk\", \"ticker\"]\n# `cargo run` starts the host.\n";
    assert!(root.contains(members), "{root}");
    assert_eq!(root.matches("keyway = {").count(), 1, "{root}");
    for package in
        ["cms-plugin-welcome", "host", "other-sdk", "plugins/loud", "sdk", "second", "third/host", "third/sdk", "ticker"]
    {
        let cargo_toml = sandbox.read(&format!("demo/{package}/Cargo.toml"));
        let lines: Vec<_> = cargo_toml.lines().filter(|line| line.starts_with("keyway = ")).collect();
        assert!(!lines.is_empty() && lines.iter().all(|line| line.contains("workspace = true")), "{package}: {lines:?}");
    }
    assert_eq!(packages(&sandbox.folder().join("demo")).len(), 11);
    let list: List = sandbox.json(&["list", "--manifest-path", "demo/second"]);
    assert!(list.plugins.is_empty());
}

#[test]
fn keyway_comes_from_where_those_around_take_it() {
    let sandbox = Sandbox::empty();
    made(&sandbox, &["host", "demo"]);
    let keyway = |file: &str| {
        let text = sandbox.read(file);
        let lines: Vec<String> = text.lines().filter(|line| line.starts_with("keyway = ")).map(str::to_owned).collect();
        lines
    };
    // Outside of the workspace: from where the SDK takes it.
    let far = new_inside(&sandbox, ".", &["plugin", "demo-plugin-far", "--sdk", "demo/sdk"]);
    assert!(far.keyway.starts_with("the folder `") && far.keyway.ends_with("/core`"), "{far:?}");
    assert!(keyway("demo-plugin-far/Cargo.toml")[0].contains("/core\" }"));
    assert!(packages(&sandbox.folder().join("demo-plugin-far")).contains(&"demo-plugin-far".to_owned()));

    // From another package of the workspace, which says it itself; Git stands for all that is neither a version nor a folder.
    let git = "{ git = \"https://example.org/keyway\", tag = \"v0.1.0\" }";
    sandbox.write("old/Cargo.toml", "[workspace]\nmembers = [\"a\"]\n");
    sandbox.write("old/a/Cargo.toml", format!("[package]\nname = \"a\"\n\n[dependencies]\nkeyway = {git}\n"));
    let b = new_inside(&sandbox, "old", &["plugin", "b"]);
    assert_eq!(b.keyway, "the repository `https://example.org/keyway`, tag `v0.1.0`");
    assert_eq!(
        keyway("old/b/Cargo.toml"),
        [format!("keyway = {git}"), format!("keyway = {}, features = [\"testing\"] }}", git.trim_end_matches(" }"))]
    );
    assert!(!b.says_keyway && !sandbox.read("old/Cargo.toml").contains("keyway"));
    // So does the SDK of keyway-cms.
    new_inside(&sandbox, "old", &["plugin", "c", "--sdk", "keyway-cms-sdk"]);
    assert!(sandbox.read("old/c/Cargo.toml").contains(&format!("\nkeyway-cms-sdk = {git}\n")));

    // A workspace that has nothing of Keyway yet says it from now on.
    sandbox.write("fresh/Cargo.toml", "[workspace]\nmembers = []\n");
    let first = new_inside(&sandbox, "fresh", &["sdk", "shop-sdk"]);
    assert!(first.says_keyway);
    assert_eq!(
        sandbox.read("fresh/Cargo.toml"),
        "[workspace]\nmembers = [\"shop-sdk\"]\n\n[workspace.dependencies]\nkeyway = \"0.1\"\n"
    );
    assert_eq!(keyway("fresh/shop-sdk/Cargo.toml")[0], "keyway = { workspace = true }");
    // What Cargo would refuse is not made.
    let checkout = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let ran = inside(&sandbox, "fresh", &["new", "plugin", "shop-plugin-d", "--sdk", "shop-sdk", "--keyway-path", checkout]);
    assert_eq!(ran.code(), 2);
    assert!(
        ran.stderr().contains("KW0884") && ran.stderr().contains("than the SDK `shop-sdk` (version 0.1)"),
        "{}",
        ran.stderr()
    );
    assert!(!sandbox.folder().join("fresh/shop-plugin-d").exists());
}

#[test]
fn an_sdk_is_found_by_its_name_from_any_folder_of_the_workspace() {
    let sandbox = Sandbox::empty();
    made(&sandbox, &["host", "demo"]);
    for (folder, path, name) in [
        ("demo", "plugins/a", "demo-plugin-a"),
        ("demo/plugins", "b", "demo-plugin-b"),
        ("demo/host/src", "../../plugins/c", "demo-plugin-c"),
    ] {
        let new = new_inside(&sandbox, folder, &["plugin", name, "--path", path, "--sdk", "demo-sdk"]);
        assert_eq!(new.sdk_from.as_deref(), Some("the folder `sdk`"));
    }
    assert!(sandbox.read("demo/plugins/c/Cargo.toml").contains("\ndemo-sdk = { path = \"../../sdk\" }\n"));
    assert_eq!(packages(&sandbox.folder().join("demo")).len(), 6);
    // What a workspace says of it is left to the workspace.
    sandbox.edit("demo/Cargo.toml", "[workspace.dependencies]\n", "[workspace.dependencies]\ndemo-sdk = { path = \"sdk\" }\n");
    new_inside(&sandbox, "demo/plugins", &["plugin", "demo-plugin-d", "--path", "d", "--sdk", "demo-sdk"]);
    assert!(sandbox.read("demo/plugins/d/Cargo.toml").contains("\ndemo-sdk = { workspace = true }\n"));
    inside(&sandbox, "demo", &["new", "plugin", "x", "--sdk", "demo-sdks"]).snapshot("new_sdk_near");
    inside(&sandbox, "demo", &["new", "plugin", "x", "--sdk", "demo"]).snapshot("new_sdk_is_a_host");
    inside(&sandbox, "demo", &["new", "plugin", "x", "--sdk", "demo-plugin-hello"]).snapshot("new_sdk_is_a_plugin");
    sandbox.edit("demo/sdk/src/lib.rs", "keyway::sdk!();", "// keyway::sdk!();");
    inside(&sandbox, "demo", &["new", "plugin", "x", "--sdk", "sdk"]).snapshot("new_sdk_is_none");
}

/// What is printed to be typed next is typed, in the folder in which it was printed. `cargo test` and `cargo run` compile, which takes minutes, and
/// `.ci/run scaffolds` does it; here `cargo tree` says in their place whether the package is there.
#[cfg(unix)]
#[test]
fn what_comes_next_can_be_pasted() {
    use std::os::unix::fs::PermissionsExt;

    let sandbox = Sandbox::empty();
    let script = "#!/bin/sh\ncase \"$1\" in\nkeyway) exec \"$KEYWAY\" \"$@\";;\n\
                  run) \"$KEYWAY\" keyway check ${3:+--package \"$3\"} >&2 && shift && exec \"$REAL_CARGO\" tree --offline --depth 0 \"$@\";;\n\
                  test) shift; exec \"$REAL_CARGO\" tree --offline --depth 0 \"$@\";;\n*) exec \"$REAL_CARGO\" \"$@\";;\nesac\n";
    sandbox.write("bin/cargo", script);
    std::fs::set_permissions(sandbox.folder().join("bin/cargo"), std::fs::Permissions::from_mode(0o755))
        .expect("it is our own file");
    let real = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let paste = |folder: &str, new: &New| {
        let path = format!("{}:{}", sandbox.folder().join("bin").display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", &new.next.join("\n")]).current_dir(sandbox.folder().join(folder)).env_remove("CARGO");
        shell.env("PATH", path).env("REAL_CARGO", &real).env("KEYWAY", env!("CARGO_BIN_EXE_cargo-keyway"));
        shell.env("KEYWAY_APPROVER", "ada@example.org");
        let output = shell.output().expect("there is a shell");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{:?} in {folder}: {}{said}", new.next, String::from_utf8_lossy(&output.stdout));
    };
    let lock =
        || std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"), sandbox.folder().join("my demo/Cargo.lock"));
    let demo = made(&sandbox, &["host", "demo", "--path", "my demo"]);
    lock().expect("a file can be copied");
    paste(".", &demo);
    assert_eq!(demo.next, ["cd 'my demo'", "cargo run"]);
    let loud =
        new_inside(&sandbox, "my demo/sdk", &["plugin", "demo-plugin-loud", "--path", "../plugins/loud", "--sdk", "demo-sdk"]);
    paste("my demo/sdk", &loud);
    assert_eq!(
        loud.next,
        ["cargo test -p demo-plugin-loud", "cargo keyway add demo-plugin-loud --default --yes", "cargo run -p demo"]
    );
    // From outside, and with a permission that the policy has to allow.
    let ticker = new_inside(&sandbox, ".", &["plugin", "demo-plugin-ticker", "--path", "my demo/plugins/ticker"]);
    paste(".", &ticker);
    assert_eq!(
        ticker.next[..3],
        ["cd 'my demo'", "cargo test -p demo-plugin-ticker", "cargo keyway add demo-plugin-ticker --default --policy --yes"]
    );
    // A second host, an SDK of its own, and a plugin for the one host that takes it.
    paste("my demo", &new_inside(&sandbox, "my demo", &["host", "second", "--sdk", "demo-sdk"]));
    let other = new_inside(&sandbox, "my demo", &["sdk", "other-sdk"]);
    paste("my demo", &other);
    assert!(sandbox.folder().join("my demo/other-plugin-first").is_dir(), "{other:?}");
    paste("my demo", &new_inside(&sandbox, "my demo", &["host", "third", "--sdk", "other-sdk"]));
    let odd = new_inside(&sandbox, "my demo", &["plugin", "odd", "--sdk", "other-sdk"]);
    assert_eq!(odd.next[1], "cargo keyway add odd --default --yes --package third");
    paste("my demo", &odd);
    // A host with a lock needs an approval too.
    let approve = ["approve", "--all", "--by", "ada@example.org", "--package", "demo"];
    assert_eq!(inside(&sandbox, "my demo", &approve).code(), 0);
    let late = new_inside(&sandbox, "my demo", &["plugin", "demo-plugin-late", "--sdk", "demo-sdk"]);
    assert_eq!(late.next[2], "cargo keyway approve demo.late --package demo", "{late:?}");
    paste("my demo", &late);
    let list: List = sandbox.json(&["list", "--enabled", "--manifest-path", "my demo/host"]);
    let enabled: Vec<_> = list.plugins.iter().map(|plugin| plugin.id.as_str()).collect();
    assert_eq!(enabled, ["demo.hello", "demo.late", "demo.loud", "demo.ticker"]);
    // Alone.
    let alone = made(&sandbox, &["plugin", "alone"]);
    assert_eq!(alone.next, ["cd alone", "cargo test"]);
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
    sandbox.run(&["new", "plugin", "site-plugin-x", "--sdk", "site-sdk@new"]).snapshot("new_sdk_without_version");
    assert_eq!(sandbox.run(&["new", "plugin", "site-plugin-x", "--sdk", "site-sdk@"]).code(), 2);
    sandbox.run(&["new", "plugin", "site-plugin-x", "--keyway-path", "absent"]).snapshot("new_checkout_absent");
    sandbox.write("full/.hidden", "");
    sandbox.run(&["new", "sdk", "full"]).snapshot("new_not_empty");
    sandbox.run(&["new", "sdk", "x", "--path", "full/.hidden"]).snapshot("new_no_folder");
    sandbox.run(&["new", "sdk", "x", "--path", "full/.hidden/deeper/x"]).snapshot("new_below_a_file");
    for name in ["self", "1a", "s\u{e9}", "\u{43f}\u{43b}", "a.b", "a b", "", "_a", "con", "gen", "a-"] {
        let ran = sandbox.run(&["new", "plugin", "--", name]);
        assert_eq!((ran.code(), ran.stdout().as_str()), (2, ""), "{name}");
        assert!(ran.stderr().starts_with("error: KW0870 `") && ran.stderr().lines().count() == 2, "{}", ran.stderr());
    }
    sandbox.run(&["new", "host", "site-sdk"]).snapshot("new_host_called_as_its_sdk");
    sandbox.write("site/Cargo.toml", "[workspace]\nmembers = [\"old\"]\n");
    sandbox.write("site/old/Cargo.toml", "[package]\nname = \"site-plugin-search\"\n");
    sandbox.run(&["new", "plugin", "site-plugin-search", "--path", "site/new"]).snapshot("new_name_taken");
    sandbox.write("Cargo.toml", "[workspace\n");
    sandbox.run(&["new", "sdk", "x"]).snapshot("new_in_a_broken_workspace");
    let left: Vec<_> =
        std::fs::read_dir(sandbox.folder()).expect("it is there").map(|entry| entry.expect("it is there").file_name()).collect();
    assert_eq!(left.len(), 3, "nothing half written is left: {left:?}");
}

#[test]
fn what_was_made_is_told() {
    let sandbox = Sandbox::empty();
    sandbox.run(&["new", "plugin", "site-plugin-search"]).snapshot("new_plugin");
    sandbox.run(&["new", "host", "shop"]).snapshot("new_host");
    sandbox.run(&["new", "sdk", "shop-sdk"]).snapshot("new_sdk");
    sandbox.run(&["new", "host", "demo"]);
    let loud = ["new", "plugin", "demo-plugin-loud", "--path", "plugins/loud", "--sdk", "demo-sdk"];
    inside(&sandbox, "demo", &loud).snapshot("new_in_a_workspace");
}

/// Nobody may write there, root neither.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_made_is_told_in_one_line() {
    let sandbox = Sandbox::empty();
    let ran = sandbox.run(&["new", "host", "demo", "--path", "/proc/keyway/demo"]);
    assert_eq!((ran.code(), ran.stdout().as_str()), (5, ""));
    assert!(
        ran.stderr().starts_with("error: KW0855 the file `/proc/keyway/demo/") && ran.stderr().lines().count() == 2,
        "{}",
        ran.stderr()
    );
    // A link that leads nowhere is somebody's, and stays.
    let link = sandbox.folder().join("link");
    std::os::unix::fs::symlink("nowhere", &link).expect("a link can be made");
    let ran = sandbox.run(&["new", "sdk", "x", "--path", "link"]);
    assert_eq!((ran.code(), ran.stderr().lines().count()), (5, 2), "{}", ran.stderr());
    assert!(link.symlink_metadata().is_ok() && !link.exists());
    let ran = sandbox.run(&["new", "sdk", "x", "--path", &format!("deep/{}/x", "long".repeat(100))]);
    assert_eq!((ran.code(), ran.stderr().lines().count()), (5, 2), "{}", ran.stderr());
    assert!(!sandbox.folder().join("deep").exists());
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
