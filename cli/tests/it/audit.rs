//! `cargo keyway audit`, on plugins that try to hide what they do. Each line of theirs that must be told is marked in their source:
//! `//~ CLASS NAME`, with `through PACKAGE` where it is in the code of a package that the plugin brings.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use cargo_keyway::answer::{Answer, Audit, AuditDiff, AuditVerdict, PluginAudit, Use, Used};
use serde::Deserialize;

use crate::sandbox::{Ran, Sandbox};

/// A use on a line: file, line, class, name, and the packages that lead there.
type Told = (String, u32, String, String, String);

#[test]
fn every_way_to_hide_is_told_on_its_line_and_no_other_line_is() {
    for (plugin, arguments) in [("hider", [].as_slice()), ("tidy", &[]), ("blind", &["--sdk", "records"]), ("meant-next", &[])] {
        let told: BTreeSet<Told> = audit_with(plugin, arguments).uses.iter().flat_map(told).collect();
        let marked = marked(&fixture().join(plugin));
        let missing: Vec<&Told> = marked.difference(&told).collect();
        let surplus: Vec<&Told> = told.difference(&marked).collect();
        assert!(missing.is_empty() && surplus.is_empty(), "{plugin}: not told: {missing:#?}\ntold and not marked: {surplus:#?}");
    }
}

#[test]
fn what_another_package_does_is_told_with_its_place_and_the_way_to_it() {
    let hider = audit("hider");
    let deep = hider.uses.iter().find(|found| found.through == ["brought", "records"]).expect("it is told");
    assert_eq!(deep.site.as_deref(), Some("records/src/lib.rs:5"));
    assert_eq!(deep.places[0].function, "audit_hider::spread::all");
    assert_eq!(deep.places[0].through, ["brought::count", "records::lines"]);
    assert_eq!(hider.brought, ["brought", "records"]);
    let at_build_time: Vec<_> = hider.at_build_time.iter().map(|runs| (runs.package.as_str(), runs.what.as_str())).collect();
    assert_eq!(at_build_time, [("audit-hider 1.0.0", "build script")]);
}

#[test]
fn code_that_nothing_reaches_is_told_and_is_no_mistake() {
    let hider = audit("hider");
    let unreached: Vec<&str> =
        hider.uses.iter().filter(|found| found.verdict == AuditVerdict::Unreached).map(|found| found.name.as_str()).collect();
    assert_eq!(unreached, ["std::fs::rename"]);
    assert!(hider.uses.iter().all(|found| found.name != "std::process::Command::status" || found.through.is_empty()));
}

#[test]
fn permissions_are_compared_with_what_is_done() {
    let tidy = audit("tidy");
    let used: Vec<(&str, Used)> = tidy.permissions.iter().map(|permission| (permission.name.as_str(), permission.used)).collect();
    let expected = [
        ("env.read", Used::Directly),
        ("filesystem.read", Used::Keyway),
        ("jobs.schedule", Used::Point),
        ("network.client", Used::No),
        ("storage.keys", Used::No),
    ];
    assert_eq!(used, expected);
    let declared = AuditVerdict::Declared { permission: "env.read".to_owned() };
    assert_eq!(tidy.uses.iter().map(|found| &found.verdict).collect::<Vec<_>>(), [&declared]);
    assert_eq!(run("tidy", &[]).code(), 0);
    run("tidy", &["--offline"]).snapshot_of_output("audit_tidy");
}

#[test]
fn what_is_allowed_is_told_with_the_reason() {
    let ran = run("meant", &[]);
    assert_eq!(ran.code(), 0, "{}", ran.stdout());
    ran.snapshot_of_output("audit_meant");
}

/// What the guide says the audit does not see is really not told, and what it says of an SDK that is not believed is.
#[test]
fn what_a_crate_does_is_its_own_only_when_it_is_believed() {
    let ran = run("blind", &["--sdk", "records"]);
    assert_eq!(ran.code(), 1);
    ran.snapshot_of_output("audit_blind");
    let doubted = audit("blind");
    let by_records: Vec<&str> =
        doubted.uses.iter().filter(|found| found.through == ["records"]).map(|found| found.name.as_str()).collect();
    assert_eq!(by_records, ["std::fs::read_to_string"]);
}

/// Plugins of the reference host, and what `host-app/keyway-audit.toml` allows them. `.ci/run audit` looks at all of them.
#[test]
fn plugins_of_the_reference_host_do_what_they_say() {
    let mut command = Sandbox::empty().command(&["audit", "site.gemini", "site.link-check", "--features", "full", "--offline"]);
    let output = command.current_dir(repository().join("host-app")).output().expect("it can be started");
    let ran = Ran::of("audit site.gemini site.link-check --features full --offline", output, &repository());
    assert_eq!(ran.code(), 0, "{}{}", ran.stdout(), ran.stderr());
    ran.snapshot_of_output("audit_host");
}

