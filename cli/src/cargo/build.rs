//! Builds a host, and tells what came out.

use super::artifact::{self, Artifact};
use crate::arguments::BuildArguments;
use crate::failure::{BUILD_FAILED, Class, Failure};
use crate::project::Project;

/// Runs `cargo build` for the host, with these features, for this target.
///
/// # Errors
/// Cargo cannot be started, or cannot build the host.
pub(crate) fn build_host(project: &Project, arguments: &BuildArguments, release: bool) -> Result<Vec<Artifact>, Failure> {
    let failed = |said: String| {
        Failure::new(Class::Program, BUILD_FAILED, format!("`{}` could not be built: {said}", project.name()))
            .help("mend what Cargo says above; `cargo build` with the same features has to work first")
    };
    let mut command = super::command();
    command.args(["build", "--message-format", "json-render-diagnostics", "--manifest-path"]);
    command.arg(project.folder().join("Cargo.toml")).args(arguments.for_cargo());
    if let Some(target) = &arguments.target {
        command.args(["--target", target]);
    }
    if release {
        command.arg("--release");
    }
    let (status, artifacts) = artifact::build(&mut command, project.root()).map_err(|error| failed(format!("cargo: {error}")))?;
    if status.success() { Ok(artifacts) } else { Err(failed(format!("cargo ended with {status}"))) }
}
