//! Reads a project, and collects what is wrong with it as a build would say it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use keyway_build::project::{
    Dependencies, Known, KnownPlugin, Manifest, Refusal, RefusalKind, ask, parse_manifest_declaring, read_manifest_declaring,
};
use keyway_manifest::host::{
    HostManifest, LOCK_OFF, LOCK_OFF_HELP, ManifestPlace, OtherDependency, POLICY_MISSING_HELP, PluginDependency,
    parse_available, policy_missing, read_host, read_host_without_patterns, read_sdk, relative, shown,
};
use keyway_manifest::lock::{LOCK_FILE, ParsedLock, parse_lock, read_lock};
use keyway_manifest::parse::{
    Diagnostic, LARGEST_TEXT, Place, Report, is_there, parse_policy, read_bounded, read_bounded_text, read_policy,
};
use keyway_manifest::{Available, Lock, Policy, SdkInfo};

use super::source::{self, HostCall, Listed, ManifestSource, PluginAttribute, PolicySource, SourceTree};
use super::{Project, locate};
use crate::failure::{Class, Failure, FileVerb, NO_CALL};

impl Project {
    /// Reads the host that is meant: see [`locate`].
    ///
    /// # Errors
    /// There is no host, its Cargo.toml is wrong, its `host!` was not found, or Cargo cannot say what only it knows.
    pub(crate) fn read(manifest_path: Option<&Path>, package: Option<&str>) -> Result<Self, Failure> {
        Self::read_with(manifest_path, package, ask_cargo)
    }

    /// As [`read`](Self::read), whatever Cargo says: for what mends that Cargo refuses the workspace. What only Cargo knows is left out.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(crate) fn read_without_cargo(manifest_path: Option<&Path>, package: Option<&str>) -> Result<Self, Failure> {
        Self::read_with(manifest_path, package, |_, _, _| Ok((Dependencies::new(), None)))
    }

    fn read_with(
        manifest_path: Option<&Path>,
        package: Option<&str>,
        ask: impl FnOnce(&Path, &HostManifest, bool) -> Result<(Dependencies, Option<Refusal>), Failure>,
    ) -> Result<Self, Failure> {
        let folder = locate::host_folder(manifest_path, package)?;
        let tree = SourceTree::of_package(&folder)?;
        let mut calls = source::host_calls(&tree);
        let read = match calls.iter().all(|call| call.plugins.is_none()) {
            true => read_host(&folder),
            false => read_host_without_patterns(&folder),
        };
        let host = read.map_err(|report| Failure::mistakes(&report.diagnostics().iter().collect::<Vec<_>>()))?;
        let call = the_call(&mut calls, &tree, &host, &folder)?;
        readable(&host)?;
        let (dependencies, unresolved) = ask(&folder, &host, needs_cargo(&host, &call))?;
        let mut mistakes = Vec::new();
        let (policy, policy_file) = policy(&call, &folder, &host, &mut mistakes);
        if call.without_lock && policy.lock.required {
            mistakes.push(Diagnostic::new("KW0834", place_of(&call, &host.root), LOCK_OFF).help(LOCK_OFF_HELP));
        }
        let known = plugins(&host, &dependencies, &call, &tree, &folder, &mut mistakes);
        let sdk = call.sdk.as_deref().and_then(|name| sdk(name, &host, &dependencies));
        let lock = if call.without_lock { Ok(None) } else { lock(&folder, &host) };
        let today = Lock::day(SystemTime::now());
        let held = lock.as_ref().ok().and_then(|lock| lock.as_ref()).map(|lock| lock.to_lock(today));
        Ok(Self { folder, host, call, known, dependencies, unresolved, policy, policy_file, sdk, lock, held, today, mistakes })
    }
}

