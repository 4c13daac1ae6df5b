//! What holds for every text: the parser ends without a panic, what it says about places is true, and what is valid comes through.
#![cfg(feature = "parse")]

use std::fmt::Write;
use std::time::{Duration, Instant};

use keyway_manifest::parse::{
    CargoFacts, Diagnostic, Place, ScopeProblem, Severity, check_scope, parse_manifest, parse_policy, read_file,
};
use keyway_manifest::{PERMISSIONS, Stability, Target, scope_covers};
use proptest::prelude::*;

const VALID: &str = r#"manifest-version = 1

[plugin]
id = "site.sitemap"
host = "^0.1"
stability = "deprecated"
notice = "use site.sitemap2 instead"

[requires]
"site.content" = "^1.2"
site.search = { version = "^1", optional = true, reason = "adds result pages" }
"service.clock" = ">=1, <3"
[conflicts]
"site.legacy-sitemap" = { version = "*", reason = "both own /sitemap.xml" }
[provides]
"service.sitemap" = { version = "1.0.0", exclusive = true }
[order]
after = ["site.router"]

[permissions]
"filesystem.read" = { scope = ["content/**", 'theme/*.html'], reason = "lists the pages" }
"network.client" = { scope = ["https://search.example"], optional = true, reason = """pings
search engines""" }

[limits]
memory = "64MiB"
call = "2s"
concurrent-calls = 16
tasks = 8
open-files = 4
queued-events = 64
[state]
version = 2
[config]
menu = [{ title = "Home", href = "/" }, { title = "Überblick" }]
since = 2024-01-01
"#;

const POLICY: &str = r#"[permissions]
allow = { "filesystem.read" = ["content/**"], "http.routes" = true }
deny = { "process.execute" = true }
[plugin."site.sitemap".permissions]
allow = { "network.client" = ["https://search.example"] }
"#;

fn facts() -> CargoFacts {
    CargoFacts { package: "p".into(), version: "0.3.0".into(), description: "d".into(), ..CargoFacts::default() }
}

/// Reads a text in every way and checks what is said about it.
fn examine(text: &str) {
    match parse_manifest(text, "plugin.toml", &facts(), &[]) {
        Ok(parsed) => {
            config_reads_back(parsed.descriptor().config_defaults);
            assert!(parsed.warnings.iter().all(|warning| warning.severity == Severity::Warning));
            parsed.warnings.iter().for_each(|warning| is_true(warning, text));
        }
        Err(report) => {
            assert!(report.diagnostics().iter().any(|diagnostic| diagnostic.severity == Severity::Error));
            report.diagnostics().iter().for_each(|diagnostic| is_true(diagnostic, text));
        }
    }
    if let Err(report) = parse_policy(text, "host.toml", &[]) {
        report.diagnostics().iter().for_each(|diagnostic| is_true(diagnostic, text));
    }
}

/// What `[config]` was written back as is TOML, and means the same.
fn config_reads_back(config: &str) {
    let text = format!("manifest-version = 1\n[plugin]\nid = \"a.b\"\nhost = \"*\"\n[config]\n{config}");
    let parsed = parse_manifest(&text, "plugin.toml", &facts(), &[]).unwrap_or_else(|report| panic!("{report}\n{config}"));
    assert_eq!(parsed.descriptor().config_defaults, config);
}

fn is_true(diagnostic: &Diagnostic, text: &str) {
    for place in diagnostic.related.iter().map(|related| &related.place).chain([&diagnostic.place]) {
        stands_in(place, text);
    }
    assert!(diagnostic.similar.len() <= 3 && !diagnostic.message.is_empty() && !diagnostic.help.is_empty(), "{diagnostic:?}");
    let shown = diagnostic.to_string();
    assert!(shown.starts_with(diagnostic.code));
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
    let gutter = |line: &str| line.starts_with("  ") || line.contains(" |") || line.starts_with("KW");
    assert!(shown.lines().all(gutter), "{shown}");
}

