//! The program that is to load the libraries: this test itself.

use std::fs;
use std::path::Path;
use std::process::Command;

use keyway::Host;
use keyway::host::HostBuilder;

use super::workspace::{Workspace, root};
use crate::suite::POLICY;

keyway::host! {
    policy = grant_requested,
    plugins = [],
    sdk = misfit_sdk,
    census_test = off,
}

/// A host that loads the plugin of a workspace.
pub(super) fn builder(workspace: &Workspace) -> HostBuilder {
    Host::builder(plugins()).native_policy(POLICY).native_dir(workspace.extensions())
}

/// What the host says of a library that it does not load; fails when it loads it, or when any code of it has run.
pub(super) async fn refusal(workspace: &Workspace) -> String {
    let refused = builder(workspace).required("test.misfit").start().await;
    let Err(error) = refused else { panic!("the library was accepted") };
    assert!(!workspace.marker().exists(), "code of the library ran before it was refused: {error}");
    error.to_string().replace(workspace.extensions().to_str().expect("the path is UTF-8"), "<extensions>")
}

/// Compares a text with the one that is checked in, or with `KEYWAY_UPDATE=1` puts it there. Only compilers and their numbers vary.
pub(super) fn check(name: &str, text: &str) {
    let text = without_compilers(text);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("misfit/expected").join(format!("{name}.txt"));
    if std::env::var_os("KEYWAY_UPDATE").is_some() {
        fs::write(&file, format!("{text}\n")).expect("the text can be written");
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        text == expected.trim_end_matches('\n'),
        "{} differs; 'KEYWAY_UPDATE=1 cargo test -p keyway-conformance' puts in its place:\n{text}",
        file.strip_prefix(root()).unwrap_or(&file).display()
    );
}

/// Takes out what another compiler changes: its versions, its commits, and the numbers that it has for types.
fn without_compilers(text: &str) -> String {
    let mut text = text.to_owned();
    for (toolchain, shown) in [("", "host"), ("+nightly", "nightly")] {
        let mut command = Command::new("rustc");
        command.args(Some(toolchain).filter(|toolchain| !toolchain.is_empty())).arg("-vV");
        let Ok(told) = command.output() else { continue };
        for line in String::from_utf8_lossy(&told.stdout).lines() {
            let Some((key, value)) = line.split_once(": ") else { continue };
            if matches!(key, "release" | "commit-hash") {
                text = text.replace(value, &format!("<{key} of {shown}>"));
            }
        }
    }
    let mut words = String::new();
    for word in text.split_inclusive([' ', '\n']) {
        let number = word
            .trim_end()
            .strip_suffix('…')
            .filter(|digits| digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        words.push_str(&number.map_or_else(|| word.to_owned(), |number| word.replace(number, "<number>")));
    }
    words
}
