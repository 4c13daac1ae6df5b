//! The packages that the host is built from: whether host and plugins mean the same `keyway` and the same SDK.

use keyway_build::project::{Refusal, RefusalKind};
use keyway_manifest::host::relative;

use super::Subject;
use super::finding::{DoctorCheck, DoctorFinding, count, names};
use crate::cargo::{Metadata, Package};
use crate::failure::PROGRAM;
use crate::project::Project;

/// What exists once in every program that works, besides the SDK.
const KEYWAY: &str = "keyway";
/// What follows `keyway`; it is told when `keyway` itself is there once.
const PARTS: [&str; 2] = ["keyway-macros", "keyway-manifest"];
/// What `keyway` registers plugins with.
const CENSUS: [&str; 2] = ["inventory", "linkme"];

pub(super) fn look(subject: &Subject<'_>) -> Vec<DoctorCheck> {
    let (Some(project), Some(metadata)) = (subject.project, &subject.metadata) else { return Vec::new() };
    let metadata = match metadata {
        Ok(metadata) => metadata,
        Err(refusal) => return vec![DoctorCheck::found("packages", unknown(refusal))],
    };
    let Some(host) = subject.host() else { return Vec::new() };
    let graph = Packages { project, metadata, host, linked: subject.linked() };
    let mut checks = graph.keyway();
    checks.extend(project.sdk().and_then(|sdk| graph.sdk(sdk.name)));
    checks.push(graph.plugins());
    checks
}

/// Why Cargo does not say what the host is built from.
fn unknown(refusal: &Refusal) -> DoctorFinding {
    const UNSEEN: &str = "which packages a build takes was not looked at";
    let found = format!("`cargo metadata` cannot say what the host is built from\n{}", refusal.said);
    match refusal.kind {
        RefusalKind::LockOutdated => DoctorFinding::note(
            "`Cargo.lock` is not there, or does not fit a Cargo.toml",
            "which packages a build takes is not known, and `cargo build --locked` fails",
            "`cargo generate-lockfile` where there is none, else `cargo update --workspace`; then commit it",
        ),
        // What is only not downloaded, the next build downloads.
        RefusalKind::NotDownloaded | RefusalKind::Unclear => {
            DoctorFinding::note(found, UNSEEN, "run `cargo fetch`, and then this again").code(PROGRAM)
        }
        RefusalKind::NoAnswer | RefusalKind::Wrong => {
            DoctorFinding::problem(found, "Cargo builds nothing then", "mend what Cargo says").code(PROGRAM)
        }
    }
}

/// The packages that a host is linked with.
struct Packages<'a> {
    project: &'a Project,
    metadata: &'a Metadata,
    host: &'a Package,
    linked: Vec<&'a Package>,
}

impl<'a> Packages<'a> {
    /// Whether there is one `keyway`, and of its parts one each.
    fn keyway(&self) -> Vec<DoctorCheck> {
        let found = self.called(KEYWAY);
        if found.len() > 1 {
            let why = "plugins of the one are not seen by a host of the other";
            return vec![DoctorCheck::found("keyway", self.several(KEYWAY, &found, why))];
        }
        let Some(keyway) = found.first() else { return Vec::new() };
        let parts = PARTS.into_iter().map(|name| (name, self.called(name))).filter(|(_, found)| found.len() > 1);
        let why = "what is compiled with the one is not understood by the other";
        let mut findings: Vec<DoctorFinding> = parts.map(|(name, found)| self.several(name, &found, why)).collect();
        let census = CENSUS.into_iter().map(|name| (name, self.called(name))).filter(|(_, found)| found.len() > 1);
        let why = "plugins register with the one that `keyway` needs; the other is for somebody else, and only makes the program larger";
        findings.extend(census.map(|(name, found)| self.several(name, &found, why).into_note()));
        let holds = format!("one `keyway` for host and plugins, {}", keyway.version);
        vec![DoctorCheck::of("keyway", holds, findings)]
    }

    /// Whether there is one SDK.
    fn sdk(&self, name: &str) -> Option<DoctorCheck> {
        let found = self.called(name);
        let sdk = found.first()?;
        let mut findings = Vec::new();
        if found.len() > 1 {
            let why = "an extension for the points of the one is none for the points of the other";
            findings.push(self.several(name, &found, why));
        }
        Some(DoctorCheck::of("sdk", format!("one `{name}` for host and plugins, {}", sdk.version), findings))
    }