/// The one call that a host has.
fn the_call(calls: &mut Vec<HostCall>, tree: &SourceTree, host: &HostManifest, folder: &Path) -> Result<HostCall, Failure> {
    match calls.len() {
        1 => Ok(calls.remove(0)),
        0 => {
            let name = &host.facts.name;
            let Some((file, said)) = tree.unread().first() else {
                let main = shown(&folder.join("src/main.rs"), &host.root);
                return Err(Failure::new(Class::Project, NO_CALL, format!("`{name}` does not call `host!`"))
                    .help(format!("write `keyway::host! {{ policy = \"host.toml\" }}` into `{main}`")));
            };
            let file = shown(file, &host.root);
            let message = format!("`{name}` does not call `host!`, but `{file}` is not understood: {said}");
            let help = format!("mend `{file}`; the call is `keyway::host! {{ policy = \"host.toml\" }}`");
            Err(Failure::new(Class::Project, NO_CALL, message).help(help))
        }
        several => {
            let places: Vec<String> =
                calls.iter().map(|call| format!("`{}:{}`", shown(&call.file, &host.root), call.line)).collect();
            let message = format!("`{}` calls `host!` {several} times: {}", host.facts.name, places.join(", "));
            Err(Failure::new(Class::Project, NO_CALL, message).help("give each host a package of its own"))
        }
    }
}

/// Only Cargo knows where the crates of a registry lie.
fn needs_cargo(host: &HostManifest, call: &HostCall) -> bool {
    let plugins = call.plugins.is_none() && keyway_build::project::without_folder(host);
    let sdk = call.sdk.as_deref().is_some_and(|name| folder_by_path(name, host).is_none());
    let listed =
        call.plugins.iter().flatten().any(|listed| listed.path.len() == 1 && folder_by_path(&listed.path[0], host).is_none());
    plugins || sdk || listed
}

