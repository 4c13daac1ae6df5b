//! A package that depends on one plugin and nothing else, to ask Cargo what comes with it before any file of the host is changed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use keyway_build::project::Refusal;
use toml_edit::{DocumentMut, Item, Table, table, value};

use super::packages::{Built, built_from};
use crate::failure::{Failure, FileVerb};
use crate::scaffold::Source;
use crate::toml_file;

/// The package, in a folder for temporary files; it goes with this.
#[derive(Debug)]
pub(crate) struct Shadow {
    folder: PathBuf,
    /// The plugin.
    package: String,
    /// The workspace of the host.
    root: PathBuf,
}

/// What the package is called.
const NAME: &str = "keyway-shadow";

impl Shadow {
    /// Makes it, with the versions and the patches of the workspace in `root`.
    ///
    /// # Errors
    /// The folder for temporary files cannot be written, or the workspace's files cannot be read.
    pub(crate) fn of(package: &str, source: &Source, root: &Path) -> Result<Self, Failure> {
        let temporary = std::env::temp_dir();
        let temporary = temporary.canonicalize().unwrap_or(temporary);
        let folder = temporary.join(format!("cargo-keyway-shadow-{}", std::process::id()));
        let shadow = Self { folder, package: package.to_owned(), root: root.to_owned() };
        let folder = &shadow.folder;
        let failed = |error: &std::io::Error| Failure::file("the folder", FileVerb::Written, folder, error);
        // One of a process of the same number that was killed.
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
        let mut document = DocumentMut::new();
        document["package"] = table();
        document["package"]["name"] = value(NAME);
        document["package"]["version"] = value("0.0.0");
        document["package"]["edition"] = value("2024");
        document["lib"] = table();
        document["lib"]["path"] = value("lib.rs");
        document["workspace"] = table();
        document["dependencies"] = table();
        document["dependencies"][package] = value(source.to_absolute_table());
        if let Ok(workspace) = toml_file::read(&root.join("Cargo.toml"))
            && let Some(patches) = workspace.get("patch").and_then(Item::as_table)
        {
            let mut patches = patches.clone();
            make_absolute(&mut patches, root);
            document.insert("patch", Item::Table(patches));
        }
        let write = |name: &str, text: &str| std::fs::write(folder.join(name), text);
        write("Cargo.toml", &document.to_string()).and_then(|()| write("lib.rs", "")).map_err(|error| failed(&error))?;
        // Without a Cargo.lock, Cargo chooses the versions that the host would get.
        let _ = std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"));
        Ok(shadow)
    }

    /// The packages that come with the plugin, its own among them; the network is used when it could help.
    ///
    /// # Errors
    /// What Cargo says, as if the host had asked.
    pub(crate) fn comes(&self) -> Result<BTreeSet<Built>, Failure> {
        built_from(&self.folder.join("Cargo.toml"), true).map_err(|refusal| {
            let said = self.said_of_the_host(&refusal.said);
            Failure::cargo(
                format!("`cargo metadata` cannot say what comes with `{}`", self.package),
                &Refusal { said, ..refusal },
            )
            .help("mend what Cargo says; the host would get it too")
        })
    }

    /// What Cargo says of this package, which nobody knows, in words about the host that it stands for.
    fn said_of_the_host(&self, said: &str) -> String {
        let here = self.folder.to_string_lossy();
        said.replace(&format!("package `{NAME} v0.0.0 ({here})`"), "the host").replace(&*here, &self.root.to_string_lossy())
    }
}

impl Drop for Shadow {
    fn drop(&mut self) {
        // The system empties the folder of temporary files too.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Makes the paths of `[patch]` those of another folder.
fn make_absolute(table: &mut Table, root: &Path) {
    for (_, registry) in table.iter_mut() {
        let Some(patches) = registry.as_table_like_mut() else { continue };
        for (_, patch) in patches.iter_mut() {
            let path = patch.get("path").and_then(Item::as_str).map(|path| root.join(path).to_string_lossy().into_owned());
            if let (Some(path), Some(patch)) = (path, patch.as_table_like_mut()) {
                patch.insert("path", value(path));
            }
        }
    }
}
