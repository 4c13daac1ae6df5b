//! Where the project lies, and building crates of it in folders of their own below `target/`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the project.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in a folder of the workspace")
}

/// Copies `tests/fixtures/<name>` to `target/fixtures/<name>`, where relative paths lead to the same places. Files that are the same
/// are left alone, so that Cargo sees no change.
pub(crate) fn copy_of_fixtures(name: &str) -> PathBuf {
    let copy = root().join("target/fixtures").join(name);
    copy_folder(&root().join("tests/fixtures").join(name), &copy);
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder below target/ can be made");
    for entry in std::fs::read_dir(from).expect("the folder exists") {
        let from = entry.expect("the folder can be read").path();
        let to = to.join(from.file_name().expect("an entry has a name"));
        if from.is_dir() {
            copy_folder(&from, &to);
            continue;
        }
        let content = std::fs::read(&from).expect("a fixture can be read");
        if std::fs::read(&to).ok().as_ref() != Some(&content) {
            std::fs::write(&to, content).expect("a file below target/ can be written");
        }
    }
}

/// Gives a copied workspace the project's Cargo.lock, so that it builds offline with the crates that are here anyway.
pub(crate) fn copy_lock_file(workspace: &Path) {
    std::fs::copy(root().join("Cargo.lock"), workspace.join("Cargo.lock")).expect("the project has a Cargo.lock");
}

/// The names of the folders in a folder, sorted.
pub(crate) fn folders(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder exists").flatten();
    let mut names: Vec<String> =
        entries.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Takes away what the Cargo that runs the tests told them about itself.
pub(crate) fn clean_environment(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if (text.starts_with("CARGO_") && text != "CARGO_HOME") || text == "RUSTFLAGS" {
            command.env_remove(&name);
        }
    }
    command.env("CARGO_TERM_COLOR", "never");
}

/// Whether the compiler is the one that the checked-in texts come from; prints the reason for a skipped test when not.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub(crate) fn is_pinned_compiler(reason: &str) -> bool {
    let output = Command::new("rustc").arg("--version").output().expect("rustc can be started");
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    let pinned = version.starts_with("rustc 1.95.");
    if !pinned {
        println!("skipped with {}: {reason}; they are from rustc 1.95", version.trim());
    }
    pinned
}
