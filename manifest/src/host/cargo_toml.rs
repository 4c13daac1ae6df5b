//! Reads a host's Cargo.toml: the plugin patterns, the dependencies that match them, and when each is part of the build.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::code;
use super::condition::Condition;
use super::dependency::{self, OtherDependency, PluginDependency, Written};
use super::feature::{Features, enabling_features};
use super::package::{PackageFacts, parse_package};
use super::pattern::Pattern;
use super::target::target_cfg;
use super::toml_path::{table_at, texts};
use super::workspace::{Workspace, shown};
use crate::parse::{
    Diagnostic, Findings, LARGEST_TEXT, Report, Source, Spanned, Table, Value, nearest, parse_document, read_bounded_text,
};

/// A host's Cargo.toml as far as it is about plugins.
#[derive(Debug, Clone)]
pub struct HostManifest {
    /// What the host says about its own package.
    pub facts: PackageFacts,
    /// The dependencies that are plugins, by their names in Cargo.toml.
    pub dependencies: Vec<PluginDependency>,
    /// The dependencies with a `path` that match no pattern.
    pub others: Vec<OtherDependency>,
    /// The host's features.
    pub features: Features,
    /// The folder in which names of files in messages begin: the workspace's, or the host's own.
    pub root: PathBuf,
}

/// The keys of `[package.metadata.keyway]`.
const KEYS: &[&str] = &["plugins", "manifest"];

/// Reads the Cargo.toml in `folder`, and the workspace's where the host inherits from it.
///
/// # Errors
/// Everything that is wrong, in file order.
pub fn read_host(folder: &Path) -> Result<HostManifest, Report> {
    read(folder, Patterns::Needed)
}

/// Reads the Cargo.toml in `folder` of a host that names its plugins in `host!`: no dependency is one by its package's name.
///
/// # Errors
/// Everything that is wrong, in file order.
pub fn read_host_without_patterns(folder: &Path) -> Result<HostManifest, Report> {
    read(folder, Patterns::None)
}

/// Whether a Cargo.toml has to say which dependencies are plugins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Patterns {
    Needed,
    None,
}

fn read(folder: &Path, wanted: Patterns) -> Result<HostManifest, Report> {
    let workspace = Workspace::find(folder);
    let root = workspace.as_ref().map_or(folder, Workspace::folder).to_owned();
    let file = folder.join("Cargo.toml");
    let shown_as = shown(&file, &root);
    let text = read_bounded_text(&file, LARGEST_TEXT).map_err(|error| {
        Diagnostic::new(
            code::UNREADABLE,
            crate::parse::Place::file(&shown_as),
            format!("the host's Cargo.toml cannot be read: {error}"),
        )
        .help("build with Cargo, or list the plugins yourself: `host! { plugins = [my_plugin], … }`")
    })?;
    let mut host = parse(&text, &shown_as, folder, workspace.as_ref(), wanted)?;
    host.root = root;
    Ok(host)
}

/// Reads the text of a host's Cargo.toml. `folder` is where it lies: paths of dependencies start there.
///
/// # Errors
/// Everything that is wrong, in file order.
pub fn parse_host(
    cargo_toml: &str,
    shown_as: &str,
    folder: &Path,
    workspace: Option<&Workspace>,
) -> Result<HostManifest, Report> {
    parse(cargo_toml, shown_as, folder, workspace, Patterns::Needed)
}

