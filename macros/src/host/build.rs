//! Where the host is built: its folder, and how files are named in messages and in generated code.

use std::path::{Path, PathBuf};

use keyway_manifest::host::{Workspace, relative, shown};
use keyway_manifest::parse::LARGEST_TEXT;
use proc_macro2::TokenStream;
use quote::quote;

/// The folder of the host's Cargo.toml.
pub(crate) struct Build {
    folder: PathBuf,
    root: PathBuf,
    by_cargo: bool,
}

impl Build {
    /// Looks where the compiler was started: Cargo says so, else it is the current folder.
    pub(crate) fn find() -> Self {
        match std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) {
            Some(folder) => {
                let root = Workspace::find(&folder).map_or_else(|| folder.clone(), |workspace| workspace.folder().to_owned());
                Self { folder, root, by_cargo: true }
            }
            None => Self { folder: PathBuf::new(), root: PathBuf::new(), by_cargo: false },
        }
    }

    /// The folder of the host's Cargo.toml; `None` when something else than Cargo builds.
    pub(crate) fn cargo_folder(&self) -> Option<&Path> {
        self.by_cargo.then_some(self.folder.as_path())
    }

    /// The file at a path written in `host!`.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// A file's name for messages.
    pub(crate) fn shown(&self, file: &Path) -> String {
        shown(file, &self.root)
    }

    /// The way to a file, for messages: where plugins lie outside the workspace of the host too.
    pub(crate) fn way(&self, file: &Path) -> String {
        relative(&self.root, file)
    }

    /// Code that makes rustc look at a file, so that an edit of it builds the host again.
    ///
    /// The path starts at the folder that Cargo gives, so no path of this machine becomes part of the code.
    pub(crate) fn track(&self, file: &Path) -> TokenStream {
        // What is no file, or was refused for its size, rustc is not made to read either: it would wait for a pipe.
        let is_read = |found: std::fs::Metadata| found.is_file() && found.len() <= LARGEST_TEXT as u64;
        if !self.by_cargo || !std::fs::metadata(file).is_ok_and(is_read) {
            return TokenStream::new();
        }
        let way = format!("/{}", relative(&self.folder, file));
        quote! {
            const _: &[u8] = ::core::include_bytes!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #way));
        }
    }
}
