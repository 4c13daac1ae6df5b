//! One mistake is told once, at its own place and with the edit that mends it.
#![cfg(feature = "parse")]

use keyway_manifest::parse::{CargoFacts, Report, parse_manifest, parse_policy};

/// Each diagnostic as `code line:column message | help`.
fn told(report: &Report) -> Vec<String> {
    let line = |found: &keyway_manifest::parse::Diagnostic| {
        format!("{} {}:{} {} | {}", found.code, found.place.line, found.place.column, found.message, found.help)
    };
    report.diagnostics().iter().map(line).collect()
}

fn manifest(text: &str) -> Vec<String> {
    let facts = CargoFacts { version: "1.0.0".to_owned(), ..CargoFacts::default() };
    told(&parse_manifest(text, "plugin.toml", &facts, &[]).expect_err(text))
}

fn policy(text: &str) -> Vec<String> {
    told(&parse_policy(text, "host.toml", &[]).expect_err(text))
}

#[test]
fn a_misspelt_key_is_not_missing_too() {
    let head = "manifest-version = 1\n[plugin]\nid = \"site.menu\"\nhost = \"*\"\n";
    for (text, expected) in [
        (
            "manifest-version = 1\n[plugin]\nid = \"site.menu\"\nhosts = \"*\"".to_owned(),
            "KW0112 4:1 `[plugin]` has no key `hosts` | write `host`",
        ),
        (
            "manifest-version = 1\n[plugin]\nids = \"site.menu\"\nhost = \"*\"".to_owned(),
            "KW0112 3:1 `[plugin]` has no key `ids` | write `id`",
        ),
        (
            "manifest_version = 1\n[plugin]\nid = \"site.menu\"\nhost = \"*\"".to_owned(),
            "KW0112 1:1 the top level has no key `manifest_version` | write `manifest-version`",
        ),
        (
            "manifest-version = 1\n[plugins]\nid = \"site.menu\"\nhost = \"*\"".to_owned(),
            "KW0112 2:2 the top level has no key `plugins` | write `plugin`",
        ),
        (
            format!("{head}stability = \"deprecated\"\nnotise = \"use another\""),
            "KW0112 6:1 `[plugin]` has no key `notise` | write `notice`",
        ),
        (
            format!("{head}[permissions]\n\"filesystem.read\" = {{ scopes = [\"a\"], reason = \"lists\" }}"),
            "KW0112 6:23 `filesystem.read` has no key `scopes` | write `scope`",
        ),
        (
            format!("{head}[permissions]\n\"filesystem.read\" = {{ scope = [\"a\"], reasons = \"lists\" }}"),
            "KW0112 6:38 `filesystem.read` has no key `reasons` | write `reason`",
        ),
        (
            format!("{head}[provides]\n\"service.menu\" = {{ versoin = \"1.0.0\" }}"),
            "KW0112 6:20 `service.menu` has no key `versoin` | write `version`",
        ),
        (
            format!("{head}[requires]\n\"site.news\" = {{ versions = \"^1\" }}"),
            "KW0112 6:17 `site.news` has no key `versions` | write `version`",
        ),
    ] {
        assert_eq!(manifest(&text), [expected], "{text}");
    }
}

/// A key that is missing and one that is not known, which have nothing to do with each other, are two mistakes.
#[test]
fn two_mistakes_are_two_messages() {
    assert_eq!(manifest("manifest-version = 1\n[plugin]\nid = \"site.menu\"\ncolour = \"*\"").len(), 2);
}

#[test]
fn the_dots_of_an_example_are_not_a_value() {
    let head = "manifest-version = 1\n[plugin]\nid = \"site.menu\"\nhost = \"*\"\n[permissions]\n";
    assert_eq!(
        manifest(&format!("{head}\"filesystem.read\" = {{ scope = [\"…\"], reason = \"...\" }}")),
        [
            "KW0145 6:32 scope `…` of `filesystem.read` is a placeholder and no scope | write a relative path pattern, for example `\"content/**\"`",
            "KW0142 6:47 the reason for permission `filesystem.read` is a placeholder | replace the dots by a phrase that tells an operator what \
             the plugin does with it",
        ]
    );
}

