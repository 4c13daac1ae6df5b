//! What Cargo built, or found built, as its messages tell.

use std::io::{self, BufRead, BufReader, IsTerminal};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

use keyway_build::project::{hear, is_progress};
use serde::Deserialize;

/// What came out of one crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Artifact {
    /// Cargo's name for the package.
    pub(crate) package: String,
    /// The name of the crate as code writes it.
    pub(crate) crate_name: String,
    /// What kind of crate it is: `lib`, `bin`, `cdylib`, `custom-build` and so on.
    pub(crate) kinds: Vec<String>,
    /// The file of the crate's source.
    pub(crate) root: PathBuf,
    /// What came out.
    pub(crate) files: Vec<PathBuf>,
    /// Every file that the compiler read for it, absolute; of a program they are not known.
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
    name: String,
    kind: Vec<String>,
    src_path: PathBuf,
}

/// Runs a Cargo that builds in a workspace and tells it in JSON (`--message-format json-render-diagnostics`), to its end. At a terminal it
/// shows how far it is; elsewhere only what goes wrong, and that it waits.
///
/// # Errors
/// It cannot be started.
pub(crate) fn build(command: &mut Command, workspace: &Path) -> io::Result<(ExitStatus, Vec<Artifact>)> {
    let is_watched = io::stderr().is_terminal();
    let stderr = if is_watched { Stdio::inherit() } else { Stdio::piped() };
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr).spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let mut artifacts = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| stderr.map(|stderr| hear(stderr, &|line| !is_progress(line))));
        for line in stdout.map(BufReader::new).into_iter().flat_map(BufRead::lines) {
            artifacts.extend(Artifact::parse(&line?, workspace));
        }
        Ok::<_, io::Error>(())
    })?;
    Ok((child.wait()?, artifacts))
}

impl Artifact {
    /// Reads one line of what Cargo tells; `None` for one that is about something else.
    fn parse(line: &str, workspace: &Path) -> Option<Self> {
        let message: Message =
            serde_json::from_str(line).ok().filter(|message: &Message| message.reason == "compiler-artifact")?;
        let Target { name, kind, src_path } = message.target?;
        let mut files = message.filenames;
        files.extend(message.executable);
        files.dedup();
        let sources = files.iter().find_map(|file| sources(file, workspace)).unwrap_or_default();
        Some(Self {
            package: message.package_id,
            crate_name: name.replace('-', "_"),
            kinds: kind,
            root: src_path,
            files,
            sources,
        })
    }

    /// Whether the crate is linked into a program, in contrast to one that only runs while it is built.
    pub(crate) fn is_linked(&self) -> bool {
        self.kinds.iter().any(|kind| matches!(kind.as_str(), "lib" | "rlib" | "dylib" | "cdylib" | "staticlib"))
    }

    /// The archive with the crate's object code, for other crates to be linked with.
    pub(crate) fn archive(&self) -> Option<&Path> {
        let is_library = self.kinds.iter().any(|kind| matches!(kind.as_str(), "lib" | "rlib"));
        let archive = self.files.iter().find(|file| file.extension().is_some_and(|extension| extension == "rlib"));
        archive.filter(|_| is_library).map(PathBuf::as_path)
    }
}

/// The files that the compiler read for `deps/libsitemap-0a1b.rlib`: it lists them in `deps/sitemap-0a1b.d`, which is written for `make`,
/// each with an empty rule of its own.
fn sources(file: &Path, workspace: &Path) -> Option<Vec<PathBuf>> {
    let (folder, stem) = (file.parent()?, file.file_stem()?.to_str()?);
    if folder.file_name()? != "deps" {
        return None;
    }
    let list = folder.join(stem.strip_prefix("lib").unwrap_or(stem)).with_extension("d");
    let text = std::fs::read_to_string(list).ok()?;
    let names = text.lines().filter_map(|line| line.strip_suffix(':'));
    Some(names.map(|name| plain(&workspace.join(name.replace("\\ ", " ")))).collect())
}

/// A path without `.` and `..`, which need not exist any more.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_told_with_its_sources() {
        let folder = std::env::temp_dir().join(format!("keyway-artifact-{}/deps", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let rules = "/t/libfeed-1.rlib: plugins/feed/src/lib.rs plugins/feed/a\\ b.rs\n\nplugins/feed/src/lib.rs:\nplugins/feed/src/../a\\ b.rs:\n";
        std::fs::write(folder.join("feed-1.d"), rules).unwrap();
        let line = serde_json::json!({
            "reason": "compiler-artifact", "package_id": "path+file:///w#feed@1.0.0", "executable": null, "fresh": true,
            "target": {"kind": ["lib"], "crate_types": ["lib"], "src_path": "/w/plugins/feed/src/lib.rs", "name": "site-feed"},
            "filenames": [folder.join("libfeed-1.rmeta"), folder.join("libfeed-1.rlib")],
        });
        let parse = |line: &str| Artifact::parse(line, Path::new("/w"));
        let found = parse(&line.to_string()).unwrap();
        assert_eq!((found.package.as_str(), found.crate_name.as_str()), ("path+file:///w#feed@1.0.0", "site_feed"));
        assert_eq!(found.sources, ["/w/plugins/feed/src/lib.rs", "/w/plugins/feed/a b.rs"].map(PathBuf::from));
        assert!(found.is_linked() && found.archive() == Some(&folder.join("libfeed-1.rlib")));
        assert_eq!(parse(r#"{"reason":"build-finished","success":true}"#), None);
        assert_eq!(parse("   Compiling feed"), None);
        std::fs::remove_dir_all(folder.parent().unwrap()).unwrap();
    }
}
