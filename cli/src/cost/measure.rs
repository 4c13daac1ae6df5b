//! Builds a host without a plugin and with it, in a copy of its workspace, and measures both.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use keyway_build::project::{cargo_output, cargo_said};
use keyway_manifest::host::relative;
use serde::{Deserialize, Serialize};
use toml_edit::{DocumentMut, Item, value};

use crate::cargo;
use crate::failure::{Class, Failure, FileVerb, PROGRAM};

/// A host without the plugin, and with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Without. Its time is that of a build in an empty folder.
    pub before: MeasuredBuild,
    /// With it. Its time is that of the build after that one, which compiles only what is new.
    pub after: MeasuredBuild,
}

/// One build, with optimisation (`--release`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasuredBuild {
    /// How long it took.
    pub seconds: f64,
    /// How large the programs are, in bytes.
    pub bytes: u64,
}

/// Folders that no build reads.
const LEFT_OUT: &[&str] = &[".git", "target", "node_modules"];

/// Measures. `before` and `after` are texts of the host's Cargo.toml, whose folder is `host` in the workspace `root`; `features` are what
/// each is built with.
///
/// # Errors
/// The copy cannot be made, or a build fails.
pub(crate) fn measure(
    root: &Path,
    host: &Path,
    (before, after): (&str, &str),
    features: &[String],
    progress: &dyn Fn(&str),
) -> Result<Measured, Failure> {
    let copy = Copy::of(root).map_err(|error| Failure::file("a copy of the workspace", FileVerb::Written, root, &error))?;
    let here = copy.workspace().join(relative(root, host));
    let build = |text: &str, features: &[String]| {
        let cargo_toml = here.join("Cargo.toml");
        let write = || std::fs::write(&cargo_toml, rebased(text, host, root)?);
        write().map_err(|error| Failure::file("the copy", FileVerb::Written, &cargo_toml, &error))?;
        copy.build(&cargo_toml, features)
    };
    progress("building the host as it is, in a copy of its workspace");
    let before = build(before, &[])?;
    progress("building it with the plugin");
    let after = build(after, features)?;
    Ok(Measured { before, after })
}

/// A copy of a workspace and a folder to build it in; both go with this.
struct Copy {
    of: PathBuf,
    folder: PathBuf,
}

impl Copy {
    fn of(root: &Path) -> io::Result<Self> {
        // What is left of it when the process is killed is found by the next one, and by `cargo clean`.
        let copy = Self { of: root.to_owned(), folder: root.join("target/keyway-measure") };
        let _ = std::fs::remove_dir_all(&copy.folder);
        copy_folder(root, &copy.workspace(), root)?;
        Ok(copy)
    }

    fn workspace(&self) -> PathBuf {
        self.folder.join("workspace")
    }

    fn build(&self, cargo_toml: &Path, features: &[String]) -> Result<MeasuredBuild, Failure> {
        let failed = |said: String| {
            let failure = Failure::new(Class::Program, PROGRAM, "the host could not be built, so nothing is measured")
                .help("run `cargo build --release` in its folder; or leave out `--measure`");
            // What is said of the copy is so of the workspace.
            Failure { detail: said.replace(&*self.workspace().to_string_lossy(), &self.of.to_string_lossy()), ..failure }
        };
        let mut command = cargo::command();
        command.args(["build", "--release", "--message-format", "json-render-diagnostics", "--manifest-path"]).arg(cargo_toml);
        command.args(features).env("CARGO_TARGET_DIR", self.folder.join("target"));
        let begun = Instant::now();
        let output = cargo_output(&mut command, &|_| false).map_err(|error| failed(error.to_string()))?;
        let seconds = (begun.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        if !output.status.success() {
            return Err(failed(cargo_said(&output.stderr)));
        }
        let messages = String::from_utf8_lossy(&output.stdout);
        let programs = messages.lines().filter_map(|line| {
            let message: serde_json::Value = serde_json::from_str(line).ok()?;
            Some(message.get("executable")?.as_str()?.to_owned())
        });
        let bytes = programs.filter_map(|program| Some(std::fs::metadata(program).ok()?.len())).sum();
        Ok(MeasuredBuild { seconds, bytes })
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // The system empties the folder of temporary files too.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Copies a folder of a workspace, without what was built. What Cargo.toml files name outside of the workspace is found there.
fn copy_folder(from: &Path, to: &Path, root: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        if LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        let target = to.join(&name);
        if path.is_dir() {
            copy_folder(&path, &target, root)?;
        } else if name == "Cargo.toml" {
            std::fs::write(&target, rebased(&std::fs::read_to_string(&path)?, from, root)?)?;
        } else if path.is_file() {
            std::fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

/// A Cargo.toml whose paths that lead out of the workspace are absolute; `folder` is where it lies.
fn rebased(text: &str, folder: &Path, root: &Path) -> io::Result<String> {
    // One that is no TOML belongs to nothing that is built.
    let Ok(mut document) = text.parse::<DocumentMut>() else { return Ok(text.to_owned()) };
    rebase(document.as_item_mut(), folder, root);
    Ok(document.to_string())
}

fn rebase(item: &mut Item, folder: &Path, root: &Path) {
    let Some(table) = item.as_table_like_mut() else { return };
    for (key, item) in table.iter_mut() {
        match item.as_str().filter(|_| key == "path") {
            Some(path) => {
                let there = keyway_manifest::host::shown(&folder.join(path), root);
                if Path::new(&there).is_absolute() {
                    *item = value(there);
                }
            }
            None => rebase(item, folder, root),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_that_lead_out_become_absolute() {
        let text = "[dependencies]\nin = { path = \"../plugins/in\" } # ours\nout = { path = \"../../out\", optional = true }\n\n\
                    [target.'cfg(unix)'.dependencies.far]\npath = \"/far\"\n";
        let expected = text.replace("\"../../out\"", "\"/build/out\"");
        assert_eq!(rebased(text, Path::new("/build/site/host"), Path::new("/build/site")).unwrap(), expected);
    }
}
