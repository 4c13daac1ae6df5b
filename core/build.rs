//! Tells the crate by which compiler and for which target it is built: a plugin that comes as a library must have the host's.
//!
//! Cargo asks for a build script where `links` is set, so that there was one before.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Cargo runs the script again by itself when the compiler is another one.
    let said = compiler();
    let line =
        |key: &str| said.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": ")).filter(|value| *value != "unknown");
    println!("cargo::rustc-env=KEYWAY_RUSTC={}", line("release").unwrap_or_default());
    println!("cargo::rustc-env=KEYWAY_RUSTC_COMMIT={}", line("commit-hash").unwrap_or_default());
    println!("cargo::rustc-env=KEYWAY_TARGET={}", std::env::var("TARGET").unwrap_or_default());
}

/// What `rustc -vV` says; nothing when it does not answer.
fn compiler() -> String {
    let answer = std::env::var_os("RUSTC").and_then(|rustc| Command::new(rustc).arg("-vV").output().ok());
    let answer = answer.filter(|answer| answer.status.success());
    answer.map(|answer| String::from_utf8_lossy(&answer.stdout).into_owned()).unwrap_or_default()
}
