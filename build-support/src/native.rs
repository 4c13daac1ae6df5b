//! Builds a plugin as a library and puts it where a host looks for it.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use keyway_manifest::record::{MAGIC, Record, RecordError};
use serde_json::Value;

use crate::cargo_said::cargo_output;
use crate::checksums;
use crate::environment::Environment;

/// Builds the plugin of a package as a library that a host can load: `native("cms-plugin-sitemap")`.
///
/// ```no_run
/// # fn main() -> Result<(), keyway_build::NativeError> {
/// let built = keyway_build::native("cms-plugin-sitemap").release().install("extensions")?;
/// println!("{} for `{}`", built.library.display(), built.plugin);
/// # Ok(())
/// # }
/// ```
///
/// It is what `cargo rustc --release -p PLUGIN --lib --crate-type cdylib -- --cfg keyway_native` does, and for programs beside a build,
/// such as a task runner or a test: a build script that builds in the same target folder would wait for itself.
pub fn native(package: impl Into<String>) -> Native {
    Native {
        package: package.into(),
        folder: None,
        is_release: false,
        features: Vec::new(),
        has_default_features: true,
        target_dir: None,
        rustc_arguments: Vec::new(),
        environment: Vec::new(),
    }
}

/// A library that is to be built; made by [`native`].
#[derive(Debug, Clone)]
#[must_use = "nothing is built before `build` or `install`"]
pub struct Native {
    package: String,
    folder: Option<PathBuf>,
    is_release: bool,
    features: Vec<String>,
    has_default_features: bool,
    target_dir: Option<PathBuf>,
    rustc_arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
}

/// A library that was built.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NativeLibrary {
    /// The id of its plugin.
    pub plugin: String,
    /// The file.
    pub library: PathBuf,
    /// The manifest; `None` when it stands in the plugin's source, as it does in the library in any case.
    pub manifest: Option<PathBuf>,
}

/// Why there is no library.
#[derive(Debug)]
#[non_exhaustive]
pub enum NativeError {
    /// Cargo could not be run.
    Cargo(io::Error),
    /// Cargo failed.
    Build {
        /// The package.
        package: String,
        /// What Cargo and rustc said.
        said: String,
    },
    /// Cargo says nothing of a library.
    NoLibrary {
        /// The package.
        package: String,
    },
    /// The library is not that of a plugin, or its manifest has mistakes.
    Record {
        /// The library.
        library: PathBuf,
        /// What is wrong.
        error: RecordError,
    },
    /// A file could not be read or written.
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

impl Native {
    /// Runs Cargo in this folder, which decides on the workspace; that of the process otherwise.
    pub fn in_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Builds with the profile `release`; with `dev` otherwise.
    pub const fn release(mut self) -> Self {
        self.is_release = true;
        self
    }

    /// Turns features of the package on.
    pub fn features<S: Into<String>>(mut self, features: impl IntoIterator<Item = S>) -> Self {
        self.features.extend(features.into_iter().map(Into::into));
        self
    }

    /// Leaves out the features that are on by default.
    pub const fn no_default_features(mut self) -> Self {
        self.has_default_features = false;
        self
    }

    /// Builds in this target folder; in that of the workspace otherwise.
    pub fn target_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.target_dir = Some(folder.into());
        self
    }

    /// Hands one more argument to rustc, for the plugin's crate alone.
    pub fn rustc_argument(mut self, argument: impl Into<OsString>) -> Self {
        self.rustc_arguments.push(argument.into());
        self
    }