fn parse(
    cargo_toml: &str,
    shown_as: &str,
    folder: &Path,
    workspace: Option<&Workspace>,
    wanted: Patterns,
) -> Result<HostManifest, Report> {
    let source = Source::new(cargo_toml, shown_as);
    let (document, errors) = parse_document(&source);
    if let Some(error) = errors.first() {
        let message = format!("the host's Cargo.toml is not valid TOML: {}", error.message);
        return Err(Diagnostic::new(code::UNREADABLE, source.place(&error.span), message).help("mend the line").into());
    }
    let mut findings = Findings::new();
    let facts = parse_package(cargo_toml, workspace).unwrap_or_default();
    let patterns = match wanted {
        Patterns::Needed => patterns(&document, &source, &facts.name, &mut findings),
        Patterns::None => Vec::new(),
    };
    let written = written(&document, &source, folder, workspace, &mut findings);
    for pattern in &patterns {
        if !written.iter().any(|(dependency, _)| pattern.value.matches(&dependency.package)) {
            findings.push(unmatched(pattern, &written, &source));
        }
    }
    let features = features(&document);
    let optional: Vec<String> =
        written.iter().filter(|(dependency, _)| dependency.optional).map(|(dependency, _)| dependency.key.clone()).collect();
    let mut dependencies: BTreeMap<String, PluginDependency> = BTreeMap::new();
    let mut others: Vec<OtherDependency> = Vec::new();
    for (written, target) in written {
        if !patterns.iter().any(|pattern| pattern.value.matches(&written.package)) {
            others.extend(OtherDependency::of(written).filter(|other| others.iter().all(|known| known.package != other.package)));
            continue;
        }
        let target = match target.map(|target| target_cfg(&target.value).map_err(|reason| (target, reason))).transpose() {
            Ok(target) => target,
            Err((target, reason)) => {
                let message = format!("the plugin `{}` stands under a target that `host!` cannot follow: {reason}", written.key);
                let help = "write the target as a predicate, for example `[target.'cfg(unix)'.dependencies]`";
                findings.push(Diagnostic::new(code::TARGET, source.place(&target.span), message).help(help));
                continue;
            }
        };
        let needed = if written.optional { enabling_features(&features, &written.key) } else { Vec::new() };
        let condition = Condition { features: needed, target };
        let dependency = dependencies.entry(written.key.clone()).or_insert_with(|| PluginDependency {
            key: written.key,
            package: written.package,
            renamed: written.renamed,
            folder: written.folder,
            conditions: Vec::new(),
            place: written.place,
        });
        dependency.conditions.push(condition);
    }
    findings.finish()?;
    let (dependencies, features) = (dependencies.into_values().collect(), Features::new(features, optional));
    Ok(HostManifest { facts, dependencies, others, features, root: folder.to_owned() })
}

/// `[package.metadata.keyway] plugins`.
fn patterns(document: &Table, source: &Source, package: &str, findings: &mut Findings) -> Vec<Spanned<Pattern>> {
    let example = "for example `plugins = [\"my-plugin-*\"]`";
    let metadata = table_at(document, &["package", "metadata"]).and_then(|metadata| metadata.get("keyway"));
    let keyway = match metadata.map(|entry| (&entry.value.value, entry)) {
        Some((Value::Table(keyway), _)) => keyway,
        Some((_, entry)) => {
            let message = "`package.metadata.keyway` is not a table";
            findings.push(Diagnostic::new(code::METADATA, source.place(&entry.key.span), message).help(format!(
                "write `[package.metadata.keyway]` and under it the patterns of the plugins' packages, {example}"
            )));
            return Vec::new();
        }
        None => {
            let place = document.get("package").map_or_else(|| source.whole(), |entry| source.place(&entry.key.span));
            let message = format!("Cargo.toml of `{package}` does not say which dependencies are plugins");
            findings.push(Diagnostic::new(code::METADATA, place, message).help(format!(
                "add `[package.metadata.keyway]` and under it the patterns of the plugins' packages, {example}; or name the plugins in `host! {{ plugins = [my_plugin], … }}`"
            )));
            return Vec::new();
        }
    };
    for entry in &keyway.entries {
        if !KEYS.contains(&entry.key.value.as_str()) {
            let message = format!("`package.metadata.keyway` has no key `{}`", entry.key.value);
            let similar = nearest(&entry.key.value, KEYS.iter().copied());
            let help = similar.first().map_or_else(|| "remove the line".to_owned(), |key| format!("write `{key}`"));
            findings.push(Diagnostic::new(code::METADATA, source.place(&entry.key.span), message).similar(similar).help(help));
        }
    }
    let Some(plugins) = keyway.get("plugins") else {
        if keyway.entries.iter().all(|entry| KEYS.contains(&entry.key.value.as_str())) {
            let place = keyway.entries.first().map_or_else(|| source.whole(), |entry| source.place(&entry.key.span));
            let message = "`package.metadata.keyway` does not say which dependencies are plugins";
            findings.push(
                Diagnostic::new(code::METADATA, place, message)
                    .help(format!("add the patterns of the plugins' packages, {example}")),
            );
        }
        return Vec::new();
    };
    let mut patterns = Vec::new();
    let mistyped = |span, findings: &mut Findings| {
        let message = "`plugins` is not a list of package names or patterns";
        findings.push(
            Diagnostic::new(code::METADATA, source.place(span), message).help(format!("write a list of strings, {example}")),
        );
    };
    let Value::List(items) = &plugins.value.value else {
        mistyped(&plugins.value.span, findings);
        return patterns;
    };
    for item in items {
        match &item.value {
            Value::Text(pattern) => patterns.push(Spanned::new(Pattern::new(pattern), item.span.clone())),
            _ => mistyped(&item.span, findings),
        }
    }
    patterns
}