/// Whether Cargo can read what it will read of the host's own: it waits for ever at a pipe, and takes all the memory for a device.
fn readable(host: &HostManifest) -> Result<(), Failure> {
    let plugins = host.dependencies.iter().filter_map(|dependency| dependency.folder.as_deref());
    let others = host.others.iter().map(|other| other.folder.as_path());
    let manifests = plugins.chain(others).chain([host.root.as_path()]).map(|folder| folder.join("Cargo.toml"));
    for file in manifests.chain([host.root.join("Cargo.lock")]) {
        match read_bounded(&file, LARGEST_TEXT) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Failure::file("the file", FileVerb::Read, &file, &error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// What Cargo says of the host's dependencies. Where no file says less without it, a host is read that Cargo could only resolve with the
/// network, and what Cargo says then is kept; one that no Cargo can build is not read.
fn ask_cargo(folder: &Path, host: &HostManifest, is_needed: bool) -> Result<(Dependencies, Option<Refusal>), Failure> {
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let refusal = match ask(&cargo, &folder.join("Cargo.toml"), "", &[]) {
        Ok(dependencies) => return Ok((dependencies, None)),
        Err(refusal) => refusal,
    };
    match refusal.kind {
        RefusalKind::Wrong => Err(Failure::cargo("Cargo refuses the workspace of the host", &refusal)
            .help(gone(host).unwrap_or_else(|| "mend what Cargo says; no build can go well before".to_owned()))),
        _ if is_needed => Err(Failure::cargo("`cargo metadata` cannot say where the host's dependencies lie", &refusal)
            .help("run `cargo fetch`, which downloads them, and then this again")),
        RefusalKind::Unclear => Ok((Dependencies::new(), Some(refusal))),
        RefusalKind::LockOutdated | RefusalKind::NotDownloaded | RefusalKind::NoAnswer => Ok((Dependencies::new(), None)),
    }
}

/// Whether no package is left in the folder that a dependency names.
pub(crate) fn is_gone(dependency: &PluginDependency) -> bool {
    dependency.folder.as_ref().is_some_and(|folder| !is_there(&folder.join("Cargo.toml")))
}

/// What to do about a plugin whose folder is gone, when there is one: then Cargo refuses the workspace because of it.
fn gone(host: &HostManifest) -> Option<String> {
    let gone = host.dependencies.iter().find(|dependency| is_gone(dependency))?;
    let folder = relative(&host.root, gone.folder.as_deref()?);
    let package = &gone.package;
    Some(format!("put the folder `{folder}` back, or take the plugin out with `cargo keyway remove {package}`"))
}

/// The folder of a dependency with a `path`, by the name of its crate.
fn folder_by_path<'a>(crate_name: &str, host: &'a HostManifest) -> Option<&'a Path> {
    let is_it = |key: &str| key.replace('-', "_") == crate_name;
    let plugin =
        host.dependencies.iter().find(|dependency| is_it(&dependency.key)).and_then(|dependency| dependency.folder.as_deref());
    plugin.or_else(|| host.others.iter().find(|other| is_it(&other.key)).map(|other| other.folder.as_path()))
}

fn folder_of<'a>(crate_name: &str, host: &'a HostManifest, dependencies: &'a Dependencies) -> Option<&'a Path> {
    folder_by_path(crate_name, host).or_else(|| Some(dependencies.get(crate_name)?.folder.as_path()))
}

fn sdk(crate_name: &str, host: &HostManifest, dependencies: &Dependencies) -> Option<SdkInfo> {
    // A module of the host may re-export the SDK; which one is then for the compiler to say.
    read_sdk(folder_of(crate_name, host, dependencies)?)
}

/// The policy, or what stands in for one with mistakes.
fn policy(call: &HostCall, folder: &Path, host: &HostManifest, mistakes: &mut Vec<Diagnostic>) -> (Policy, Option<PathBuf>) {
    let mut parse = |text: &str, shown_as: &str| {
        parse_policy(text, shown_as, &call.permissions).unwrap_or_else(|report| {
            mistakes.extend(report.into_diagnostics());
            Policy::GRANT_REQUESTED
        })
    };
    match &call.policy {
        PolicySource::GrantRequested => (Policy::GRANT_REQUESTED, None),
        PolicySource::Text(text) => (parse(text, "policy_text"), None),
        PolicySource::File(path) => {
            let file = folder.join(path);
            let shown_as = shown(&file, &host.root);
            if !is_there(&file) {
                let place = place_of(call, &host.root);
                mistakes.push(Diagnostic::new("KW0437", place, policy_missing(&shown_as)).help(POLICY_MISSING_HELP));
                return (Policy::GRANT_REQUESTED, Some(file));
            }
            match read_policy(&file, &shown_as) {
                Ok(text) => (parse(&text, &shown_as), Some(file)),
                Err(report) => {
                    mistakes.extend(report.into_diagnostics());
                    (Policy::GRANT_REQUESTED, Some(file))
                }
            }
        }
    }
}

/// The lock beside the host's Cargo.toml, if there is one.
fn lock(folder: &Path, host: &HostManifest) -> Result<Option<ParsedLock>, Report> {
    let file = folder.join(LOCK_FILE);
    let shown_as = shown(&file, &host.root);
    read_lock(&file, &shown_as)?.map(|text| parse_lock(&text, &shown_as)).transpose()
}

/// The line of the call, as a person knows it.
fn place_of(call: &HostCall, root: &Path) -> Place {
    let shown_as = shown(&call.file, root);
    let text = read_bounded_text(&call.file, LARGEST_TEXT).unwrap_or_default();
    let snippet = text.lines().nth(call.line.saturating_sub(1) as usize).unwrap_or_default().to_owned();
    Place { line: call.line, column: call.column, width: call.width, snippet, ..Place::file(&shown_as) }
}

/// The plugins that `host!` takes into account: those of Cargo.toml or of the list, and those inside the host.
fn plugins(
    host: &HostManifest,
    dependencies: &Dependencies,
    call: &HostCall,
    tree: &SourceTree,
    folder: &Path,
    mistakes: &mut Vec<Diagnostic>,
) -> Known {
    let mut known = Known::default();
    match &call.plugins {
        Some(list) => list.iter().for_each(|listed| add_listed(&mut known, listed, host, dependencies, tree, folder)),
        None => {
            known = Known::read(host, dependencies);
            let is_listed = |other: &&OtherDependency| {
                call.local.iter().any(|listed| listed.path.first().is_some_and(|first| *first == other.key.replace('-', "_")))
            };
            mistakes
                .extend(host.others.iter().filter(|other| !is_listed(other)).filter_map(|other| other.refuse_plugin(&host.root)));
        }
    }
    call.local.iter().for_each(|listed| add_listed(&mut known, listed, host, dependencies, tree, folder));
    let local: Vec<String> = permissions_inside(tree, call);
    for plugin in &mut known.plugins {
        if plugin.facts.manifest == ManifestPlace::Inline {
            read_inline(plugin);
        }
        hold_to_code(plugin, &local);
        // The host says it at its own line, before the plugin's build can.
        if let (Some(dependency), Some(file)) = (&plugin.dependency, plugin.file.as_ref().filter(|file| !is_there(file))) {
            mistakes.push(dependency.refuse_without_manifest(&relative(&host.root, file)));
            plugin.manifest = Manifest::Unknown;
        }
    }
    known
}

/// Adds a plugin that `host!` names itself: a crate among the dependencies, or a module of the host.
fn add_listed(
    known: &mut Known,
    listed: &Listed,
    host: &HostManifest,
    dependencies: &Dependencies,
    tree: &SourceTree,
    folder: &Path,
) {
    let first = listed.path.first().map_or("", String::as_str);
    if let Some(crate_folder) = folder_of(first, host, dependencies).filter(|_| !tree.has_module(&listed.path[..1])) {
        return known.add_crate(crate_folder, listed.predicate.clone(), host);
    }
    match source::plugin_of_module(tree, &listed.path).map(|plugin| plugin.manifest) {
        Some(ManifestSource::Text(text)) => known.add_local_text(&text, listed.predicate.clone(), host),
        Some(ManifestSource::File(path)) => known.add_local(&folder.join(path), listed.predicate.clone(), host),
        // The compiler says that there is no plugin in the module.
        None => {}
    }
}

/// Reads a manifest that is written in a plugin's source code.
pub(super) fn read_inline(plugin: &mut KnownPlugin) {
    let Some(tree) = plugin.folder.as_deref().and_then(|folder| SourceTree::of_package(folder).ok()) else { return };
    let Some(PluginAttribute { manifest: ManifestSource::Text(text), permissions }) = source::plugin_of_package(&tree) else {
        return;
    };
    let feature = plugin.dependency.as_ref().map_or("", |dependency| dependency.feature());
    let seen = |available| Available { feature: String::leak(feature.to_owned()), ..available };
    plugin.available = parse_available(&text, &plugin.facts).map(seen);
    plugin.manifest = Manifest::of(parse_manifest_declaring(text, "the manifest of this plugin", &plugin.facts, &permissions));
}

/// Reads a manifest again, knowing which permissions of an SDK the plugin's code declares: others are mistakes. `local` are those of all
/// plugins inside the host.
fn hold_to_code(plugin: &mut KnownPlugin, local: &[String]) {
    let asks_for_more = match &plugin.manifest {
        Manifest::Read(read) => read.asks_for_more(),
        // What else is wrong with it is known already; which permission is misspelt is not.
        Manifest::Refused(_) => plugin.file.is_some(),
        Manifest::Unknown => false,
    };
    let Some(declared) = asks_for_more.then(|| declared_permissions(plugin, local)).flatten() else { return };
    plugin.manifest = match (&plugin.manifest, &plugin.file) {
        (Manifest::Read(read), _) => Manifest::of(read.declaring(&declared, &plugin.facts)),
        (Manifest::Refused(report), Some(file)) => {
            let shown_as = report.diagnostics().first().map(|mistake| mistake.place.file.clone()).unwrap_or_default();
            Manifest::of(read_manifest_declaring(file, &shown_as, &plugin.facts, &declared))
        }
        _ => return,
    };
}

/// The permissions of an SDK that a plugin's code declares; `None` when its code is not understood. `local` are those of all plugins inside
/// the host.
fn declared_permissions(plugin: &KnownPlugin, local: &[String]) -> Option<Vec<String>> {
    match &plugin.folder {
        Some(folder) => source::plugin_of_package(&SourceTree::of_package(folder).ok()?).map(|plugin| plugin.permissions),
        None => Some(local.to_vec()),
    }
}

/// The permissions of an SDK that the plugins inside the host declare.
fn permissions_inside(tree: &SourceTree, call: &HostCall) -> Vec<String> {
    let plugins = call.local.iter().filter_map(|listed| source::plugin_of_module(tree, &listed.path));
    plugins.flat_map(|plugin| plugin.permissions).collect()
}
