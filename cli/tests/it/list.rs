//! `cargo keyway list`.

use cargo_keyway::answer::List;

use crate::sandbox::Sandbox;

#[test]
fn lists_the_plugins_of_the_default_build() {
    Sandbox::site().run(&["list"]).snapshot("list");
}

#[test]
fn one_plugin_is_no_plugins() {
    let site = Sandbox::site();
    site.edit("host/src/main.rs", "local = [welcome],", "plugins = [site_plugin_clock],");
    let said = site.run(&["list"]).stdout();
    assert!(said.ends_with("`site` knows 1 plugin, in this build\n"), "{said}");
}

#[test]
fn features_decide_what_is_in_the_build() {
    let site = Sandbox::site();
    let enabled = |arguments: &[&str]| -> Vec<String> {
        let list: List = site.json(&[&["list", "--enabled"], arguments].concat());
        assert!(list.plugins.iter().all(|plugin| plugin.enabled));
        list.plugins.into_iter().map(|plugin| plugin.id).collect()
    };
    assert_eq!(enabled(&["--no-default-features"]), ["site.clock", "site.welcome"]);
    assert_eq!(
        enabled(&["--no-default-features", "--features", "mail,theme"]),
        ["site.clock", "site.mail", "site.theme", "site.welcome"]
    );
    assert_eq!(enabled(&["-F", "full"]).len(), 7);
    assert_eq!(enabled(&["--all-features"]).len(), 9);
    let list: List = site.json(&["list", "--disabled"]);
    let disabled: Vec<(&str, Option<&str>)> =
        list.plugins.iter().map(|plugin| (plugin.id.as_str(), plugin.feature.as_deref())).collect();
    let expected = ["mail", "memory", "search", "theme-plain"].map(|feature| (format!("site.{feature}"), feature));
    assert_eq!(disabled, expected.each_ref().map(|(id, feature)| (id.as_str(), Some(*feature))));
}

#[test]
fn tells_what_is_known_of_each_plugin() {
    let list: List = Sandbox::site().json(&["list"]);
    assert_eq!(list.host, "site");
    let files = list.plugins.iter().find(|plugin| plugin.id == "site.files").expect("it is listed");
    assert_eq!((files.version.as_str(), files.package.as_str(), files.level), ("1.2.0", "site-plugin-files", Some(0)));
    assert_eq!(files.description, "Keeps pages in files");
    let memory = list.plugins.iter().find(|plugin| plugin.id == "site.memory").expect("its manifest is read from its code");
    assert_eq!((memory.stability.as_str(), memory.enabled, memory.level), ("alpha", false, None));
}
