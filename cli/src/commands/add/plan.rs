//! What adding a plugin means for a host: which lines of Cargo.toml, and why.

use keyway_build::project::KnownPlugin;
use keyway_manifest::{Descriptor, Requirement, Target};

use super::wanted::Wanted;
use super::{Arguments, refused};
use crate::failure::Failure;
use crate::host_file::{Addition, HostFile};
use crate::project::Project;

/// A requirement of the plugin, and who meets it.
#[derive(Debug, Clone)]
pub(super) struct Met {
    pub(super) requirement: Requirement,
    /// Ids of the plugins that the host knows and that meet it, with the feature of each.
    pub(super) by: Vec<(&'static str, String)>,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) descriptor: &'static Descriptor,
    pub(super) addition: Addition,
    pub(super) requirements: Vec<Met>,
}

pub(super) fn plan(
    project: &Project,
    file: &HostFile,
    wanted: &Wanted,
    plugin: &KnownPlugin,
    arguments: &Arguments,
) -> Result<Plan, Failure> {
    let descriptor = plugin.descriptor().ok_or_else(|| refused("its manifest is not known", "name the folder of its crate"))?;
    let package = wanted.package();
    let is_known = project.plugins().iter().any(|known| known.facts.name == package);
    if is_known || file.has_dependency(package) {
        return Err(refused(
            &format!("`{}` has a dependency `{package}` already", project.name()),
            "`cargo keyway list` shows the plugins that the host knows, and the feature of each",
        ));
    }
    let id = descriptor.id.as_str();
    if let Ok(other) = project.plugin(id) {
        return Err(refused(
            &format!("`{}` knows a plugin `{id}` already, package `{}`", project.name(), other.facts.name),
            &format!("an id belongs to one plugin: write another one into its manifest, or run `cargo keyway remove {id}` first"),
        ));
    }
    let requirements: Vec<Met> = descriptor.requires.iter().map(|requirement| met(project, requirement)).collect();
    let feature = feature(project, package, descriptor, arguments)?;
    let needed = |met: &Met| match met.by.as_slice() {
        [(_, feature)] if !met.requirement.optional && !feature.is_empty() => Some(feature.clone()),
        _ => None,
    };
    let mut turns_on: Vec<String> = requirements.iter().filter_map(needed).collect();
    for (permissions, own) in
        [(&["database.read", "database.write", "storage.keys"][..], "data"), (&["network.client"][..], "http-client")]
    {
        let asks = descriptor.permissions.iter().any(|request| permissions.contains(&request.name));
        if asks && !file.dependency_has_feature("keyway", own) {
            turns_on.push(format!("keyway/{own}"));
        }
    }
    turns_on.dedup();
    let addition = Addition {
        package: package.to_owned(),
        source: wanted.in_host(project, plugin)?,
        feature,
        turns_on,
        is_default: arguments.default,
        by_pattern: project.call().plugins.is_none(),
    };
    Ok(Plan { descriptor, addition, requirements })
}

/// Who of the plugins that the host knows meets a requirement.
fn met(project: &Project, requirement: &Requirement) -> Met {
    let meets = |plugin: &&KnownPlugin| {
        plugin.descriptor().is_some_and(|other| match requirement.target {
            Target::Plugin => other.id == requirement.id,
            Target::Service => other.provides.iter().any(|provision| provision.id == requirement.id),
        })
    };
    let feature = |plugin: &KnownPlugin| plugin.dependency.as_ref().map_or_else(String::new, |known| known.feature().to_owned());
    let by =
        project.plugins().iter().filter(meets).filter_map(|plugin| Some((plugin.descriptor()?.id.as_str(), feature(plugin))));
    Met { requirement: *requirement, by: by.collect() }
}

/// The feature that turns the plugin on: what `*` of the host's pattern stands for, or the end of its id.
fn feature(project: &Project, package: &str, descriptor: &Descriptor, arguments: &Arguments) -> Result<String, Failure> {
    let features = &project.host().features;
    let own = package.split_once("-plugin-").map(|(_, own)| own);
    // `ticker.plugin` is what a plugin that is called by one word alone gets for its id.
    let last = descriptor.id.as_str().rsplit('.').next().filter(|last| *last != "plugin").unwrap_or(package);
    let feature = arguments.feature.clone().unwrap_or_else(|| own.unwrap_or(last).to_owned());
    if feature.is_empty()
        || feature.contains(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '+' | '.')))
    {
        return Err(refused(
            &format!("`{}` cannot be the name of a feature", feature.escape_debug()),
            "write letters, digits, `-` and `_`",
        ));
    }
    if features.contains(&feature) {
        let message = format!("`{}` has a feature `{feature}` already", project.name());
        return Err(refused(&message, "give the feature another name with `--feature NAME`"));
    }
    Ok(feature)
}
