//! The packages that a package is built from, as Cargo resolves them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::cargo::{Compiler, Depth, Metadata, Question};
use crate::failure::{Class, Failure, PROGRAM};

/// A package that is built.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Built {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The folder of its Cargo.toml.
    pub(crate) folder: PathBuf,
}

/// The packages that the package of a Cargo.toml is built from on this machine, itself not among them: what it depends on, and what its
/// build scripts do. `features` are further words for Cargo, such as `--features x`.
///
/// Cargo.lock is not written. The network is used only with `may_fetch`, and when there is no other way.
///
/// # Errors
/// What Cargo says.
pub(crate) fn built_with(cargo_toml: &Path, features: &[String], may_fetch: bool) -> Result<BTreeSet<Built>, Failure> {
    // When rustc does not say what this machine is, all targets count.
    let machine = Compiler::ask().ok().map(|compiler| compiler.host);
    let ask = |offline| {
        let depth = Depth::Built { target: machine.as_deref(), features };
        Metadata::ask(&Question { manifest: cargo_toml, depth, offline })
    };
    let metadata = match ask(true) {
        Err(_) if may_fetch => ask(false),
        answer => answer,
    };
    let metadata = metadata.map_err(|said| {
        let message = format!("`cargo metadata` cannot say what `{}` is built from: {said}", cargo_toml.display());
        Failure::new(Class::Project, PROGRAM, message).help("mend what Cargo says; `cargo fetch` downloads what is missing")
    })?;
    let root = metadata.package_in(cargo_toml.parent().unwrap_or(cargo_toml)).map_or("", |package| package.id.as_str());
    let built = metadata.built_from(root);
    let built = built.keys().filter_map(|id| metadata.package(id)).map(|package| Built {
        name: package.name.clone(),
        version: package.version.clone(),
        folder: package.folder().to_owned(),
    });
    Ok(built.collect())
}
