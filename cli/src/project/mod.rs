//! A host as its files tell it: Cargo.toml, the call of `host!`, the policy, and the manifests of all plugins it knows.
//!
//! Nothing is compiled. The files are read here; Cargo is asked, offline and without writing, whether it takes the workspace at all, and where
//! the crates of a registry lie. What a plugin's code alone tells (its extensions, the types of its events) is therefore not known here.

mod build;
mod locate;
mod lock_state;
mod locked;
mod lone;
mod platform;
mod read;
mod source;
mod wait;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use keyway_build::project::{Dependencies, Known, KnownPlugin, Manifest, Refusal};
use keyway_manifest::host::{HostManifest, shown};
use keyway_manifest::lock::{LOCK_FILE, ParsedLock};
use keyway_manifest::parse::{Diagnostic, Report, nearest};
use keyway_manifest::{Descriptor, Lock, Policy, SdkInfo};

use crate::failure::{Class, Failure, NO_PLUGIN};

pub(crate) use build::Build;
pub(crate) use locate::host_folder;
pub(crate) use lock_state::LockState;
pub(crate) use lone::lone_plugin;
pub(crate) use platform::Platform;
pub(crate) use read::is_gone;
pub(crate) use source::{HostCall, Module, SourceTree, is_sdk};
pub(crate) use wait::Wait;

/// A host as its files tell it.
#[derive(Debug)]
pub(crate) struct Project {
    folder: PathBuf,
    host: HostManifest,
    call: HostCall,
    known: Known,
    /// What Cargo has told of the host's dependencies, by the names of their crates; empty when there was nothing to ask.
    dependencies: Dependencies,
    /// What Cargo says when it does not know how to resolve them here.
    unresolved: Option<Refusal>,
    policy: Policy,
    policy_file: Option<PathBuf>,
    sdk: Option<SdkInfo>,
    lock: Result<Option<ParsedLock>, Report>,
    /// The lock as the resolver takes it.
    held: Option<Lock>,
    /// The day, in days since 1970-01-01 (UTC), with which ends of approvals are compared.
    today: u32,
    /// What is wrong with the host's own files.
    mistakes: Vec<Diagnostic>,
}

impl Project {
    /// The folder of the host's Cargo.toml, as an absolute path.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the workspace; the host's own where there is none.
    pub(crate) fn root(&self) -> &Path {
        &self.host.root
    }

    /// Why it is not known here whether Cargo can build the host; `None` when it can, as far as packages go.
    pub(crate) fn unresolved(&self) -> Option<Failure> {
        let refusal = self.unresolved.as_ref()?;
        Some(
            Failure::cargo("Cargo cannot resolve this workspace with what is on this machine", refusal)
                .help("`cargo fetch` downloads what is missing, or says what is wrong"),
        )
    }

    /// What the host's Cargo.toml says.
    pub(crate) const fn host(&self) -> &HostManifest {
        &self.host
    }

    /// The host's package.
    pub(crate) fn name(&self) -> &str {
        &self.host.facts.name
    }

    /// The call of `host!`.
    pub(crate) const fn call(&self) -> &HostCall {
        &self.call
    }

    /// The plugins that the host knows, whether a build has them or not.
    pub(crate) fn plugins(&self) -> &[KnownPlugin] {
        &self.known.plugins
    }

    /// The plugin of an id.
    ///
    /// # Errors
    /// The host knows none of this id.
    pub(crate) fn plugin(&self, id: &str) -> Result<&KnownPlugin, Failure> {
        self.plugins().iter().find(|plugin| id_of(plugin) == Some(id)).ok_or_else(|| {
            let help = match similar(id, self.plugins().iter().filter_map(id_of)) {
                Some(near) => format!("a similar id exists: `{near}`"),
                None => "`cargo keyway list` shows the plugins that the host knows".to_owned(),
            };
            Failure::new(Class::Arguments, NO_PLUGIN, format!("`{}` knows no plugin `{id}`", self.name())).help(help)
        })
    }

    /// The plugin of an id, with what its manifest says.
    ///
    /// # Errors
    /// The host knows none of this id with a manifest in which nothing is wrong.
    pub(crate) fn described_plugin(&self, id: &str) -> Result<(&KnownPlugin, &'static Descriptor), Failure> {
        let plugin = self.plugin(id)?;
        let descriptor = plugin.descriptor();
        descriptor.map(|descriptor| (plugin, descriptor)).ok_or_else(|| Failure::mistakes(&self.mistakes()))
    }