    /// Sets a variable for Cargo, for example `RUSTFLAGS`.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Builds the library and leaves it in the target folder, where the next build of the same package may replace it.
    ///
    /// # Errors
    /// When it does not build, or what was built is no plugin.
    pub fn build(&self) -> Result<NativeLibrary, NativeError> {
        let output = cargo_output(&mut self.command(), &|_| false).map_err(NativeError::Cargo)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(NativeError::Build { package: self.package.clone(), said });
        }
        let made = produced(&output.stdout).ok_or_else(|| NativeError::NoLibrary { package: self.package.clone() })?;
        let plugin = plugin_of(&made.library)?;
        Ok(NativeLibrary { plugin, manifest: Some(made.manifest).filter(|manifest| manifest.is_file()), library: made.library })
    }

    /// Builds the library and puts it with its manifest into the folder `<extensions>/<id of the plugin>/`, in place of what is there.
    /// Then their digests go into the `SHA256SUMS` of that folder, whose lines about other files stay.
    ///
    /// Each file appears whole, under its own name: a host that watches the folder never reads half a library.
    ///
    /// # Errors
    /// When it does not build, what was built is no plugin, or the folder cannot be written.
    pub fn install(&self, extensions: impl AsRef<Path>) -> Result<NativeLibrary, NativeError> {
        let built = self.build()?;
        let folder = extensions.as_ref().join(&built.plugin);
        fs::create_dir_all(&folder).map_err(|error| NativeError::File { path: folder.clone(), error })?;
        let manifest = built.manifest.as_deref().map(|from| put(from, &folder)).transpose()?;
        let library = put(&built.library, &folder)?;
        put_checksums(&folder, [Some(&library), manifest.as_ref()].into_iter().flatten())?;
        Ok(NativeLibrary { library, manifest, plugin: built.plugin })
    }

    fn command(&self) -> Command {
        let cargo = Environment::of_this_process().path("CARGO").unwrap_or_else(|| PathBuf::from("cargo"));
        let mut command = Command::new(cargo);
        command.args(["rustc", "--lib", "--crate-type", "cdylib", "--message-format", "json-render-diagnostics"]);
        command.args(["--package", &self.package]);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        if self.is_release {
            command.arg("--release");
        }
        if !self.has_default_features {
            command.arg("--no-default-features");
        }
        if !self.features.is_empty() {
            command.args(["--features", &self.features.join(",")]);
        }
        if let Some(folder) = &self.target_dir {
            command.arg("--target-dir").arg(folder);
        }
        command.args(["--", "--cfg", "keyway_native"]).args(&self.rustc_arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// What Cargo says that it made.
struct Produced {
    library: PathBuf,
    /// Where the package would have its manifest.
    manifest: PathBuf,
}

/// Finds the library in Cargo's messages: the last one, for what it depends on may be a library of this kind too.
fn produced(messages: &[u8]) -> Option<Produced> {
    let messages = messages.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let made = messages.filter(|message| message["reason"] == "compiler-artifact");
    let mut library = made.filter(|message| {
        let kinds = message["target"]["crate_types"].as_array();
        kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind == "cdylib"))
    });
    let library = library.next_back()?;
    // Beside it may lie what debuggers read.
    let is_library = |path: &&Path| path.extension().is_some_and(|extension| extension == std::env::consts::DLL_EXTENSION);
    let files = library["filenames"].as_array()?;
    let file = files.iter().filter_map(|file| Some(Path::new(file.as_str()?))).find(is_library)?;
    let manifest = Path::new(library["manifest_path"].as_str()?).with_file_name("plugin.toml");
    Some(Produced { library: file.to_owned(), manifest })
}

/// The id of a library's plugin, from its record.
fn plugin_of(library: &Path) -> Result<String, NativeError> {
    let bytes = fs::read(library).map_err(|error| NativeError::File { path: library.to_owned(), error })?;
    let descriptor = record_in(&bytes).and_then(|record| record.descriptor());
    let descriptor = descriptor.map_err(|error| NativeError::Record { library: library.to_owned(), error })?;
    Ok(descriptor.id.as_str().to_owned())
}

/// Finds the record in a library that was just built. A host reads its section; here its first bytes do, which may stand in code too.
fn record_in(library: &[u8]) -> Result<Record, RecordError> {
    let mut problem = RecordError::Absent;
    let begins = library.windows(MAGIC.len()).enumerate().filter(|(_, bytes)| *bytes == MAGIC);
    for (at, _) in begins {
        let length = library.get(at + 12..at + 16).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
        let Some(section) = length.and_then(|length| library.get(at..at.checked_add(length as usize)?)) else { continue };
        match Record::read(section, &[]) {
            Ok(record) => return Ok(record),
            Err(error) => problem = error,
        }
    }
    Err(problem)
}

/// Copies a file into a folder under its own name.
fn put(from: &Path, folder: &Path) -> Result<PathBuf, NativeError> {
    let name = from.file_name().unwrap_or(from.as_os_str());
    put_whole(name, folder, |to| fs::copy(from, to).map(drop))
}

/// Brings the `SHA256SUMS` of a folder up to date with these files in it.
fn put_checksums<'a>(folder: &Path, files: impl Iterator<Item = &'a PathBuf>) -> Result<(), NativeError> {
    let read = |path: &Path| fs::read(path).map_err(|error| NativeError::File { path: path.to_owned(), error });
    let named = files.map(|path| {
        let name = path.file_name().unwrap_or(path.as_os_str());
        Ok((name.to_string_lossy().into_owned(), read(path)?))
    });
    let files = named.collect::<Result<Vec<_>, _>>()?;
    let sums = folder.join(checksums::FILE);
    let before = if sums.exists() { read(&sums)? } else { Vec::new() };
    let text = checksums::updated(&String::from_utf8_lossy(&before), &files);
    put_whole(checksums::FILE.as_ref(), folder, |to| fs::write(to, text)).map(drop)
}