#[test]
fn an_update_is_compared_with_what_was_before() {
    let folder = fixture();
    let (old, new) = (folder.join("meant"), folder.join("meant-next"));
    let ran = project().run_in(&["audit", "--offline", "--diff", &old.to_string_lossy(), &new.to_string_lossy()]);
    assert_eq!(ran.code(), 1, "{}", ran.stderr());
    ran.snapshot_of_output("audit_diff");
    let saved = Sandbox::empty();
    for (name, plugin) in [("old.json", "meant"), ("new.json", "meant-next")] {
        saved.write(name, run(plugin, &["--json"]).stdout());
    }
    let diff: AuditDiff = saved.json(&["audit", "--diff", "old.json", "new.json"]);
    let gained: Vec<&str> = diff.plugins[0].uses_gained.iter().map(|found| found.name.as_str()).collect();
    assert_eq!(gained, ["std::fs::read_to_string", "std::thread::functions::spawn"], "the allowance is gone, too");
    assert_eq!(diff.plugins[0].brought_gained, ["records"]);
    let same = saved.run(&["audit", "--diff", "old.json", "old.json"]);
    assert_eq!((same.code(), same.stdout().as_str()), (0, "nothing differs in what the plugins can do\n"));
}

#[test]
fn sarif_is_what_the_standard_asks_for() {
    let log: Log = serde_json::from_str(&run("hider", &["--sarif"]).stdout()).expect("it is SARIF");
    assert_eq!(log.version, "2.1.0");
    let [run_of_tool] = log.runs.as_slice() else { panic!("one run") };
    let rules: Vec<&str> = run_of_tool.tool.driver.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(rules, ["KW0890", "KW0891", "KW0895"]);
    let results = &run_of_tool.results;
    assert_eq!(results.len(), audit("hider").undeclared().count());
    for result in results {
        assert!(rules.contains(&result.rule_id.as_str()) && result.level == "error", "{}", result.message.text);
        assert!(result.suppressions.is_empty() && !result.locations.is_empty(), "{}", result.message.text);
        for location in &result.locations {
            let file = &location.physical_location.artifact_location.uri;
            assert!(location.physical_location.region.start_line > 0 && !file.starts_with('/') && !file.contains(' '), "{file}");
        }
    }
    let log: Log = serde_json::from_str(&run("meant", &["--sarif"]).stdout()).expect("it is SARIF");
    let suppressions = &log.runs[0].results[0].suppressions;
    assert_eq!(
        (suppressions[0].kind.as_str(), suppressions[0].justification.as_str()),
        ("external", "its thread ends within init")
    );
    let log: Log = serde_json::from_str(&run("tidy", &["--sarif"]).stdout()).expect("it is SARIF");
    let unused: Vec<(&str, &str)> =
        log.runs[0].results.iter().map(|result| (result.rule_id.as_str(), result.level.as_str())).collect();
    assert_eq!(unused, [("KW0895", "warning"), ("KW0895", "warning")]);
}

#[test]
fn what_stops_an_audit_is_one_clear_line() {
    let empty = Sandbox::empty();
    empty.run(&["audit", "--plugin", "absent"]).snapshot("audit_folder_absent");
    empty.run(&["audit", "--diff", "absent.json", "absent.json"]).snapshot("audit_file_absent");
    empty.write("old.json", "{\"format\": 1, \"command\": \"audit\", \"data\": {}}\n");
    empty.run(&["audit", "--diff", "old.json", "old.json"]).snapshot("audit_is_no_audit");
    empty.run(&["audit", "--plugin", "a", "--sarif", "--json"]).snapshot("audit_arguments_contradict");
    let site = Sandbox::site();
    site.run(&["audit", "site.absent"]).snapshot("audit_plugin_absent");
}

#[test]
fn a_list_of_allowances_that_is_wrong_stops_before_anything_is_built() {
    let folder = copied();
    folder.edit("meant/keyway-audit.toml", "threads", "thread");
    folder.run(&["audit", "--plugin", "meant", "--offline"]).snapshot("audit_allowances_wrong");
    assert!(!folder.folder().join("target").exists());
}

#[test]
fn a_plugin_that_cannot_be_built_is_not_audited() {
    let ran = run("broken", &[]);
    let said = ran.stderr();
    assert_eq!((ran.code(), ran.stdout().as_str()), (7, ""), "{said}");
    assert!(said.contains("error: this does not compile") && said.contains("error: KW0893 cargo could not build"), "{said}");
}

/// The audit of a plugin of the fixture, with JSON read back into its own types.
fn audit(plugin: &str) -> PluginAudit {
    audit_with(plugin, &[])
}

