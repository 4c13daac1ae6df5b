//! `cargo keyway audit`: what manifests ask for against what object code calls.

use std::path::{Path, PathBuf};

use keyway_build::project::KnownPlugin;

use crate::answer::Answer;
use crate::arguments::BuildArguments;
use crate::audit::{ALLOWANCES, Allowances, Audit, AuditDiff, AuditRequest, BuildOptions, FailureKind, Subject, audit, sarif};
use crate::binary;
use crate::cargo::{Depth, Metadata, Question, Toolchain};
use crate::failure::{Class, Failure, FileVerb, NO_PLUGIN};
use crate::project::{Project, id_of, lone_plugin};
use crate::session::Session;
use crate::verdict::Verdict;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The ids of plugins; all of the build when none is given.
    #[arg(value_name = "ID")]
    plugins: Vec<String>,
    /// The folder of a plugin's crate, which needs no host.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["plugins", "diff"])]
    plugin: Option<PathBuf>,
    /// With `--plugin` and `--diff`: a crate that declares the host's extension points, and is believed.
    #[arg(long, value_name = "CRATE")]
    sdk: Vec<String>,
    /// Two audits that were saved with `--json`, or two folders of a plugin's crate: tells what the second can do and the first cannot.
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], conflicts_with = "plugins")]
    diff: Option<Vec<PathBuf>>,
    /// Answers in SARIF 2.1.0.
    #[arg(long, conflicts_with_all = ["json", "diff"])]
    sarif: bool,
    /// Have Cargo not use the network.
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    build: BuildArguments,
}

pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Verdict, Failure> {
    if let Some([old, new]) = arguments.diff.as_deref() {
        let diff = AuditDiff::between(&of_path(old, arguments, session)?, &of_path(new, arguments, session)?);
        session.print(&diff)?;
        return Ok(if diff.plugins.is_empty() { Verdict::Clean } else { Verdict::Found });
    }
    let audit = match &arguments.plugin {
        Some(folder) => of_crate(folder, arguments, session)?,
        None => of_project(arguments, session)?,
    };
    if arguments.sarif {
        session.print_document(&sarif(&audit))?;
    } else {
        session.print(&audit)?;
    }
    Ok(if audit.undeclared() == 0 { Verdict::Clean } else { Verdict::Found })
}

/// The audit of a host's plugins.
fn of_project(arguments: &Arguments, session: &Session) -> Result<Audit, Failure> {
    let project = session.project()?;
    let build = project.build(&arguments.build)?;
    let chosen: Vec<&KnownPlugin> = if arguments.plugins.is_empty() {
        project.plugins().iter().filter(|plugin| build.has(plugin)).collect()
    } else {
        arguments.plugins.iter().map(|id| project.plugin(id)).collect::<Result<_, _>>()?
    };
    let manifest = project.folder().join("Cargo.toml");
    let toolchain = toolchain(arguments)?;
    let mut features = vec!["--no-default-features".to_owned(), "--features".to_owned()];
    features.push(build.features().iter().map(String::as_str).collect::<Vec<_>>().join(","));
    let metadata = metadata(&manifest, &toolchain, arguments, &features)?;
    let (subjects, left_out): (Vec<_>, Vec<_>) = chosen
        .into_iter()
        .partition::<Vec<_>, _>(|plugin| plugin.folder.as_deref().is_some_and(|folder| folder != project.folder()));
    let allowances = Allowances::read(&allowances_of(project))?;
    let request = AuditRequest {
        metadata: &metadata,
        manifest: &manifest,
        plugins: subjects.into_iter().map(|plugin| subject(plugin, &metadata)).collect::<Result<_, _>>()?,
        complete: arguments.plugins.is_empty(),
        left_out: left_out.into_iter().filter_map(id_of).map(str::to_owned).collect(),
        sdk: project.call().sdk.iter().chain(&arguments.sdk).cloned().collect(),
        allowances: &allowances,
        toolchain: &toolchain,
        options: options(arguments),
    };
    audit(&request, &mut |text| session.progress(text))
}

