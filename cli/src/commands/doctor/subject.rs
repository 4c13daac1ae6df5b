//! What all checks look at, read once.

use std::path::Path;

use keyway_build::project::Refusal;
use keyway_manifest::shown;

use super::Arguments;
use crate::cargo::{Compiler, Depth, Metadata, Package, Question};
use crate::failure::Failure;
use crate::project::{Build, Project};

/// A host with its compiler and the packages that it is built from, as far as each of them is known.
pub(super) struct Subject<'a> {
    pub(super) arguments: &'a Arguments,
    pub(super) project: Option<&'a Project>,
    /// The build that the arguments name; of a project.
    pub(super) build: Option<Build<'a>>,
    /// The folder of the host, or the current one where there is none.
    pub(super) folder: &'a Path,
    pub(super) compiler: Result<Compiler, Failure>,
    /// Whether another Cargo keeps Cargo waiting.
    pub(super) is_cargo_held_up: bool,
    /// What Cargo says; `None` without a project.
    pub(super) metadata: Option<Result<Metadata, Refusal>>,
    /// The target that is built for.
    pub(super) target: String,
}

impl<'a> Subject<'a> {
    /// Asks the compiler and Cargo.
    ///
    /// # Errors
    /// A feature or target that does not exist.
    pub(super) fn new(arguments: &'a Arguments, project: Option<&'a Project>, is_cargo_held_up: bool) -> Result<Self, Failure> {
        let folder = project.map_or(Path::new("."), Project::folder);
        let compiler = Compiler::ask_in(folder);
        let machine = compiler.as_ref().map_or("", |compiler| compiler.host.as_str());
        let target = arguments.build.target.clone().unwrap_or_else(|| machine.to_owned());
        let build = project.map(|project| project.build(&arguments.build)).transpose()?;
        let metadata = project.map(|project| {
            // A plugin that is in another build must fit as well.
            let depth = Depth::Built { target: Some(&target), features: &["--all-features".to_owned()] };
            Metadata::ask_as_locked(&Question { manifest: &project.folder().join("Cargo.toml"), depth, offline: true })
        });
        Ok(Self { arguments, project, build, folder, compiler, is_cargo_held_up, metadata, target })
    }

    /// What Cargo says, where it is known.
    pub(super) fn known_metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()?.as_ref().ok()
    }

    /// The host's own package.
    pub(super) fn host(&self) -> Option<&Package> {
        self.known_metadata()?.package_in(self.project?.folder())
    }

    /// The packages that the host is linked with in any feature, itself included; none where that is not known.
    pub(super) fn linked(&self) -> Vec<&Package> {
        let (Some(metadata), Some(host)) = (self.known_metadata(), self.host()) else { return Vec::new() };
        let linked = metadata.linked(&[&host.id], &|_| true);
        metadata.packages.iter().filter(|package| linked.contains_key(&package.id)).collect()
    }

    /// Whether the host takes plugins in libraries.
    pub(super) fn takes_libraries(&self) -> bool {
        self.project.is_some_and(|project| project.policy().native.is_some())
    }

    /// The name of a file as a reader knows it.
    pub(super) fn shown(&self, file: &Path) -> String {
        self.project.map_or_else(|| shown(file), |project| shown(Path::new(&project.shown(file))))
    }
}