    /// These ids, sorted and each once.
    ///
    /// # Errors
    /// The host knows no plugin of one of them.
    pub(crate) fn ids(&self, ids: &[String]) -> Result<Vec<String>, Failure> {
        let known: Result<BTreeSet<String>, Failure> = ids.iter().map(|id| self.plugin(id).map(|_| id.clone())).collect();
        Ok(known?.into_iter().collect())
    }

    /// The SDK that the host names, as far as its files tell it.
    pub(crate) const fn sdk(&self) -> Option<&SdkInfo> {
        self.sdk.as_ref()
    }

    /// The host's rules about permissions.
    pub(crate) const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The file of the policy; `None` when it is written in `host!`.
    pub(crate) fn policy_file(&self) -> Option<&Path> {
        self.policy_file.as_deref()
    }

    /// Where the host's lock file is, whether there is one or not.
    pub(crate) fn lock_file(&self) -> PathBuf {
        self.folder.join(LOCK_FILE)
    }

    /// The host's lock; `None` when there is no file, or the host says that nothing is held to it.
    ///
    /// # Errors
    /// The file cannot be read, or is wrong.
    pub(crate) fn lock(&self) -> Result<Option<&ParsedLock>, Failure> {
        match &self.lock {
            Ok(lock) => Ok(lock.as_ref()),
            Err(report) => Err(Failure::broken_lock(&self.shown(&self.lock_file()), report)),
        }
    }

    /// What is wrong with the host's own files: a build then says nothing of the graph.
    pub(crate) fn host_mistakes(&self) -> Vec<&Diagnostic> {
        self.mistakes.iter().chain(self.lock_mistakes()).collect()
    }

    /// What is wrong with the lock.
    pub(crate) fn lock_mistakes(&self) -> &[Diagnostic] {
        self.lock.as_ref().err().map_or(&[], Report::diagnostics)
    }

    /// All that is wrong with the host's own files and the manifests of plugins, as a build would say it. What is wrong with the lock is
    /// left out: most commands can do without it.
    pub(crate) fn mistakes(&self) -> Vec<&Diagnostic> {
        let refused = self.plugins().iter().filter_map(|plugin| match &plugin.manifest {
            Manifest::Refused(report) => Some(report.diagnostics()),
            Manifest::Read(_) | Manifest::Unknown => None,
        });
        self.mistakes.iter().chain(refused.flatten()).collect()
    }

    /// What is odd in manifests in which nothing is wrong.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.plugins().iter().flat_map(|plugin| match &plugin.manifest {
            Manifest::Read(read) => read.warnings.as_slice(),
            Manifest::Refused(_) | Manifest::Unknown => &[],
        })
    }

    /// The packages of plugins of which no manifest was found.
    pub(crate) fn unknown_plugins(&self) -> Vec<String> {
        let unknown = self.plugins().iter().filter(|plugin| matches!(plugin.manifest, Manifest::Unknown));
        unknown.map(|plugin| plugin.facts.name.clone()).collect()
    }

    /// The name of a file as a reader knows it: from the workspace's folder.
    pub(crate) fn shown(&self, file: &Path) -> String {
        shown(file, self.root())
    }
}

/// The id that may have been meant. What two ids have in common because all of a host begin so makes them no more alike.
fn similar(id: &str, ids: impl Iterator<Item = &'static str>) -> Option<String> {
    let (beginning, own) = id.rsplit_once('.').unwrap_or(("", id));
    let is_similar = |other: &str| match other.rsplit_once('.') {
        Some((same, other)) if same == beginning => !nearest(own, [other]).is_empty(),
        _ => true,
    };
    nearest(id, ids).into_iter().find(|other| is_similar(other))
}

/// The id of a plugin, as far as its manifest tells one.
pub(crate) fn id_of(plugin: &KnownPlugin) -> Option<&'static str> {
    let available = plugin.available.as_ref().map(|available| available.id);
    plugin.descriptor().map(|descriptor| descriptor.id).or(available).map(|id| id.as_str())
}
