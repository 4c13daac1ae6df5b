//! Finds the surface in the file of a program or library.

use std::path::{Path, PathBuf};

use keyway_manifest::surface::find;

use super::model::{Misread, Surface};
use crate::binary;
use crate::cargo::Artifact;
use crate::failure::{Class, Failure, NO_SURFACE, SURFACE_MISREAD};
use crate::project::Project;

/// Reads the surface of the host in a file. `package` chooses between several.
///
/// # Errors
/// The file cannot be read, holds no surface, or holds several; or its surface is of a newer form.
pub(crate) fn read_program(file: &Path, package: Option<&str>) -> Result<Surface, Failure> {
    one_of(find_in(file)?, &file.display().to_string(), package)
}

/// The surface of the host in the bytes of a program; `name` is what it is called.
///
/// # Errors
/// As [`read_program`].
pub(crate) fn surface_in(bytes: &[u8], name: &str, package: Option<&str>) -> Result<Surface, Failure> {
    binary::check_whole(bytes, name)?;
    one_of(parsed(bytes, name)?, name, package)
}

fn one_of(mut surfaces: Vec<Surface>, shown: &str, package: Option<&str>) -> Result<Surface, Failure> {
    if let Some(package) = package {
        surfaces.retain(|surface| surface.host.package == package);
    }
    match surfaces.len() {
        1 => Ok(surfaces.remove(0)),
        0 => {
            let whose = package.map(|package| format!(" of a package `{package}`")).unwrap_or_default();
            Err(Failure::new(Class::File, NO_SURFACE, format!("`{shown}` holds no surface{whose}")).help(
                "name the program or library of a host that was built with this version of Keyway, and that was not packed or compressed \
                 afterwards",
            ))
        }
        count => {
            let names: Vec<String> = surfaces.iter().map(|surface| format!("`{}`", surface.host.package)).collect();
            let message = format!("`{shown}` holds the surfaces of {count} hosts: {}", names.join(", "));
            Err(Failure::new(Class::Arguments, NO_SURFACE, message).help("name the host that is meant with `--package`"))
        }
    }
}

/// The program that was built of the host, or its library where it has no program, with its surface.
///
/// # Errors
/// Nothing that was built has a surface.
pub(crate) fn host_program(project: &Project, artifacts: &[Artifact]) -> Result<(PathBuf, Surface), Failure> {
    let own = artifacts.iter().filter(|artifact| artifact.root.starts_with(project.folder()));
    let mut files: Vec<(bool, &PathBuf)> = own
        .flat_map(|artifact| artifact.files.iter().map(|file| (artifact.kinds.iter().all(|kind| kind != "bin"), file)))
        .filter(|(_, file)| file.extension().is_none_or(|ending| ending != "rmeta" && ending != "d"))
        .collect();
    files.sort();
    for (_, file) in files {
        if let Some(surface) = find_in(file)?.into_iter().find(|surface| surface.host.package == project.name()) {
            return Ok((file.clone(), surface));
        }
    }
    let message = format!("`{}` was built, and nothing that came out holds its surface", project.name());
    Err(Failure::new(Class::Project, NO_SURFACE, message)
        .help("a program has a surface when it calls the function `plugins` that `host!` makes"))
}

/// All surfaces in a file, in the order in which they lie there.
///
/// # Errors
/// The file cannot be read, or a surface in it is of a newer form.
fn find_in(file: &Path) -> Result<Vec<Surface>, Failure> {
    let bytes = binary::read_program("the program", file)?;
    parsed(&bytes, &file.display().to_string())
}

fn parsed(bytes: &[u8], name: &str) -> Result<Vec<Surface>, Failure> {
    find(bytes).into_iter().map(|text| Surface::parse(text).map_err(|misread| misread.failure(name))).collect()
}

impl Misread {
    fn failure(self, shown: &str) -> Failure {
        let (message, help) = match self {
            Self::Newer(format) => (
                format!("the surface in `{shown}` is of the form {format}, and this program reads form 1"),
                "install a newer version of `cargo-keyway`",
            ),
            Self::Malformed(said) => (
                format!("the surface in `{shown}` cannot be read: {said}"),
                "build the program again; what is in its file was not written by the compiler",
            ),
        };
        Failure::new(Class::File, SURFACE_MISREAD, message).help(help)
    }
}
