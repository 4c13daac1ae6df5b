//! No plugin uses a runtime of its own: linked into a program it would find the program's, and as a library it panics.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::workspace::{folders, root};

/// What of `tokio` needs no runtime: as features of the package, and as modules and macros.
const FEATURES: [&str; 3] = ["io-util", "macros", "sync"];
const PARTS: [&str; 5] = ["io", "join", "pin", "select", "sync"];

/// The uses of `tokio` in a source that need a runtime; what stands in a `mod tests` at its end does not count.
fn uses(source: &str) -> BTreeSet<String> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let named = code
        .match_indices("tokio::")
        .filter(|(at, _)| !code[..*at].ends_with(|before: char| before.is_alphanumeric() || before == '_'));
    let parts = named.map(|(at, name)| {
        let rest = &code[at + name.len()..];
        // A list in braces is not looked into: `use tokio::{…}` is to be written as several lines.
        rest.split(|end: char| !(end.is_alphanumeric() || end == '_')).next().unwrap_or_default().to_owned()
    });
    parts.filter(|part| !PARTS.contains(&part.as_str())).map(|part| format!("tokio::{part}")).collect()
}

/// The features of `tokio` that a plugin's own code has beyond those that need no runtime.
fn features(cargo_toml: &str) -> BTreeSet<String> {
    let dependencies = cargo_toml.split("\n[").find(|table| table.starts_with("dependencies]")).unwrap_or_default();
    let Some(line) = dependencies.lines().find(|line| line.starts_with("tokio = ") || line.starts_with("tokio.")) else {
        return BTreeSet::new();
    };
    let quoted = line.split('"').skip(1).step_by(2).map(str::to_owned);
    quoted.filter(|feature| !FEATURES.contains(&feature.as_str())).collect()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") && path.file_stem().is_some_and(|name| name != "tests") {
            found.push(path);
        }
    }
}

#[test]
fn no_plugin_uses_a_runtime() {
    let plugins = root().join("plugins");
    let mut seen = 0;
    for name in folders(&plugins) {
        let folder = plugins.join(&name);
        let cargo_toml = fs::read_to_string(folder.join("Cargo.toml")).expect("a plugin has a Cargo.toml");
        assert_eq!(
            features(&cargo_toml),
            BTreeSet::new(),
            "in the `[dependencies]` of {name}; `ctx.tasks()` waits and runs for it"
        );
        let mut files = Vec::new();
        sources(&folder.join("src"), &mut files);
        for file in files {
            let source = fs::read_to_string(&file).expect("a source can be read");
            assert_eq!(uses(&source), BTreeSet::new(), "in {}; `ctx.tasks()` waits and runs for it", file.display());
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen} files");
}

#[test]
fn a_runtime_is_found() {
    let source = "use tokio::sync::Semaphore;\n// tokio::spawn is not for plugins\nfn f() { my_tokio::x(); tokio::spawn(async {}); }\n\
                  use tokio::{time, task};\n#[cfg(test)]\nmod tests {\n    #[tokio::test]\n";
    assert_eq!(Vec::from_iter(uses(source)), ["tokio::", "tokio::spawn"]);
    let cargo_toml = "[package]\nname = \"x\"\n\n[dependencies]\ntokio = { workspace = true, features = [\"rt\", \"sync\"] }\n\n\
                      [dev-dependencies]\ntokio = { workspace = true, features = [\"net\"] }\n";
    assert_eq!(Vec::from_iter(features(cargo_toml)), ["rt"]);
}