/// Writes a file, so that it appears in a folder whole. Only its owner may write to it, as hosts demand.
fn put_whole(name: &OsStr, folder: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> Result<PathBuf, NativeError> {
    let to = folder.join(name);
    let mut unfinished = OsString::from(".");
    unfinished.push(name);
    unfinished.push(".new");
    let unfinished = folder.join(unfinished);
    let put = write(&unfinished).and_then(|()| keep_others_out(&unfinished)).and_then(|()| fs::rename(&unfinished, &to));
    match put {
        Ok(()) => Ok(to),
        Err(error) => {
            // What is wrong is told; that the half of it stays as well would say nothing more.
            let _ = fs::remove_file(&unfinished);
            Err(NativeError::File { path: to, error })
        }
    }
}

#[cfg(unix)]
fn keep_others_out(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn keep_others_out(_: &Path) -> io::Result<()> {
    Ok(())
}

impl fmt::Display for NativeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cargo(error) => write!(formatter, "cargo could not be run: {error}"),
            Self::Build { package, said } => write!(formatter, "`{package}` does not build as a library:\n{said}"),
            Self::NoLibrary { package } => write!(
                formatter,
                "cargo made no library of `{package}`\n  help: name a package with a `[lib]`, whose crate has `#[derive(Plugin)]`"
            ),
            Self::Record { library, error } => write!(formatter, "{}: {error}", library.display()),
            Self::File { path, error } => write!(formatter, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for NativeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Cargo(error) | Self::File { error, .. } => Some(error),
            Self::Build { .. } | Self::NoLibrary { .. } | Self::Record { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_last_library_in_the_messages() {
        let library = format!("/t/libfeed.{}", std::env::consts::DLL_EXTENSION);
        let messages = format!(
            "{}\n{}\nnot a message\n{}\n",
            r#"{"reason":"compiler-artifact","target":{"crate_types":["cdylib"]},"manifest_path":"/w/dep/Cargo.toml","filenames":["/t/libdep.so"]}"#,
            r#"{"reason":"compiler-artifact","target":{"crate_types":["lib"]},"manifest_path":"/w/sdk/Cargo.toml","filenames":["/t/libsdk.rlib"]}"#,
            format_args!(
                r#"{{"reason":"compiler-artifact","target":{{"crate_types":["cdylib"]}},"manifest_path":"/w/feed/Cargo.toml","filenames":["/t/feed.dwp","{library}"]}}"#
            ),
        );
        let made = produced(messages.as_bytes()).unwrap();
        assert_eq!(made.library, Path::new(&library));
        assert_eq!(made.manifest, Path::new("/w/feed/plugin.toml"));
        assert!(produced(b"{\"reason\":\"build-finished\",\"success\":true}").is_none());
    }

    #[test]
    fn a_library_without_a_record_is_no_plugin() {
        assert_eq!(record_in(b"\x7fELF and so on").unwrap_err(), RecordError::Absent);
        let cut: Vec<u8> = MAGIC.into_iter().chain([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]).collect();
        assert_eq!(record_in(&cut).unwrap_err(), RecordError::Absent);
    }

    #[test]
    fn a_file_is_put_whole_and_for_its_owner_alone() {
        let folder = std::env::temp_dir().join(format!("keyway-build-put-{}", std::process::id()));
        let (from, to) = (folder.join("from"), folder.join("to"));
        fs::create_dir_all(&from).unwrap();
        fs::create_dir_all(&to).unwrap();
        fs::write(from.join("a.so"), "new").unwrap();
        fs::write(to.join("a.so"), "old").unwrap();
        assert_eq!(put(&from.join("a.so"), &to).unwrap(), to.join("a.so"));
        assert_eq!(fs::read_to_string(to.join("a.so")).unwrap(), "new");
        assert_eq!(fs::read_dir(&to).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(to.join("a.so")).unwrap().permissions().mode() & 0o777, 0o644);
        }
        assert!(put(&from.join("absent.so"), &to).is_err());
        assert_eq!(fs::read_dir(&to).unwrap().count(), 1);
        put_checksums(&to, [&to.join("a.so")].into_iter()).unwrap();
        let sums = fs::read_to_string(to.join("SHA256SUMS")).unwrap();
        assert_eq!(sums, "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437  a.so\n", "of `new`");
        assert_eq!(fs::read_dir(&to).unwrap().count(), 2);
        fs::remove_dir_all(&folder).unwrap();
    }
}
