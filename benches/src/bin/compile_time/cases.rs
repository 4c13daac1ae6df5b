//! The sources of the generated crates.

use std::fmt::Write as _;

use keyway_manifest::PluginId;

use crate::project::{Case, keyway_root};

const USES: usize = 100;

/// 100 uses of each macro. The first case is what the others are compared with.
pub(crate) fn derives() -> Vec<Case> {
    let keyway = format!("keyway = {{ path = \"{}/core\" }}\n", keyway_root());
    let serde = "serde = { version = \"1\", features = [\"derive\"] }\n";
    let repeated = |head: &str, each: fn(usize) -> String| {
        let mut source = head.to_owned();
        (0..USES).for_each(|index| source.push_str(&each(index)));
        source
    };
    let case = |name, dependencies: &str, source| Case { name, dependencies: dependencies.to_owned(), source };
    vec![
        case("100 plain structs", "", repeated("", |index| plain_struct(index, ""))),
        case("serde `Deserialize`", serde, repeated("", |index| plain_struct(index, "#[derive(serde::Deserialize)]"))),
        case(
            "typetag, with its `Serialize` and `Deserialize`",
            &format!("{serde}typetag = \"0.2\"\n"),
            repeated("#[typetag::serde]\npub trait Shape { fn area(&self) -> u32; }\n", tagged),
        ),
        case("`inventory::submit!` of a name and a function", "inventory = \"0.3\"\n", repeated(SUBMIT_HEAD, submitted)),
        case("100 plugins written out, without `derive(Plugin)`", &keyway, repeated("", |index| plugin(index, false))),
        case("`derive(Plugin)` with a manifest of two permissions", &keyway, repeated("", |index| plugin(index, true))),
    ]
}

fn plain_struct(index: usize, attribute: &str) -> String {
    format!("{attribute}\npub struct Record{index} {{ pub name: String, pub count: u32, pub tags: Vec<String> }}\n")
}

fn tagged(index: usize) -> String {
    let record = plain_struct(index, "#[derive(serde::Serialize, serde::Deserialize)]");
    format!("{record}#[typetag::serde]\nimpl Shape for Record{index} {{ fn area(&self) -> u32 {{ self.count }} }}\n")
}

const SUBMIT_HEAD: &str = "pub struct Entry { pub name: &'static str, pub make: fn() -> String }\ninventory::collect!(Entry);\n";

fn submitted(index: usize) -> String {
    format!(
        "pub fn make_{index}() -> String {{ String::new() }}\n\
         inventory::submit! {{ Entry {{ name: \"site.plugin-{index}\", make: make_{index} }} }}\n"
    )
}

fn plugin(index: usize, derived: bool) -> String {
    let attributes = if derived {
        format!("#[derive(keyway::Plugin)]\n    #[plugin(manifest_text = r#\"{}\"#)]\n    ", manifest(index))
    } else {
        String::new()
    };
    format!(
        "pub mod plugin_{index} {{\n    use keyway::{{Context, Error, Lifecycle}};\n    {attributes}pub struct Plugin{index};\n    \
         impl Lifecycle for Plugin{index} {{\n        type Config = ();\n        \
         async fn init(_: &Context<Self>, _: ()) -> Result<Self, Error> {{ Ok(Self) }}\n    }}\n}}\n"
    )
}

fn manifest(index: usize) -> String {
    format!(
        r#"manifest-version = 1
[plugin]
id = "site.plugin-{index}"
host = "^0.1"
[requires]
"site.content" = "^1.2"
[permissions]
"filesystem.read" = {{ scope = ["content/**"], reason = "reads the pages" }}
"http.routes" = {{ scope = ["/page-{index}"], reason = "serves the pages" }}
"#
    )
}

/// 10, 100 and 1,000 descriptors, each as data alone and with the check.
pub(crate) fn graphs() -> Vec<Case> {
    let dependencies = format!("keyway-manifest = {{ path = \"{}/manifest\" }}\n", keyway_root());
    let case = |name, source| Case { name, dependencies: dependencies.clone(), source };
    let sizes = [(10, "10, data", "10, checked"), (100, "100, data", "100, checked"), (1_000, "1,000, data", "1,000, checked")];
    let pairs = sizes.into_iter().flat_map(|(count, data, checked)| {
        let descriptors = descriptors(count, 5, |_| String::new());
        let with_check = format!("{descriptors}{CHECK}");
        [case(data, descriptors), case(checked, with_check)]
    });
    pairs.collect()
}

/// 1,000 plugins that ask for two permissions each: with the graph check alone, and held to a lock in the same check.
pub(crate) fn locks() -> Vec<Case> {
    const COUNT: usize = 1_000;
    let dependencies = format!("keyway-manifest = {{ path = \"{}/manifest\" }}\n", keyway_root());
    let descriptors = descriptors(COUNT, 5, |index| format!("permissions: &[{}], ", requests(index)));
    let lock = lock(COUNT);
    let case = |name, source| Case { name, dependencies: dependencies.clone(), source };
    vec![
        case("1,000, data", format!("{descriptors}{lock}")),
        case("1,000, the graph checked", format!("{descriptors}{lock}{CHECK}")),
        case("1,000, held to the lock too", format!("{descriptors}{lock}{}", CHECK.replace("lock: None", "lock: Some(&LOCK)"))),
    ]
}

