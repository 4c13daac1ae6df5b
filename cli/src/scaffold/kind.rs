//! What new packages consist of: the files of `templates`, filled in.

use std::path::{Path, PathBuf};

use keyway_manifest::host::relative;

use super::enclosing::Enclosing;
use super::files::Files;
use super::keyway::Keyway;
use super::name::Name;
use super::sdk::{Points, Sdk};
use super::template::fill;
use crate::failure::{Class, Failure, NAME};

/// The text of a template.
macro_rules! template {
    ($path:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/", $path, ".template"))
    };
}

/// The oldest compiler that new packages say they need.
const RUST: &str = env!("CARGO_PKG_RUST_VERSION");

/// What is around a new package.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    /// Where it takes `keyway` from.
    pub(crate) keyway: &'a Keyway,
    /// The workspace that it joins.
    pub(crate) workspace: Option<&'a Enclosing>,
}

impl Surroundings<'_> {
    /// What stands behind `keyway = ` in the Cargo.toml of a package in the folder `from`.
    fn keyway(&self, from: &Path, features: &[&str]) -> String {
        self.keyway.in_package().to_toml(from, features)
    }
}

/// Adds the files of an SDK, in the folder `at` of the new one.
pub(crate) fn library(files: &mut Files, at: &str, name: &Name, around: Surroundings<'_>) {
    let folder = files.folder().join(at);
    let (group, krate) = (name.group(), name.krate());
    let host = if group == name.as_str() { format!("the host of {group}") } else { group.clone() };
    let values = [
        ("name", name.as_str()),
        ("crate", &krate),
        ("group", &group),
        ("host", &host),
        ("rust", RUST),
        ("keyway", &around.keyway(&folder, &[])),
        ("keyway.testing", &around.keyway(&folder, &["testing"])),
    ];
    let mut add = |path: &str, template| files.add(format!("{at}{path}"), fill(template, &values));
    add("Cargo.toml", template!("sdk/Cargo.toml"));
    add("README.md", template!("sdk/README.md"));
    add("src/lib.rs", template!("sdk/lib.rs"));
    add("tests/greeter.rs", template!("sdk/test.rs"));
}

/// What a new plugin does, by the points that its SDK has.
struct Doing {
    description: String,
    permissions: String,
    permissions_text: String,
    config: &'static str,
    code: &'static str,
    test: &'static str,
}

impl Doing {
    fn of(points: Points, segment: &str) -> Self {
        let one = |permission: &str, scope: &str, reason: &str| {
            let manifest = format!("\n[permissions]\n\"{permission}\" = {{ scope = [\"{scope}\"], reason = \"{reason}\" }}\n");
            (manifest, format!("| permission | scope | why |\n|---|---|---|\n| `{permission}` | `{scope}` | {reason} |"))
        };
        match points {
            Points::Greeter => Self {
                description: "Greets in its own words".to_owned(),
                permissions: String::new(),
                permissions_text: "It asks for none.".to_owned(),
                config: "greeting = \"Hello\"",
                code: template!("plugin/greeter.rs"),
                test: template!("plugin/greeter_test.rs"),
            },
            Points::Route => {
                let (permissions, permissions_text) = one("http.routes", &format!("/{segment}"), "serves its page");
                Self {
                    description: format!("Serves a page at `/{segment}`"),
                    permissions,
                    permissions_text,
                    config: "greeting = \"Hello from a plugin.\"",
                    code: template!("plugin/route.rs"),
                    test: template!("plugin/route_test.rs"),
                }
            }
            Points::Other => {
                let (permissions, permissions_text) = one("jobs.schedule", "tell", "writes its line on a schedule");
                Self {
                    description: "Writes a line into the log on a schedule".to_owned(),
                    permissions,
                    permissions_text,
                    config: "schedule = \"@hourly\"\nmessage = \"still here\"",
                    code: template!("plugin/job.rs"),
                    test: template!("plugin/job_test.rs"),
                }
            }
        }
    }
}

/// Adds the files of a plugin, in the folder `at` of the new one.
pub(crate) fn plugin(files: &mut Files, at: &str, name: &Name, id: &str, sdk: Option<&Sdk>, around: Surroundings<'_>) {
    let folder = files.folder().join(at);
    let segment = name.segment();
    let doing = Doing::of(sdk.map_or(Points::Other, Sdk::points), &segment);
    let sdk_line = sdk.map(|sdk| format!("{} = {}\n", sdk.name(), sdk.in_package(around.workspace).to_toml(&folder, &[])));
    let values = [
        ("name", name.as_str()),
        ("crate", &name.krate()),
        ("type", &name.type_name()),
        ("segment", &segment),
        ("id", id),
        ("rust", RUST),
        ("description", &doing.description),
        ("permissions", &doing.permissions),
        ("permissions_text", &doing.permissions_text),
        ("config", doing.config),
        ("sdk_line", &sdk_line.unwrap_or_default()),
        ("sdk_crate", &sdk.map_or_else(String::new, |sdk| sdk.name().replace('-', "_"))),
        ("host_range", sdk.map_or("*", Sdk::range)),
        ("keyway", &around.keyway(&folder, &[])),
        ("keyway.testing", &around.keyway(&folder, &["testing"])),
    ];
    let mut add = |path: &str, template| files.add(format!("{at}{path}"), fill(template, &values));
    add("Cargo.toml", template!("plugin/Cargo.toml"));
    add("README.md", template!("plugin/README.md"));
    add("plugin.toml", template!("plugin/plugin.toml"));
    add("src/lib.rs", doing.code);
    add("tests/plugin.rs", doing.test);
}