fn stands_in(place: &Place, text: &str) {
    if place.line == 0 {
        return assert!(place.snippet.is_empty() && place.column == 0);
    }
    let line = text.split('\n').nth(place.line as usize - 1).unwrap_or_else(|| panic!("{place:?} is not in the text"));
    let line = line.strip_suffix('\r').unwrap_or(line);
    assert_eq!(place.snippet, line);
    let length = line.chars().count();
    assert!(place.column >= 1 && place.column as usize <= length + 1, "{place:?}");
    assert!(place.width >= 1 && (place.width == 1 || place.column as usize + place.width as usize <= length + 1), "{place:?}");
}

/// Small, fast, and the same everywhere (`SplitMix64`).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    }
}

/// Pieces that stand where they hurt.
const PIECES: &[&str] = &[
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "#",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "\u{2028}",
    "е",
    "😀",
    "\\",
    "\\u",
    "0",
    "-1",
    "99999999999999999999",
    "0x",
    "1e999",
    "nan",
    "true",
    "false",
    "2024-13-01",
    "plugin",
    "[plugin]\n",
    "[permissions]\n",
    "[permissions.filesystem]\nread",
    "[requires]\n",
    "[config]\n",
    "[limits]\n",
    "[state]\n",
    "version",
    "scope",
    "id",
    "\"filesystem.read\"",
    "Filesystem_Read",
    "..",
    "/",
    "://",
    "*",
    "**",
    "service.",
    "keyway.",
    "allow",
    "deny",
    "manifest-version = 2\n",
    "a.b.c.d.e.f",
    "= {",
    "= [",
    "\"0GiB\"",
    "\"18446744073709551616ms\"",
];

fn mutated(random: &mut Random, seed: &str) -> String {
    let mut text: Vec<char> = seed.chars().collect();
    for _ in 0..1 + random.below(6) {
        let at = random.below(text.len() + 1);
        let to = (at + random.below(12)).min(text.len());
        match random.below(4) {
            0 => drop(text.drain(at..to)),
            1 => drop(text.splice(at..at, PIECES[random.below(PIECES.len())].chars())),
            2 => drop(text.splice(at..to, PIECES[random.below(PIECES.len())].chars())),
            _ => {
                let from = random.below(text.len() + 1);
                let piece: Vec<char> = text[from..(from + random.below(60)).min(text.len())].to_vec();
                drop(text.splice(at..at, piece));
            }
        }
    }
    text.into_iter().collect()
}

#[test]
fn mutated_configurations_read_back() {
    let mut random = Random(7);
    let (head, config) = VALID.split_at(VALID.find("[config]").expect("the seed has one"));
    let config = format!("{config}x.y = '''\\a\n'''\n");
    for _ in 0..2_000 {
        examine(&format!("{head}{}", mutated(&mut random, &config)));
    }
}

/// A bounded, seeded fuzz run. `fuzz/` goes on from here without bounds.
#[test]
fn mutated_files_are_answered() {
    let mut random = Random(2026);
    for round in 0..4_000 {
        let seed = if round % 4 == 0 { POLICY } else { VALID };
        examine(&mutated(&mut random, seed));
    }
}

#[test]
fn the_seeds_are_valid() {
    let parsed = parse_manifest(VALID, "plugin.toml", &facts(), &[]).unwrap_or_else(|report| panic!("{report}"));
    assert!(parsed.warnings.is_empty());
    let policy = parse_policy(POLICY, "host.toml", &[]).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(policy.rules.len(), 4);
}