fn scopes(index: usize) -> [(&'static str, &'static str, String); 2] {
    [("filesystem.read", "Path", format!("content/{index}/**")), ("http.routes", "Route", format!("/pages/{index}"))]
}

fn requests(index: usize) -> String {
    let request = |(name, kind, scope)| {
        format!(
            "PermissionRequest {{ name: {name:?}, scope_kind: ScopeKind::{kind}, scopes: &[{scope:?}], optional: false, \
             reason: \"for its pages\", location: Location::UNKNOWN }}, "
        )
    };
    scopes(index).map(request).concat()
}

/// A lock as `host!` writes it.
fn lock(count: usize) -> String {
    let mut source = "pub static LOCK: Lock = Lock { file: \"keyway.lock\", today: 20778, plugins: &[\n".to_owned();
    for index in 0..count {
        let approved = scopes(index)
            .map(|(name, _, scope)| format!("LockedPermission {{ name: {name:?}, scopes: &[{scope:?}], optional: false }}, "));
        let (id, version) = (id(index), format!("Version {{ major: 1, minor: 4, patch: {index}, pre: \"\", build: \"\" }}"));
        let _ = writeln!(
            source,
            "LockedPlugin {{ id: {id}, version: {version}, tier: LockedTier::Static, manifest: \"sha256:\", approved: &[{}], \
             artifacts: &[], approval: Approval::Approved {{ by: \"ada@example.org\", on: \"2026-11-21T18:00:00Z\", version: {version}, \
             until: None }}, location: Location::UNKNOWN }},",
            approved.concat()
        );
    }
    source.push_str("] };\n");
    source
}

/// What `host!` emits after the table.
const CHECK: &str = r#"
const GRAPH: Graph<'static> =
    Graph { plugins: PLUGINS, sdk: None, available: &[], libraries: &[], policy: &Policy::GRANT_REQUESTED, policy_file: "", lock: None };
const OUTCOME: Result<Resolution<{ GRAPH.size() }>, Problems> = resolve::<{ GRAPH.size() }, { GRAPH.room() }>(&GRAPH);
const _: () = if let Err(problems) = &OUTCOME {
    panic!("{}", render(problems, &GRAPH).as_str());
};
pub static ORDER: &[u16] = match &OUTCOME {
    Ok(resolution) => resolution.order(),
    Err(_) => &[],
};
"#;

/// Descriptors as the derive writes them, in the order of a shuffled Cargo.toml; each requires up to `requirements` of lower number.
/// `fields` gives what a descriptor says besides.
fn descriptors(count: usize, requirements: usize, fields: impl Fn(usize) -> String) -> String {
    let mut source = "#![allow(unused_imports)]\nuse keyway_manifest::*;\n".to_owned();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut draw = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 33) as usize % below
    };
    for index in 0..count {
        let mut targets: Vec<usize> = (0..requirements.min(index)).map(|_| draw(index)).collect();
        targets.sort_unstable();
        targets.dedup();
        let requires: String = targets.into_iter().map(requirement).collect();
        let id = id(index);
        let _ = writeln!(
            source,
            "pub static D{index}: Descriptor = Descriptor {{ id: {id}, version: Version {{ major: 1, minor: 4, patch: {index}, \
             pre: \"\", build: \"\" }}, package: \"cms-plugin-{index}\", requires: &[{requires}], {fields}..Descriptor::EMPTY }};",
            fields = fields(index)
        );
    }
    let mut order: Vec<usize> = (0..count).collect();
    for end in (1..count).rev() {
        order.swap(end, draw(end + 1));
    }
    source.push_str("pub const PLUGINS: &[&Descriptor] = &[");
    order.into_iter().for_each(|index| {
        let _ = write!(source, "&D{index}, ");
    });
    source.push_str("];\npub static TABLE: &[&Descriptor] = PLUGINS;\n");
    source
}

fn id(index: usize) -> String {
    let text = format!("site.plugin-{index:04}").leak();
    format!("PluginId::from_parts({text:?}, {:#x})", PluginId::new(text).hash())
}

fn requirement(target: usize) -> String {
    let id = id(target);
    format!(
        "Requirement {{ id: {id}, target: Target::Plugin, range: VersionRange {{ text: \"^1.2\", comparators: &[Comparator {{ \
         operator: Operator::Caret, major: 1, minor: Some(2), patch: None, pre: \"\" }}] }}, optional: false, reason: \"\", \
         location: Location {{ file: \"plugins/p/plugin.toml\", line: 12, column: 1, snippet: \"\\\"site.p\\\" = \\\"^1.2\\\"\", \
         width: 8 }} }}, "
    )
}