/// A plugin that a new host begins with: its package and its folder in the new one.
pub(crate) struct First<'a> {
    pub(crate) name: &'a Name,
    pub(crate) at: &'a str,
}

/// Adds the files of a host, in the folder `at` of the new one.
pub(crate) fn host(files: &mut Files, at: &str, name: &Name, sdk: &Sdk, first: Option<&First<'_>>, around: Surroundings<'_>) {
    let folder = files.folder().join(at);
    let line = |first: &First<'_>| {
        let path = relative(&folder, &files.folder().join(first.at));
        format!("{} = {{ path = \"{path}\", optional = true }}\n", first.name.as_str())
    };
    let (feature, feature_line) = first.map_or_else(Default::default, |first| {
        let segment = first.name.segment();
        (format!("\"{segment}\""), format!("{segment} = [\"dep:{}\"]\n", first.name.as_str()))
    });
    let code = match sdk.points() {
        Points::Greeter => template!("host/greeter.rs"),
        Points::Route | Points::Other => template!("host/other.rs"),
    };
    let values = [
        ("name", name.as_str()),
        ("group", &name.group()),
        ("rust", RUST),
        ("default", &feature),
        ("patterns", &first.map(|_| format!("\"{}-plugin-*\"", name.group())).unwrap_or_default()),
        ("features", &feature_line),
        ("plugins", &first.map(line).unwrap_or_default()),
        ("sdk", sdk.name()),
        ("sdk_crate", &sdk.name().replace('-', "_")),
        ("sdk_argument", &sdk.argument(&folder, around.workspace)),
        ("sdk_source", &sdk.in_package(around.workspace).to_toml(&folder, &[])),
        ("keyway.host", &around.keyway(&folder, &["host"])),
    ];
    let mut add = |path: &str, template| files.add(format!("{at}{path}"), fill(template, &values));
    add("Cargo.toml", template!("host/Cargo.toml"));
    add("README.md", template!("host/README.md"));
    add("host.toml", template!("host/host.toml"));
    add("src/main.rs", code);
}

/// Adds the files of a program with plugins: a host, its SDK, and a first plugin. Answers the packages with their folders.
///
/// # Errors
/// The name leads to one that a package cannot have.
pub(crate) fn workspace(files: &mut Files, name: &Name, around: Surroundings<'_>) -> Result<Vec<(Name, PathBuf)>, Failure> {
    const HOST: &str = "host";
    const PLUGIN: &str = "plugins/hello";
    const SDK: &str = "sdk";
    let group = name.group();
    let (sdk_name, plugin_name) = (Name::new(&format!("{group}-sdk"))?, Name::new(&format!("{group}-plugin-hello"))?);
    if [&sdk_name, &plugin_name].iter().any(|other| other.as_str() == name.as_str()) {
        let message = format!("`{}` cannot be the name of a host: another of its packages is called so", name.as_str());
        return Err(Failure::new(Class::Arguments, NAME, message).help(format!("choose another one, such as `{group}`")));
    }
    let sdk = Sdk::to_be(sdk_name.as_str(), &files.folder().join(SDK));
    let first = First { name: &plugin_name, at: PLUGIN };
    let inherited = around.keyway.in_new_workspace();
    let around = if around.workspace.is_some() { around } else { Surroundings { keyway: &inherited, ..around } };
    host(files, "host/", name, &sdk, Some(&first), around);
    plugin(files, "plugins/hello/", &plugin_name, &plugin_name.id(None)?, Some(&sdk), around);
    library(files, "sdk/", &sdk_name, around);
    let values = [
        ("name", name.as_str()),
        ("sdk", sdk_name.as_str()),
        ("plugin", plugin_name.as_str()),
        ("group", &group),
        ("keyway", &around.keyway.source().to_toml(files.folder(), &[])),
    ];
    files.add("README.md", fill(template!("workspace/README.md"), &values));
    if around.workspace.is_none() {
        files.add("Cargo.toml", fill(template!("workspace/Cargo.toml"), &values));
    }
    let packages = [(name, HOST), (&plugin_name, PLUGIN), (&sdk_name, SDK)];
    Ok(packages.map(|(name, folder)| (name.clone(), files.folder().join(folder))).to_vec())
}

/// Adds what Git is to leave out, where no workspace around it says so.
pub(crate) fn ignored(files: &mut Files) {
    files.add(".gitignore", template!("gitignore").to_owned());
}
