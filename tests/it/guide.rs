//! What the guide and the README quote is what is there: code of plugins, texts of errors, and examples that compile.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace::{clean_environment, copy_lock_file, root};

/// One fenced block of a page that a comment before it says something about.
struct Block {
    page: PathBuf,
    /// `from`, `expected`, `error`, `compiled` or `run`.
    kind: String,
    /// What follows the kind in the comment.
    subject: String,
    text: String,
}

/// Every `<!-- kind: subject -->` with the fenced block after it.
fn blocks(page: &Path) -> Vec<Block> {
    let text = std::fs::read_to_string(page).expect("a page can be read");
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some((kind, subject)) =
            line.strip_prefix("<!-- ").and_then(|line| line.strip_suffix(" -->")).and_then(|comment| comment.split_once(": "))
        else {
            continue;
        };
        let fence = lines.next().unwrap_or_default();
        assert!(fence.starts_with("```"), "{}: `{line}` is not followed by a block", page.display());
        let content: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        blocks.push(Block {
            page: page.to_owned(),
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            text: content.join("\n"),
        });
    }
    blocks
}

fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md")];
    let entries = std::fs::read_dir(root().join("docs")).expect("the guide is there");
    pages
        .extend(entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    pages.sort();
    pages
}

fn all_blocks() -> Vec<Block> {
    pages().iter().flat_map(|page| blocks(page)).collect()
}