/// Every normal dependency, with the target key of its table.
fn written(
    document: &Table,
    source: &Source,
    folder: &Path,
    workspace: Option<&Workspace>,
    findings: &mut Findings,
) -> Vec<(Written, Option<Spanned<String>>)> {
    let mut tables: Vec<(&Table, Option<Spanned<String>>)> = Vec::new();
    tables.extend(document.table("dependencies").map(|table| (table, None)));
    for target in document.table("target").map_or(&[][..], |targets| &targets.entries) {
        if let Value::Table(table) = &target.value.value {
            tables.extend(table.table("dependencies").map(|table| (table, Some(target.key.clone()))));
        }
    }
    let mut written = Vec::new();
    for (table, target) in tables {
        for entry in &table.entries {
            match dependency::read(entry, folder, workspace, source.place(&entry.key.span)) {
                Ok(dependency) => written.push((dependency, target.clone())),
                Err(diagnostic) => findings.push(*diagnostic),
            }
        }
    }
    written
}

fn features(document: &Table) -> BTreeMap<String, Vec<String>> {
    let entries = document.table("features").map_or(&[][..], |features| &features.entries);
    entries.iter().map(|entry| (entry.key.value.clone(), texts(&entry.value.value))).collect()
}

fn unmatched(pattern: &Spanned<Pattern>, written: &[(Written, Option<Spanned<String>>)], source: &Source) -> Diagnostic {
    let text = pattern.value.as_str();
    // `cms-plugn-*` is near `cms-plugin-feed` because it is near the first part of that name.
    let head = text.split('*').next().unwrap_or("");
    let part = |package: &str| match (text.contains('*'), package.rfind('-')) {
        (true, Some(dash)) if head.ends_with(['-', '_']) => package[..=dash].to_owned(),
        (true, _) => package.chars().take(head.chars().count()).collect(),
        (false, _) => package.to_owned(),
    };
    let parts: Vec<(String, &str)> =
        written.iter().map(|(dependency, _)| (part(&dependency.package), dependency.package.as_str())).collect();
    let near = nearest(head, parts.iter().map(|(part, _)| part.as_str()));
    let similar = parts.iter().filter(|(part, _)| near.contains(part)).map(|(_, package)| (*package).to_owned()).collect();
    Diagnostic::new(code::PATTERN, source.place(&pattern.span), format!("the pattern `{text}` matches no dependency"))
        .similar(similar)
        .help("add a plugin that it matches under `[dependencies]`, or mend or remove the pattern")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Result<HostManifest, Report> {
        let workspace = Workspace::parse(
            Path::new("/w"),
            "[workspace.dependencies]\ncms-plugin-feed = { path = \"plugins/feed\" }\nclock = { package = \"cms-plugin-clock\", version = \"1\" }",
        );
        let head = "[package]\nname = \"site\"\n[package.metadata.keyway]\nplugins = [\"cms-plugin-*\"]\n";
        parse_host(&format!("{head}{text}"), "host/Cargo.toml", Path::new("/w/host"), workspace.as_ref())
    }

    /// Each dependency as `crate [folder] cfg`.
    fn table(text: &str) -> Vec<String> {
        let describe = |dependency: &PluginDependency| {
            let folder = dependency.folder.as_ref().map_or(String::new(), |folder| format!(" {}", folder.display()));
            let cfg = dependency.cfg().map_or(String::new(), |cfg| format!(" if {cfg}"));
            format!("{}{folder}{cfg}", dependency.crate_name(None))
        };
        host(text).unwrap_or_else(|report| panic!("{report}")).dependencies.iter().map(describe).collect()
    }

    #[test]
    fn reads_plain_optional_and_renamed_dependencies() {
        let text = "[dependencies]\ncms-plugin-a = \"1\"\ncms-plugin-b = { path = \"../plugins/b\", optional = true }\n\
                    other = { package = \"cms-plugin-c\", version = \"1\", optional = true }\nserde = \"1\"\n\
                    [features]\nsee = [\"dep:other\"]\nfull = [\"see\", \"cms-plugin-b\"]";
        assert_eq!(
            table(text),
            ["cms_plugin_a", "cms_plugin_b /w/plugins/b if feature = \"cms-plugin-b\"", "other if feature = \"see\""]
        );
    }

    #[test]
    fn inherits_from_the_workspace() {
        let text = "[dependencies]\ncms-plugin-feed = { workspace = true, optional = true }\nclock.workspace = true\n\
                    [features]\nfeed = [\"dep:cms-plugin-feed\"]";
        assert_eq!(table(text), ["clock", "cms_plugin_feed /w/plugins/feed if feature = \"feed\""]);
    }

    #[test]
    fn follows_target_tables() {
        let text = "[target.'cfg(unix)'.dependencies]\ncms-plugin-a = { version = \"1\", optional = true }\n\
                    [target.'cfg(windows)'.dependencies]\ncms-plugin-a = \"1\"\n[target.x86_64-pc-windows-gnu.dependencies]\nserde = \"1\"";
        assert_eq!(table(text), ["cms_plugin_a if any(all(feature = \"cms-plugin-a\", unix), windows)"]);
    }

    #[test]
    fn dependencies_of_tests_and_build_scripts_are_no_plugins() {
        let text = "[dependencies]\ncms-plugin-a = \"1\"\n[dev-dependencies]\ncms-plugin-b = \"1\"\n[build-dependencies]\ncms-plugin-c = \"1\"";
        assert_eq!(table(text), ["cms_plugin_a"]);
    }

    fn refused(cargo_toml: &str, expected: &str) {
        let report = parse_host(cargo_toml, "Cargo.toml", Path::new("/h"), None).unwrap_err().to_string();
        assert_eq!(report, expected.trim_start_matches('\n'), "\n{report}");
    }

    #[test]
    fn tells_everything_that_is_wrong() {
        refused(
            "[package]\nname = \"site\"\n[package.metadata.keyway]\nplugin = 1\nplugins = [\"cms-plugn-*\", 7]\n[dependencies]\ncms-plugin-feed = \"1\"\nx = { workspace = true }\n",
            r#"
KW0431 `package.metadata.keyway` has no key `plugin`
  --> Cargo.toml:4:1
   |
 4 | plugin = 1
   | ^^^^^^
  help: write `plugins`
KW0432 the pattern `cms-plugn-*` matches no dependency
  --> Cargo.toml:5:12
   |
 5 | plugins = ["cms-plugn-*", 7]
   |            ^^^^^^^^^^^^^
  note: a similar name exists: `cms-plugin-feed`
  help: add a plugin that it matches under `[dependencies]`, or mend or remove the pattern
KW0431 `plugins` is not a list of package names or patterns
  --> Cargo.toml:5:27
   |
 5 | plugins = ["cms-plugn-*", 7]
   |                           ^
  help: write a list of strings, for example `plugins = ["my-plugin-*"]`
KW0434 `x` says `workspace = true`, but no Cargo.toml above has a `[workspace]`
  --> Cargo.toml:8:1
   |
 8 | x = { workspace = true }
   | ^
  help: give `x` a version or a path here"#,
        );
    }

    #[test]
    fn asks_for_the_patterns() {
        refused(
            "[package]\nname = \"site\"\n",
            r#"
KW0431 Cargo.toml of `site` does not say which dependencies are plugins
  --> Cargo.toml:1:2
   |
 1 | [package]
   |  ^^^^^^^
  help: add `[package.metadata.keyway]` and under it the patterns of the plugins' packages, for example `plugins = ["my-plugin-*"]`; or name the plugins in `host! { plugins = [my_plugin], … }`"#,
        );
    }

    #[test]
    fn refuses_a_target_that_is_no_predicate() {
        let report = host("[target.sparc-sun-solaris.dependencies]\ncms-plugin-a = \"1\"").unwrap_err().to_string();
        assert!(report.starts_with("KW0435 the plugin `cms-plugin-a` stands under a target that `host!` cannot follow: the target `sparc-sun-solaris`"), "{report}");
    }
}
