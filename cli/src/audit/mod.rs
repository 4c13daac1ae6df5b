//! Compares what a plugin's manifest asks for with what its object code calls.
//!
//! The plugin's library is built, not optimised, and its archive is read together with those of the crates it is linked with
//! ([`program`]). From what a host can reach of the plugin, every reference is followed ([`reach`]): a reference to a function of `std` or
//! of C that does something past Keyway ([`table`]) is a **use**. Debug information says on which line of the plugin it stands, or which
//! line leads there ([`trace`]). What Keyway and the SDK do is theirs and not told.
//!
//! It finds what is done without guile, and much of what is hidden. It contains nothing: `docs/audit.md` says what it cannot see.

mod allow;
mod build;
mod class;
mod diff;
mod failure;
mod judge;
mod model;
mod parties;
mod points;
mod program;
mod reach;
mod sarif;
mod source;
mod symbol;
mod table;
#[cfg(test)]
mod table_is_complete;
mod text;
mod trace;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub(crate) use allow::{Allowances, FILE as ALLOWANCES};
pub(crate) use build::BuildOptions;
pub use class::Class;
pub use diff::{AuditDiff, PluginDiff};
pub(crate) use failure::FailureKind;
pub use model::{AtBuildTime, Audit, PermissionAudit, Place, PluginAudit, Use, Used, Verdict};
pub(crate) use sarif::sarif;
pub(crate) use source::read as read_source;

use crate::cargo::{Metadata, Toolchain};
use crate::failure::Failure;
use allow::Allowance;
use build::Built;
use parties::{Parties, Party};
use points::Points;
use program::{Program, read_library, read_toolchain};
use reach::Crates;
use trace::{Tracer, shown};

/// A plugin that is to be looked at.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    /// The id of its package, as Cargo calls it.
    pub(crate) package: String,
    /// The plugin's id.
    pub(crate) id: String,
    /// Its version.
    pub(crate) version: String,
    /// Where its manifest stands.
    pub(crate) manifest: PathBuf,
    /// The permissions that it asks for.
    pub(crate) permissions: Vec<String>,
}

/// What is to be audited.
#[derive(Debug)]
pub(crate) struct AuditRequest<'r> {
    /// What Cargo says of the project.
    pub(crate) metadata: &'r Metadata,
    /// The Cargo.toml from which the plugins can be built.
    pub(crate) manifest: &'r Path,
    /// The plugins.
    pub(crate) plugins: Vec<Subject>,
    /// Whether these are all plugins of the build, so that what is allowed to any plugin should be made use of.
    pub(crate) complete: bool,
    /// Plugins that have no crate of their own.
    pub(crate) left_out: Vec<String>,
    /// The crates that declare the host's extension points; they are believed as Keyway is.
    pub(crate) sdk: Vec<String>,
    /// What is meant.
    pub(crate) allowances: &'r Allowances,
    /// The toolchain that builds.
    pub(crate) toolchain: &'r Toolchain,
    /// How to build.
    pub(crate) options: BuildOptions,
}

/// Builds the plugins, reads what was built, and says what they can do past Keyway.
///
/// # Errors
/// When Cargo fails, and when what it built cannot be read.
pub(crate) fn audit(request: &AuditRequest<'_>, progress: &mut dyn FnMut(&str)) -> Result<Audit, Failure> {
    let metadata = request.metadata;
    let packages: Vec<&str> = request.plugins.iter().map(|plugin| plugin.package.as_str()).collect();
    progress("building the plugins to be audited");
    let built = build::build(metadata, request.manifest, &packages, &request.options)?;
    let was_built = |package: &str| built.contains_key(package);
    let parties: Vec<Parties> = packages.iter().map(|package| Parties::of(metadata, package, &request.sdk, &was_built)).collect();
    progress("reading what was built");
    let mut read = Read::all(metadata, &built, &parties)?;
    read_toolchain(&mut read.program, &request.toolchain.libraries).map_err(|problem| unreadable(&problem))?;
    let sdk_sources =
        metadata.packages.iter().filter(|package| package.crate_name().is_some_and(|name| request.sdk.contains(&name)));
    let points = Points::read(sdk_sources.flat_map(|package| sources(&built, &package.id)));
    let mut spent = BTreeSet::new();
    let mut plugins = Vec::new();
    for (plugin, parties) in request.plugins.iter().zip(&parties) {
        progress(&format!("following what `{}` can reach", plugin.id));
        plugins.push(read.plugin(request, plugin, parties, &built, &points, &mut spent)?);
    }
    plugins.sort_by(|left, right| left.id.cmp(&right.id));
    let looked_at = |allowance: &Allowance| match &allowance.plugin {
        Some(id) => request.plugins.iter().any(|plugin| plugin.id == *id),
        None => request.complete,
    };
    let allowances = request.allowances.allow.iter().enumerate();
    let unused = allowances.filter(|(index, allowance)| !spent.contains(index) && looked_at(allowance));
    Ok(Audit {
        target: request.toolchain.target.clone(),
        plugins,
        left_out: request.left_out.clone(),
        unused_allowances: unused.map(|(_, allowance)| allowance.shown()).collect(),
    })
}