#[test]
fn quotes_are_what_the_files_say() {
    let mut wrong = Vec::new();
    let mut compared = 0;
    for block in all_blocks() {
        let source = match block.kind.as_str() {
            "from" => root().join(&block.subject),
            "expected" => root().join("tests/fixtures/hosts/cases").join(&block.subject).join("expected.txt"),
            "error" => root().join("tests/fixtures/manifest").join(&block.subject).with_extension("txt"),
            // `run` is for the tests of `cargo keyway`.
            "compiled" | "run" => continue,
            kind => panic!("{}: `{kind}` is no kind of quote", block.page.display()),
        };
        compared += 1;
        let there = std::fs::read_to_string(&source).unwrap_or_else(|error| panic!("{}: {error}", source.display()));
        // The hosts of the fixtures lie three folders away from the plugins; the guide's reader has them in one workspace.
        let there = there.replace("../../../plugins/", "plugins/");
        if block.text.is_empty() || !there.contains(&block.text) {
            wrong.push(format!("{} quotes {}, which does not say:\n{}", block.page.display(), source.display(), block.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(compared >= 10, "the guide quotes {compared} places");
}

/// The text of the README's block of this name.
fn compiled(name: &str) -> String {
    let blocks = blocks(&root().join("README.md"));
    let block = blocks.iter().find(|block| block.kind == "compiled" && block.subject == name);
    block.unwrap_or_else(|| panic!("the README has no block `{name}`")).text.clone()
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder below target/ can be made");
    if std::fs::read_to_string(path).ok().as_deref() != Some(text) {
        std::fs::write(path, text).expect("a file below target/ can be written");
    }
}

/// The five-minute paths of the README, as a reader would lay them out: a plugin of keyway-cms, and an SDK with a host and a plugin.
#[test]
fn the_readme_compiles_and_runs() {
    let folder = root().join("target/fixtures/readme");
    let project = root().display();
    write(&folder.join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"greet\", \"sdk\", \"host\", \"plugin\"]\n");
    copy_lock_file(&folder);
    let package =
        |name: &str, rest: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n{rest}");

    let dependencies = format!(
        "[dependencies]\nkeyway = {{ path = \"{project}/core\" }}\nkeyway-cms-sdk = {{ path = \"{project}/host-app/sdk\" }}\n"
    );
    write(&folder.join("greet/Cargo.toml"), &package("cms-plugin-greet", &dependencies));
    write(&folder.join("greet/plugin.toml"), &compiled("manifest"));
    write(&folder.join("greet/src/lib.rs"), &compiled("plugin"));

    let keyway = format!("[dependencies]\nkeyway = {{ path = \"{project}/core\" }}\n");
    write(&folder.join("sdk/Cargo.toml"), &package("demo-sdk", &keyway));
    write(&folder.join("sdk/src/lib.rs"), &compiled("sdk"));

    write(
        &folder.join("plugin/Cargo.toml"),
        &package("demo-plugin-loud", &format!("{keyway}demo-sdk = {{ path = \"../sdk\" }}\n")),
    );
    write(&folder.join("plugin/plugin.toml"), "manifest-version = 1\n\n[plugin]\nid = \"demo.loud\"\nhost = \"^0.1\"\n");
    write(
        &folder.join("plugin/src/lib.rs"),
        "use demo_sdk::Filter;\nuse keyway::prelude::*;\n\n#[derive(Plugin)]\n#[plugin(provides(Filter))]\npub struct Loud;\n\n\
         impl Lifecycle for Loud {\n    type Config = ();\n    async fn init(_: &Context<Self>, _: ()) -> Result<Self, Error> {\n        \
         Ok(Self)\n    }\n}\n\nimpl Filter for Loud {\n    fn apply(&self, line: &str) -> Option<String> {\n        \
         Some(line.to_uppercase())\n    }\n}\n",
    );

    let host = format!(
        "[features]\ndefault = [\"loud\"]\nloud = [\"dep:demo-plugin-loud\"]\n\n[dependencies]\n\
         keyway = {{ path = \"{project}/core\", features = [\"host\"] }}\ndemo-sdk = {{ path = \"../sdk\" }}\n\
         demo-plugin-loud = {{ path = \"../plugin\", optional = true }}\n\
         tokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n\n\
         [package.metadata.keyway]\nplugins = [\"demo-plugin-*\"]\n"
    );
    write(&folder.join("host/Cargo.toml"), &package("demo-host", &host));
    write(&folder.join("host/src/main.rs"), &compiled("host"));

    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).current_dir(&folder);
        clean_environment(&mut command);
        command.env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", folder.with_file_name("build"));
        command.output().expect("cargo can be started")
    };
    let checked = cargo(&["check", "--quiet", "-p", "cms-plugin-greet"]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let ran = cargo(&["run", "--quiet", "-p", "demo-host"]);
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "HELLO\n", "{}", String::from_utf8_lossy(&ran.stderr));
}

/// `docs/errors/index.md` lists every page of that folder with its title; `KEYWAY_UPDATE=1` writes it anew.
#[test]
fn the_index_of_errors_is_complete() {
    let folder = root().join("docs/errors");
    let mut pages: Vec<String> = std::fs::read_dir(&folder)
        .expect("the folder is there")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != "index.md" && name.ends_with(".md"))
        .collect();
    pages.sort();
    let groups = [
        ("KW01", "One manifest", "Found by `#[derive(Plugin)]` while the plugin compiles."),
        ("KW02", "The macros", "Found by `#[derive(Plugin)]` and `#[extension_point]`."),
        ("KW03", "The graph", "Found by `host!` while the host compiles, by `keyway-build`, and later when plugins are loaded."),
        ("KW04", "The host", "Found by `host!` in its arguments, the host's Cargo.toml and `host.toml`."),
        ("KW05", "The census", "Found by the test that `host!` generates, and at start."),
        ("KW06", "At run time", "Told in errors and in the log."),
        (
            "KW07",
            "Native plugins",
            "Found in a library and its files before it is used, when it is loaded, and when it is replaced.",
        ),
        ("KW08", "The lock and the tools", "Found in `keyway.lock`, in what is held to it, and by `cargo keyway`."),
        ("", "From Cargo", "Texts of other tools that Keyway causes."),
    ];
    let mut index = String::from(
        "+++\ntitle = \"Errors\"\ndescription = \"A page for each error code\"\norder = 70\n+++\n# Errors\n\nEvery mistake that Keyway \
         finds has a code. All independent mistakes are reported at once.\n",
    );
    let mut listed = std::collections::BTreeSet::new();
    for (prefix, title, found) in groups {
        let group: Vec<&String> = pages.iter().filter(|page| page.starts_with(prefix) && !listed.contains(*page)).collect();
        if group.is_empty() {
            continue;
        }
        index.push_str(&format!("\n## {title}\n\n{found}\n\n"));
        for page in group {
            let text = std::fs::read_to_string(folder.join(page)).expect("a page can be read");
            let title = text.lines().find_map(|line| line.strip_prefix("# ")).expect("a page has a title");
            index.push_str(&format!("- [{title}]({page})\n"));
            listed.insert(page.clone());
        }
    }
    let file = folder.join("index.md");
    if std::env::var_os("KEYWAY_UPDATE").is_some() {
        std::fs::write(&file, &index).expect("the index can be written");
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(there == index, "docs/errors/index.md is not fresh: KEYWAY_UPDATE=1 cargo test -p keyway-tests the_index_of_errors");
}