    /// Whether plugins are plugins of the host alone.
    fn plugins(&self) -> DoctorCheck {
        let is_plugin = |package: &&Package| {
            self.project.plugins().iter().any(|plugin| plugin.dependency.is_some() && plugin.facts.name == package.name)
        };
        let plugins: Vec<&Package> = self.linked.iter().copied().filter(is_plugin).collect();
        let mut findings = Vec::new();
        for plugin in &plugins {
            let linked = self.metadata.linked(&[&plugin.id], &|_| true);
            let others: Vec<&str> = plugins
                .iter()
                .filter(|other| other.id != plugin.id && linked.contains_key(&other.id))
                .map(|other| other.name.as_str())
                .collect();
            if !others.is_empty() {
                let found = format!("the plugin `{}` is built from the plugin {}", plugin.name, names(&others));
                let help = format!(
                    "take it out of `{}`, and share types through the SDK, or through a package that is no plugin",
                    self.cargo_toml(plugin)
                );
                let why = "it is linked whatever the features say, and a library may hold one plugin only";
                findings.push(DoctorFinding::note(found, why, help));
            }
        }
        let always = self.project.host().dependencies.iter().filter(|dependency| dependency.cfg().is_none()).count();
        let always = if always == 0 { String::new() } else { format!(", {always} of them in every build") };
        let holds = format!("{}{always}, and none is built from another", count(plugins.len(), "plugin"));
        DoctorCheck::of("plugins", holds, findings)
    }

    fn called(&self, name: &str) -> Vec<&'a Package> {
        self.linked.iter().copied().filter(|package| package.name == name).collect()
    }

    /// Says of a package that is there more than once who brings which, and what brings them together.
    fn several(&self, name: &str, found: &[&Package], why: &str) -> DoctorFinding {
        let bringing = |package: &Package| self.metadata.dependents(&package.id, &self.linked);
        let main = found.iter().copied().max_by_key(|package| {
            let bringing = bringing(package);
            (bringing.iter().any(|by| by.id == self.host.id), bringing.len())
        });
        let main = main.unwrap_or(self.host);
        let line = |package: &&Package| {
            let by = names(bringing(package).iter().map(|by| &by.name));
            format!("{} {}, for {by}", package.version, self.origin(package))
        };
        let lines: Vec<String> = found.iter().map(line).collect();
        let others = found.iter().filter(|package| package.id != main.id).flat_map(|package| bringing(package));
        let mut helps: Vec<String> = others.map(|by| self.mend(name, main, by)).collect();
        helps.sort();
        helps.dedup();
        let times = if found.len() == 2 { "twice".to_owned() } else { format!("{} times", found.len()) };
        let found = format!("`{name}` is in the build {times}\n{}", lines.join("\n"));
        DoctorFinding::problem(found, why, helps.join("; "))
    }

    /// What has a package take another one in the form in which the host has it.
    fn mend(&self, name: &str, main: &Package, by: &Package) -> String {
        match by.source {
            None => format!("write `{}` in `{}`", self.line(name, main, by), self.cargo_toml(by)),
            Some(_) => format!(
                "`cargo update -p {}@{}`, or take a version of it that needs `{name}` {}",
                by.name, by.version, main.version
            ),
        }
    }

    /// The line of Cargo.toml.
    fn line(&self, name: &str, main: &Package, by: &Package) -> String {
        match main.source.as_deref() {
            None => format!("{name} = {{ path = {:?} }}", relative(by.folder(), main.folder())),
            Some(source) => match source.strip_prefix("git+").and_then(|git| git.split(['?', '#']).next()) {
                Some(url) => format!("{name} = {{ git = {url:?} }}"),
                None => format!("{name} = \"{}\"", main.version),
            },
        }
    }

    /// Where a package comes from.
    fn origin(&self, package: &Package) -> String {
        match package.source.as_deref() {
            None => format!("in `{}`", self.project.shown(package.folder())),
            Some(source) if source.starts_with("git+") => "from Git".to_owned(),
            Some(_) => "from a registry".to_owned(),
        }
    }

    fn cargo_toml(&self, package: &Package) -> String {
        self.project.shown(&package.manifest_path)
    }
}