#[test]
fn hostile_files_are_answered_in_time() {
    let repeat = |piece: &str, ending: &str| format!("{}{ending}", piece.repeat(64_000 / piece.len()));
    let cases = [
        repeat("[", ""),
        repeat("{", ""),
        repeat("a=[", ""),
        repeat("a={", ""),
        repeat("a.", "b = 1"),
        repeat("[a.", ""),
        repeat("[[a]]\n", ""),
        repeat("\"", ""),
        repeat("'''", ""),
        repeat("\n", "x"),
        repeat("x = 1\n", ""),
        repeat("\\", ""),
        format!(
            "[permissions]\n{}",
            (0..2_500).fold(String::new(), |mut text, index| {
                let _ = writeln!(text, "\"p.a{index}\" = {{}}");
                text
            })
        ),
        format!(
            "[requires]\n{}",
            (0..2_500).fold(String::new(), |mut text, index| {
                let _ = writeln!(text, "\"p.a{index}\" = \"^1\"");
                text
            })
        ),
        format!("[order]\nafter = [{}]", "\"a.b\", ".repeat(8_000)),
        format!("[config]\na = {}1{}", "[".repeat(30), "]".repeat(30)),
        format!("{}1{}", "a = [".to_owned() + &"[".repeat(30_000), "]".repeat(30_001)),
        format!("[{}a]\n{}b = {}1{}", "a.".repeat(70), "b.".repeat(70), "[".repeat(70), "]".repeat(70)),
        format!("[plugin]\nid = \"{}\"\nhost = \"{}\"", "a.".repeat(20_000), ">=1, ".repeat(4_000)),
        format!("[permissions]\n\"filesystem.read\" = {{ scope = [{}] }}", "\"*/../\", ".repeat(5_000)),
    ];
    for case in &cases {
        let start = Instant::now();
        examine(case);
        let head: String = case.chars().take(30).collect();
        assert!(start.elapsed() < Duration::from_secs(60), "{head:?} took {:?}", start.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,400}") {
        examine(&text);
    }

    #[test]
    fn a_suggested_scope_is_accepted(scope in "[a-zA-Z0-9/.*:$?{}=@~ \\\\\\[\\]-]{0,16}|(https?|ftp)://[a-z.*:@0-9/]{0,12}") {
        for spec in PERMISSIONS {
            match check_scope(spec.scope, &scope) {
                Ok(()) => prop_assert!(scope_covers(spec.scope, &scope, &scope), "{:?} {}", spec.scope, scope),
                Err(ScopeProblem { suggestion: Some(suggestion), .. }) => {
                    prop_assert_eq!(check_scope(spec.scope, &suggestion), Ok(()), "{:?} {}", spec.scope, scope);
                }
                Err(_) => {}
            }
        }
    }

    #[test]
    fn any_lines_are_answered(lines in prop::collection::vec("[\\[\\]{}\"'=.,#a-z0-9 \t\r\u{0}-\u{8}]{0,30}", 0..20)) {
        examine(&lines.join("\n"));
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let folder = std::env::temp_dir().join(format!("keyway-any-bytes-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("the temporary folder is writable");
        let path = folder.join("plugin.toml");
        std::fs::write(&path, &bytes).expect("the file is writable");
        match read_file(&path, "plugin.toml") {
            Ok(text) => examine(&text),
            Err(report) => prop_assert_eq!(report.diagnostics().len(), 1),
        }
    }

    #[test]
    fn a_valid_manifest_comes_through(manifest in valid_manifest()) {
        let text = manifest.to_toml();
        let parsed = parse_manifest(&text, "plugin.toml", &facts(), &[]).unwrap_or_else(|report| panic!("{report}\n{text}"));
        let descriptor = parsed.descriptor();
        prop_assert_eq!(descriptor.id.as_str(), manifest.id.as_str());
        prop_assert_eq!(descriptor.location.snippet, format!("id = \"{}\"", manifest.id));
        prop_assert_eq!(descriptor.host.text, manifest.host.as_str());
        prop_assert_eq!(descriptor.stability, manifest.stability);
        prop_assert_eq!(descriptor.version.to_string(), manifest.version.clone().unwrap_or_else(|| "0.3.0".to_owned()));
        let requires: Vec<_> = descriptor.requires.iter().map(|line| (line.id.as_str().to_owned(), line.range.text.to_owned(), line.optional, line.reason.to_owned())).collect();
        let mut expected = manifest.requires.clone();
        expected.sort();
        prop_assert_eq!(requires, expected);
        prop_assert!(descriptor.requires.iter().all(|line| (line.target == Target::Service) == line.id.as_str().starts_with("service.")));
        let permissions: Vec<_> = descriptor.permissions.iter().map(|line| (line.name.to_owned(), line.scopes.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>(), line.reason.to_owned())).collect();
        let mut expected = manifest.permissions.clone();
        expected.sort();
        prop_assert_eq!(permissions, expected);
        prop_assert_eq!(descriptor.limits.memory_bytes, manifest.memory_mib.map(|mib| mib << 20));
        prop_assert_eq!(descriptor.state_version, manifest.state);
    }
}

/// A manifest as a test sees it, with its TOML.
#[derive(Debug, Clone)]
struct Written {
    id: String,
    host: String,
    version: Option<String>,
    stability: Stability,
    requires: Vec<(String, String, bool, String)>,
    permissions: Vec<(String, Vec<String>, String)>,
    memory_mib: Option<u64>,
    state: u32,
}

impl Written {
    fn to_toml(&self) -> String {
        let mut text = format!("manifest-version = 1\n[plugin]\nid = \"{}\"\nhost = \"{}\"\n", self.id, self.host);
        let stability = format!("{:?}", self.stability).to_lowercase();
        let _ = writeln!(text, "stability = \"{stability}\"");
        if self.stability == Stability::Deprecated {
            text.push_str("notice = \"use another\"\n");
        }
        if let Some(version) = &self.version {
            let _ = writeln!(text, "version = \"{version}\"");
        }
        text.push_str("[requires]\n");
        for (index, (id, range, optional, reason)) in self.requires.iter().enumerate() {
            let id = if index % 2 == 0 { format!("\"{id}\"") } else { id.clone() };
            let _ = writeln!(text, "{id} = {{ version = \"{range}\", optional = {optional}, reason = \"{reason}\" }}");
        }
        text.push_str("[permissions]\n");
        for (name, scopes, reason) in &self.permissions {
            let scopes: Vec<String> = scopes.iter().map(|scope| format!("\"{scope}\"")).collect();
            let _ = writeln!(text, "\"{name}\" = {{ scope = [{}], reason = \"{reason}\" }}", scopes.join(", "));
        }
        if let Some(mib) = self.memory_mib {
            let _ = writeln!(text, "[limits]\nmemory = \"{mib}MiB\"");
        }
        if self.state > 0 {
            let _ = writeln!(text, "[state]\nversion = {}", self.state);
        }
        text
    }
}

fn valid_manifest() -> impl Strategy<Value = Written> {
    let id = "x[a-z]{1,8}(\\.[a-z][a-z0-9]{0,8}){1,3}";
    let range = prop_oneof![
        Just("*".to_owned()),
        "[\\^~=]?[0-9]{1,3}(\\.[0-9]{1,2}){0,2}".prop_filter("no leading zeros", |text| semver::VersionReq::parse(text).is_ok()),
        (0..9_u8, 10..99_u8).prop_map(|(low, high)| format!(">={low}.1, <{high}")),
    ];
    let needed = prop_oneof![id.prop_map(|id| format!("needs.{id}")), id.prop_map(|id| format!("service.{id}"))];
    let requires = prop::collection::btree_map(needed, (range.clone(), any::<bool>(), "[a-z ]{0,20}"), 0..6);
    let scope = "[a-z]{1,8}(/[a-z]{1,8}){0,3}(/\\*\\*)?";
    let permissions = prop::collection::btree_map(
        prop::sample::select(vec!["filesystem.read", "filesystem.write"]),
        (prop::collection::vec(scope, 1..4), "[a-z][a-z ]{0,20}"),
        0..3,
    );
    let stability = prop::sample::select(vec![
        Stability::Development,
        Stability::Alpha,
        Stability::Beta,
        Stability::Stable,
        Stability::Deprecated,
    ]);
    let version =
        prop::option::of((0..99_u8, 0..99_u8, 0..99_u8).prop_map(|(major, minor, patch)| format!("{major}.{minor}.{patch}")));
    (id, range, version, stability, requires, permissions, prop::option::of(1..4096_u64), 0..9_u32).prop_map(
        |(id, host, version, stability, requires, permissions, memory_mib, state)| {
            let requires = requires.into_iter().map(|(id, (range, optional, reason))| (id, range, optional, reason));
            let requires: Vec<_> = requires.rev().collect();
            // `a.b` and `a.b.c` as dotted keys would make a table of the first one.
            let nested =
                |id: &str| requires.iter().any(|(other, ..)| other.len() > id.len() && other.starts_with(&format!("{id}.")));
            let kept = requires.iter().filter(|(id, ..)| !nested(id)).cloned().collect();
            Written {
                id,
                host,
                version,
                stability,
                requires: kept,
                permissions: permissions.into_iter().map(|(name, (scopes, reason))| (name.to_owned(), scopes, reason)).collect(),
                memory_mib,
                state,
            }
        },
    )
}
