//! `info` and `why`: what is known of one plugin.

use cargo_keyway::answer::{Info, Why};

use crate::sandbox::Sandbox;

#[test]
fn info_shows_what_manifest_and_package_say() {
    let site = Sandbox::site();
    site.edit(
        "plugins/files/plugin.toml",
        "[permissions]",
        "[limits]\nmemory = \"64MiB\"\ncall = \"2s\"\n\n[config]\nfolder = \"content\"\n\n[permissions]",
    );
    site.run(&["info", "site.files"]).snapshot("info");
    site.run(&["info", "site.theme-plain"]).snapshot("info_deprecated");
    site.run(&["info", "site.welcome"]).snapshot("info_inside_the_host");
    site.run(&["info", "site.flies"]).snapshot("info_absent");
    let info: Info = site.json(&["info", "site.files"]);
    assert_eq!((info.source.as_str(), info.manifest.as_deref()), ("plugins/files", Some("plugins/files/plugin.toml")));
    assert_eq!((info.license.as_str(), info.authors.as_slice()), ("MIT", &["Ada Example <ada@example.org>".to_owned()][..]));
    assert_eq!(info.permissions[1].scopes, ["content/**"]);
    assert!(info.enabled && info.provides[0].exclusive && info.permissions[1].optional);
    assert_eq!(info.config, "folder = \"content\"\n");
    let memory: Info = site.json(&["info", "site.memory"]);
    assert_eq!((memory.enabled, memory.manifest, memory.features.as_slice()), (false, None, &["memory".to_owned()][..]));
}

#[test]
fn why_says_who_brings_and_who_needs_a_plugin() {
    let site = Sandbox::site();
    site.run(&["why", "site.files"]).snapshot("why");
    site.run(&["why", "site.clock"]).snapshot("why_always");
    site.run(&["why", "site.mail"]).snapshot("why_absent");
    site.run(&["why", "site.mail", "-F", "full"]).snapshot("why_optional");
    site.run(&["why", "site.mial"]).snapshot("why_unknown");
    let why: Why = site.json(&["why", "site.files", "-F", "full"]);
    // Both ways are as short; one is told.
    assert_eq!(why.brought_by, [["default", "files"]]);
    assert_eq!(why.goes_with, ["site.pages", "site.search"]);
    assert_eq!(why.breaks.len(), 1, "{why:?}");
    assert_eq!(why.needed_by[0].place, "plugins/pages/plugin.toml:8");
    let clock: Why = site.json(&["why", "site.clock", "-F", "full"]);
    assert_eq!(clock.goes_with, ["site.mail", "site.pages", "site.search", "site.welcome"]);
    // `site.search` copes without.
    let mail: Why = site.json(&["why", "site.mail", "-F", "full"]);
    assert!(mail.goes_with.is_empty() && mail.breaks.is_empty() && mail.needed_by[0].optional);
}
