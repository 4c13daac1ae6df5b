//! The packages that a package is built from, as Cargo resolves them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use keyway_build::project::{Refusal, RefusalKind};

use crate::cargo::{Compiler, Depth, Metadata, Question};
use crate::failure::Failure;
use crate::project::Project;

/// A package that is built.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Built {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The folder of its Cargo.toml.
    pub(crate) folder: PathBuf,
}

/// The packages that the package of a Cargo.toml is built from on this machine, itself not among them: what it depends on, and what its
/// build scripts do. The network is used only with `may_fetch`, and when it could help.
///
/// # Errors
/// What Cargo says.
pub(super) fn built_from(cargo_toml: &Path, may_fetch: bool) -> Result<BTreeSet<Built>, Refusal> {
    // When rustc does not say what this machine is, all targets count.
    let machine = Compiler::ask().ok().map(|compiler| compiler.host);
    let ask = |offline| {
        let depth = Depth::Built { target: machine.as_deref(), features: &[] };
        Metadata::ask(&Question { manifest: cargo_toml, depth, offline })
    };
    let metadata = match ask(true) {
        Err(refusal) if may_fetch && refusal.kind != RefusalKind::Wrong => ask(false),
        answer => answer,
    }?;
    let root = metadata.package_in(cargo_toml.parent().unwrap_or(cargo_toml)).map_or("", |package| package.id.as_str());
    let built = metadata.built_from(root);
    let built = built.keys().filter_map(|id| metadata.package(id)).map(|package| Built {
        name: package.name.clone(),
        version: package.version.clone(),
        folder: package.folder().to_owned(),
    });
    Ok(built.collect())
}

/// The packages that a host is built from now. Cargo brings Cargo.lock up to date for it, as a build does.
///
/// # Errors
/// What Cargo says.
pub(crate) fn built_with(project: &Project) -> Result<BTreeSet<Built>, Failure> {
    built_from(&project.folder().join("Cargo.toml"), false).map_err(|refusal| {
        Failure::cargo(format!("`cargo metadata` cannot say what `{}` is built from", project.name()), &refusal)
            .help("mend what Cargo says; `cargo fetch` downloads what is missing")
    })
}