#[test]
fn an_id_is_repaired_from_itself() {
    let of = |id: &str| manifest(&format!("manifest-version = 1\n[plugin]\nid = \"{id}\"\nhost = \"*\""));
    assert_eq!(
        of("Mask"),
        ["KW0120 3:6 id `Mask` has a capital letter | put the name of your project or host before it, for example `site.mask`"]
    );
    assert_eq!(
        manifest("manifest-version = 1\n[plugin]\nid = \"site.menu\"\nhost = \"*\"\n[provides]\nreporting = \"1.0.0\""),
        [
            "KW0134 6:1 `reporting` is provided, but services have ids that begin with `service.` | write `\"service.reporting\"`, in the plugins \
             that require it too"
        ]
    );
}

#[test]
fn keys_of_a_policy() {
    for (text, expected) in [
        (
            "[plugin.\"site.menu\".permisions]\nallow = { \"filesystem.read\" = true }",
            "KW0112 1:21 `site.menu` has no key `permisions` | write `permissions`",
        ),
        (
            "[plugin.site.menu.permisions]\nallow = { \"filesystem.read\" = true }",
            "KW0112 1:19 `site.menu` has no key `permisions` | write `permissions`",
        ),
        (
            "[plugin.\"site.menu\".config]\nname = \"a\"",
            "KW0112 1:21 `site.menu` has no key `config` | the only key here is `permissions`; configuration does not belong in the policy: give it \
             to `Host::builder(…).config_file(…)`",
        ),
        (
            "[plugin.\"site.menu\"]\nname = \"a\"",
            "KW0112 2:1 `site.menu` has no key `name` | the only key here is `permissions`; configuration does not belong in the policy: give it to \
             `Host::builder(…).config_file(…)`",
        ),
        (
            "[host.deadlines]\ninit = \"1s\"",
            "KW0112 1:2 the top level has no key `host` | the keys here are `permissions`, `plugin`, `native` and `lock`; configuration does not belong in the policy: \
             give it to `Host::builder(…).config_file(…)`",
        ),
        (
            "[permissions]\n\"filesystem.read\" = [\"a\"]",
            "KW0112 2:1 `[permissions]` has no key `filesystem.read` | write `allow = { \"filesystem.read\" = [\"a\"] }`",
        ),
        (
            "[plugin.\"site.menu\".permissions]\n\"filesystem.read\" = true",
            "KW0112 2:1 `site.menu.permissions` has no key `filesystem.read` | write `allow = { \"filesystem.read\" = true }`",
        ),
        (
            "[permissions]\nallow = [\"filesystem.read\"]",
            "KW0114 2:9 `allow` must be a table, but it is a list | write each permission with its scopes: `{ \"filesystem.read\" = true }`, or a \
             list of scopes instead of `true`",
        ),
    ] {
        assert_eq!(policy(text), [expected], "{text}");
    }
    // An id may have a segment that looks like a key.
    for text in [
        "[plugin.site.permission.permissions]\nallow = {}",
        "[plugin.\"site.permission\".permissions]\nallow = {}",
        "# nothing\n",
        "\n",
    ] {
        assert!(parse_policy(text, "host.toml", &[]).is_ok(), "{text}");
    }
}

