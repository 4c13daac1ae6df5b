//! The manifest chapter of the guide says what the parser does.
#![cfg(feature = "parse")]

use keyway_manifest::parse::{CargoFacts, ExtraPermission, check_scope, kind_name, parse_manifest, parse_policy};
use keyway_manifest::schema::{Key, LIMITS, MANIFEST};
use keyway_manifest::{PERMISSIONS, PolicyVerb, ScopeKind};

const CHAPTER: &str = include_str!("../../docs/manifest.md");

fn facts() -> CargoFacts {
    CargoFacts { package: "p".into(), version: "0.3.0".into(), ..CargoFacts::default() }
}

#[test]
fn the_example_is_valid() {
    let example =
        CHAPTER.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the chapter has an example");
    let parsed = parse_manifest(example, "plugin.toml", &facts(), &[]).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(parsed.descriptor().config_defaults, "include-drafts = false\n");
}

#[test]
fn every_key_is_described() {
    fn names(keys: &[Key], found: &mut Vec<&'static str>) {
        for key in keys {
            found.push(key.name);
            names(key.kind.keys(), found);
        }
    }
    let mut found = Vec::new();
    names(MANIFEST, &mut found);
    names(LIMITS, &mut found);
    for name in found {
        let forms = [format!("`{name}`"), format!("[{name}]"), format!(".{name}`")];
        assert!(forms.iter().any(|form| CHAPTER.contains(form.as_str())), "docs/manifest.md does not mention {name}");
    }
}

#[test]
fn every_permission_has_its_row_with_valid_examples() {
    for spec in PERMISSIONS {
        let beginning = format!("| `{}` | {} | {} | ", spec.name, spec.summary, kind_name(spec.scope));
        let row = CHAPTER.lines().find(|line| line.starts_with(&beginning)).unwrap_or_else(|| panic!("add a row: {beginning}"));
        for example in row[beginning.len()..].trim_end_matches(" |").split(", ") {
            let example = example.trim_matches('`');
            assert_eq!(check_scope(spec.scope, example), Ok(()), "{example}");
        }
    }
}

#[test]
fn the_message_is_the_one_that_is_printed() {
    let printed = include_str!("../../tests/fixtures/manifest/unknown_permission.txt");
    assert!(CHAPTER.contains(printed), "docs/manifest.md shows another text than tests/fixtures/manifest/unknown_permission.txt");
}

#[test]
fn all_mistakes_are_reported_at_once_in_file_order() {
    let text = "manifest-version = \"1\"\nname = \"x\"\n[plugin]\nid = \"x\"\nstability = \"bta\"\n[limits]\ncall = \"0s\"\nmemory = 64\n\
        [permissions]\nfilesystem.read = { scope = [\"/etc\", \"https://x.example\"] }\n\"fs.write\" = { scope = [], reason = \"\" }\n";
    let report = parse_manifest(text, "plugin.toml", &facts(), &[]).expect_err("it has mistakes");
    let codes: Vec<&str> = report.diagnostics().iter().map(|diagnostic| diagnostic.code).collect();
    let expected = [
        "KW0114", "KW0112", "KW0125", "KW0120", "KW0127", "KW0151", "KW0114", "KW0142", "KW0144", "KW0146", "KW0140", "KW0143",
        "KW0142",
    ];
    assert_eq!(codes, expected, "{report}");
}

#[test]
fn the_spellings_of_a_table_are_the_same() {
    let head = "manifest-version = 1\n[plugin]\nid = \"a.b\"\nhost = \"*\"\n";
    for permission in [
        "[permissions]\n\"filesystem.read\" = { scope = [\"a\"], reason = \"r\" }",
        "[permissions]\nfilesystem.read = { scope = [\"a\"], reason = \"r\" }",
        "[permissions.\"filesystem.read\"]\nscope = [\"a\"]\nreason = \"r\"",
        "[permissions.filesystem.read]\nscope = [\"a\"]\nreason = \"r\"",
        "[permissions.filesystem]\nread = { scope = [\"a\"], reason = \"r\" }",
        "[permissions]\nfilesystem.read.scope = [\"a\"]\nfilesystem.read.reason = \"r\"",
    ] {
        let parsed =
            parse_manifest(&format!("{head}{permission}"), "p", &facts(), &[]).unwrap_or_else(|report| panic!("{report}"));
        let descriptor = parsed.descriptor();
        let names: Vec<&str> = descriptor.permissions.iter().map(|request| request.name).collect();
        assert_eq!(names, ["filesystem.read"], "{permission}");
    }
}

#[test]
fn permissions_of_an_sdk_are_known_with_the_form_of_their_scopes() {
    let extra = [ExtraPermission { name: "mail.send".into(), scope_kind: ScopeKind::Topic }];
    let manifest = |scope: &str| {
        format!(
            "manifest-version = 1\n[plugin]\nid = \"a.b\"\nhost = \"*\"\n[permissions]\n\"mail.send\" = {{ scope = [\"{scope}\"], reason = \"r\" }}"
        )
    };
    let parsed = parse_manifest(&manifest("news.*"), "p", &facts(), &extra).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(parsed.descriptor().permissions[0].scope_kind, ScopeKind::Topic);
    let code = |extra: &[ExtraPermission], scope: &str| {
        parse_manifest(&manifest(scope), "p", &facts(), extra).expect_err("refused").diagnostics()[0].code
    };
    assert_eq!(code(&extra, "a b"), "KW0145");
    assert_eq!(code(&[], "news.*"), "KW0140");
    assert!(parse_policy("[permissions.allow]\n\"mail.send\" = true", "h", &extra).is_ok());
}

#[test]
fn a_policy_is_read_in_file_order() {
    let text = "[permissions]\nallow = { \"filesystem.read\" = [\"content/**\"], \"http.routes\" = true }\n\
        [permissions.deny]\nprocess.execute = true\n[plugin.site.sitemap.permissions.allow]\n\"network.client\" = [\"https://a.example\"]\n";
    let policy = parse_policy(text, "host.toml", &[]).unwrap_or_else(|report| panic!("{report}"));
    let rules: Vec<_> =
        policy.rules.iter().map(|rule| (rule.plugin.map(|id| id.as_str()), rule.verb, rule.permission, rule.scopes)).collect();
    assert_eq!(
        rules,
        [
            (None, PolicyVerb::Allow, "filesystem.read", &["content/**"][..]),
            (None, PolicyVerb::Allow, "http.routes", &[]),
            (None, PolicyVerb::Deny, "process.execute", &[]),
            (Some("site.sitemap"), PolicyVerb::Allow, "network.client", &["https://a.example"]),
        ]
    );
    assert!(!policy.grant_unmentioned);
    assert!(parse_policy("# nothing is allowed\n", "host.toml", &[]).is_ok_and(|policy| policy.rules.is_empty()));
}

#[test]
fn a_policy_has_the_rules_of_a_manifest() {
    let text = "[permision]\n[permissions]\nallow = { \"fs.read\" = [\"a\"], \"env.read\" = [], \"filesystem.write\" = [\"/etc\"], \"http.routes\" = 1 }\n\
        [plugin.sitemap]\napprovals = true\n";
    let report = parse_policy(text, "host.toml", &[]).expect_err("it has mistakes");
    let codes: Vec<&str> = report.diagnostics().iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["KW0112", "KW0140", "KW0143", "KW0144", "KW0114", "KW0120", "KW0112"], "{report}");
}
