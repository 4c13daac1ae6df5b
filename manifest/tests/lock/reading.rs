//! What a reader is told about a lock: each mistake once, several at once.

use keyway_manifest::lock::{LARGEST_LOCK, LockFile, parse_lock, parse_lock_to_renew};
use keyway_manifest::{Approval, LockedTier};

use super::maker::{approved, entry, lock, permissions};

fn codes(text: &str) -> String {
    match parse_lock(text, "keyway.lock") {
        Ok(_) => String::new(),
        Err(report) => report.diagnostics().iter().map(|diagnostic| diagnostic.code).collect::<Vec<_>>().join(" "),
    }
}

/// A lock whose one plugin was approved.
fn whole() -> LockFile {
    let asks = permissions(&[
        ("http.routes", &["/sitemap.xml", "/robots.txt"], false),
        ("network.client", &["https://a.example"], true),
    ]);
    let mut sitemap = entry("sitemap", asks.clone());
    sitemap.approval = Some(approved(asks));
    sitemap.artifacts = [("x86_64-unknown-linux-gnu".to_owned(), ["sha256-tree:Zm9v".parse().expect("a digest")].into())].into();
    lock(&["site.sitemap"], [("site.sitemap", sitemap)])
}

#[test]
fn the_spelling_of_a_whole_lock() {
    let text = whole().to_text();
    let hash = whole().plugins["site.sitemap"].permissions.hash("site.sitemap");
    let manifest = whole().plugins["site.sitemap"].manifest.clone();
    assert_eq!(
        text,
        format!(
            "# Made by `cargo keyway lock`. Commit it: the build of this host holds every plugin to it.
lock-version = 1

# The start order with the default features.
order = [
    \"site.sitemap\",
]

[plugin.\"site.sitemap\"]
version = \"0.1.0\"
package = \"cms-plugin-sitemap\"
source = \"path:plugins/sitemap\"
tier = \"static\"
manifest = \"{manifest}\"

[plugin.\"site.sitemap\".permissions]
\"http.routes\" = [\"/robots.txt\", \"/sitemap.xml\"]
\"network.client\" = {{ scope = [\"https://a.example\"], optional = true }}

[plugin.\"site.sitemap\".artifacts]
x86_64-unknown-linux-gnu = [\"sha256-tree:Zm9v\"]

[plugin.\"site.sitemap\".approval]
decision = \"approved\"
permissions = \"{hash}\"
version = \"0.1.0\"
by = \"ada@example.org\"
on = \"2026-11-21T18:00:00Z\"
"
        )
    );
    let leaked = parse_lock(&text, "host/keyway.lock").expect("it is read").to_lock(20_778);
    let plugin = &leaked.plugins[0];
    assert_eq!((plugin.tier, plugin.location.file, plugin.location.line), (LockedTier::Static, "host/keyway.lock", 9));
    assert_eq!(plugin.artifacts[0].digests, ["sha256-tree:Zm9v"]);
    assert!(matches!(plugin.approval, Approval::Approved { by: "ada@example.org", until: None, .. }));
}

#[test]
fn another_spelling_is_read_and_told() {
    let text = whole().to_text();
    let reordered = text
        .replace("version = \"0.1.0\"\npackage = \"cms-plugin-sitemap\"", "package = 'cms-plugin-sitemap'\nversion = \"0.1.0\"");
    let spelled = reordered.replace("[plugin.\"site.sitemap\"", "# what it asks for\n[plugin.site.sitemap");
    for other in [reordered, spelled] {
        let parsed = parse_lock(&other, "keyway.lock").unwrap_or_else(|report| panic!("{report}"));
        assert!(parsed.file == whole() && !parsed.is_canonical());
    }
}

#[test]
fn what_was_approved_stands_there_when_it_is_not_what_is_asked_for() {
    let mut lock = whole();
    let entry = lock.plugins.get_mut("site.sitemap").expect("it is there");
    entry.permissions = permissions(&[("http.routes", &["/**"], false)]);
    let text = lock.to_text();
    assert!(
        text.contains("[plugin.\"site.sitemap\".approval.scopes]\n\"http.routes\" = [\"/robots.txt\", \"/sitemap.xml\"]\n"),
        "{text}"
    );
    let parsed = parse_lock(&text, "keyway.lock").expect("it is read");
    assert_eq!(parsed.file, lock);
    assert_eq!(parsed.to_lock(0).plugins[0].approved.len(), 2, "the approval's own permissions count");
    // Asking for nothing, and approved for nothing, are not the same as having no list.
    lock.plugins.get_mut("site.sitemap").and_then(|entry| entry.approval.as_mut()).expect("it is approved").permissions =
        permissions(&[]);
    assert_eq!(parse_lock(&lock.to_text(), "keyway.lock").expect("it is read").file, lock);
}

#[test]
fn an_approval_that_was_edited_does_not_count() {
    let text = whole().to_text();
    for (from, to) in [
        ("\"/robots.txt\", ", "\"/robots.txt\", \"/admin\", "),
        ("optional = true", "optional = false"),
        ("\"http.routes\" = [\"/robots.txt\", \"/sitemap.xml\"]\n", ""),
        ("[plugin.\"site.sitemap\".permissions]", "[plugin.\"site.sitemap\".permissions]\n\"env.read\" = [\"*\"]"),
    ] {
        assert_eq!(codes(&text.replacen(from, to, 1)), "KW0813", "{to}");
    }
    // The approval of one plugin is none of another, though both ask for the same.
    assert_eq!(codes(&text.replace("site.sitemap", "site.sitemaps")), "KW0813");
    // Another order is the same.
    assert_eq!(codes(&text.replace("\"/robots.txt\", \"/sitemap.xml\"", "\"/sitemap.xml\", \"/robots.txt\"")), "");
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = whole().to_text();
    let broken = text
        .replace("tier = \"static\"", "tier = \"wasm\"")
        .replace("version = \"0.1.0\"\npackage", "version = \"v1\"\npackage")
        .replace("decision = \"approved\"", "decision = \"denied\"\nuntil = \"2027-02-29\"")
        .replace("by = \"ada@example.org\"", "by = \" \"")
        .replace("site.sitemap\",\n]", "site.sitemap\",\n    \"site.gone\",\n]");
    assert_eq!(codes(&broken), "KW0814 KW0124 KW0807 KW0812 KW0812 KW0811 KW0810");
}

#[test]
fn what_is_no_lock_is_refused_whole() {
    let text = whole().to_text();
    for (broken, expected) in [
        (String::new(), "KW0805"),
        ("# all is gone\n".to_owned(), "KW0805"),
        ("\u{feff}".to_owned() + &text, "KW0105"),
        (text.replace("lock-version = 1", "lock-version = 2\nsince = 1"), "KW0803"),
        (text.replace("lock-version = 1", "lock-version = \"1\""), "KW0114"),
        (text.replace("tier =", "<<<<<<< HEAD\ntier ="), "KW0802"),
        (text.replace("tier =", "||||||| 1234567\ntier ="), "KW0802"),
        (text.replace("tier = ", "tier == "), "KW0110"),
        (format!("{text}tier = \"static\"\n"), "KW0804"),
        (format!("{text}by = \"eve@example.org\"\n"), "KW0111"),
        (" ".repeat(LARGEST_LOCK + 1), "KW0801"),
    ] {
        assert_eq!(codes(&broken), expected, "{broken:.200}");
    }
}

/// Who writes the order anew does not mind what it says now; everything else counts.
#[test]
fn an_order_that_is_to_be_written_anew_may_be_wrong() {
    let text = whole().to_text();
    let broken = text.replace("site.sitemap\",\n]", "site.sitemap\",\n    \"site.gone\",\n    \"site.sitemap\",\n]");
    assert_eq!(codes(&broken), "KW0814 KW0814");
    let parsed = parse_lock_to_renew(&broken, "keyway.lock").expect("the order does not count");
    assert_eq!((parsed.file.order.as_slice(), parsed.is_canonical()), (&["site.sitemap".to_owned()][..], false));
    assert_eq!(parsed.file, whole());
    let report = parse_lock_to_renew(&broken.replace("\"static\"", "\"wasm\""), "keyway.lock").expect_err("a word is wrong");
    assert_eq!(report.diagnostics().iter().map(|mistake| mistake.code).collect::<Vec<_>>(), ["KW0807"]);
}

#[test]
fn a_thousand_plugins_are_read() {
    let asks = permissions(&[("http.routes", &["/a", "/b/**"], false)]);
    let mut many = LockFile::default();
    for number in 0..1_000 {
        let id = format!("site.plugin-{number}");
        let mut entry = entry(&format!("plugin-{number}"), asks.clone());
        entry.approval = Some(approved(asks.clone()));
        many.order.push(id.clone());
        many.plugins.insert(id, entry);
    }
    assert_eq!(parse_lock(&many.to_text(), "keyway.lock").expect("it is read").file, many);
}
