//! `cargo keyway test`: runs the conformance kit of plugins, and tells it as a table.

mod packages;
mod ran;
mod report;

use crate::failure::Failure;
use crate::session::Session;
use crate::verdict::Verdict;
use packages::packages;

pub use report::{CheckedPlugin, ConformanceCheck, ConformanceFinding, Test};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The plugins: packages, ids, or folders. Without any, that of this folder, or all plugins of the workspace.
    #[arg(value_name = "PLUGIN")]
    plugins: Vec<String>,
    /// Builds with optimisation.
    #[arg(long)]
    release: bool,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    let packages = packages(&arguments.plugins, session.global().manifest_path.as_deref())?;
    let mut test = Test { plugins: Vec::new() };
    for package in &packages {
        session.progress(&format!("testing `{}`", package.name));
        test.plugins.push(ran::run(package, arguments.release)?);
    }
    session.print(&test)?;
    Ok(if test.plugins.iter().any(CheckedPlugin::has_failed) {
        Verdict::Failed
    } else if test.plugins.iter().any(CheckedPlugin::is_bare) {
        Verdict::Found
    } else {
        Verdict::Clean
    })
}