fn audit_with(plugin: &str, arguments: &[&str]) -> PluginAudit {
    let ran = run(plugin, &[arguments, &["--json"]].concat());
    let answer: Answer<Audit> = serde_json::from_str(&ran.stdout()).unwrap_or_else(|error| panic!("{error}\n{}", ran.stderr()));
    let [only] = <[PluginAudit; 1]>::try_from(answer.data.plugins).expect("one plugin was asked for");
    only
}

fn run(plugin: &str, arguments: &[&str]) -> Ran {
    let folder = fixture().join(plugin);
    let mut all = vec!["audit", "--offline", "--plugin"];
    let folder = folder.to_string_lossy();
    all.push(&folder);
    all.extend(arguments.iter().filter(|argument| **argument != "--offline"));
    project().run_in(&all)
}

/// The copy of the fixture that is built: always the same folder, so that Keyway is compiled for it once.
struct Copied(PathBuf);

impl Copied {
    fn run_in(&self, arguments: &[&str]) -> Ran {
        let sandbox = Sandbox::empty();
        let mut command: Command = sandbox.command(arguments);
        let output = command.env("CARGO_TARGET_DIR", target()).current_dir(&self.0).output().expect("it can be started");
        Ran::of(&arguments.join(" "), output, &self.0)
    }
}

fn project() -> &'static Copied {
    static COPIED: OnceLock<Copied> = OnceLock::new();
    COPIED.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("audit");
        update(copied().folder(), &folder);
        Copied(folder)
    })
}

fn copied() -> Sandbox {
    let folder = Sandbox::of("audit");
    folder.edit("Cargo.toml", "KEYWAY", &repository().to_string_lossy());
    fs::copy(repository().join("Cargo.lock"), folder.folder().join("Cargo.lock")).expect("it can be copied");
    folder
}

fn fixture() -> &'static Path {
    &project().0
}

/// Copies what differs, so that what did not change is not built anew. Cargo.lock is Cargo's once it is there.
fn update(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("it can be read").map(|entry| entry.expect("it can be read").path()) {
        let target = to.join(entry.file_name().expect("it has a name"));
        if entry.is_dir() {
            update(&entry, &target);
        } else if fs::read(&entry).ok() != fs::read(&target).ok() && !(target.ends_with("Cargo.lock") && target.exists()) {
            fs::copy(&entry, &target).expect("it can be copied");
        }
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository is above").to_owned()
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("Cargo's own folder is above").to_owned()
}

fn told(found: &Use) -> Vec<Told> {
    let class = if found.verdict == AuditVerdict::Unreached { "unreached".to_owned() } else { found.class.to_string() };
    let place = |place: &cargo_keyway::answer::Place| {
        (place.file.clone(), place.line, class.clone(), found.name.clone(), found.through.join(", "))
    };
    // What a build script wrote has no mark.
    found.places.iter().filter(|place| !place.file.starts_with("$OUT_DIR")).map(place).collect()
}

/// The marks in the sources of a plugin.
fn marked(folder: &Path) -> BTreeSet<Told> {
    let mut marked = BTreeSet::new();
    for file in fs::read_dir(folder.join("src")).expect("it can be read").map(|entry| entry.expect("it can be read").path()) {
        let text = fs::read_to_string(&file).expect("it is a text");
        let shown = file.strip_prefix(fixture()).expect("it is below").to_string_lossy().into_owned();
        for (line, number) in text.lines().zip(1..) {
            for mark in line.split("//~ ").skip(1) {
                let (class, rest) = mark.trim().split_once(' ').expect("a class and a name");
                let (name, through) = rest.split_once(" through ").unwrap_or((rest, ""));
                marked.insert((shown.clone(), number, class.to_owned(), name.to_owned(), through.to_owned()));
            }
        }
    }
    assert!(!marked.is_empty() || folder.ends_with("tidy"), "{}", folder.display());
    marked
}

/// The part of SARIF 2.1.0 that is written, with the names of the standard.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Log {
    #[serde(rename = "$schema")]
    _schema: String,
    version: String,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    tool: Tool,
    #[serde(rename = "columnKind")]
    _column_kind: String,
    results: Vec<SarifResult>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tool {
    driver: Driver,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Driver {
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "version")]
    _version: String,
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    id: String,
    #[serde(rename = "shortDescription")]
    _short_description: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct SarifResult {
    rule_id: String,
    level: String,
    message: Text,
    locations: Vec<Location>,
    #[serde(default)]
    suppressions: Vec<Suppression>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    #[serde(rename = "logicalLocations")]
    _logical_locations: Vec<LogicalLocation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Region {
    start_line: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogicalLocation {
    #[serde(rename = "fullyQualifiedName")]
    _fully_qualified_name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Suppression {
    kind: String,
    justification: String,
}