#[test]
fn rules_about_native_plugins() {
    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    let native = |line: &str| policy(&format!("[native]\nrequire-signature = false\n{line}"));
    let publisher = |keys: &str, ids: &str| policy(&format!("[native.publisher.Acme]\nkeys = {keys}\nids = {ids}"));
    let minisign = "write the second line of the `.pub` file that `minisign -G` has made, in quotes";
    for (found, expected) in [
        (native("unload = 'no'"), "KW0404 3:10 `unload` is `no`, which it does not know | write `never` or `try`, in quotes".to_owned()),
        (
            native("file-size = '64 mb'"),
            "KW0404 3:13 `file-size` is `64 mb`, not a whole number with a unit (B, kB, MB, GB, KiB, MiB or GiB) | write, for example, \
             `file-size = \"64MB\"`"
                .to_owned(),
        ),
        (
            native("file-size = '0B'"),
            "KW0404 3:13 `file-size` is zero, so that nothing could be loaded | write, for example, `file-size = \"64MiB\"`".to_owned(),
        ),
        (
            native("generations = 0"),
            "KW0404 3:15 `generations` is 0, not between 1 and 4294967295 | write, for example, `generations = 16`".to_owned(),
        ),
        (
            native("files = 4294967296"),
            "KW0404 3:9 `files` is 4294967296, not between 1 and 4294967295 | write, for example, `files = 100`".to_owned(),
        ),
        (
            native("revoked-keys = ['RWQf6LRCGA9i53ml!']"),
            format!("KW0405 3:17 public key `RWQf6LRCGA9i53ml!` has a character that base64 does not have | {minisign}"),
        ),
        (
            publisher(&format!("['Q{}']", &KEY[1..]), "['a.*']"),
            format!("KW0405 2:9 public key `Q{}` is no Ed25519 key of minisign, which begins with `RW` | {minisign}", &KEY[1..]),
        ),
        (
            publisher("['untrusted comment: x']", "['a.*']"),
            format!("KW0405 2:9 public key `untrusted comment: x` is a whole key file | {minisign}"),
        ),
        (
            publisher("[]", "['a.*']"),
            "KW0405 2:8 publisher `Acme` has no key | write the publisher's public key, or take the publisher away".to_owned(),
        ),
        (
            publisher(&format!("['{KEY}']"), "[]"),
            "KW0406 3:7 publisher `Acme` may sign for no plugin | write the ids, for example `ids = [\"acme.*\"]`, or take the publisher \
             away"
                .to_owned(),
        ),
        (
            publisher(&format!("['{KEY}']"), "['acme']"),
            "KW0406 3:8 pattern `acme` has one segment, and ids have two or more | write an id, `\"acme.*\"` for all that begin with \
             `acme.`, or `\"*\"` for every plugin"
                .to_owned(),
        ),
        (
            publisher(&format!("['{KEY}']"), "['acme.f*']"),
            "KW0406 3:8 pattern `acme.f*` has a character other than lowercase letters, digits, `-` and `.` | write an id, `\"acme.*\"` for \
             all that begin with `acme.`, or `\"*\"` for every plugin"
                .to_owned(),
        ),
    ] {
        assert_eq!(found, [expected]);
    }
    let whole = format!("[native.publisher.'Acme Inc.']\nkeys = ['{KEY}']\nids = ['*', 'acme.*', 'acme.feed']");
    let read = parse_policy(&whole, "host.toml", &[]).unwrap().native.unwrap();
    assert_eq!((read.publishers[0].name, read.publishers[0].keys), ("Acme Inc.", &[KEY][..]));
    assert!(parse_policy("", "host.toml", &[]).unwrap().native.is_none(), "without the table no native plugin is loaded");
}

#[test]
fn what_a_merge_has_left_is_one_mistake() {
    let head = "manifest-version = 1\n[plugin]\nid = \"site.menu\"\n";
    let expected = "a merge has left a conflict here | keep the lines of one side, or what both sides mean together, and take the marker lines away";
    for (text, place) in [
        ("<<<<<<< HEAD\nhost = \"^1\"\n=======\nhost = \"^2\"\n>>>>>>> menu\n", "4:1"),
        ("<<<<<<< HEAD\nhost = \"^1\"\n||||||| 1234567\nhost = \"^0\"\n=======\nhost = \"^2\"\n>>>>>>> menu\n", "4:1"),
        ("host = \"^1\"\n=======\nhost = \"^2\"\n>>>>>>> menu\n", "5:1"),
        ("host = \"^1\"\n=======\n", "5:1"),
        ("host = \"^1\"\n[order]\nafter = [\n<<<<<<< HEAD\n  \"a.b\",\n=======\n  \"a.c\",\n>>>>>>> menu\n]\n", "7:1"),
        ("host = \"^1\"\r\n<<<<<<< HEAD\r\n=======\r\n>>>>>>> menu\r\n", "5:1"),
    ] {
        assert_eq!(manifest(&format!("{head}{text}")), [format!("KW0108 {place} {expected}")], "{text}");
    }
    let text = "[permissions.deny]\n<<<<<<< HEAD\n\"jobs.schedule\" = true\n=======\n\"jobs.schedule\" = [\"a\"]\n>>>>>>> menu\n";
    assert_eq!(policy(text), [format!("KW0108 2:1 {expected}")]);
}

#[test]
fn a_text_of_several_lines_may_have_what_looks_like_a_marker() {
    let text = "manifest-version = 1\n[plugin]\nid = \"site.menu\"\nhost = \"*\"\n[config]\nabout = \"\"\"\nMenus\n=======\n<<<<<<< here\n\"\"\"\n";
    let facts = CargoFacts { version: "1.0.0".to_owned(), ..CargoFacts::default() };
    assert!(parse_manifest(text, "plugin.toml", &facts, &[]).is_ok());
    let heading =
        "manifest-version = 1\n[plugin]\nid = site.menu\nhost = \"*\"\n[config]\nabout = \"\"\"\nMenus\n=======\n\"\"\"\n";
    let told = manifest(heading);
    assert!(told.len() == 1 && told[0].starts_with("KW0110 3:"), "{told:?}");
}