/// Beside the policy, or in the host's folder when the policy is in its code.
fn allowances_of(project: &Project) -> PathBuf {
    let folder = project.policy_file().and_then(Path::parent).unwrap_or_else(|| project.folder());
    folder.join(ALLOWANCES)
}

/// The audit of one crate.
fn of_crate(folder: &Path, arguments: &Arguments, session: &Session) -> Result<Audit, Failure> {
    let folder = std::path::absolute(folder).map_err(|error| Failure::file("the folder", FileVerb::Read, folder, &error))?;
    let plugin = lone_plugin(&folder)?;
    let manifest = folder.join("Cargo.toml");
    let toolchain = toolchain(arguments)?;
    let metadata = metadata(&manifest, &toolchain, arguments, &arguments.build.for_cargo())?;
    let allowances = Allowances::read(&folder.join(ALLOWANCES))?;
    let request = AuditRequest {
        metadata: &metadata,
        manifest: &manifest,
        plugins: vec![subject(&plugin, &metadata)?],
        complete: true,
        left_out: Vec::new(),
        sdk: arguments.sdk.iter().map(|name| name.replace('-', "_")).collect(),
        allowances: &allowances,
        toolchain: &toolchain,
        options: options(arguments),
    };
    audit(&request, &mut |text| session.progress(text))
}

/// An audit that was saved, or that of a crate.
fn of_path(path: &Path, arguments: &Arguments, session: &Session) -> Result<Audit, Failure> {
    if path.is_dir() {
        return of_crate(path, arguments, session);
    }
    let text = binary::read("the audit", path)?;
    let answer: Answer<Audit> = serde_json::from_slice(&text).map_err(|error| {
        FailureKind::Unreadable.failure(
            format!("`{}` is no audit: {error}", path.display()),
            "save one with `cargo keyway audit --json > audit.json`, or name the folder of a plugin's crate",
        )
    })?;
    Ok(answer.data)
}

fn options(arguments: &Arguments) -> BuildOptions {
    BuildOptions { target: arguments.build.target.clone(), offline: arguments.offline }
}

fn toolchain(arguments: &Arguments) -> Result<Toolchain, Failure> {
    Toolchain::ask(arguments.build.target.as_deref()).map_err(|said| {
        FailureKind::Build.failure(
            format!("rustc cannot say what is built for: {said}"),
            "`rustc --print target-list` shows the targets that there are",
        )
    })
}

fn metadata(manifest: &Path, toolchain: &Toolchain, arguments: &Arguments, features: &[String]) -> Result<Metadata, Failure> {
    let depth = Depth::Built { target: Some(&toolchain.target), features };
    Metadata::ask(&Question { manifest, depth, offline: arguments.offline }).map_err(|refusal| {
        let failure = FailureKind::Build.failure(
            "`cargo metadata` could not say what the plugins depend on",
            "run `cargo fetch`, which downloads it, and then this again",
        );
        Failure { detail: refusal.said, ..failure }
    })
}

/// What is looked at of a plugin that is known.
fn subject(plugin: &KnownPlugin, metadata: &Metadata) -> Result<Subject, Failure> {
    let folder = plugin.folder.as_deref().unwrap_or_else(|| Path::new(""));
    let (Some(descriptor), Some(package)) = (plugin.descriptor(), metadata.package_in(folder)) else {
        let message = format!("Cargo does not know the package `{}` of the plugin", plugin.facts.name);
        return Err(Failure::new(Class::Project, NO_PLUGIN, message).help("`cargo keyway check` says what is wrong with it"));
    };
    Ok(Subject {
        package: package.id.clone(),
        id: descriptor.id.to_string(),
        version: descriptor.version.to_string(),
        manifest: plugin.file.clone().unwrap_or_else(|| package.manifest_path.clone()),
        permissions: descriptor.permissions.iter().map(|request| request.name.to_owned()).collect(),
    })
}