fn unreadable(problem: &str) -> Failure {
    FailureKind::Unreadable
        .failure(format!("a library cannot be read: {problem}"), "delete the folder that it lies in, and try again")
}

/// The sources of a package's libraries.
fn sources(built: &Built, package: &str) -> BTreeSet<PathBuf> {
    built.get(package).into_iter().flatten().flat_map(|library| library.sources.iter().cloned()).collect()
}

/// The object code of a build.
struct Read {
    program: Program,
    /// The libraries of each package.
    libraries: BTreeMap<String, Vec<usize>>,
}

impl Read {
    /// Reads the libraries of all crates that a plugin is linked with.
    fn all(metadata: &Metadata, built: &Built, parties: &[Parties]) -> Result<Self, Failure> {
        let mut read = Self { program: Program::default(), libraries: BTreeMap::new() };
        for (package, libraries) in built {
            for library in libraries {
                if metadata.package(package).is_none() || !parties.iter().any(|parties| parties.contains(&library.crate_name)) {
                    continue;
                }
                let Some(archive) = library.archive() else { continue };
                let id = read_library(&mut read.program, archive, &library.crate_name).map_err(|problem| unreadable(&problem))?;
                read.libraries.entry(package.clone()).or_default().push(id);
            }
        }
        Ok(read)
    }

    fn plugin(
        &self,
        request: &AuditRequest<'_>,
        plugin: &Subject,
        parties: &Parties,
        built: &Built,
        points: &Points,
        spent: &mut BTreeSet<usize>,
    ) -> Result<PluginAudit, Failure> {
        let metadata = request.metadata;
        let Some(library) = self.libraries.get(&plugin.package).and_then(|libraries| libraries.last().copied()) else {
            return Err(FailureKind::Build.failure(
                format!("building `{}` left no library to read", plugin.id),
                "a plugin's crate is of the type `lib` or `rlib`, perhaps among others: see `[lib]` in its Cargo.toml",
            ));
        };
        let brought: Vec<usize> = (0..self.program.libraries.len())
            .filter(|other| *other != library && parties.party(&self.program.libraries[*other].name) == Some(Party::Brought))
            .collect();
        let own = sources(built, &plugin.package);
        let crates = Crates::new(&self.program, parties);
        let reached = reach::reach(&crates, library, &brought);
        if !reached.registered {
            return Err(FailureKind::Unreadable.failure(
                format!("the library of `{}` has no plugin that a host could name, so that nothing would be followed", plugin.id),
                "`#[derive(Plugin)]` puts it there; `cargo-keyway` must be of the same version as `keyway`",
            ));
        }
        let unreached = reach::unreached(&crates, library, &reached);
        let mut judge = judge::Judge {
            program: &self.program,
            parties,
            crates,
            plugin,
            package: metadata.package(&plugin.package).map_or("", |package| &package.name),
            allowances: request.allowances,
            spent,
            tracer: Tracer::new(&self.program, &own, library, metadata),
        };
        let source = source::read(own.iter().cloned());
        let uses = judge.uses(&reached, &unreached, &source);
        let permissions = judge.permissions(&reached, &uses, points);
        let mut notes: Vec<String> =
            source.unread.iter().map(|file| format!("`{}` could not be read as Rust", file.display())).collect();
        notes.extend(
            parties
                .doubtful
                .iter()
                .map(|name| format!("more than one crate is called `{name}`, so that none of that name is believed")),
        );
        Ok(PluginAudit {
            id: plugin.id.clone(),
            version: plugin.version.clone(),
            package: judge.package.to_owned(),
            manifest: shown(&plugin.manifest, metadata),
            permissions,
            uses,
            brought: parties.all(Party::Brought).map(str::to_owned).collect(),
            at_build_time: parties
                .at_build_time
                .iter()
                .map(|(package, what)| AtBuildTime { package: package.clone(), what: (*what).to_owned() })
                .collect(),
            notes,
        })
    }
}
