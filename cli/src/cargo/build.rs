//! Builds a host, and tells what came out.

use std::io::{BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::arguments::BuildArguments;
use crate::failure::{BUILD_FAILED, Class, Failure};
use crate::project::Project;

/// What Cargo built, or found built, of one crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Artifact {
    /// Cargo's name for the package.
    pub(crate) package: String,
    /// What kind of crate it is: `lib`, `bin`, `cdylib`, `custom-build` and so on.
    pub(crate) kinds: Vec<String>,
    /// The file of the crate's source.
    pub(crate) root: PathBuf,
    /// What came out.
    pub(crate) files: Vec<PathBuf>,
    /// Every file that the compiler read for it; of a program they are not known.
    pub(crate) sources: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    package_id: String,
    target: Option<Target>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    src_path: PathBuf,
}

/// Runs `cargo build` for the host, with these features, for this target. At a terminal Cargo shows how far it is; elsewhere it only tells
/// what goes wrong.
///
/// # Errors
/// Cargo cannot be started, or cannot build the host.
pub(crate) fn build_host(project: &Project, arguments: &BuildArguments, release: bool) -> Result<Vec<Artifact>, Failure> {
    let failed = |said: String| {
        Failure::new(Class::Program, BUILD_FAILED, format!("`{}` could not be built: {said}", project.name()))
            .help("mend what Cargo says above; `cargo build` with the same features has to work first")
    };
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--message-format", "json-render-diagnostics", "--manifest-path"]);
    command.arg(project.folder().join("Cargo.toml")).args(arguments.for_cargo());
    if let Some(target) = &arguments.target {
        command.args(["--target", target]);
    }
    if release {
        command.arg("--release");
    }
    if !std::io::stderr().is_terminal() {
        command.arg("--quiet");
    }
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(|error| failed(format!("cargo: {error}")))?;
    let mut artifacts = Vec::new();
    for line in child.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines) {
        let line = line.map_err(|error| failed(error.to_string()))?;
        artifacts.extend(artifact(&line, project.root()));
    }
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    if status.success() { Ok(artifacts) } else { Err(failed(format!("cargo ended with {status}"))) }
}

/// One line of what Cargo tells; `None` for one that is about something else.
fn artifact(line: &str, workspace: &Path) -> Option<Artifact> {
    let message: Message = serde_json::from_str(line).ok().filter(|message: &Message| message.reason == "compiler-artifact")?;
    let target = message.target?;
    let mut files = message.filenames;
    files.extend(message.executable);
    files.dedup();
    let sources = files.iter().find_map(|file| sources(file, workspace)).unwrap_or_default();
    Some(Artifact { package: message.package_id, kinds: target.kind, root: target.src_path, files, sources })
}

/// The files that the compiler read for `deps/libsitemap-0a1b.rlib`: it lists them in `deps/sitemap-0a1b.d`, which is written for `make`,
/// each with an empty rule of its own.
fn sources(file: &Path, workspace: &Path) -> Option<Vec<PathBuf>> {
    let (folder, stem) = (file.parent()?, file.file_stem()?.to_str()?);
    let list = folder.join(stem.strip_prefix("lib")?).with_extension("d");
    let text = std::fs::read_to_string(list).ok().filter(|_| folder.file_name() == Some("deps".as_ref()))?;
    let names = text.lines().filter_map(|line| line.strip_suffix(':'));
    Some(names.map(|name| workspace.join(name.replace("\\ ", " "))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_told_with_its_sources() {
        let folder = std::env::temp_dir().join(format!("keyway-surface-build-{}/deps", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let rules = "/t/libfeed-1.rlib: plugins/feed/src/lib.rs plugins/feed/a\\ b.rs\n\nplugins/feed/src/lib.rs:\nplugins/feed/a\\ b.rs:\n";
        std::fs::write(folder.join("feed-1.d"), rules).unwrap();
        let line = serde_json::json!({
            "reason": "compiler-artifact", "package_id": "path+file:///w#feed@1.0.0", "executable": null, "fresh": true,
            "target": {"kind": ["lib"], "src_path": "/w/plugins/feed/src/lib.rs", "name": "feed"},
            "filenames": [folder.join("libfeed-1.rlib"), folder.join("libfeed-1.rmeta")],
        });
        let found = artifact(&line.to_string(), Path::new("/w")).unwrap();
        assert_eq!((found.package.as_str(), found.kinds.as_slice()), ("path+file:///w#feed@1.0.0", &["lib".to_owned()][..]));
        assert_eq!(found.sources, ["/w/plugins/feed/src/lib.rs", "/w/plugins/feed/a b.rs"].map(PathBuf::from));
        assert_eq!(artifact(r#"{"reason":"build-finished","success":true}"#, Path::new("/w")), None);
        assert_eq!(artifact("   Compiling feed", Path::new("/w")), None);
        std::fs::remove_dir_all(folder.parent().unwrap()).unwrap();
    }
}
