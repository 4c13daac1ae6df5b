//! A workspace of generated crates that are compiled again and again, in turns.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use crate::usage;

/// One crate to compile.
pub(crate) struct Case {
    /// What the table calls it.
    pub(crate) name: &'static str,
    /// Lines under `[dependencies]`.
    pub(crate) dependencies: String,
    /// The crate's `src/lib.rs`.
    pub(crate) source: String,
}

/// How a crate is compiled.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mode {
    /// `cargo check`
    Check,
    /// `cargo build`, debug profile
    Build,
}

impl Mode {
    pub(crate) fn command(self) -> &'static str {
        match self {
            Self::Check => "cargo check",
            Self::Build => "cargo build",
        }
    }
}

/// What compiling one case took, in processor seconds, one for each round.
pub(crate) struct Samples {
    pub(crate) name: &'static str,
    pub(crate) seconds: Vec<f64>,
}

/// The generated workspace.
pub(crate) struct Project {
    folder: PathBuf,
    names: Vec<&'static str>,
}

/// The folder of generated crates.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target").join("compile-time")
}

/// The root of the Keyway workspace, with `/` between the parts, as TOML text wants it.
pub(crate) fn keyway_root() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/..").replace('\\', "/")
}

impl Project {
    /// Writes the cases as members `case-0`, `case-1` … of one workspace.
    pub(crate) fn write(topic: &str, cases: &[Case]) -> Result<Self, String> {
        let folder = folder().join(topic);
        write(
            &folder.join("Cargo.toml"),
            "[workspace]\nresolver = \"3\"\nmembers = [\"case-*\"]\n\n[profile.dev]\nincremental = false\n",
        )?;
        for (index, case) in cases.iter().enumerate() {
            let member = folder.join(format!("case-{index}"));
            let manifest = format!(
                "[package]\nname = \"case-{index}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{}",
                case.dependencies
            );
            write(&member.join("Cargo.toml"), &manifest)?;
            write(&member.join("src").join("lib.rs"), &case.source)?;
        }
        Ok(Self { folder, names: cases.iter().map(|case| case.name).collect() })
    }

    /// Compiles every case once to warm up, then `rounds` times, each round through all cases.
    pub(crate) fn compile(&self, mode: Mode, rounds: usize) -> Result<Vec<Samples>, String> {
        let mut samples: Vec<_> = self.names.iter().map(|&name| Samples { name, seconds: Vec::with_capacity(rounds) }).collect();
        for round in 0..=rounds {
            for (index, case) in samples.iter_mut().enumerate() {
                let seconds = self.compile_once(mode, index)?;
                if round > 0 {
                    case.seconds.push(seconds);
                }
            }
        }
        Ok(samples)
    }

    fn compile_once(&self, mode: Mode, index: usize) -> Result<f64, String> {
        let source = self.folder.join(format!("case-{index}")).join("src").join("lib.rs");
        let touched = File::options().append(true).open(&source).and_then(|file| file.set_modified(SystemTime::now()));
        touched.map_err(|error| format!("cannot touch {}: {error}", source.display()))?;
        let log = self.folder.join("usage.log");
        let this_program = std::env::current_exe().map_err(|error| format!("cannot find this program's file: {error}"))?;
        let mut cargo = cargo(&self.folder);
        cargo.args(mode.command().split(' ').skip(1)).args(["--quiet", "--package", &format!("case-{index}")]);
        cargo.env("RUSTC_WORKSPACE_WRAPPER", this_program).env(usage::LOG_VARIABLE, &log);
        let _ = fs::remove_file(&log);
        run(&mut cargo)?;
        let name = self.names[index];
        usage::last_of(&log, &format!("case_{index}")).ok_or_else(|| format!("cargo did not compile the case `{name}`"))
    }
}

/// A cargo command in `folder` that no setting of the surrounding cargo reaches.
pub(crate) fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_") && name != "CARGO_HOME" || name == "RUSTFLAGS") {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Runs a command and gives back what it printed.
pub(crate) fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("cannot start cargo: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr)))
}

/// Writes a file unless it already says the same, and makes the folders above it.
pub(crate) fn write(file: &Path, text: &str) -> Result<(), String> {
    if fs::read_to_string(file).is_ok_and(|present| present == text) {
        return Ok(());
    }
    let made = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(file, text));
    made.map_err(|error| format!("cannot write {}: {error}", file.display()))
}
