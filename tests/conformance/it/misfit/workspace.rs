//! Builds the plugin of `tests/conformance/misfit` in workspaces of its own, each with something changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use keyway_build::{NativeError, native};

/// All files of the template, as a workspace has them.
const FILES: [(&str, &str); 8] = [
    ("Cargo.toml", WORKSPACE),
    (LOCK, include_str!("../../../../Cargo.lock")),
    ("sdk/Cargo.toml", include_str!("../../misfit/sdk/Cargo.toml")),
    ("sdk/build.rs", include_str!("../../misfit/sdk/build.rs")),
    ("sdk/src/lib.rs", include_str!("../../misfit/sdk/src/lib.rs")),
    ("plugin/Cargo.toml", include_str!("../../misfit/plugin/Cargo.toml")),
    ("plugin/plugin.toml", include_str!("../../misfit/plugin/plugin.toml")),
    ("plugin/src/lib.rs", include_str!("../../misfit/plugin/src/lib.rs")),
];

/// The project's Cargo.lock. Cargo takes out of a copy of it what the workspace does not need.
const LOCK: &str = "Cargo.lock.from";

/// The profile is the project's: Cargo counts it into the numbers of types.
const WORKSPACE: &str = r#"[workspace]
resolver = "3"
members = ["sdk", "plugin"]

[workspace.package]
version = "0.1.0"
edition = "2024"

[workspace.dependencies]
keyway = { path = "ROOT/core" }
keyway-build = { path = "ROOT/build-support" }
misfit-sdk = { path = "sdk" }

[workspace.lints]

[profile.dev]
debug = "line-tables-only"
"#;

/// Builds go one after the other: they leave a library of one name in one target folder.
static BUILDS: Mutex<()> = Mutex::new(());

/// The root of the project.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the tests lie two folders below the workspace")
}

/// A workspace with the SDK and the plugin, in a folder below `target/`.
pub(crate) struct Workspace {
    folder: PathBuf,
    files: Vec<(&'static str, String)>,
    rustc_arguments: Vec<&'static str>,
    environment: Vec<(&'static str, String)>,
    is_release: bool,
    target: PathBuf,
}

impl Workspace {
    /// The template as it is.
    pub(crate) fn new(name: &str) -> Self {
        let folder = root().join("target/fixtures/misfit").join(name);
        let written = |text: &str| text.replace("ROOT", root().to_str().expect("the project's path is UTF-8"));
        let files = FILES.map(|(path, text)| (path, if path == "Cargo.toml" { written(text) } else { text.to_owned() }));
        Self {
            folder,
            files: files.into(),
            rustc_arguments: Vec::new(),
            environment: Vec::new(),
            is_release: false,
            target: root().join("target"),
        }
    }

    /// Changes a text of a file, which must stand there.
    pub(crate) fn with(mut self, path: &str, text: &str, changed: &str) -> Self {
        let file = self.files.iter_mut().find(|(known, _)| *known == path).expect("the template has the file");
        assert!(file.1.contains(text), "`{text}` is not in {path}");
        file.1 = file.1.replace(text, changed);
        self
    }

    /// Adds lines to the workspace's Cargo.toml.
    pub(crate) fn with_settings(mut self, lines: &str) -> Self {
        self.files[0].1.push_str(lines);
        self
    }

    pub(crate) fn rustc_argument(mut self, argument: &'static str) -> Self {
        self.rustc_arguments.push(argument);
        self
    }

    pub(crate) fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    pub(crate) const fn release(mut self) -> Self {
        self.is_release = true;
        self
    }

    /// Builds in a target folder below the workspace, where the SDK's build script finds the workspace's Cargo.lock.
    pub(crate) fn with_own_target(mut self) -> Self {
        self.target = self.folder.join("target");
        self
    }

    /// The file that the library's constructor writes.
    pub(crate) fn marker(&self) -> PathBuf {
        self.folder.join("marker")
    }

    /// The folder in which a host finds the library.
    pub(crate) fn extensions(&self) -> PathBuf {
        self.folder.join("extensions")
    }

    /// Builds the plugin as a library into [`extensions`](Self::extensions).
    pub(crate) fn build(&self) -> Result<PathBuf, NativeError> {
        self.write();
        let mut library = native("misfit-plugin")
            .in_folder(&self.folder)
            .target_dir(&self.target)
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TERM_COLOR", "never")
            .env("MISFIT_MARKER", self.marker());
        if self.is_release {
            library = library.release();
        }
        library = self.rustc_arguments.iter().fold(library, |library, argument| library.rustc_argument(argument));
        library = self.environment.iter().fold(library, |library, (name, value)| library.env(name, value));
        let _builds = BUILDS.lock().unwrap_or_else(PoisonError::into_inner);
        library.install(self.extensions()).map(|built| built.library)
    }

    /// Builds the plugin as somebody does who does not know of `--cfg keyway_native`.
    pub(crate) fn build_plainly(&self) -> PathBuf {
        self.write();
        let _builds = BUILDS.lock().unwrap_or_else(PoisonError::into_inner);
        let mut command = Command::new(env!("CARGO"));
        command.args(["rustc", "--offline", "--package", "misfit-plugin", "--lib", "--crate-type", "cdylib", "--target-dir"]);
        command.arg(&self.target).current_dir(&self.folder).env("MISFIT_MARKER", self.marker());
        let output = command.output().expect("cargo can be started");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let name = format!("{}misfit_plugin{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
        let folder = self.extensions().join("test.misfit");
        fs::create_dir_all(&folder).expect("a folder below target/ can be made");
        fs::copy(self.target.join("debug").join(&name), folder.join(&name)).expect("the library was built");
        folder.join(name)
    }

    /// Writes what is not there yet, so that Cargo sees no change where there is none.
    fn write(&self) {
        for (name, text) in &self.files {
            let path = self.folder.join(name);
            if fs::read_to_string(&path).is_ok_and(|there| there == *text) {
                continue;
            }
            fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder below target/ can be made");
            fs::write(&path, text).expect("a file below target/ can be written");
            if *name == LOCK {
                fs::copy(&path, self.folder.join("Cargo.lock")).expect("a file below target/ can be written");
            }
        }
        let _ = fs::remove_file(self.marker());
    }
}
